"""When a term ends, and why: one clock of a procedure, or a plain number of days, counted day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fadu.law.calendars import Calendar
from fadu.law.cases import Event, FieldValue, History, field_defaults
from fadu.law.clocks import Run, last_day_with
from fadu.law.conditions import Name, OfStep, walk
from fadu.law.dates import NO_MINUTE
from fadu.law.errors import FaduError
from fadu.law.explain import Note, explain_run, nominal_last_day
from fadu.law.judge import Plan, judge_clocks
from fadu.law.procedures import Clock, Field, Procedure
from fadu.law.terms import Span, Unit

COUNTED_BY_DAY = frozenset({Unit.WORKING, Unit.CALENDAR, Unit.MONTH})
"""Units whose days can be counted off one by one."""


@dataclass(frozen=True, slots=True)
class DueQuestion:
    """A clock that began on a day (and minute), what else happened, and the day as of which it is asked."""

    clock: Clock
    start: tuple[int, int]
    as_of: int
    events: tuple[Event, ...] = ()
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


class CountedDay(NamedTuple):
    """A day from the start to the last one. ``kind``: start, counted, rest, off (a holiday), paused or rolled.

    ``number``: the how-manieth day counted, 0 where the day does not count; ``name``: why it rests, or 调休上班.
    """

    day: int
    kind: str
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Due:
    """The answer: the run, as the law reads it."""

    plan: Plan
    run: Run
    history: History

    @property
    def last_day(self) -> int | None:
        return self.run.last_day

    @property
    def minute(self) -> int | None:
        """The minute of the last day at which a term of hours ends; None where none is known."""
        begun, span = self.run.start & NO_MINUTE, self.run.span
        if span is None or span.unit is not Unit.HOUR or begun == NO_MINUTE:
            return None
        return (begun + span.number * 60) % 1440

    @property
    def provisional(self) -> bool:
        """Whether it rests on a year whose notice is not out."""
        return self.last_day is not None and self.plan.calendar.provisional(self.last_day)

    @property
    def explanation(self) -> Note:
        return explain_run(self.run, self.history, self.plan)

    def days(self) -> Iterator[CountedDay]:
        """The days one by one; none where the term is not one of days."""
        run, span, calendar = self.run, self.run.span, self.plan.calendar
        if span is None or run.last_day is None or span.unit not in COUNTED_BY_DAY:
            return
        paused = {
            day for added in run.added if added.kind == "pause" and added.counted
            for day in range((added.key >> 32) + 1, added.end + 1)
        }  # fmt: skip
        nominal = run.last_day if span.unit is Unit.WORKING else nominal_last_day(run, span, calendar)
        yield from _days((run.start_day, run.last_day), nominal, span, calendar, paused)


@dataclass(frozen=True, slots=True)
class PlainDue:
    """So many days, working days or months from a day, of no procedure."""

    start: int
    span: Span
    last_day: int
    calendar: Calendar

    @property
    def nominal(self) -> int:
        """The last day before it rolls."""
        return last_day_with(self.start, Span(self.span.number, self.span.unit), 0, 0, self.calendar)

    @property
    def provisional(self) -> bool:
        return self.calendar.provisional(self.last_day)

    def days(self) -> Iterator[CountedDay]:
        """The days one by one."""
        yield from _days((self.start, self.last_day), self.nominal, self.span, self.calendar, set())


def clock_named(procedure: Procedure, name: str) -> Clock:
    """The clock of that name or row id. Raises ``FaduError`` with those there are."""
    rule = procedure.rule(name)
    if isinstance(rule, Clock):
        return rule
    known = "、".join(f"{item.name}（{item.label}）" for item in procedure.clocks.values())
    raise FaduError(f"程序“{procedure.name}”没有时钟“{name}”；可用：{known}")


def when_due(plan: Plan, question: DueQuestion) -> Due:
    """When the clock ends. Raises ``FaduError`` where it does not run on these facts."""
    clock, begun = question.clock, question.start
    events = sorted([Event(clock.starts[0], *begun), *question.events], key=lambda event: event.day)
    judged_on = max([question.as_of, *(event.day for event in events)])
    history = History(events, {**field_defaults(plan.procedure), **question.fields}, judged_on)
    for run in judge_clocks(plan, history):
        if run.clock is clock and run.start_day == begun[0]:
            return Due(plan, run, history)
    known = "、".join(f"{item.label}（{item.name}）" for item in deciding_fields(plan.procedure, clock))
    raise FaduError(f"时钟“{clock.label}”在这些事实下不适用" + (f"；请核对决定它的字段：{known}" if known else ""))


def deciding_fields(procedure: Procedure, clock: Clock) -> list[Field]:
    """The fields that decide whether the clock runs and which term binds, or name its last day."""
    names = [part.name for tree in clock.conditions for part in walk(tree) if isinstance(part, Name)]
    names += [rule.span.field for rule in clock.terms if rule.span.field]
    return [procedure.fields[name] for name in dict.fromkeys(names) if name in procedure.fields]


def deciding_steps(clock: Clock) -> list[str]:
    """The steps that decide it too, besides those that start, stop, pause or extend it."""
    names = [part.step for tree in clock.conditions for part in walk(tree) if isinstance(part, OfStep)]
    names += [clock.shorten] if clock.shorten else []
    moving = {*clock.starts, *clock.stops, *(name for pause in clock.pauses for name in (pause.start, pause.end))}
    moving |= {clock.extension.step} if clock.extension else set()
    return [name for name in dict.fromkeys(names) if name not in moving]


def plain_due(calendar: Calendar, start: int, span: Span) -> PlainDue:
    """``span`` from ``start``, the day itself not counted."""
    return PlainDue(start, span, last_day_with(start, span, 0, 0, calendar), calendar)


def _days(
    ends: tuple[int, int], nominal: int, span: Span, calendar: Calendar, paused: set[int]
) -> Iterator[CountedDay]:
    number = 0
    start, last = ends
    for day in range(start, last + 1):
        name, works = calendar.name(day), calendar.is_working(day)
        if day == start:
            yield CountedDay(day, "start", 0, name)
        elif day in paused:
            yield CountedDay(day, "paused", 0, name)
        elif day > nominal:
            yield CountedDay(day, "rolled", 0, name)
        elif span.unit is Unit.WORKING and not works:
            yield CountedDay(day, "rest" if name in ("周六", "周日") else "off", 0, name)
        else:
            number += 1
            yield CountedDay(day, "counted", number, name)
