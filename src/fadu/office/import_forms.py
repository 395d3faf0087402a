"""The page on which people say what the columns of a register mean: what is offered, and what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fadu.acts.import_file import SheetPlan
from fadu.acts.import_reading import SheetRead
from fadu.exchange.case_drafts import CaseDraft
from fadu.exchange.cells import is_blank, plain_word, tidy
from fadu.exchange.sheet_mapping import OF_PARTY, OF_STEP, ColumnMap, SheetMapping, Target, What, numbered
from fadu.exchange.table_shape import Column, Table
from fadu.law.dates import date_of
from fadu.law.procedures import Procedure
from fadu.store.lawbook import book
from fadu.store.models import Party, Unit
from fadu.store.sealing import mask, masked_text

SAMPLES = 3
VALUES = 12
"""Different values of a column for which a meaning is asked."""
PREVIEWED = 200
SHOWN = 6
_MASKED = {"party_id": "id_number", "party_phone": "phone", "party_address": "address"}
PARTIES = ("当事人", "申请人", "被申请人", "第三人", "代理人")
KEEP, NOTHING = "=", "-"
Option = tuple[str, str, bool]
"""Value, words, whether it is chosen."""


@dataclass(frozen=True)
class ValueAsked:
    """A value of a column and what it may stand for."""

    name: str
    text: str
    options: list[Option]


@dataclass(frozen=True)
class ColumnAsked:
    """A column: how sure the proposal is, some of its cells, what it may mean."""

    name: str
    column: Column
    map: ColumnMap
    samples: list[str]
    groups: list[tuple[str, list[Option]]]
    values: list[ValueAsked]

    @property
    def tone(self) -> str:
        """How sure, as a colour."""
        if self.map.target.what == "ignore":
            return "mute"
        return "ok" if self.map.confidence >= 0.8 else "warn"

    @property
    def sure(self) -> str:
        """How sure, in words."""
        return "不用" if self.map.target.what == "ignore" else f"{self.map.confidence:.0%}"


@dataclass(frozen=True)
class SheetAsked:
    """A sheet of the file as the page asks about it. ``fault``: why it gives no cases yet."""

    name: str
    plan: SheetPlan
    table: Table
    columns: list[ColumnAsked]
    read: SheetRead | None
    fault: str
    unit: str = ""
    """The code of the unit of the whole sheet, where its mapping names one."""

    @property
    def understood(self) -> list[Understood]:
        """The first cases as they are understood."""
        drafts = self.read.drafts[:SHOWN] if self.read else ()
        units = dict(Unit.objects.filter(code__in=[draft.unit for draft in drafts]).values_list("code", "name"))
        return [Understood.of(draft, units) for draft in drafts]

    @property
    def returned(self) -> list[str]:
        """The first rows that would be returned, and why."""
        found = [row.words for row in self.read.told if row.outcome == "refused"] if self.read else []
        return found[:SHOWN]

    @property
    def tried(self) -> int:
        """Rows the preview has read."""
        return len(self.read.table.rows) if self.read else 0


@dataclass(frozen=True)
class Understood:
    """A case of the preview, nothing personal in the clear."""

    number: str
    unit: str
    title: str
    rows: str
    parties: list[str]
    steps: list[str]
    fields: list[str]

    @classmethod
    def of(cls, draft: CaseDraft, units: Mapping[str, str]) -> Understood:
        """From a draft; ``units``: names by code."""
        version = next(one for one in book().versions(draft.procedure) if one.effective_day == draft.version)
        parties = [
            f"{party.role} {party.name}" + "".join(
                f"，{label} {mask(value, name)}" for (name, label), value in
                zip(Party.NUMBERS.items(), (party.identity, party.phone, party.address), strict=True) if value
            ) for party in draft.parties
        ]  # fmt: skip
        steps = [
            f"{version.steps[event.step].label} {date_of(event.day)}{f'（{event.outcome}）' if event.outcome else ''}"
            for event in draft.events if event.step in version.steps
        ]  # fmt: skip
        fields = [
            f"{version.fields[name].label}：{_shown(value)}" for name, value in draft.fields.items()
            if value is not None and name in version.fields
        ]  # fmt: skip
        rows = str(draft.rows[0]) if len(draft.rows) == 1 else f"{draft.rows[0]}–{draft.rows[-1]}"
        return cls(draft.number, units[draft.unit], masked_text(draft.title), rows, parties, steps, fields)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:g}" if isinstance(value, float) else masked_text(str(value))[:40]


def asked_about(place: int, table: Table, plan: SheetPlan, procedure: Procedure) -> list[ColumnAsked]:
    """The columns of a sheet with what each may mean. ``place``: which sheet of the file, from 0."""
    known = {(plain_word(item.label), item.nth): item for item in plan.mapping.columns}
    found = []
    for at, ((label, nth), column) in enumerate(numbered(table.columns).items()):
        item = known.get((label, nth)) or ColumnMap(column.label, nth=nth, confidence=0, reason="对应里没有这一列")
        cells = [text for row in table.rows[:PREVIEWED] if (text := _cell(row.cells[column.index]))]
        if not column.label and not cells:
            continue
        name = f"s{place}-c{at}"
        found.append(ColumnAsked(
            name, column, item, [_sample(text, item.target) for text in dict.fromkeys(cells)][:SAMPLES],
            list(_groups(item.target, plan.mapping.form, procedure)), list(_values(name, cells, item, procedure)),
        ))  # fmt: skip
    return found


def _cell(cell: Any) -> str:
    return "" if is_blank(cell) else tidy(cell)


def _sample(text: str, target: Target) -> str:
    kind = _MASKED.get(target.what)
    return (mask(text, kind) if kind else masked_text(text))[:30]


def _groups(chosen: Target, form: str, procedure: Procedure) -> Iterator[tuple[str, list[Option]]]:
    """All that a column may mean, in groups; what is chosen is always among them."""
    plain: list[What] = ["ignore", "number", "unit", "title", "summary"]
    groups: dict[str, list[Target]] = {"办件": [Target(what) for what in plain]}
    groups["字段"] = [Target("field", name) for name in procedure.fields]
    if form == "event":
        groups["事件"] = [Target("step"), *(Target(what) for what in OF_STEP)]
    else:
        for step in procedure.steps.values():
            said = {"date", "by", *step.needs, *(("outcome",) if step.outcomes else ())}
            said |= {"reason"} if step.reason_required else set()
            groups[step.label] = [Target(what, step.name) for what in OF_STEP if what in said]
    for role in dict.fromkeys((*PARTIES, *([chosen.of] if chosen.what in OF_PARTY else []))):
        groups[role] = [Target(what, role) for what in OF_PARTY]
    if not any(chosen in targets for targets in groups.values()):
        groups["现在的对应"] = [chosen]
    for name, targets in groups.items():
        if targets:
            yield name, [(_coded(target), target.label(procedure), target == chosen) for target in targets]


def _coded(target: Target) -> str:
    return f"{target.what}:{target.of}"


def _choices(target: Target, procedure: Procedure) -> tuple[str, ...]:
    if target.what == "field" and target.of in procedure.fields:
        return procedure.fields[target.of].choices
    if target.what == "outcome":
        steps = [procedure.steps[target.of]] if target.of in procedure.steps else list(procedure.steps.values())
        return tuple(dict.fromkeys(outcome for step in steps for outcome in step.outcomes))
    return ()


def _values(name: str, cells: Sequence[str], item: ColumnMap, procedure: Procedure) -> Iterator[ValueAsked]:
    """Values that are no choice of the target as written, the most frequent first."""
    choices = _choices(item.target, procedure)
    known = {plain_word(choice) for choice in choices}
    if not choices:
        return
    strange = Counter(text for text in cells if plain_word(text) not in known)
    for place, (text, _) in enumerate(strange.most_common(VALUES)):
        meant = item.values.get(text)
        now = KEEP if meant is None else meant or NOTHING
        options = [(KEEP, "（没有说明，这些行会退回）", now == KEEP), (NOTHING, "（没有填）", now == NOTHING)]
        options += [(choice, choice, now == choice) for choice in choices]
        yield ValueAsked(f"{name}-v{place}", text, options)


def chosen(place: int, asked: SheetAsked, given: Mapping[str, str], procedure: Procedure, units: set[str]) -> SheetPlan:
    """What the page sent for one sheet. What it does not know is left as it was."""
    plan, columns = asked.plan, []
    for each in asked.columns:
        target = _target(given.get(each.name, ""), each)
        item = each.map if target == each.map.target else replace(
            each.map, target=target, values={}, blanks=(), empty="", scale=_scale(target, each, procedure),
            confidence=1.0, reason="人工指定",
        )  # fmt: skip
        choices = {*_choices(item.target, procedure), KEEP, NOTHING}
        values = dict(item.values)
        for value in each.values if target == each.map.target else ():
            said = given.get(value.name, "")
            if said in choices:
                values.pop(value.text, None)
                values |= {} if said == KEEP else {value.text: "" if said == NOTHING else said}
        columns.append(replace(item, values=values))
    unit, year = given.get(f"s{place}-unit", ""), given.get(f"s{place}-year", "")
    mapping = SheetMapping(
        plan.mapping.procedure, plan.mapping.form, tuple(columns),
        unit if unit in units else "" if not unit else plan.mapping.unit,
        int(year) if year.isascii() and year.isdecimal() and 1949 <= int(year[:4]) <= 2199 and len(year) == 4 else None,
    )  # fmt: skip
    return SheetPlan(plan.name, mapping, f"s{place}-use" in given, plan.known)


def _target(text: str, asked: ColumnAsked) -> Target:
    what, _, of = text.partition(":")
    offered = {value for _, options in asked.groups for value, _, _ in options}
    return Target(what, of) if text in offered else asked.map.target  # type: ignore[arg-type]  # one of those offered


def _scale(target: Target, asked: ColumnAsked, procedure: Procedure) -> float:
    known = procedure.fields.get(target.of) if target.what == "field" else None
    money = target.what == "amount" or (known is not None and known.unit == "元")
    return 10_000 if money and "万元" in asked.column.label else 1
