"""Runs as arrays: the last lawful day of each from a table by term and day of start, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fadu.law.calendars import Calendar
from fadu.law.dates import NO_MINUTE
from fadu.law.procedures import Clock, TermRule
from fadu.law.terms import Unit
from fadu.measure.calendar_tables import day_table, span_column
from fadu.measure.columns import Needs
from fadu.measure.moved_days import NO_DAY, rolled
from fadu.measure.runs import binding_span

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

_DAY = 1440


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of every clock of a procedure, one after another; the first of all is none, for runs whose term is
    not settled. ``of_clock``: where those of each clock begin. ``table``: term × day of start (from ``first``) → last
    lawful day, which none has not. By term: its ``rule``; ``minutes``, those of a term in hours, else 0; ``named``,
    whether the last day is a date the case names (``of_named``)."""

    first: int
    as_of: int
    of_clock: Array
    table: Array
    rules: list[tuple[Clock, TermRule]]
    minutes: Array
    named: Array
    calendar: Calendar

    @classmethod
    def of(cls, needs: Needs, calendar: Calendar, first: int, as_of: int) -> Terms:
        """For starts from ``first`` to ``as_of``."""
        days = day_table(calendar, needs.spans, (), first, as_of).slice(0, as_of - first + 1)
        columns = {name: days[name].fill_null(NO_DAY).to_numpy() for name in days.column_names}
        table = [np.full(days.num_rows, NO_DAY, np.int32)]
        of_clock, rules = [], []
        for clock in needs.procedure.clocks.values():
            of_clock.append(len(table))
            for index, rule in enumerate(clock.terms):
                rules.append((clock, rule))
                known = rule.span.unit not in (Unit.HOUR, Unit.DATED)
                last = columns[span_column(binding_span(clock, index))] if known else table[0]
                table.append(np.where(last == NO_DAY, NO_DAY, last + clock.beyond).astype(np.int32))
        units = [(rule.span.unit, rule.span.number) for _, rule in rules]
        minutes = np.array([0, *(number * 60 if unit is Unit.HOUR else 0 for unit, number in units)])
        named = np.array([False, *(unit is Unit.DATED for unit, _ in units)])
        return cls(first, as_of, np.array(of_clock, np.intp), np.stack(table), rules, minutes, named, calendar)

    def place(self, clock: Array, number: Array) -> Array:
        """The place here of a term that is ``number`` in its clock; below 0: not settled."""
        return np.where(number < 0, 0, self.of_clock[clock] + number)

    def offset(self, term: Array) -> Array:
        """What to add to a day of start to find its last day in ``table`` as one row."""
        return term * self.table.shape[1] - self.first

    def of_named(self, term: int, day: Array) -> Array:
        """The last days (int32) that dates named by cases make under a term; ``NO_DAY`` where there is none."""
        clock, rule = self.rules[term - 1]
        if binding_span(clock, clock.terms.index(rule)).rolls:
            day = rolled(day.astype(np.int64), self.calendar)
        return np.where(day == NO_DAY, NO_DAY, day + clock.beyond).astype(np.int32)

    def in_hours(self, limit: Array, start: Array, end: Array) -> tuple[Array, Array, Array]:
        """Of runs of so many minutes, from and to keys (0: still running): the last day, whether every possible time
        of day is beyond the limit, and whether only some are (of a run that has ended)."""
        last = (start >> 32) + (_minute(start, 1439) + limit) // _DAY
        done = np.where(end == 0, self.as_of + 1 << 32, end)
        base = ((done >> 32) - (start >> 32)) * _DAY
        over = base + _minute(done, 0) - _minute(start, 1439) > limit
        longest = base + _minute(done, 1439) - _minute(start, 0)
        return last, over, ~over & (longest > limit) & (end != 0)


def _minute(key: Array, unrecorded: int) -> Array:
    minute = key & NO_MINUTE
    return np.where(minute == NO_MINUTE, unrecorded, minute)
