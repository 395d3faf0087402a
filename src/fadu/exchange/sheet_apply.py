"""From the rows of a table to cases that may be recorded: each judged against the version that binds it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from fadu.exchange.case_drafts import CaseDraft, Held, PartyDraft, Result, case_key, content_digest
from fadu.exchange.cell_dates import ACCEPTED
from fadu.exchange.cells import Doubt, is_blank, plain_word
from fadu.exchange.sheet_mapping import WORDS, SheetMapping, Target, What, check_targets
from fadu.exchange.sheet_rows import Found, RowRead, RowReader
from fadu.exchange.table_shape import Row, Table
from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import NO_MINUTE, iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure, Step

Units = Callable[[str], str | None]
"""The code of a unit by any of its names, None for an unknown one."""
NUMBER, UNIT, TITLE, SUMMARY = (Target(what) for what in ("number", "unit", "title", "summary"))
_STEP = Target("step")


@dataclass(frozen=True)
class Law:
    """The versions of one procedure, oldest first, and the one that binds a case (``Book.procedure_for``)."""

    versions: Sequence[Procedure]
    binding: Callable[[Case], Procedure]


def apply(mapping: SheetMapping, table: Table, law: Law, units: Units, as_of: int | None = None) -> Result:
    """Read a whole table. Good cases are kept; rows with a fault are returned.

    ``as_of``: no event may lie after this day. Raises ``FaduError`` for a mapping that does not fit the table or the
    procedure.
    """
    check_targets(mapping, law.versions)
    return _Register(mapping, RowReader(mapping, table, law.versions), law, units, as_of).result()


class _Register:
    def __init__(self, mapping: SheetMapping, reader: RowReader, law: Law, units: Units, as_of: int | None) -> None:
        self.mapping, self.reader, self.law, self.units, self.as_of = mapping, reader, law, units, as_of
        self.table = reader.table
        self.seen: dict[str, tuple[int, str]] = {}  # key → first row, digest of the draft made of it
        self.held: list[Held] = []
        self.equal: list[int] = []
        self._codes: dict[str, str | None] = {}
        self._positions: dict[int, dict[str, int]] = {}
        self._number_column = next(column for column, item in mapping.placed(self.table) if item.target == NUMBER)
        steps = [step for version in law.versions for step in version.steps.values()]
        self._steps = {plain_word(name): step.name for step in steps for name in (*step.aliases, step.label, step.name)}

    def result(self) -> Result:
        drafts = tuple(draft for reads in self._groups() if (draft := self._draft(reads)))
        faults = sorted(self.reader.faults, key=lambda fault: (fault.row, len(fault.column), fault.column))
        return Result(
            self.table.sheet, len(self.table.rows), drafts, tuple(faults), tuple(self.held),
            tuple(self.equal), tuple(self._notes()), self.reader.letters,
        )  # fmt: skip

    def _notes(self) -> Iterator[str]:
        if unknown := self.mapping.unknown(self.table):
            yield f"这些列不在对应里，没有用：{'、'.join(f'{c.letter} 列「{c.label}」' for c in unknown)}"
        if total := self.reader.blanks.total():
            words = "".join(f"“{word}”" for word, _ in self.reader.blanks.most_common(8))
            yield f"{words}按未填处理（{total} 处）"
        if self.equal:
            rows = "、".join(map(str, self.equal[:10])) + ("……" if self.equal[10:] else "")
            yield f"有 {len(self.equal)} 行与前面的一行完全相同，只取一次（第 {rows} 行）"

    # Rows of one case

    def _groups(self) -> Iterable[list[RowRead]]:
        """Case form: rows that share a merged cell of the number, others alone. Event form: rows of one number."""
        reads = map(self._read, self.table.rows)
        if self.mapping.form == "case":
            at = self._number_column.index
            return (list(rows) for _, rows in groupby(reads, key=lambda r: r.row.origins.get(at, r.row.number)))
        groups: dict[tuple[str, str], list[RowRead]] = {}
        for read in reads:
            number, unit = read.case.get(NUMBER), read.case.get(UNIT)
            key = case_key("", number.value, unit.value if unit else "") if number else str(read.row.number)
            groups.setdefault((key, "" if number else "row"), []).append(read)
        return groups.values()

    def _read(self, row: Row) -> RowRead:
        read = self.reader.read(row)
        if NUMBER not in read.case and row.number not in self.reader.returned:
            doubt = Doubt("no_number", "没有写案号", "每件一个案号；同一件的几行可以合并案号的单元格")
            self.reader.doubt(Found(None, row, self._number_column), doubt)
        return read

    def _draft(self, reads: list[RowRead]) -> CaseDraft | None:
        """The case of these rows; None, and rows without a fault of their own held, when any of them is returned."""
        numbers = [read.row.number for read in reads]
        draft = None if self.reader.returned.intersection(numbers) else _CaseBuilder(self, reads).draft()
        bad = self.reader.returned.intersection(numbers)
        if not bad:
            return draft
        rest = tuple(number for number in numbers if number not in bad)
        if rest:
            found = reads[0].case.get(NUMBER)
            self.held.append(Held(found.value if found else "", rest, min(bad)))
        return None

    def unit_code(self, text: str) -> str | None:
        if text not in self._codes:
            self._codes[text] = self.units(text)
        return self._codes[text]

    def positions(self, version: Procedure) -> dict[str, int]:
        """Where each step stands in a version."""
        if version.effective_day not in self._positions:
            self._positions[version.effective_day] = {name: at for at, name in enumerate(version.steps)}
        return self._positions[version.effective_day]

    def step_name(self, text: str) -> str | None:
        return self._steps.get(plain_word(text))


class _CaseBuilder:
    """Makes one case of its rows; every complaint goes to the reader's faults."""

    def __init__(self, register: _Register, rows: list[RowRead]) -> None:
        self.register, self.rows = register, rows
        self.reader = register.reader
        self.case: dict[Target, Found] = {}
        self.places: list[tuple[Event, Found]] = []  # each event with the cell of its date

    def draft(self) -> CaseDraft | None:
        self._unite()
        unit = self._unit()
        if unit is None:
            return None
        code, number = self.register.law.versions[-1].code, str(self.case[NUMBER].value)
        key = case_key(code, number, unit)
        self._read_events()
        version = self._version(Case(number, code, [event for event, _ in self.places], {}, unit))
        if version is None:
            return None
        self._order(version)
        self._check_opening(version)
        self._check_events(version)
        fields = self._fields(version)
        parties = self._parties()
        events = tuple(event for event, _ in self.places)
        texts = self._text(TITLE), self._text(SUMMARY)
        digest = content_digest(unit, texts, fields, parties, events)
        if self._repeats(key, digest):
            return None
        numbers = tuple(read.row.number for read in self.rows)
        return CaseDraft(
            code, version.effective_day, number, unit, *texts, fields, parties, events, self.reader.table.sheet,
            numbers, key, digest,
        )  # fmt: skip

    def _text(self, target: Target) -> str:
        found = self.case.get(target)
        return str(found.value) if found else ""

    def _unite(self) -> None:
        """What several rows say of the case as a whole must agree."""
        for read in self.rows:
            for target, found in read.case.items():
                if target == _STEP:
                    continue
                first = self.case.setdefault(target, found)
                if first.value != found.value and target != NUMBER:
                    there = f"那里是「{_shown(first.value)}」"
                    reason = f"与第 {first.row.number} 行同一案号，{target.label()}却不同（{there}）"
                    self.reader.doubt(found, Doubt("differs", reason, "同一件的各行一致，或只写一次"))

    def _unit(self) -> str | None:
        found = self.case.get(UNIT)
        text = str(found.value) if found else self.register.mapping.unit
        if not text:
            self.reader.whole(self.rows[0].row, Doubt("no_unit", "没有写单位", "单位的名称，或在对应里指定全表的单位"))
            return None
        code = self.register.unit_code(text)
        if code is None:
            accepted = "单位名册里的名称、简称或代码"
            doubt = Doubt("unknown_unit", f"没有单位「{text}」", accepted, "核对名称，或先在名册里登记")
            if found:
                self.reader.doubt(found, doubt)
            else:
                self.reader.whole(self.rows[0].row, doubt)
        return code

    # Events

    def _read_events(self) -> None:
        by_rows = self.register.mapping.form == "event"
        seen: set[Event] = set()
        for read in self.rows:
            for name, parts in read.steps.items() if not by_rows else [("", read.steps.get("", {}))]:
                step = self._own_step(read) if by_rows else name
                if step is None:
                    continue
                date = parts.get("date")
                if date is None:
                    self._no_date(read, step, parts)
                    continue
                event = _event(step, parts)
                if by_rows or event not in seen:
                    seen.add(event)
                    self.places.append((event, date))

    def _own_step(self, read: RowRead) -> str | None:
        found = read.case.get(_STEP)
        latest = self.register.law.versions[-1]
        accepted = "、".join(step.label for step in latest.steps.values())
        if found is None:
            self.reader.whole(read.row, Doubt("no_step", "没有写环节", accepted), latest.name)
            return None
        step = self.register.step_name(found.value)
        if step is None:
            near = _nearest(str(found.value), [s.label for s in latest.steps.values()])
            reason = f"{latest.name}没有环节「{found.value}」" + (f"，是否「{near}」" if near else "")
            self.reader.doubt(found, Doubt("unknown_step", reason, accepted), latest.name)
        return step

    def _no_date(self, read: RowRead, step: str, parts: dict[What, Found]) -> None:
        label = self._label(step)
        if not parts:
            self.reader.whole(read.row, Doubt("no_date", f"「{label}」没有写日期", ACCEPTED))
            return
        what, found = next(iter(parts.items()))
        reason = f"写了「{label}」的{WORDS[what]}，却没有它的日期"
        self.reader.doubt(found, Doubt("no_day", reason, f"「{label}」的日期", "补上日期，或删去这一格"))

    def _version(self, case: Case) -> Procedure | None:
        """The version that binds the case; None where there is none or the case has no event."""
        latest = self.register.law.versions[-1]
        if not self.places:
            if not self.reader.returned.intersection(read.row.number for read in self.rows):
                openings = "、".join(latest.steps[name].label for name in latest.openings)
                reason = "没有任何环节的日期，不知办件何时开始"
                doubt = Doubt("no_opening", reason, f"至少有一个开始的环节的日期：{openings}")
                self.reader.whole(self.rows[0].row, doubt, latest.name)
            return None
        try:
            return self.register.law.binding(case)
        except FaduError as error:
            doubt = Doubt("no_version", error.message, "在某个版本施行期间开始的办件", "核对日期；更早的办件不要导入")
            self.reader.doubt(self.places[0][1], doubt)
            return None

    def _order(self, version: Procedure) -> None:
        """By day; on one day by the minute where all have one, else as the procedure (or the rows) order them."""
        position = self.register.positions(version)
        by_rows = self.register.mapping.form == "event"
        timed: dict[int, bool] = {}
        for event, _ in self.places:
            timed[event.day] = timed.get(event.day, True) and event.minute != NO_MINUTE

        def place(item: tuple[Event, Found]) -> tuple[int, int, int]:
            event = item[0]
            step = version.steps.get(event.step)
            later = 0 if by_rows else (0 if step and step.opens else 1 + position.get(event.step, 0))
            return event.day, event.minute if timed[event.day] else 0, later

        self.places.sort(key=place)

    def _check_opening(self, version: Procedure) -> None:
        rule = _rule(version)
        opening = next((event for event, _ in self.places if _opens(version, event)), None)
        if opening is None:
            accepted = "、".join(version.steps[name].label for name in version.openings)
            doubt = Doubt("no_opening", "没有办件开始的环节的日期", f"第一个事件须是：{accepted}")
            self.reader.doubt(self.places[0][1], doubt, rule)
            return
        start = f"「{version.steps[opening.step].label}」（{iso(opening.day)}）"
        for event, date in self.places:
            if event.day < opening.day:
                reason = f"「{self._label(event.step)}」（{iso(event.day)}）早于办件的开始：{start}"
                doubt = Doubt("before_opening", reason, f"不早于 {iso(opening.day)}", "核对两个日期")
                self.reader.doubt(date, doubt, rule)

    def _check_events(self, version: Procedure) -> None:
        times: dict[str, Event] = {}
        for at, (event, date) in enumerate(self.places):
            step = version.steps.get(event.step)
            if step is None:
                reason = f"这一件适用的版本没有环节「{self._label(event.step)}」"
                accepted = "、".join(known.label for known in version.steps.values())
                self.reader.doubt(date, Doubt("step_not_in_version", reason, accepted), _rule(version))
                continue
            if self.register.as_of is not None and event.day > self.register.as_of:
                reason = f"「{step.label}」的日期 {iso(event.day)} 还没有到"
                self.reader.doubt(date, Doubt("future_date", reason, f"至 {iso(self.register.as_of)} 为止的日期"))
            if step.once and event.step in times:
                reason = f"「{step.label}」只能有一次，已有 {iso(times[event.step].day)}"
                self.reader.doubt(date, Doubt("once", reason, "一件一次", "核对日期，只留一次"), _rule(version, step))
            times[event.step] = event
            self.places[at] = self._with_outcome(version, step, event, date), date

    def _label(self, name: str) -> str:
        steps = (version.steps.get(name) for version in reversed(self.register.law.versions))
        return next((step.label for step in steps if step), name)

    def _with_outcome(self, version: Procedure, step: Step, event: Event, date: Found) -> Event:
        """The event with its outcome as the procedure spells it."""
        if event.outcome is None or not step.outcomes:
            return event
        outcome = _choice(event.outcome, step.outcomes)
        if outcome is None:
            parts = next(read.steps for read in self.rows if read.row is date.row)
            found = (parts.get(step.name) or parts.get("") or {}).get("outcome", date)
            doubt = _no_choice("unknown_outcome", step.label, event.outcome, step.outcomes)
            self.reader.doubt(found, doubt, _rule(version, step))
        return replace(event, outcome=outcome)

    # Facts

    def _fields(self, version: Procedure) -> dict[str, FieldValue]:
        fields: dict[str, FieldValue] = {}
        for target, found in self.case.items():
            if target.what != "field":
                continue
            known = version.fields.get(target.of)
            if known is None and is_blank(found.row.cells[found.column.index]):
                continue  # the mapping's word for an empty cell, not the unit's
            if known is None:
                accepted = "、".join(item.label for item in version.fields.values()) or "（没有字段）"
                reason = f"这一件适用的版本没有{target.label(self.register.law.versions[-1])}"
                self.reader.doubt(found, Doubt("field_not_in_version", reason, accepted), _rule(version))
            elif known.kind == "choice":
                choice = _choice(str(found.value), known.choices)
                if choice is None:
                    doubt = _no_choice("unknown_choice", known.label, str(found.value), known.choices)
                    self.reader.doubt(found, doubt, f"{_rule(version)}，字段「{known.label}」")
                fields[target.of] = choice
            else:
                fields[target.of] = found.value
        return fields

    def _parties(self) -> tuple[PartyDraft, ...]:
        parties: dict[PartyDraft, None] = {}
        for read in self.rows:
            for role, parts in read.parties.items():
                if "party_name" not in parts:
                    found = next(iter(parts.values()))
                    reason = f"写了{role}的证件、电话或地址，却没有姓名或名称"
                    self.reader.doubt(found, Doubt("party_without_name", reason, f"{role}的姓名或名称"))
                    continue
                texts = (str(parts[what].value) if what in parts else "" for what in
                         ("party_name", "party_id", "party_phone", "party_address"))  # fmt: skip
                parties[PartyDraft(role, *texts)] = None
        return tuple(parties)

    def _repeats(self, key: str, digest: str) -> bool:
        """Whether the case was already read from an earlier row; if it differs, that is a fault."""
        row = self.rows[0].row
        first = self.register.seen.setdefault(key, (row.number, digest))
        if first[0] == row.number:
            return False
        if first[1] == digest:
            self.register.equal += [read.row.number for read in self.rows]
        else:
            reason = f"案号与第 {first[0]} 行相同，内容不同"
            doubt = Doubt("double_number", reason, "每件一行；同一件的几行请合并案号的单元格", "核对案号")
            self.reader.doubt(Found(None, row, self.case[NUMBER].column), doubt)
        return True


def _event(step: str, parts: dict[What, Found]) -> Event:
    def value(what: What) -> Any:
        return parts[what].value if what in parts else None

    moment = value("date")
    minute = value("time") if "time" in parts else moment.minute
    return Event(
        step, moment.day, NO_MINUTE if minute is None else minute, by=value("by") or (), officers=value("officers"),
        days=value("days"), outcome=value("outcome"), approved_by=value("approved_by"), reason=value("reason"),
        amount=value("amount"),
    )  # fmt: skip


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _opens(version: Procedure, event: Event) -> bool:
    step = version.steps.get(event.step)
    return step is not None and step.opens


def _choice(text: str, choices: tuple[str, ...]) -> str | None:
    return next((choice for choice in choices if plain_word(choice) == plain_word(text)), None)


def _no_choice(kind: str, label: str, text: str, choices: tuple[str, ...]) -> Doubt:
    near = _nearest(text, choices)
    reason = f"「{label}」没有「{text}」" + (f"，是否「{near}」" if near else "")
    return Doubt(kind, reason, "、".join(choices), "改写，或在对应里写明它对应哪一个")


def _nearest(text: str, names: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(text[:64], names, n=1, cutoff=0.5)), "")


def _rule(version: Procedure, step: Step | None = None) -> str:
    """The version, and the step with its articles."""
    text = f"{version.name}（{iso(version.effective_day)} 起施行）"
    if step is None:
        return text
    cites = "、".join(cite.short for cite in step.cites)
    return f"{text}，环节「{step.label}」" + (f"〔{cites}〕" if cites else "")
