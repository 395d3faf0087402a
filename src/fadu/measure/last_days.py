"""Runs as arrays: the last lawful day of each from a table by term and day of start, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fadu.law.calendars import Calendar
from fadu.law.clocks import State
from fadu.law.dates import NO_MINUTE
from fadu.law.procedures import Procedure
from fadu.law.terms import Unit
from fadu.measure.calendar_tables import day_table, span_column
from fadu.measure.columns import Needs
from fadu.measure.runs import binding_span

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NO_DAY = -(1 << 31)
"""Stands for no day where an array has no null."""
NO_RUN, UNSETTLED = -2, -1
"""In place of a term: the clock does not run in the case; the facts do not settle which term binds."""
_DAY = 1440


@dataclass(frozen=True, slots=True)
class Course:
    """Runs: number of the clock and of the term that binds, keys of start and end (0: none), whether a closing step
    ended it, and whether a minimum period was lawfully shortened."""

    clock: Array
    term: Array
    start: Array
    end: Array
    ended: Array
    shortened: Array

    def where(self, here: Array) -> Course:
        """Some of the runs."""
        if here.all():
            return self
        return Course(self.clock[here], self.term[here], self.start[here], self.end[here], self.ended[here],
                      self.shortened[here])


@dataclass(frozen=True, slots=True)
class Terms:
    """Every term of every clock. ``table``: term × day of start (from ``first``) → last lawful day.

    By clock: ``begin``, the number of its first term; since when and until when it is law, as keys; whether it is a
    minimum, whether its lapse takes a step, whether it is a right. By term: ``minutes``, those of a term in hours,
    else 0; ``named``, whether the last day is a date the case names, which is not known here.
    """

    first: int
    as_of: int
    table: Array
    minutes: Array
    begin: Array
    since: Array
    until: Array
    minimum: Array
    deems: Array
    right: Array
    named: Array

    @classmethod
    def of(cls, procedure: Procedure, calendar: Calendar, first: int, as_of: int) -> Terms:
        """The terms of a procedure for starts from ``first`` to ``as_of``. The table ends with one that never binds."""
        clocks = list(procedure.clocks.values())
        days = day_table(calendar, Needs(procedure).spans, (), first, as_of).slice(0, as_of - first + 1)
        rows, minutes, named = [], [], []
        for clock in clocks:
            for index, rule in enumerate(clock.terms):
                row = np.full(days.num_rows, NO_DAY, np.int32)
                hours, dated = rule.span.unit is Unit.HOUR, rule.span.unit is Unit.DATED
                if not (hours or dated):
                    found = days[span_column(binding_span(clock, index))]
                    known = found.is_valid().to_numpy()
                    row[known] = found.drop_null().to_numpy() + clock.beyond
                rows.append(row)
                minutes.append(rule.span.number * 60 if hours else 0)
                named.append(dated)
        counts = [len(clock.terms) for clock in clocks]
        return cls(
            first, as_of, np.stack([*rows, np.full(days.num_rows, NO_DAY, np.int32)]), np.array([*minutes, 0]),
            np.cumsum([0, *counts])[:-1],
            np.array([_key(clock.since, -(1 << 62)) for clock in clocks], np.int64),
            np.array([_key(clock.until, 1 << 62) for clock in clocks], np.int64),
            np.array([clock.minimum for clock in clocks], bool),
            np.array([bool(clock.lapse and clock.lapse.deem) for clock in clocks], bool),
            np.array([clock.right for clock in clocks], bool),
            np.array([*named, False], bool),
        )

    def binds(self, course: Course) -> Array:
        """Whether a clock runs in the case, and is law on the day of the start."""
        found = (course.start >= self.since[course.clock]) & (course.start < self.until[course.clock])
        return found & (course.term != NO_RUN)

    def last(self, course: Course) -> Array:
        """The last lawful day (int32) of every run, or ``NO_DAY``."""
        day = course.start >> 32
        found = self.table[course.term, day - self.first]
        here = np.flatnonzero(self.minutes[course.term])
        if len(here):
            begun = _minute(course.start[here], 1439)
            found[here] = day[here] + (begun + self.minutes[course.term[here]]) // _DAY
        return found

    def state(self, course: Course, last: Array) -> Array:
        """The state (int8) of every run: ``fadu.law.clocks.State``."""
        end = course.end
        open_ = end == 0
        done = np.where(course.ended, np.int8(State.ENDED), np.int8(State.KEPT))
        calm = np.where(open_, np.int8(State.RUNNING), done)
        found = np.where(np.where(open_, self.as_of, end >> 32) > last, np.int8(State.LATE), calm)
        here = np.flatnonzero(self.minimum[course.clock])
        if len(here):
            early = (calm[here] == State.KEPT) & (end[here] >> 32 < last[here]) & ~course.shortened[here]
            found[here] = np.where(early, np.int8(State.EARLY), calm[here])
        here = np.flatnonzero(self.minutes[course.term])
        if len(here):
            found[here] = self._by_minutes(course.start[here], end[here], self.minutes[course.term[here]], calm[here])
        unused = (found == State.LATE) & self.right[course.clock] & (open_ | course.ended)
        found[unused] = State.LAPSED
        found[last == NO_DAY] = State.UNDETERMINED
        return found

    def _by_minutes(self, start: Array, end: Array, limit: Array, calm: Array) -> Array:
        """Elapsed minutes; where a time of day is not recorded, only what every possible time agrees on."""
        done = np.where(end == 0, self.as_of + 1 << 32, end)
        base = ((done >> 32) - (start >> 32)) * _DAY
        soonest = base + _minute(done, 0) - _minute(start, 1439)
        longest = base + _minute(done, 1439) - _minute(start, 0)
        unsettled = (longest > limit) & (end != 0)
        return np.where(soonest > limit, np.int8(State.LATE), np.where(unsettled, np.int8(State.UNDETERMINED), calm))


def _key(day: int | None, otherwise: int) -> int:
    return otherwise if day is None else day << 32


def _minute(key: Array, unrecorded: int) -> Array:
    minute = key & NO_MINUTE
    return np.where(minute == NO_MINUTE, unrecorded, minute)
