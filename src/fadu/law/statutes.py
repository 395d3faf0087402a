"""Statutes and their dated versions: which text binds on a day, and what a "日" is in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fadu.law.citations import Citation
from fadu.law.dates import iso
from fadu.law.errors import LawbookError, NoVersion, Place

AUTHORITIES = ("法律", "行政法规", "司法解释", "地方性法规", "规章", "党内法规", "规范性文件", "foreign")
VERSION_CERTAINTIES = ("text", "secondary")
CERTAINTIES = ("text", "secondary", "policy", "inferred")
PARTIES = ("agency", "applicant", "court", "other")
STATE_PREFIX = "中华人民共和国"


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The 日 of a version that are working days: its interpretation clause (行政复议法88, 行政许可法82).

    >>> WorkingDays(numbers=(3, 5, 7, 10)).counts(5), WorkingDays(up_to=10).counts(11)
    (True, False)
    >>> WorkingDays(every=True).counts(60), WorkingDays().counts(5)
    (True, False)
    """

    numbers: tuple[int, ...] = ()
    up_to: int = 0
    every: bool = False

    def counts(self, number: int) -> bool:
        return self.every or number in self.numbers or 0 < number <= self.up_to

    def __str__(self) -> str:
        """In words: 全部、十日以内……, as a definition card shows it."""
        if self.every:
            return "全部“日”为工作日"
        if self.up_to:
            return f"{self.up_to}日以内为工作日"
        if self.numbers:
            return f"{'、'.join(f'{number}日' for number in self.numbers)}为工作日"
        return "“日”均为自然日"


@dataclass(frozen=True, slots=True)
class StatuteVersion:
    """One text of a statute, in force from ``effective`` until the next newer one.

    ``text`` is the exact stem of its text file, where it is not the usual ``<texts>(<adopted>)``;
    ``more_texts`` are further files, where the text comes in parts (民法典总则编, 民法典附则).
    ``gists`` are one-line summaries in our own words by locus: ``62``, ``62(1)``, ``39(1)(九)``.
    """

    effective: int
    adopted: int | None = None
    text: str = ""
    more_texts: tuple[str, ...] = ()
    certainty: str = "text"
    working_days: WorkingDays = WorkingDays()
    working_days_party: str = ""
    rolls: bool = True
    rolls_certainty: str = "inferred"
    rolls_cite: Citation | None = None
    interpretation: Citation | None = None
    gists: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)

    def counts_working_days(self, number: int, party: str = "agency") -> bool:
        """Whether a term of ``number`` 日 binding ``party`` is counted in working days.

        >>> licensing = StatuteVersion(0, working_days=WorkingDays(every=True), working_days_party="agency")
        >>> licensing.counts_working_days(20, "agency"), licensing.counts_working_days(30, "applicant")
        (True, False)
        """
        if self.working_days_party and party != self.working_days_party:
            return False
        return self.working_days.counts(number)

    def gist(self, citation: Citation) -> str:
        """Our summary of what is cited: its own, else its paragraph's or article's, else those inside it; "" if none.

        >>> version = StatuteVersion(0, gists={"30(1)": "五日内审查", "30(3)": "逾期视为受理"})
        >>> version.gist(Citation("复议法", 30, paragraph=3)), version.gist(Citation("复议法", 30))
        ('逾期视为受理', '五日内审查；逾期视为受理')
        """
        for wider in citation.widened():
            if wider.locus in self.gists:
                return self.gists[wider.locus]
        inside = f"{citation.locus}("
        return "；".join(text for locus, text in self.gists.items() if locus.startswith(inside))


@dataclass(frozen=True, slots=True)
class Statute:
    """An instrument and all its versions, newest first."""

    title: str
    short: str
    versions: tuple[StatuteVersion, ...]
    aliases: tuple[str, ...] = ()
    authority: str = "法律"
    texts: str = ""
    repealed: int | None = None
    place: Place | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it may be cited by: short title, aliases, full title with and without 中华人民共和国."""
        names = (self.short, *self.aliases, self.title, self.title.removeprefix(STATE_PREFIX))
        return tuple(dict.fromkeys(names))

    def version_on(self, day: int) -> StatuteVersion:
        """The version in force on ``day``. Raises ``NoVersion`` naming those there are.

        >>> from fadu.law.dates import day_of
        >>> act = Statute("某法", "某法", (StatuteVersion(day_of("2024-01-01")), StatuteVersion(day_of("2018-01-01"))))
        >>> iso(act.version_on(day_of("2023-12-31")).effective)
        '2018-01-01'
        """
        if self.repealed is None or day < self.repealed:
            for version in self.versions:
                if version.effective <= day:
                    return version
        raise NoVersion(self._no_version(day), self.place)

    def _no_version(self, day: int) -> str:
        known = "、".join(iso(version.effective) for version in self.versions) or "（无）"
        ended = f"，已于 {iso(self.repealed)} 废止" if self.repealed is not None else ""
        return (
            f"《{self.short}》在 {iso(day)} 没有生效的版本；法典中的版本自 {known} 起施行{ended}；"
            "请核对日期，或在法规文件的 versions 中补入该日有效的版本"
        )

    def text_stem(self, version: StatuteVersion) -> str:
        """Stem of the file that holds the version's text; "" where neither ``text`` nor ``adopted`` is known.

        >>> from fadu.law.dates import day_of
        >>> act = Statute("某法", "某法", (StatuteVersion(0, adopted=day_of("1969-09-01")),), texts="某法全文")
        >>> act.text_stem(act.versions[0])
        '某法全文(1969-09-01)'
        """
        if version.text:
            return version.text
        return f"{self.texts or self.short}({iso(version.adopted)})" if version.adopted is not None else ""

    def text_stems(self, version: StatuteVersion) -> tuple[str, ...]:
        """Stems of all parts of the version's text; none where the file is not known."""
        stem = self.text_stem(version)
        return (stem, *version.more_texts) if stem else ()

    def label(self, version: StatuteVersion) -> str:
        """Name and effective date of a version, for messages.

        >>> Statute("某法", "某法", ()).label(StatuteVersion(0))
        '某法（1970-01-01起施行）'
        """
        return f"{self.short}（{iso(version.effective)}起施行）"


class Statutes:
    """All statutes of a lawbook, by any of their names.

    >>> Statutes([Statute("中华人民共和国行政复议法", "行政复议法", (), ("复议法",))]).get("复议法").short
    '行政复议法'
    """

    def __init__(self, statutes: Iterable[Statute] = ()) -> None:
        self._all: list[Statute] = []
        self._by_name: dict[str, Statute] = {}
        for statute in statutes:
            self._add(statute)

    def _add(self, statute: Statute) -> None:
        for name in statute.names:
            other = self._by_name.setdefault(name, statute)
            if other is not statute:
                message = f"名称“{name}”已被《{other.short}》使用（{other.place}）；每个名称只能指一部法规"
                raise LawbookError(message, statute.place)
        self._all.append(statute)

    def get(self, name: str) -> Statute:
        """The statute of that short title, alias or full title. Raises ``LawbookError`` with near names."""
        found = self._by_name.get(name)
        if found is None:
            raise LawbookError(self._unknown(name))
        return found

    def _unknown(self, name: str) -> str:
        if not name:
            return "没有写明法规名称；请写作 行政复议法62(1) 这样的形式"
        near = [each for each in self._by_name if name in each or each in name]
        near += difflib.get_close_matches(name, self._by_name, n=5, cutoff=0.4)
        shorts = list(dict.fromkeys(self._by_name[each].short for each in near))[:5]
        hint = f"；相近的有：{'、'.join(shorts)}" if shorts else f"；法典中共有 {len(self)} 部法规"
        return f"法典中没有名为“{name}”的法规{hint}"

    def __iter__(self) -> Iterator[Statute]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name
