"""Reads ``procedures/<code>/<effective>.yaml`` into ``fadu.law`` objects.

Every name is checked where it stands: what does not exist is refused with file:line and what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fadu.book.kinds import Kind, check_kinds, refuse_column, step_kind
from fadu.book.source import Node, load
from fadu.law.citations import Citation, parse_citation
from fadu.law.conditions import Both, Condition, Name, Not, OfStep, parse_condition, walk
from fadu.law.errors import LawbookError, NoVersion
from fadu.law.procedures import (
    Clock,
    Duty,
    Extension,
    Field,
    Lapse,
    Pause,
    Procedure,
    Step,
    TermRule,
    Untranslated,
)
from fadu.law.statutes import CERTAINTIES, PARTIES, Statutes, StatuteVersion
from fadu.law.terms import Span, Term, Unit, parse_term, resolve

EVENT_ATTRIBUTES = ("officers", "days", "outcome", "approved_by", "reason", "amount", "by")
_PROCEDURE = ("ends", "policy", "transition", "pause_on_last_day", "notes", "fields", "clocks", "duties",
              "untranslated", "calendar")
_STEP = ("by", "after", "when", "unless", "once", "opens", "closes", "outcome", "reason", "approved_by", "aliases",
         "gist", "id", "cite", "certainty", "needs", "credential")
_CLOCK = ("id", "party", "right", "term", "minimum", "beyond", "shorten", "unit", "unit_certainty", "when", "unless",
          "since", "until", "pause", "extend", "lapse", "cite", "certainty", "gist", "note")
_DUTY = ("id", "require", "forbid", "at_most", "of", "step", "must", "before", "after", "when", "unless", "since",
         "until", "cite", "certainty", "consequence", "gist", "note")
_ATTRIBUTE_KINDS = {
    **dict.fromkeys(("officers", "days", "amount"), Kind("number")),
    **dict.fromkeys(("approved_by", "by"), Kind("text")),
    "reason": Kind("flag"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the parts of one file need to know of the whole."""

    statutes: Statutes
    statute: str
    effective: int
    policy: bool
    fields: dict[str, Field]
    steps: dict[str, tuple[str, ...]]
    """Every step with the outcomes it declares."""

    def cites(self, entry: dict[str, Node], key: str = "cite") -> tuple[Citation, ...]:
        return tuple(self.citation(node) for node in entry[key].many()) if key in entry else ()

    def citation(self, node: Node) -> Citation:
        found = at(node, lambda text: parse_citation(text, self.statute))
        short = at(node, lambda _: self.statutes.get(found.statute).short)
        return Citation(short, found.article, found.inserted, found.paragraph, found.item)

    def certainty(self, entry: dict[str, Node]) -> str:
        if "certainty" in entry:
            return entry["certainty"].choice(*CERTAINTIES)
        return "policy" if self.policy else "text"

    def step_names(self, node: Node) -> tuple[str, ...]:
        return tuple(self.step_name(item) for item in node.many())

    def step_name(self, node: Node) -> str:
        name = node.text()
        if name not in self.steps:
            node.fail(f"环节“{name}”没有在 steps 中定义；已定义：{'、'.join(sorted(self.steps))}")
        return name

    def applies(self, entry: dict[str, Node]) -> Condition | None:
        """``when`` and not ``unless``."""
        when = self.condition(entry["when"]) if "when" in entry else None
        unless = Not(self.condition(entry["unless"])) if "unless" in entry else None
        if when is not None and unless is not None:
            return Both(when, unless)
        return when if when is not None else unless

    def condition(self, node: Node) -> Condition:
        tree = at(node, parse_condition)
        for part in walk(tree):
            if isinstance(part, Name) and part.name not in self.fields:
                hint = f"；若指环节是否发生，写 done({part.name})" if part.name in self.steps else ""
                node.fail(f"字段“{part.name}”没有在 fields 中定义{hint}；已定义：{'、'.join(self.fields) or '（无）'}")
            if isinstance(part, OfStep) and part.step not in self.steps:
                node.fail(f"环节“{part.step}”没有在 steps 中定义；已定义：{'、'.join(sorted(self.steps))}")
        at(node, lambda _: check_kinds(tree, self._kind))
        return tree

    def _kind(self, node: Name | OfStep) -> Kind:
        if isinstance(node, OfStep):
            return step_kind(node, self.steps[node.step])
        field = self.fields[node.name]
        return Kind(field.kind, field.choices)

    def must(self, node: Node, steps: tuple[str, ...]) -> Condition:
        """A condition on the attributes of an event of ``steps``."""
        tree = at(node, parse_condition)
        for part in walk(tree):
            if isinstance(part, Name) and part.name not in EVENT_ATTRIBUTES:
                node.fail(f"must 只能用事件自身的：{'、'.join(EVENT_ATTRIBUTES)}；实为“{part.name}”")
            if isinstance(part, OfStep):
                node.fail("must 只看事件自身，不能用 done()、count()、outcome()；把它写到 when 里")
        declared = [self.steps[step] for step in steps]
        outcomes = tuple(word for words in declared for word in words) if all(declared) else ()
        kinds = {**_ATTRIBUTE_KINDS, "outcome": Kind("choice" if outcomes else "text", outcomes)}
        at(node, lambda _: check_kinds(tree, lambda name: kinds[name.name if isinstance(name, Name) else name.step]))
        return tree


def at(node: Node, read: Callable[[str], T]) -> T:
    """Run ``read`` on the node's text; its error gets the node's place."""
    try:
        return read(node.text())
    except (LawbookError, NoVersion, ValueError) as error:
        raise LawbookError(getattr(error, "message", str(error)), node.place) from error


def read_procedure(path: Path, statutes: Statutes) -> Procedure:
    """One version of one procedure. Errors: ``LawbookError`` with file:line."""
    node = load(path)
    top = node.keys(required=("name", "code", "statute", "effective", "steps"), optional=_PROCEDURE)
    _refuse_misplaced(path, top)
    statute = at(top["statute"], lambda text: statutes.get(text).short)
    fields = {name: _field(name, item) for name, item in _items(top, "fields")}
    policy = "policy" in top and top["policy"].boolean()
    steps = {name: _outcomes(item) for name, item in top["steps"].map().items()}
    reader = _Reader(statutes, statute, top["effective"].date_day(), policy, fields, steps)
    transition = top["transition"].keys(("by_date_of",), ("certainty", "note", "cite")) if "transition" in top else {}
    pause = top["pause_on_last_day"].choice("extends", "ignored") if "pause_on_last_day" in top else "extends"
    procedure = Procedure(
        code=top["code"].text(),
        name=top["name"].text(),
        statute=statute,
        effective_day=reader.effective,
        steps={name: _step(name, item, reader) for name, item in top["steps"].map().items()},
        clocks={name: _clock(name, item, reader) for name, item in _items(top, "clocks")},
        duties={name: _duty(name, item, reader) for name, item in _items(top, "duties")},
        fields=fields,
        ends_day=top["ends"].date_day() if "ends" in top else None,
        policy=policy,
        transition_step=reader.step_name(transition["by_date_of"]) if transition else "",
        transition_certainty=transition["certainty"].choice(*CERTAINTIES) if "certainty" in transition else "inferred",
        transition_note=transition["note"].text() if "note" in transition else "",
        pause_on_last_day=pause == "extends",
        notes=top["notes"].text() if "notes" in top else "",
        calendar=top["calendar"].text() if "calendar" in top else "CN",
        untranslated=tuple(_untranslated(item, reader) for item in top["untranslated"].list())
        if "untranslated" in top else (),
        place=node.place,
    )
    _refuse_incoherent(procedure, node)
    return procedure


def _outcomes(step: Node) -> tuple[str, ...]:
    entry = step.map()
    return entry["outcome"].texts() if "outcome" in entry else ()


def _items(top: dict[str, Node], key: str) -> Iterable[tuple[str, Node]]:
    return top[key].map().items() if key in top else ()


def _refuse_misplaced(path: Path, top: dict[str, Node]) -> None:
    top["effective"].date_day()
    if top["effective"].text() != path.stem:
        top["effective"].fail(f"effective 与文件名“{path.name}”不一致；文件名应是施行日期")
    if top["code"].text() != path.parent.name:
        top["code"].fail(f"code 与所在文件夹“{path.parent.name}”不一致")


def _field(name: str, node: Node) -> Field:
    refuse_column(name, node)
    entry = node.keys(("label",), ("choices", "type", "default", "unit", "appointment", "cite", "note"))
    choices = entry["choices"].texts() if "choices" in entry else ()
    kind = "choice" if choices else entry["type"].choice("number", "flag", "text", "date") if "type" in entry else ""
    if not kind:
        node.fail("字段要有 choices（选项）或 type（number、flag、text、date）")
    default = read_value(entry["default"], kind, choices) if "default" in entry else None
    if (appointment := "appointment" in entry and entry["appointment"].boolean()) and kind != "date":
        entry["appointment"].fail(f"appointment（约定到场的日期）只能写在 type: date 的字段上，这个字段是 {kind}")
    unit = entry["unit"].text() if "unit" in entry else ""
    return Field(name, _label(entry), kind, choices, default, unit, appointment)


def read_value(node: Node, kind: str, choices: tuple[str, ...] = ()) -> bool | float | str:
    """A field's value as its kind reads it."""
    match kind:
        case "flag":
            return node.boolean()
        case "number":
            return node.number()
        case "choice":
            return node.choice(*choices)
        case "date":
            node.date_day()
            return node.text()
        case _:
            return node.text()


def _step(name: str, node: Node, reader: _Reader) -> Step:
    entry = node.keys(("label",), _STEP)

    def flag(key: str) -> bool:
        return key in entry and entry[key].boolean()

    def words(key: str) -> tuple[str, ...]:
        return entry[key].texts() if key in entry else ()

    if "reason" in entry:
        entry["reason"].choice("required")
    return Step(
        name=name,
        label=_label(entry),
        by="、".join(words("by")),
        opens=flag("opens"),
        closes=flag("closes"),
        once=flag("once"),
        after=reader.step_names(entry["after"]) if "after" in entry else (),
        applies=reader.applies(entry),
        outcomes=words("outcome"),
        reason_required="reason" in entry,
        approved_by="、".join(words("approved_by")),
        needs=tuple(item.choice(*EVENT_ATTRIBUTES) for item in entry["needs"].many()) if "needs" in entry else (),
        credential=reader.cites(entry, "credential"),
        aliases=words("aliases"),
        ids=words("id"),
        cites=reader.cites(entry),
        gist=entry["gist"].text() if "gist" in entry else "",
        certainty=reader.certainty(entry),
        place=node.place,
    )


def _clock(name: str, node: Node, reader: _Reader) -> Clock:
    entry = node.keys(("label", "start", "stop"), _CLOCK)
    if ("term" in entry) == ("minimum" in entry):
        node.fail("时钟要有 term（期限）或 minimum（最短期间）之一，且只能有一个")
    minimum = "minimum" in entry
    since, until = _binding(entry)
    cites = reader.cites(entry)
    party = entry["party"].choice(*PARTIES) if "party" in entry else "agency"
    settle = _Settle(reader, cites, party, entry["unit"].choice("working", "calendar") if "unit" in entry else "")
    clock = Clock(
        name=name,
        label=_label(entry),
        starts=reader.step_names(entry["start"]),
        stops=reader.step_names(entry["stop"]),
        terms=settle.terms(entry["minimum" if minimum else "term"]),
        minimum=minimum,
        beyond="beyond" in entry and entry["beyond"].boolean(),
        shorten=reader.step_name(entry["shorten"].keys(("step",), ("cite",))["step"]) if "shorten" in entry else "",
        applies=reader.applies(entry),
        since=since,
        until=until,
        pauses=tuple(_pause(item, reader) for item in entry["pause"].many()) if "pause" in entry else (),
        extension=_extension(entry["extend"], reader, settle) if "extend" in entry else None,
        lapse=_lapse(entry["lapse"], reader) if "lapse" in entry else None,
        party=party,
        right="right" in entry and entry["right"].boolean(),
        ids=entry["id"].texts() if "id" in entry else (),
        cites=cites,
        rule_cites=settle.rule_cites(),
        rolls_certainty=settle.rolls_certainty(),
        unit_certainty=_unit_certainty(entry),
        certainty=reader.certainty(entry),
        place=node.place,
    )
    _refuse_impossible_clock(clock, node, entry)
    return clock


def _label(entry: dict[str, Node]) -> str:
    if not entry["label"].text().strip():
        entry["label"].fail("label 是空的；写出屏幕上显示的名称")
    return entry["label"].text()


def _binding(entry: dict[str, Node]) -> tuple[int | None, int | None]:
    """``since`` and ``until`` as days."""
    since = entry["since"].date_day() if "since" in entry else None
    until = entry["until"].date_day() if "until" in entry else None
    if since is not None and until is not None and until <= since:
        entry["until"].fail("until（不含当日）应晚于 since")
    return since, until


def _unit_certainty(entry: dict[str, Node]) -> str:
    """A unit the file sets against the statute's own clause is an inference unless it says otherwise."""
    if "unit_certainty" in entry:
        return entry["unit_certainty"].choice(*CERTAINTIES)
    return "inferred" if "unit" in entry else "text"


@dataclass(frozen=True, slots=True)
class _Settle:
    """Turns terms into spans under the clause of the statute first cited."""

    reader: _Reader
    cites: tuple[Citation, ...]
    party: str
    unit: str

    def terms(self, node: Node) -> tuple[TermRule, ...]:
        if node.is_map and "field" not in node.map():
            return self._by_choice(node)
        if node.is_list:
            return tuple(self._conditional(item) for item in node.list())
        return (self._rule(None, node),)

    def _by_choice(self, node: Node) -> tuple[TermRule, ...]:
        entries = node.map()
        owners = [item for item in self.reader.fields.values() if set(entries) <= set(item.choices)]
        if len(owners) != 1:
            found = "没有" if not owners else "不止一个"
            node.fail(f"{found}字段以“{'、'.join(entries)}”为选项；term 用映射时，键应是某一个字段的选项")
        name = owners[0].name
        return tuple(
            self._rule(parse_condition(f'{name} == "{choice}"'), item) for choice, item in entries.items()
        )

    def _conditional(self, node: Node) -> TermRule:
        entry = node.keys(("term",), ("when",))
        return self._rule(self.reader.condition(entry["when"]) if "when" in entry else None, entry["term"])

    def _rule(self, when: Condition | None, node: Node) -> TermRule:
        term, span = self.span(node)
        return TermRule(when, term, span)

    def span(self, node: Node) -> tuple[Term, Span]:
        if node.is_map:
            return self._dated(node.keys(("field",), ("rolls",)))
        term = at(node, parse_term)
        return term, at(node, lambda _: self._resolve(term))

    def _dated(self, entry: dict[str, Node]) -> tuple[Term, Span]:
        """The day that a date field of the case names; ``rolls`` where it is no period of the statute's."""
        node = entry["field"]
        field = self.reader.fields.get(node.text())
        if field is None or field.kind != "date":
            dates = "、".join(name for name, item in self.reader.fields.items() if item.kind == "date")
            node.fail(f"期限 {{field: …}} 要用日期字段（type: date）；实为“{node.text()}”，可用：{dates or '（无）'}")
        rolls = entry["rolls"].boolean() if "rolls" in entry else (version := self._version()) is None or version.rolls
        return Term(0, "载明", field.label), Span(0, Unit.DATED, rolls, field.name)

    def _version(self) -> StatuteVersion | None:
        """The version of the statute first cited, whose clause settles the days."""
        return self.reader.statutes.get(self.cites[0].statute).version_on(self.reader.effective) if self.cites else None

    def _resolve(self, term: Term) -> Span:
        version = self._version()
        if version is None:
            return resolve(term, self.unit == "working", rolls=True)
        working = version.counts_working_days(term.number, self.party) if not self.unit else self.unit == "working"
        return resolve(term, working, version.rolls)

    def rule_cites(self) -> tuple[Citation, ...]:
        version = self._version()
        return tuple(filter(None, (version.interpretation, version.rolls_cite))) if version else ()

    def rolls_certainty(self) -> str:
        version = self._version()
        return version.rolls_certainty if version else "inferred"


def _pause(node: Node, reader: _Reader) -> Pause:
    entry = node.keys(("from", "to"), ("label", "cite", "certainty", "note"))
    start, end = reader.step_name(entry["from"]), reader.step_name(entry["to"])
    label = entry["label"].text() if "label" in entry else ""
    return Pause(start, end, label, reader.cites(entry), reader.certainty(entry))


def _extension(node: Node, reader: _Reader, settle: _Settle) -> Extension:
    entry = node.keys(("step", "at_most"), ("by", "times", "when", "cite", "note"))
    term, span = settle.span(entry["at_most"])
    return Extension(
        step=reader.step_name(entry["step"]),
        span=span,
        term=term,
        decided="by" not in entry or entry["by"].choice("event.days", "fixed") == "event.days",
        times=entry["times"].at_least(1) if "times" in entry else 1,
        when=reader.condition(entry["when"]) if "when" in entry else None,
        cites=reader.cites(entry),
    )


def _lapse(node: Node, reader: _Reader) -> Lapse:
    entry = node.keys((), ("deem", "on", "consequence", "cite", "note"))
    if "deem" not in entry and "consequence" not in entry:
        node.fail("lapse 要有 deem（视为发生的环节）或 consequence（法律后果）")
    return Lapse(
        deem=reader.step_name(entry["deem"]) if "deem" in entry else "",
        on_start="on" in entry and entry["on"].choice("last_day", "start") == "start",
        consequence=entry["consequence"].text() if "consequence" in entry else "",
        cites=reader.cites(entry),
    )


def _refuse_impossible_clock(clock: Clock, node: Node, entry: dict[str, Node]) -> None:
    units = {rule.span.unit for rule in clock.terms}
    plain = not (clock.pauses or clock.extension)
    if units & {Unit.HOUR, Unit.ANNUAL, Unit.DATED} and not plain:
        node.fail("以小时、固定日期或载明日期计的时钟不能有 pause 或 extend")
    if clock.minimum and not plain:
        node.fail("minimum（最短期间）不能有 pause 或 extend；缩短用 shorten")
    if clock.minimum and units & {Unit.HOUR, Unit.ANNUAL}:
        entry["minimum"].fail("minimum（最短期间）只能以日、工作日、月、年或载明的日期计")
    if clock.lapse and clock.lapse.deem and (Unit.HOUR in units or clock.minimum):
        entry["lapse"].fail("以小时计的期限和最短期间不能有 deem")
    if clock.right and clock.minimum:
        entry["right"].fail("right（权利的期限）不能是 minimum（最短期间）；写 term")
    if (clock.shorten or clock.beyond) and not clock.minimum:
        node.fail("shorten、beyond 只用于 minimum（最短期间）")
    extension = clock.extension
    if extension and Unit.WORKING in units | {extension.span.unit} and units != {extension.span.unit}:
        entry["extend"].fail("延长的单位与期限的单位不同：一个是工作日，一个不是")
    if extension and extension.span.unit in (Unit.HOUR, Unit.ANNUAL, Unit.DATED):
        entry["extend"].fail("延长只能以日、工作日或月计")
    if extension and extension.span.unit is Unit.MONTH and units != {Unit.MONTH}:
        entry["extend"].fail("以月延长的只能是以月计的期限；以日计的期限要以日延长")
    for rule in clock.terms[:-1]:
        if rule.when is None:
            node.fail("没有 when 的期限只能放在最后")


def _duty(name: str, node: Node, reader: _Reader) -> Duty:
    entry = node.keys(("label",), _DUTY)
    verbs = [verb for verb in ("require", "forbid", "at_most", "must") if verb in entry]
    if len(verbs) != 1:
        node.fail("程序要求要有且只有一个动词：require、forbid、at_most（配 of）、must（配 step）")
    verb = verbs[0]
    holder = {"at_most": "of", "must": "step"}.get(verb, verb)
    if holder not in entry:
        node.fail(f"{verb} 要配 {holder}（环节）")
    allowed = {"require": {"before", "after"}, "forbid": {"after"}}.get(verb, set())
    stray = [key for key in ("before", "after") if key in entry and key not in allowed]
    if stray or {"before", "after"} <= set(entry):
        node.fail(f"{verb} 可配：{'或'.join(sorted(allowed)) or '（不配 before、after）'}；不能同时配两个")
    since, until = _binding(entry)
    steps = reader.step_names(entry[holder])
    return Duty(
        name=name,
        label=_label(entry),
        verb=verb,
        steps=steps,
        before=reader.step_names(entry["before"]) if "before" in entry else (),
        after=reader.step_names(entry["after"]) if "after" in entry else (),
        limit=entry["at_most"].at_least(0) if verb == "at_most" else 0,
        must=reader.must(entry["must"], steps) if verb == "must" else None,
        applies=reader.applies(entry),
        since=since,
        until=until,
        consequence=entry["consequence"].text() if "consequence" in entry else "",
        ids=entry["id"].texts() if "id" in entry else (),
        cites=reader.cites(entry),
        certainty=reader.certainty(entry),
        place=node.place,
    )


def _untranslated(node: Node, reader: _Reader) -> Untranslated:
    entry = node.keys(("reason",), ("id", "cite", "note"))
    ids = entry["id"].texts() if "id" in entry else ()
    return Untranslated(ids, reader.cites(entry), entry["reason"].text(), node.place)


def _refuse_incoherent(procedure: Procedure, node: Node) -> None:
    if not procedure.openings:
        node.fail("没有标 opens: true 的环节；至少要有一个环节开始办件")
    for name, duty in procedure.duties.items():
        if name in procedure.clocks:
            raise LawbookError(f"时钟与程序要求重名：{name}", duty.place)
    deemed: set[str] = set()
    lapsing = [clock for clock in procedure.clocks.values() if clock.lapse and clock.lapse.deem]
    later = {clock.lapse.deem for clock in lapsing if clock.lapse}
    for clock in lapsing:
        used = {*clock.starts, *(pause.start for pause in clock.pauses), *(pause.end for pause in clock.pauses)}
        early = (used & later) - deemed
        if early:
            raise LawbookError(
                f"时钟“{clock.name}”用到的“{'、'.join(early)}”由后面的时钟视为发生；把那个时钟移到前面", clock.place
            )
        if clock.lapse:
            deemed.add(clock.lapse.deem)
