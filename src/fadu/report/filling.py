"""Fills a template of the lawbook with the facts of a case.

``values_for`` reads what the case, the event and the law's answer give; the office adds what the template asks
(``template.asks``); ``fill`` makes the document, or says in Chinese everything that is still wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fadu.book.documents import DocumentTemplate, TemplateBlock
from fadu.book.places import Article, Slot, Text
from fadu.law.cases import Event
from fadu.law.citations import Citation
from fadu.law.clocks import choose_term
from fadu.law.conditions import Condition, Name, OfStep, Reader, Value, compile_condition, walk
from fadu.law.dates import DEEMED_BIT, chinese, date_of, day_of, iso
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.report.amounts import capital_amount
from fadu.report.official import Block, Heading, OfficialDocument, Paragraph, Table, official_number

BLANK = "　　　"
"""What stands in a draft where a value is missing."""
_DATE = Slot("文书.日期", "成文日期", "date")
_PUNCTUATION = ("。", "；", "，", "、", "：")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Party:
    """One party of a case. ``id_masked``: its document number as it may be shown."""

    role: str
    name: str
    kind: str = ""
    id_masked: str = ""
    address: str = ""

    @property
    def described(self) -> str:
        """Name, number and address in one line, as a decision introduces a party."""
        number = f"证件号码：{self.id_masked}" if self.id_masked else ""
        address = f"住所：{self.address}" if self.address else ""
        return "，".join(part for part in (self.name, number, address) if part)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the store knows of a case and the event a document goes with.

    ``unit`` gives facts of the deciding unit by the names of ``fadu.book.places.UNIT_FACTS`` (名称、代字、地址 …);
    ``issued_on`` is the day number of the document, the event's day where it is not given.
    """

    number: str
    title: str
    unit: Mapping[str, str]
    district: str
    event: Event
    parties: tuple[Party, ...] = ()
    handlers: tuple[str, ...] = ()
    document_number: str = ""
    issued_on: int | None = None


class IncompleteDocumentError(FaduError):
    """A document that lacks values, or was given ones that are no date, number or choice."""

    def __init__(self, template: DocumentTemplate, missing: Iterable[Slot], wrong: Iterable[str]) -> None:
        self.missing, self.wrong = tuple(missing), tuple(wrong)
        lacks = f"还缺：{'、'.join(dict.fromkeys(slot.label for slot in self.missing))}" if self.missing else ""
        super().__init__(f"《{template.title}》{'；'.join(part for part in (lacks, *self.wrong) if part)}")


# From the case to values --------------------------------------------------------------------------


def values_for(facts: CaseFacts, judgement: Judgement, template: DocumentTemplate) -> dict[str, str]:
    """Every value the case gives, by the key of its place; what is unknown is absent.

    Dates are ISO, numbers plain, truth ``true`` or ``false``: ``fill`` writes them as a document does. Raises
    ``FaduError`` where the template does not go with this event or this version of the procedure.
    """
    procedure, event = judgement.plan.procedure, facts.event
    if procedure.code != template.procedure or procedure.effective_day not in template.versions:
        known = "、".join(iso(day) for day in template.versions)
        raise FaduError(
            f"《{template.title}》（{template.key}）不适用于程序“{procedure.name}”{iso(procedure.effective_day)} "
            f"起施行的版本；适用：{template.procedure} 的 {known} 版"
        )
    if event.step not in template.steps:
        labels = "、".join(procedure.steps[step].label for step in template.steps)
        raise FaduError(f"《{template.title}》随“{labels}”制作，不能用于环节“{event.step}”")
    issued = event.day if facts.issued_on is None else facts.issued_on
    found: dict[str, str] = {
        "案件.编号": facts.number,
        "案件.名称": facts.title,
        "案件.承办人": "、".join(facts.handlers),
        "区.名称": facts.district,
        "区.政府": f"{facts.district}人民政府" if facts.district else "",
        "文书.文号": facts.document_number,
        "文书.日期": iso(issued),
        "程序.施行日": iso(procedure.effective_day),
        **{f"单位.{name}": text for name, text in facts.unit.items()},
        **_parties(facts.parties, template.roles),
        **{name: _plain(value) for name, value in judgement.history.fields.items()},
        **_event("事件", event, procedure.steps[event.step].cites, template),
        **_history(judgement, template),
        **_clocks(judgement, template),
    }
    return {key: text for key, text in found.items() if text.strip()}


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _parties(parties: Iterable[Party], roles: Iterable[str]) -> dict[str, str]:
    found = {}
    known = list(parties)
    for role in roles:
        own = [party for party in known if party.role == role]
        found[f"{role}.名称"] = "、".join(party.name for party in own)
        found[f"{role}.类别"] = "、".join(dict.fromkeys(party.kind for party in own if party.kind))
        found[f"{role}.证件号码"] = "、".join(party.id_masked for party in own if party.id_masked)
        found[f"{role}.住所"] = "；".join(dict.fromkeys(party.address for party in own if party.address))
        found[f"{role}.基本情况"] = "\n".join(f"{role}：{party.described}。" for party in own)
    return found


def _event(head: str, event: Event, cites: Iterable[Citation], template: DocumentTemplate) -> dict[str, str]:
    return {
        f"{head}.日期": iso(event.day),
        f"{head}.结果": event.outcome or "",
        f"{head}.理由": event.reason or "",
        f"{head}.批准人": event.approved_by or "",
        f"{head}.天数": _plain(event.days),
        f"{head}.金额": _plain(event.amount),
        f"{head}.办理人": "、".join(event.by),
        f"{head}.条文": cited(cites, template.titles),
    }


def _history(judgement: Judgement, template: DocumentTemplate) -> dict[str, str]:
    """What the template asks of other steps: their last event, whether they happened, how often, with what outcome."""
    history, steps = judgement.history, judgement.plan.procedure.steps
    found: dict[str, str] = {}
    for step in _named(template, "环节", steps):
        head = f"环节.{step}"
        found[f"{head}.条文"] = cited(steps[step].cites, template.titles)
        keys = history.keys.get(step)
        if keys and keys[-1] & DEEMED_BIT:
            found[f"{head}.日期"] = iso(keys[-1] >> 32)
        elif keys:
            found |= _event(head, history.event_at(keys[-1]), steps[step].cites, template)
    for part in (part for tree in template.conditions for part in walk(tree)):
        if isinstance(part, OfStep):
            found[f"{part.function}({part.step})"] = _asked(part, judgement)
    return found


def _named(template: DocumentTemplate, head: str, known: Iterable[str]) -> set[str]:
    """The steps or clocks the template names, without those of blocks for other versions of the procedure."""
    return {key.split(".")[1] for key in template.slots if key.startswith(f"{head}.")} & set(known)


def _asked(part: OfStep, judgement: Judgement) -> str:
    keys = judgement.history.keys.get(part.step, [])
    if part.function == "done":
        return _plain(bool(keys))
    if part.function == "count":
        return str(len(keys))
    events = [judgement.history.event_at(key) for key in keys if not key & DEEMED_BIT]
    return next((event.outcome for event in reversed(events) if event.outcome), "")


def _clocks(judgement: Judgement, template: DocumentTemplate) -> dict[str, str]:
    """Last day, term in the statute's words, unit and articles of every clock the template names."""
    found: dict[str, str] = {}
    plan = judgement.plan
    for name in _named(template, "时钟", plan.procedure.clocks):
        clock = plan.procedure.clocks[name]
        compiled = next(item for item in (*plan.lapsing, *plan.others) if item.clock is clock)
        run = next((run for run in reversed(judgement.runs) if run.clock is clock), None)
        term = choose_term(compiled, judgement.history)[0]
        span = run.span if run and run.span else term.span if term else None
        rule = next((rule for rule in clock.terms if rule.span == span), None)
        found[f"时钟.{name}.条文"] = cited(clock.cites, template.titles)
        found[f"时钟.{name}.期限"] = rule.term.text if rule else ""
        found[f"时钟.{name}.单位"] = span.unit.label if span else ""
        found[f"时钟.{name}.起算日"] = iso(run.start_day) if run else ""
        found[f"时钟.{name}.末日"] = iso(run.last_day) if run and run.last_day is not None else ""
    return found


def cited(cites: Iterable[Citation], titles: Mapping[str, str]) -> str:
    """Articles as a document names them: the title once, the article once.

    >>> cited([Citation("某法", 30, paragraph=1), Citation("某法", 30, paragraph=3), Citation("某法", 31)], {})
    '《某法》第三十条第一款、第三款、第三十一条'
    """
    parts: list[str] = []
    last: Citation | None = None
    for cite in dict.fromkeys(cites):
        text = cite.formal_locus
        if last is None or last.statute != cite.statute:
            text = cite.formal(titles.get(cite.statute, cite.statute))
        elif cite.paragraph and (last.article, last.inserted) == (cite.article, cite.inserted):
            text = text.removeprefix(Citation(cite.statute, cite.article, cite.inserted).formal_locus)
        parts.append(text)
        last = cite
    return "、".join(parts)


# From values to the document ----------------------------------------------------------------------


def fill(
    template: DocumentTemplate, values: Mapping[str, str], *, draft: bool = False, marks: tuple[str, ...] = ()
) -> OfficialDocument:
    """The document. Raises ``IncompleteDocumentError`` that names every value wanted, unless it is a ``draft``."""
    writer = _Writer(template, values)
    writer.check_answers()
    signed_by = writer.text(template.signed_by)
    date = writer.slot(_DATE) if signed_by else ""  # a form that nobody signs as the organ has dates of its own
    document = OfficialDocument(
        organ=writer.text(template.issuer) + ("文件" if template.red_head else ""),
        title=template.title,
        number=writer.number() if template.number else "",
        addressee=writer.text(template.addressee),
        blocks=tuple(_with_something_under(writer.blocks())),
        attachments=tuple(writer.kept(template.attachments)),
        signed_by=signed_by,
        date=date,
        seal=template.seal,
        red_head=template.red_head,
        approved_by=writer.text(template.approved_by),
        remarks=tuple(writer.kept(template.remarks)),
        copies_to="".join(writer.kept([template.copies_to])),
        printed_by=signed_by if template.red_head else "",
        printed_on=date if template.red_head else "",
        marks=marks,
    )
    if not draft and (writer.missing or writer.wrong):
        raise IncompleteDocumentError(template, writer.missing.values(), writer.wrong)
    return document


def wanted(template: DocumentTemplate, values: Mapping[str, str]) -> tuple[Slot, ...]:
    """Every value still to be given before the document can be made."""
    writer = _Writer(template, values)
    for text in (template.issuer, template.addressee, template.signed_by, template.approved_by):
        writer.text(text)
    list(writer.blocks())
    list(writer.kept((*template.attachments, *template.remarks, template.copies_to)))
    return tuple(writer.missing.values())


def goes_with(template: DocumentTemplate, values: Mapping[str, str]) -> bool:
    """Whether the template's own condition (一种答复一个模板) does not exclude the case."""
    return template.when is None or _Writer(template, values).holds(template.when) is not False


def _with_something_under(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks without headings that nothing stands under, so that numbers count only what is there."""
    waiting: list[Heading] = []
    for block in blocks:
        if isinstance(block, Heading):
            waiting = [heading for heading in waiting if heading.level < block.level] + [block]
        else:
            yield from (*waiting, block)
            waiting = []


@dataclass(slots=True)
class _Writer:
    """Writes texts with values, and keeps what it missed."""

    template: DocumentTemplate
    values: Mapping[str, str]
    missing: dict[str, Slot] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def given(self, key: str) -> str:
        return self.values.get(key, "").strip()

    def text(self, text: Text) -> str:
        """The text; a stop at the end of a value gives way to the punctuation that is written after it."""
        written = ""
        for part in text:
            here = self._part(part)
            if here.startswith(_PUNCTUATION) and isinstance(part, str):
                written = written.rstrip("。；，、")
            written += here
        return written

    def _part(self, part: str | Slot | Article) -> str:
        if isinstance(part, str):
            return part
        return part.text if isinstance(part, Article) else self.slot(part)

    def slot(self, slot: Slot) -> str:
        value = self.given(slot.key.removesuffix(".大写") if slot.kind == "capital" else slot.key)
        if not value:
            self.missing.setdefault(slot.key, slot)
            return BLANK
        try:
            return _written(value, slot.kind)
        except ValueError as error:
            self._refuse(slot.label, error)
            return BLANK

    def check_answers(self) -> None:
        """What the writer was asked is of the kind that was asked for."""
        for ask in self.template.asks.values():
            value = self.given(ask.name)
            try:
                if value and ask.kind == "choice" and value not in ask.choices:
                    raise ValueError(f"填的“{value}”不在可选值之内；可选：{'、'.join(ask.choices)}")
                if value:
                    _written(value, ask.kind)
            except ValueError as error:
                self._refuse(ask.label, error)

    def _refuse(self, label: str, error: ValueError) -> None:
        if (text := f"“{label}”{error}") not in self.wrong:
            self.wrong.append(text)

    def number(self) -> str:
        if self.given("文书.文号"):
            return self.given("文书.文号")
        self.missing.setdefault("文书.文号", Slot("文书.文号", "文号"))
        date = self.given("文书.日期")
        year = date_of(day_of(date)).year if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else BLANK
        return official_number(self.given("单位.代字") or BLANK, self.template.number, year, None)

    def kept(self, texts: Iterable[Text]) -> Iterator[str]:
        """Those texts none of whose optional values is absent."""
        yield from (self.text(text) for text in texts if not self._lacks_optional(text))

    def _lacks_optional(self, text: Text) -> bool:
        return any(isinstance(part, Slot) and part.optional and not self.given(part.key) for part in text)

    def blocks(self) -> Iterator[Block]:
        """The blocks that belong to this case; in doubt a block is written, and its fact is missing."""
        version = self._day("程序.施行日", self.template.versions[-1])
        day = self._day("文书.日期", self._day("事件.日期", version))
        for block in self.template.body:
            if not block.binds(version, day) or (block.when is not None and self.holds(block.when) is False):
                continue
            if not self._lacks_optional(block.text):
                yield self._block(block)

    def _day(self, key: str, otherwise: int) -> int:
        try:
            return day_of(self.given(key))
        except ValueError:
            return otherwise

    def _block(self, block: TemplateBlock) -> Block:
        match block.kind:
            case "heading":
                return Heading(self.text(block.text), block.level)
            case "table":
                rows = tuple(tuple(map(self._cell, row)) for row in block.rows)
                return Table(rows, block.widths, block.header)
            case kind:
                return Paragraph(self.text(block.text), kind == "flush")

    def _cell(self, text: Text) -> str:
        return "" if self._lacks_optional(text) else self.text(text)

    def holds(self, tree: Condition) -> bool | None:
        """Whether a condition holds; what it would need to know is missing where that is open."""
        result = compile_condition(tree, self._reader)(None)
        if result is None:
            for part in walk(tree):
                if isinstance(part, Name) and self._typed(part.name) is None:
                    self.missing.setdefault(part.name, self._named(part.name))
                elif isinstance(part, OfStep) and not self.given(f"{part.function}({part.step})"):
                    key = f"环节.{part.step}.结果"
                    self.missing.setdefault(key, self.template.slots.get(key) or Slot(key, f"环节“{part.step}”的结果"))
        return None if result is None else bool(result)

    def _named(self, name: str) -> Slot:
        ask = self.template.asks.get(name)
        return Slot(name, ask.label, ask.kind) if ask else Slot(name, self.template.labels[name], self._kind(name))

    def _kind(self, name: str) -> str:
        ask = self.template.asks.get(name)
        return ask.kind if ask else self.template.kinds[name]

    def _reader(self, node: Name | OfStep) -> Reader:
        if isinstance(node, Name):
            return lambda _: self._typed(node.name)
        text = self.given(f"{node.function}({node.step})")
        if node.function == "outcome" or not text:
            return lambda _: text or None
        return lambda _: text == "true" if node.function == "done" else int(text)

    def _typed(self, name: str) -> Value:
        """The value as its kind compares: a truth, a number or a text; None where it is not given."""
        text, kind = self.given(name), self._kind(name)
        if not text:
            return None
        if kind == "flag":
            return text == "true"
        return float(text) if kind == "number" and _NUMBER.fullmatch(text) else text


def _written(value: str, kind: str) -> str:
    """The value as the document writes it. Raises ``ValueError`` that says what is accepted."""
    match kind:
        case "date":
            try:
                return chinese(day_of(value))
            except ValueError:
                raise ValueError(f"填的“{value}”不是日期；接受 2024-01-01 这样的写法") from None
        case "number" | "capital" if not _NUMBER.fullmatch(value):
            raise ValueError(f"填的“{value}”不是数字；接受 5000 或 5000.5 这样的写法")
        case "number":
            return value.removesuffix(".0")
        case "capital":
            return capital_amount(value)
        case "flag":
            if value not in ("true", "false"):
                raise ValueError(f"填的“{value}”不是 true 或 false")
            return "是" if value == "true" else "否"
        case _:
            return value
