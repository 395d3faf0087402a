"""Checks a lawbook against the law: citations exist, versions bind, terms stand in the cited text.

Without texts, each citation must name a statute of the lawbook, a version in force on the procedure's
effective date, and an article that has a gist. With texts, what is cited must stand in the text, and so
must every term's number and word; so must the articles of a statute file's own gists, and its working
days in its interpretation clause. What could not be checked is counted by name, never taken as clean.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from fadu.law.citations import Citation, parse_citation
from fadu.law.errors import LawbookError, NoVersion, Place
from fadu.law.numerals import NUMBER, chinese_number
from fadu.law.statutes import Statute, Statutes, StatuteVersion
from fadu.texts import StatuteText, TextLibrary

ANNUAL = ("次年", "每年")
"""Words of a term that is a date of the year; its number is month * 100 + day."""


class TermUse(Protocol):
    """A term and the citations that must bear it (``fadu.law.procedures.TermUse``)."""

    @property
    def number(self) -> int: ...
    @property
    def word(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> tuple[Citation, ...]: ...
    @property
    def place(self) -> Place: ...
    @property
    def certainty(self) -> str: ...
    @property
    def version_day(self) -> int: ...


class CitingProcedure(Protocol):
    """What the check asks of a procedure."""

    @property
    def code(self) -> str: ...
    @property
    def effective_day(self) -> int: ...
    @property
    def statute(self) -> str: ...
    @property
    def place(self) -> Place: ...
    def citations(self) -> Iterable[tuple[Citation, Place, str]]: ...
    def terms(self) -> Iterable[TermUse]: ...


class CitingBook(Protocol):
    """What the check asks of a lawbook."""

    @property
    def statutes(self) -> Statutes: ...
    @property
    def procedures(self) -> Iterable[CitingProcedure]: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake: where it stands and what is wrong."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Citations (引用), terms (期限) or gists (要旨) not compared with a text, by version and reason."""

    what: str
    name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the check found. ``citations`` and ``terms`` count those compared with a text."""

    procedures: int
    citations: int
    citations_in_text: int
    terms_in_text: int
    faults: tuple[Fault, ...]
    not_checked: tuple[NotChecked, ...]
    with_texts: bool

    @property
    def ok(self) -> bool:
        """No fault was found; ``not_checked`` says how far that reaches."""
        return not self.faults


def check(book: CitingBook, library: TextLibrary | None = None) -> CheckReport:
    """Check every procedure of ``book``; compare with the texts of ``library`` where given."""
    run = _Run(book.statutes, library)
    for statute in book.statutes if library is not None else ():
        for version in statute.versions:
            run.statute(statute, version)
    procedures = list(book.procedures)
    for procedure in procedures:
        for citation, place, _ in procedure.citations():
            run.citation(citation, place, procedure.effective_day)
        if library is not None:
            for use in procedure.terms():
                run.term(use)
    return CheckReport(
        procedures=len(procedures),
        citations=run.counts["citations"],
        citations_in_text=run.counts["citations_in_text"],
        terms_in_text=run.counts["terms_in_text"],
        faults=tuple(dict.fromkeys(run.faults)),
        not_checked=tuple(NotChecked(*key, count) for key, count in sorted(run.unchecked.items())),
        with_texts=library is not None,
    )


@dataclass
class _Run:
    """One check under way."""

    statutes: Statutes
    library: TextLibrary | None
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def statute(self, statute: Statute, version: StatuteVersion) -> None:
        """A statute file's own loci: its gists, its interpretation clause, its rule for the last day."""
        text = self.text(statute, version)
        place = version.place or Place(statute.short)
        if isinstance(text, str):
            if version.gists:
                self.unchecked["要旨", statute.label(version), text] += len(version.gists)
            return
        for locus in version.gists:
            if missing := text.missing(parse_citation(locus, statute.short)):
                self.faults.append(Fault(place, f"要旨 {locus} 没有对应的条文：{statute.label(version)}{missing}"))
        for citation in (version.interpretation, version.rolls_cite):
            if citation and citation.statute == statute.short and (missing := text.missing(citation)):
                self.faults.append(Fault(place, f"引用 {citation.short} 不在法条中：{statute.label(version)}{missing}"))
        self.working_days(version, text, place)

    def working_days(self, version: StatuteVersion, text: StatuteText, place: Place) -> None:
        """Each 日 that counts as working days stands in the interpretation clause."""
        days = version.working_days
        numbers = days.numbers or ((days.up_to,) if days.up_to else ())
        if numbers and version.interpretation is None:
            self.faults.append(Fault(place, "写了 working_days 而没有写 interpretation；请写明出自哪一条"))
            return
        clause = text.context(version.interpretation) if version.interpretation else None
        absent = [f"{number}日" for number in numbers if clause is not None and not bears(clause, number, "日")]
        if absent and version.interpretation:
            message = f"工作日 {'、'.join(absent)} 不在 {version.interpretation.short} 中"
            self.faults.append(Fault(place, message))

    def citation(self, citation: Citation, place: Place, day: int) -> None:
        """The statute, its version, the gist and (with texts) the place in the text."""
        self.counts["citations"] += 1
        bound = self.version(citation, place, day)
        if bound is None:
            return
        statute, version = bound
        if not version.gist(citation):
            short = Citation(statute.short, citation.article, citation.inserted).short
            where = f"{version.place or statute.place or statute.short} 的 gists"
            message = f"{statute.label(version)}没有 {citation.locus} 的要旨；请在 {where} 中为 {short} 写一句话"
            self.faults.append(Fault(place, message))
        if self.library is None:
            return
        text = self.text(statute, version)
        if isinstance(text, str):
            self.unchecked["引用", statute.label(version), text] += 1
            return
        self.counts["citations_in_text"] += 1
        if missing := text.missing(citation):
            self.faults.append(Fault(place, f"引用 {citation.short} 不在法条中：{statute.label(version)}{missing}"))

    def term(self, use: TermUse) -> None:
        """A term of certainty ``text`` must stand, number and word, in one of its cited places."""
        if use.certainty != "text":
            self.unchecked["期限", use.text, f"确定性为 {use.certainty}"] += 1
            return
        if not use.citations:
            self.faults.append(Fault(use.place, f"期限“{use.text}”没有引用条文；请写 cite"))
            return
        passages, unheld = self.passages(use)
        if any(bears(passage, use.number, use.word) for passage in passages):
            self.counts["terms_in_text"] += 1
        elif unheld:
            self.unchecked[("期限", *unheld[0])] += 1
        elif passages:
            self.counts["terms_in_text"] += 1
            cited = "、".join(citation.short for citation in use.citations)
            found = "、".join(dict.fromkeys(word for each in passages for word in mentions(each))) or "（没有期限）"
            self.faults.append(Fault(use.place, f"期限“{use.text}”不在所引条文 {cited} 中；那里写的是：{found}"))

    def passages(self, use: TermUse) -> tuple[list[str], list[tuple[str, str]]]:
        """What the term's citations say, and the versions whose text is not held, with the reason."""
        passages: list[str] = []
        unheld: list[tuple[str, str]] = []
        for citation in use.citations:
            bound = self.version(citation, None, use.version_day)
            if bound is None:
                continue
            text = self.text(*bound)
            if isinstance(text, str):
                unheld.append((bound[0].label(bound[1]), text))
            elif (passage := text.context(citation)) is not None:
                passages.append(passage)
        return passages, unheld

    def version(self, citation: Citation, place: Place | None, day: int) -> tuple[Statute, StatuteVersion] | None:
        """The version cited; where there is none, a fault at ``place`` (None: said elsewhere)."""
        try:
            statute = self.statutes.get(citation.statute)
            return statute, statute.version_on(day)
        except (LawbookError, NoVersion) as error:
            if place is not None:
                self.faults.append(Fault(place, f"引用 {citation.short}：{error.message}"))
            return None

    def text(self, statute: Statute, version: StatuteVersion) -> StatuteText | str:
        """The text to compare with, or the reason why there is none."""
        if version.certainty != "text":
            return f"版本的确定性为 {version.certainty}"
        stems = statute.text_stems(version)
        if not stems:
            return "法规文件没有写 adopted 或 text，不知道文本是哪一个"
        try:
            text = self.library.of(statute, version) if self.library else None
        except LawbookError as error:
            return f"文本读不了：{error.message}"
        return text if text is not None else f"没有文本 {'、'.join(stems)}"


_WORDS = r"个?工作日|个月|个?小时|日|天|年(?!度|龄)"
_MENTION = re.compile(rf"(?P<number>{NUMBER})(?P<more>(?:(?:、|至|到|或者?|和)(?:{NUMBER}))*)(?P<word>{_WORDS})")
_DATE = re.compile(rf"(?:(?P<year>{NUMBER})年)?(?P<month>{NUMBER})月(?P<day>{NUMBER})日")
_CANONICAL = {"工作日": "工作日", "月": "个月", "小时": "小时", "日": "日", "天": "日", "年": "年"}


def bears(passage: str, number: int, word: str) -> bool:
    """Whether a passage states the term, number and word: 五日 does not stand in 十五日, nor 五日 in 五个工作日.

    >>> bears("应当在十五日内答复", 5, "日"), bears("应当在５日内答复", 5, "日"), bears("五个工作日", 5, "日")
    (False, True, False)
    >>> bears("一般不超过两个月", 2, "个月"), bears("每年1月31日前", 131, "次年"), bears("2019年", 2019, "年")
    (True, True, False)
    """
    if word in ANNUAL:
        return any(month * 100 + day == number for month, day in _dates(passage))
    return (number, word) in set(_terms(passage))


def mentions(passage: str) -> Iterator[str]:
    """Every term of a passage, as it would be written in a file.

    >>> list(mentions("自收到之日起十日内，延长不超过三个月；1月31日前"))
    ['10日', '3个月', '1月31日']
    """
    yield from (f"{number}{word}" for number, word in _terms(passage))
    yield from (f"{month}月{day}日" for month, day in _dates(passage))


def _terms(passage: str) -> Iterator[tuple[int, str]]:
    """Number and word of each term; dates, ordinals (第五日) and years (2019年) are not terms."""
    plain = _DATE.sub("，", re.sub(r"\s+", "", passage))
    for found in _MENTION.finditer(plain):
        if plain[: found.start()].endswith("第"):
            continue
        word = _CANONICAL[found["word"].removeprefix("个")]
        for written in re.findall(NUMBER, found["number"] + found["more"]):
            number = _value(written)
            if number and not (word == "年" and number >= 1000):
                yield number, word


def _dates(passage: str) -> Iterator[tuple[int, int]]:
    for found in _DATE.finditer(re.sub(r"\s+", "", passage)):
        yield _value(found["month"]), _value(found["day"])


def _value(written: str) -> int:
    """The number, or 0 where the characters are not one (千百 of a phrase)."""
    try:
        return chinese_number(written)
    except ValueError:
        return 0
