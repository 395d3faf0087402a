"""Runs of one clock as arrays: the last lawful day of each from a table by term and day of start, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fadu.law.calendars import Calendar
from fadu.law.clocks import State
from fadu.law.dates import NO_MINUTE
from fadu.law.procedures import Clock
from fadu.law.terms import Unit
from fadu.measure.calendar_tables import day_table, span_column
from fadu.measure.columns import Needs
from fadu.measure.moved_days import NO_DAY
from fadu.measure.runs import binding_span

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NO_RUN, UNSETTLED = -2, -1
"""In place of a term: the clock does not run in the case; the facts do not settle which term binds."""
_DAY = 1440


@dataclass(frozen=True, slots=True)
class Course:
    """Runs of one clock: the term that binds (its place in the clock), keys of start and end (0: none), how each
    stands where its last day is not passed (``calm``), and whether a minimum period was lawfully shortened."""

    term: Array
    start: Array
    end: Array
    calm: Array
    shortened: Array


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one clock. ``table``: term × day of start (from ``first``) → last lawful day; its last row, which
    ``UNSETTLED`` finds, has none. By term: ``minutes``, those of a term in hours, else 0; ``named``, whether the last
    day is a date the case names, which is not known here."""

    clock: Clock
    first: int
    as_of: int
    table: Array
    minutes: Array
    named: Array

    @classmethod
    def of(cls, needs: Needs, calendar: Calendar, first: int, as_of: int) -> list[Terms]:
        """Those of every clock of a procedure, for starts from ``first`` to ``as_of``."""
        days = day_table(calendar, needs.spans, (), first, as_of).slice(0, as_of - first + 1)
        columns = {name: days[name].fill_null(NO_DAY).to_numpy() for name in days.column_names}
        none = np.full(days.num_rows, NO_DAY, np.int32)
        found = []
        for clock in needs.procedure.clocks.values():
            units = [rule.span.unit for rule in clock.terms]
            rows = [none if unit in (Unit.HOUR, Unit.DATED) else columns[span_column(binding_span(clock, index))]
                    for index, unit in enumerate(units)]
            hours = [rule.span.number * 60 if rule.span.unit is Unit.HOUR else 0 for rule in clock.terms]
            table = np.stack([*rows, none])
            table[table != NO_DAY] += clock.beyond
            named = np.array([*(unit is Unit.DATED for unit in units), False])
            found.append(cls(clock, first, as_of, table, np.array([*hours, 0]), named))
        return found

    def binds(self, term: Array, start: Array) -> Array:
        """Whether the clock runs in the case, and is law on the day of the start."""
        found = term != NO_RUN
        if self.clock.since is not None:
            found = found & (start >= self.clock.since << 32)
        if self.clock.until is not None:
            found = found & (start < self.clock.until << 32)
        return found

    def last(self, course: Course) -> Array:
        """The last lawful day (int32) of every run that nothing moved, or ``NO_DAY``."""
        day = course.start >> 32
        found = self.table[course.term, day - self.first]
        here = self._in_hours(course)
        if len(here):
            begun = _minute(course.start[here], 1439)
            found[here] = day[here] + (begun + self.minutes[course.term[here]]) // _DAY
        return found

    def state(self, course: Course, last: Array) -> Array:
        """The state (int8) of every run: ``fadu.law.clocks.State``."""
        end, calm, found = course.end, course.calm, course.calm.copy()
        if self.clock.minimum:
            found[(calm == State.KEPT) & (end >> 32 < last) & ~course.shortened] = State.EARLY
        else:
            found[np.where(end == 0, self.as_of, end >> 32) > last] = State.LATE
        here = self._in_hours(course)
        if len(here):
            found[here] = self._by_minutes(course.start[here], end[here], self.minutes[course.term[here]], calm[here])
        if self.clock.right:
            found[(found == State.LATE) & (calm != State.KEPT)] = State.LAPSED
        found[last == NO_DAY] = State.UNDETERMINED
        return found

    def _in_hours(self, course: Course) -> Array:
        return np.flatnonzero(self.minutes[course.term]) if self.minutes.any() else ()

    def _by_minutes(self, start: Array, end: Array, limit: Array, calm: Array) -> Array:
        """Elapsed minutes; where a time of day is not recorded, only what every possible time agrees on."""
        done = np.where(end == 0, self.as_of + 1 << 32, end)
        base = ((done >> 32) - (start >> 32)) * _DAY
        soonest = base + _minute(done, 0) - _minute(start, 1439)
        longest = base + _minute(done, 1439) - _minute(start, 0)
        unsettled = (longest > limit) & (end != 0)
        return np.where(soonest > limit, np.int8(State.LATE), np.where(unsettled, np.int8(State.UNDETERMINED), calm))


def _minute(key: Array, unrecorded: int) -> Array:
    minute = key & NO_MINUTE
    return np.where(minute == NO_MINUTE, unrecorded, minute)
