"""Names of the columns that milestones and facts have, and what a procedure needs of them.

Facts: one row per event in force. All integers: texts are codes of one vocabulary (``Words``).
Milestones: one row per case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from fadu.law.conditions import Condition, Name, OfStep, walk
from fadu.law.procedures import Clock, Duty, Field, Procedure
from fadu.law.terms import Span, Unit

FACT_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("case_no", pa.int64()),
    ("key", pa.int64()),
    ("step", pa.int16()),
    ("unit", pa.int32()),
    ("days", pa.int16()),
    ("officers", pa.int16()),
    ("outcome", pa.int32()),
    ("approved_by", pa.int32()),
    ("reason", pa.bool_()),
    ("amount", pa.float64()),
    ("by", pa.int32()),
]
_FIELD_TYPES: dict[str, pa.DataType] = {
    "choice": pa.int32(), "text": pa.int32(), "date": pa.int32(), "flag": pa.bool_(), "number": pa.float64(),
}  # fmt: skip


def field_column(name: str) -> str:
    return f"field_{name}"


def fact_schema(procedure: Procedure) -> pa.Schema:
    """Schema of the facts of one procedure version; case fields stand on the first event only."""
    fields = [(field_column(name), _FIELD_TYPES[item.kind]) for name, item in procedure.fields.items()]
    return pa.schema([*FACT_COLUMNS, *fields])


def first(step: str) -> str:
    return f"first_{step}"


def last(step: str) -> str:
    return f"last_{step}"


def count(step: str) -> str:
    return f"count_{step}"


def outcome(step: str) -> str:
    return f"outcome_{step}"


def must(duty: str) -> str:
    return f"must_{duty}"


@dataclass
class Words:
    """One vocabulary for every text of a fact set: text ↔ code (1, 2, …)."""

    texts: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str) -> int:
        """The code of a text, given now if it is new."""
        known = self.codes.get(text)
        if known is None:
            self.texts.append(text)
            known = self.codes[text] = len(self.texts)
        return known

    def lookup(self, text: str) -> int:
        """The code of a text, or 0, which no fact has."""
        return self.codes.get(text, 0)

    def text(self, code: int | None) -> str:
        return self.texts[code - 1] if code else ""


@dataclass(frozen=True)
class Needs:
    """What the rules of a procedure read: decides which aggregates the one grouped pass makes."""

    procedure: Procedure
    extra: tuple[Condition, ...] = ()
    """Conditions of indicators: they read milestones and fields, and change no judgement."""

    @cached_property
    def step_codes(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.procedure.steps)}

    @cached_property
    def conditions(self) -> list[Condition]:
        """Every condition of the clocks and duties."""
        found = [duty.applies for duty in self.procedure.duties.values() if duty.applies is not None]
        return found + [tree for clock in self.procedure.clocks.values() for tree in clock.conditions]

    def of_step(self, function: str) -> set[str]:
        """Steps that conditions read by ``done``, ``count`` or ``outcome``."""
        return _of_step([*self.conditions, *self.extra], function) & set(self.procedure.steps)

    @cached_property
    def shown(self) -> set[str]:
        """Milestone columns that indicators read after judging."""
        steps = set(self.procedure.steps)
        return (
            {first(step) for step in _of_step(self.extra, "done") & steps}
            | {count(step) for step in _of_step(self.extra, "count") & steps}
            | {outcome(step) for step in _of_step(self.extra, "outcome") & steps}
        )

    @cached_property
    def clock_steps(self) -> set[str]:
        """Steps that start, stop, move or end a clock."""
        steps = set(self.procedure.closings)
        for clock in self.procedure.clocks.values():
            steps.update(clock.starts, clock.stops, adder_steps(clock))
            steps.update(pause.end for pause in clock.pauses)
            if clock.shorten:
                steps.add(clock.shorten)
            if clock.lapse and clock.lapse.deem:
                steps.add(clock.lapse.deem)
        return steps

    @cached_property
    def firsts(self) -> set[str]:
        """Steps whose first occurrence is read."""
        steps = self.clock_steps | self.of_step("done")
        for duty in self.procedure.duties.values():
            steps.update(duty.steps, duty.before, duty.after)
        return steps

    @cached_property
    def lasts(self) -> set[str]:
        """Steps whose last occurrence is read."""
        steps = set(self.clock_steps)
        for duty in self.procedure.duties.values():
            if duty.after or duty.verb in ("forbid", "at_most"):
                steps.update(duty.steps, duty.after)
        return steps

    @cached_property
    def counts(self) -> set[str]:
        """Steps that are counted."""
        steps = self.of_step("count")
        for duty in self.procedure.duties.values():
            if duty.verb == "at_most":
                steps.update(duty.steps)
        return steps

    @cached_property
    def musts(self) -> list[Duty]:
        return [duty for duty in self.procedure.duties.values() if duty.verb == "must"]

    @cached_property
    def spans(self) -> set[Span]:
        """Every span a clock may have, with and without rolling (a minimum period does not roll)."""
        found: set[Span] = set()
        for clock in self.procedure.clocks.values():
            for rule in clock.terms:
                span = rule.span
                found.add(Span(span.number, span.unit) if clock.minimum and not clock.beyond else span)
        return {span for span in found if span.unit not in (Unit.HOUR, Unit.DATED)}

    @cached_property
    def dated(self) -> bool:
        """Whether the last day of some clock is a date field of the case."""
        clocks = self.procedure.clocks.values()
        return any(rule.span.unit is Unit.DATED for clock in clocks for rule in clock.terms)

    @cached_property
    def months(self) -> set[int]:
        """Month counts that pauses and extensions may lead to."""
        found: set[int] = set()
        for clock in self.procedure.clocks.values():
            extension = clock.extension
            by_months = extension is not None and extension.span.unit is Unit.MONTH
            if not (clock.pauses or extension):
                continue
            for rule in clock.terms:
                if rule.span.unit is Unit.MONTH:
                    times = extension.times if extension and by_months else 0
                    cap = extension.span.number if extension and by_months else 0
                    found.update(range(rule.span.number, rule.span.number + times * cap + 1))
        return found

    @cached_property
    def fact_columns(self) -> list[str]:
        """Columns of the facts that judging reads: no others are loaded."""
        names = {part.name for duty in self.musts if duty.must for part in walk(duty.must) if isinstance(part, Name)}
        if self.of_step("outcome"):
            names.add("outcome")
        if any(clock.extension for clock in self.procedure.clocks.values()):
            names.add("days")
        always = ("case_no", "key", "step", "unit")
        attributes = [name for name, _ in FACT_COLUMNS if name in always or name in names]
        return [*attributes, *(field_column(item.name) for item in self.fields())]

    @cached_property
    def case_columns(self) -> list[str]:
        """Columns of a judged case that indicators read, beside its number, unit and duties."""
        return ["opened_day", "closed_day", *(field_column(item.name) for item in self.fields()), *sorted(self.shown)]

    def fields(self) -> Iterable[Field]:
        return self.procedure.fields.values()


def _of_step(trees: Iterable[Condition], function: str) -> set[str]:
    parts = (part for tree in trees for part in walk(tree))
    return {part.step for part in parts if isinstance(part, OfStep) and part.function == function}


def adder_steps(clock: Clock) -> set[str]:
    """Steps that may move the clock's last day."""
    steps = {pause.start for pause in clock.pauses}
    return steps | {clock.extension.step} if clock.extension else steps
