"""Last days that pauses and extensions moved, of many runs at once: ``fadu.law.clocks`` says the same of one run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from fadu.law.calendars import Calendar
from fadu.law.procedures import Clock
from fadu.law.terms import Span, Unit

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NO_DAY = -(1 << 31)
"""Stands for no day where an array has no null."""
NEVER = 1 << 62
"""Stands for no key; comes after every other."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What may move the last day of some runs, a row a run: keys (``NEVER``: nothing), and of pauses the last day not
    counted, of extensions the amount decided. ``pause``: which of the columns are pauses."""

    key: Array
    amount: Array
    pause: Array

    @classmethod
    def of(cls, pauses: tuple[Array, Array], extensions: tuple[Array, Array]) -> Additions:
        """In order of key. ``pauses`` are united, ``extensions`` decided in the run."""
        key, amount = (np.concatenate(parts, axis=1) for parts in zip(pauses, extensions, strict=True))
        pause = np.broadcast_to(np.arange(key.shape[1]) < pauses[0].shape[1], key.shape)
        order = np.argsort(key, axis=1, kind="stable")
        return cls(*(np.take_along_axis(item, order, 1).T for item in (key, amount, pause)))


def united(begun: Array, until: Array) -> tuple[Array, Array]:
    """Pauses without those that last no day, those that overlap as one; by run, in order."""
    begun = np.where(until > begun >> 32, begun, NEVER)
    order = np.argsort(begun, axis=1)
    begun, until = (np.take_along_axis(item, order, 1) for item in (begun, until))
    for place in range(1, begun.shape[1]):
        over = begun[:, place] >> 32 < until[:, place - 1]
        begun[over, place] = begun[over, place - 1]
        begun[over, place - 1] = NEVER
        until[over, place] = until[over, place - 1 : place + 1].max(axis=1)
    return begun, until


@dataclass(frozen=True, slots=True)
class Moves:
    """How additions move the last days of a clock under one of its terms. ``lenient``: a pause on that day counts."""

    clock: Clock
    span: Span
    calendar: Calendar
    lenient: bool

    def last(self, start: Array, last: Array, additions: Additions) -> Array:
        """The last day of runs that begin on the days ``start`` and would end on ``last``; ``NO_DAY`` where the
        calendar does not reach."""
        extension = self.clock.extension
        allowed = extension.times if extension else 0
        by_months = extension is not None and extension.span.unit is Unit.MONTH
        lost = last == NO_DAY
        days, months, extensions = (np.zeros(len(start), np.int64) for _ in range(3))
        for key, amount, pause in zip(additions.key, additions.amount, additions.pause, strict=True):
            day, known = key >> 32, key < NEVER
            counted = known & np.where(pause, day < last + self.lenient, (day <= last) & (extensions < allowed))
            length = np.where(pause, self._length(np.where(known, day, start), np.where(known, amount, start)), amount)
            lost |= known & pause & (length == NO_DAY)
            extended = counted & ~pause
            extensions += extended
            months += np.where(extended & by_months, amount, 0)
            days += np.where(counted & ~(extended & by_months), length, 0)
            last = np.where(counted, self._with(start, months, days), last)
            lost |= last == NO_DAY
        last[lost] = NO_DAY
        return last

    def _length(self, day: Array, until: Array) -> Array:
        """How long pauses are, in the unit of the term."""
        if self.span.unit is not Unit.WORKING:
            return until - day
        begun, ended = (_at(_arrays(self.calendar)[0], item - self.calendar.first) for item in (day, until))
        return np.where((begun == NO_DAY) | (ended == NO_DAY), NO_DAY, ended - begun)

    def _with(self, start: Array, months: Array, days: Array) -> Array:
        """``fadu.law.clocks.last_day_with``."""
        number = self.span.number
        if self.span.unit is Unit.WORKING:
            ordinals, working, _ = _arrays(self.calendar)
            begun = _at(ordinals, start - self.calendar.first)
            return _at(working, np.where(begun == NO_DAY, -1, begun + number + days - 1))
        day = _months_later(start, number + months) if self.span.unit is Unit.MONTH else start + number
        return rolled(day + days, self.calendar) if self.span.rolls else day + days


def rolled(day: Array, calendar: Calendar) -> Array:
    """``Calendar.roll`` of every day; ``NO_DAY`` where the calendar does not reach."""
    return _at(_arrays(calendar)[2], day - calendar.first)


@cache
def _arrays(calendar: Calendar) -> tuple[Array, Array, Array]:
    """By day of the calendar, its ordinal; the working days; by day, the day or the first working day after it."""
    ordinals, working = np.array(calendar.ordinals, np.int64), np.array(calendar.days, np.int64)
    place = ordinals - np.frombuffer(calendar.working, np.int8)
    return ordinals, working, _at(working, place)


def _at(values: Array, places: Array) -> Array:
    """The values at some places, ``NO_DAY`` outside."""
    inside = (places >= 0) & (places < len(values))
    return np.where(inside, values[np.where(inside, places, 0)], NO_DAY)


def _months_later(day: Array, months: Array) -> Array:
    """``fadu.law.dates.add_months``."""
    dates = day.astype("M8[D]")
    month = dates.astype("M8[M]")
    later = month + months
    begins = later.astype("M8[D]")
    longest = ((later + 1).astype("M8[D]") - begins).astype(np.int64) - 1
    return begins.astype(np.int64) + np.minimum((dates - month.astype("M8[D]")).astype(np.int64), longest)
