"""Clocks: a budget and a ledger, never a stored date.

Every start opens a run; every run is judged. The last lawful day is start + term, plus the days
pauses took out, plus extensions that were decided in time, rolled where the statute says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from operator import itemgetter
from typing import NamedTuple

from fadu.law.calendars import Calendar
from fadu.law.cases import History
from fadu.law.conditions import Condition, Reader
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, add_months, date_of, day_of
from fadu.law.errors import NoVersion
from fadu.law.procedures import Clock, Extension
from fadu.law.terms import EACH_YEAR, Span, Unit


class State(IntEnum):
    """How a run stands. The numbers are those of the columnar path."""

    KEPT = 1
    LATE = 2
    RUNNING = 3
    ENDED = 4
    UNDETERMINED = 5
    EARLY = 6
    LAPSED = 7

    @property
    def missed(self) -> bool:
        return self in (State.LATE, State.EARLY)

    @property
    def overrun(self) -> bool:
        """The last day has passed without the stop, as a breach or as a right not used."""
        return self in (State.LATE, State.LAPSED)

    @property
    def label(self) -> str:
        return ("", "按期", "逾期", "计时中", "随办结终止", "无法判断", "未满法定期间", "逾期未行使")[self]


# Plain names: in CPython 3.11 reading a member from its class costs as much as a whole comparison of days.
_KEPT, _LATE, _RUNNING, _ENDED, _UNDETERMINED, _EARLY, _LAPSED = State
_WORKING, _CALENDAR, _MONTH, _HOUR, _ANNUAL, _DATED = Unit


class Run(NamedTuple):
    """One run of a clock. ``start`` and ``stop`` are event keys; ``last_day`` a day (None: unknown term).

    For a minimum period ``last_day`` is the first day on which the stop is lawful.
    """

    clock: Clock
    start: int
    stop: int | None
    last_day: int | None
    state: State
    span: Span | None
    added: tuple[Added, ...] = ()

    @property
    def start_day(self) -> int:
        return self.start >> 32

    @property
    def stop_day(self) -> int | None:
        return None if self.stop is None else self.stop >> 32


_BY_KEY = itemgetter(1)
_new = tuple.__new__  # half the cost of calling the class


class Added(NamedTuple):
    """What moved the last day: a pause from ``key``'s day to ``end`` (``kind`` 'pause'), or an extension."""

    kind: str
    key: int
    end: int
    amount: int
    counted: bool


Counter = Callable[[int, int, int], int]
"""Start day, days of the unit added, months added → the last lawful day."""


@dataclass(frozen=True, slots=True)
class CompiledTerm:
    """A term of a clock, with how its last day is counted chosen once."""

    when: Reader | None
    span: Span
    counted: Span
    """The span as it is counted: a minimum period does not roll, unless its stop is lawful only beyond it."""
    count: Counter
    plain: bool
    """The start settles the last day: nothing moves it, no field and no time of day decides it."""
    moves: bool
    """Pauses or extensions may move the last day."""


@dataclass(frozen=True, slots=True)
class CompiledClock:
    """A clock with its conditions as closures, on its calendar, ready to judge."""

    clock: Clock
    calendar: Calendar
    pause_on_last_day: bool
    applies: Reader | None
    terms: tuple[CompiledTerm, ...]
    only: CompiledTerm | None
    """The term that binds whatever the facts."""
    extends_when: Reader | None
    pauses: tuple[tuple[str, str], ...]
    """Step that begins a pause, and the one that ends it."""
    dated: bool
    """It binds runs that start on certain days only."""


def compile_clock(clock: Clock, calendar: Calendar, pause_on_last_day: bool,
                  compiled: Callable[[Condition | None], Reader | None]) -> CompiledClock:
    """Prepare a clock for judging. ``compiled`` makes a condition a closure over a history."""
    terms = tuple(_compile_term(clock, compiled(rule.when), rule.span, calendar) for rule in clock.terms)
    return CompiledClock(
        clock, calendar, pause_on_last_day, compiled(clock.applies), terms,
        only=terms[0] if terms[0].when is None else None,
        extends_when=compiled(clock.extension.when) if clock.extension else None,
        pauses=tuple((pause.start, pause.end) for pause in clock.pauses),
        dated=clock.since is not None or clock.until is not None,
    )  # fmt: skip


def _compile_term(clock: Clock, when: Reader | None, span: Span, calendar: Calendar) -> CompiledTerm:
    counted = Span(span.number, span.unit, field=span.field) if clock.minimum and not clock.beyond else span
    special = clock.minimum or span.unit in (Unit.HOUR, Unit.DATED)
    moves = bool(clock.pauses or clock.extension)
    return CompiledTerm(
        when, span, counted, counter(counted, calendar), plain=not (special or moves), moves=moves and not special
    )


def paused(run: Run, history: History, pause_on_last_day: bool) -> bool:
    """Whether the run stands still: it is open, and a pause that began in time has not ended."""
    last = run.last_day
    if run.stop is not None or last is None:
        return False
    latest = last if pause_on_last_day else last - 1
    for rule in run.clock.pauses:
        keys = history.keys.get(rule.start)
        if keys and history.next_after((rule.end,), keys[-1]) is None and keys[-1] >> 32 <= latest:
            return True
    return False


def first_last_day(start_day: int, span: Span, calendar: Calendar) -> int:
    """Last lawful day of a run that nothing moved. Not for HOUR (``hour_last_day``) and DATED (``dated_last_day``)."""
    return counter(span, calendar)(start_day, 0, 0)


def last_day_with(start_day: int, span: Span, months: int, days: int, calendar: Calendar) -> int:
    """Last lawful day with ``months`` and ``days`` (of the span's unit) added before it rolls."""
    return counter(span, calendar)(start_day, days, months)


def counter(span: Span, calendar: Calendar) -> Counter:
    """How the last lawful day of a span is counted; what is added is added before it rolls.

    Not for HOUR and DATED; nothing is added to an ANNUAL one, and months only to one of months.
    """
    number, unit, roll = span.number, span.unit, calendar.roll
    if unit is _WORKING:
        return _working_days(number, calendar)
    if unit is _MONTH and span.rolls:
        return lambda start, days, months: roll(add_months(start, number + months) + days)
    if unit is _MONTH:
        return lambda start, days, months: add_months(start, number + months) + days
    if unit is _ANNUAL:
        return lambda start, *_: _annual_day(date_of(start), number)
    if span.rolls:
        return _rolled_days(number, calendar)
    return lambda start, days, _: start + number + days


def _working_days(number: int, calendar: Calendar) -> Counter:
    """``Calendar.add_working_days`` at hand; the calendar itself says what lies outside it."""
    first, last, ordinals, working_days = calendar.first, calendar.last, calendar.ordinals, calendar.days
    there = len(working_days)

    def count(start: int, days: int, _: int) -> int:
        if first <= start <= last:
            place = ordinals[start - first] + number + days - 1
            if place < there:
                return working_days[place]
        return calendar.add_working_days(start, number + days)

    return count


def _rolled_days(number: int, calendar: Calendar) -> Counter:
    """``Calendar.roll`` at hand."""
    first, last, working = calendar.first, calendar.last, calendar.working

    def count(start: int, days: int, _: int) -> int:
        day = start + number + days
        return day if first <= day <= last and working[day - first] else calendar.roll(day)

    return count


def _annual_day(start: date, number: int) -> int:
    """The date of the following year, or (每年) the next such date after the start."""
    each_year, number = divmod(number, EACH_YEAR)
    month, day = divmod(number, 100)
    this_year = each_year and (start.month, start.day) < (month, day)
    return day_of(date(start.year if this_year else start.year + 1, month, day))


def hour_last_day(start: int, span: Span) -> int:
    """The day on which an hour term ends; counted from the end of the day where no time was recorded."""
    minute = start & NO_MINUTE
    return (start >> 32) + ((1439 if minute == NO_MINUTE else minute) + span.number * 60) // 1440


def dated_last_day(span: Span, history: History, calendar: Calendar) -> int | None:
    """The day the case's field names; None where the field is not filled in."""
    named = history.fields.get(span.field)
    if named is None:
        return None
    day = day_of(str(named))
    return calendar.roll(day) if span.rolls else day


def judge_clock(compiled: CompiledClock, history: History, closings: list[int]) -> list[Run]:
    """Every run of the clock, in order of start. ``closings``: the keys of what closed the case, in order."""
    clock, keys = compiled.clock, history.keys
    if len(clock.starts) == 1:
        starts = keys.get(clock.starts[0], [])
    else:
        starts = sorted([key for step in clock.starts if step in keys for key in keys[step]])
    if compiled.dated:
        starts = [key for key in starts if _binds(clock, key >> 32)]
    if not starts:
        return []
    applies = True if compiled.applies is None else compiled.applies(history)
    if applies is not None and not applies:
        return []
    term = compiled.only
    if term is None:
        term, known = choose_term(compiled, history)
        if known and term is None:  # no term binds, so that an unknown ``when`` decides nothing
            return []
    if applies is None:
        term = None
    runs = []
    for start in starts:
        end, ended = history.next_after(clock.stops, start), False
        if closings and closings[-1] > start:
            closed = closings[bisect_right(closings, start)]
            if end is None or closed < end:  # the end of the case, rather than what the run waited for
                end, ended = closed, True
        runs.append(_unknown(clock, start, end) if term is None else _run(compiled, term, start, end, ended, history))
    return runs


def _binds(clock: Clock, day: int) -> bool:
    return (clock.since is None or day >= clock.since) and (clock.until is None or day < clock.until)


def _unknown(clock: Clock, start: int, end: int | None) -> Run:
    return Run(clock, start, end, None, _UNDETERMINED, None)


def choose_term(compiled: CompiledClock, history: History) -> tuple[CompiledTerm | None, bool]:
    """The term that binds, and whether the facts settle it."""
    for term in compiled.terms:
        if term.when is None:
            return term, True
        holds = term.when(history)
        if holds is None:
            return None, False
        if holds:
            return term, True
    return None, True


def _run(compiled: CompiledClock, term: CompiledTerm, start: int, end: int | None, ended: bool,
         history: History) -> Run:
    """``ended``: the run ended with the case rather than with what it waited for."""
    clock, span = compiled.clock, term.span
    added: tuple[Added, ...] = ()
    try:  # the calendar may not reach there: what else the case has is still judged
        if term.plain:
            last: int | None = term.count(start >> 32, 0, 0)
        elif term.moves:
            last, added = _moved(compiled, term, start, end, history)
        elif span.unit is _HOUR:
            return _hours(clock, span, start, end, ended, history.as_of)
        elif clock.minimum:
            return _minimum(compiled, term, start, end, ended, history)
        else:
            last = dated_last_day(span, history, compiled.calendar)
    except NoVersion:
        last = None
    if last is None:
        return _unknown(clock, start, end)
    overrun = (history.as_of if end is None else end >> 32) > last
    state = _settled(clock, overrun, end, ended) if overrun or ended or end is None else _KEPT
    return _new(Run, (clock, start, end, last, state, span, added))


def _settled(clock: Clock, overrun: bool, end: int | None, ended: bool) -> State:
    """The state of a run whose last day is known. A right not used by then has lapsed; used later it is late."""
    if overrun:
        return _LAPSED if clock.right and (end is None or ended) else _LATE
    if end is None:
        return _RUNNING
    return _ENDED if ended else _KEPT


def _minimum(compiled: CompiledClock, term: CompiledTerm, start: int, end: int | None, ended: bool,
             history: History) -> Run:
    """A period that must run in full: the stop is lawful from ``last_day`` on."""
    clock, span = compiled.clock, term.span
    if span.unit is _DATED:
        last = dated_last_day(term.counted, history, compiled.calendar)
    else:
        last = term.count(start >> 32, 0, 0)
    if last is None:
        return _unknown(clock, start, end)
    lawful = last + 1 if clock.beyond else last
    if end is None:
        state = _RUNNING
    elif ended:
        state = _ENDED
    elif end >> 32 >= lawful or _shortened(clock, start, end, history):
        state = _KEPT
    else:
        state = _EARLY
    return Run(clock, start, end, lawful, state, span)


def _shortened(clock: Clock, start: int, end: int, history: History) -> bool:
    if not clock.shorten:
        return False
    first = history.first((clock.shorten,))
    return first is not None and first < end


def _hours(clock: Clock, span: Span, start: int, end: int | None, ended: bool, as_of: int) -> Run:
    """Elapsed minutes; where a time of day is not recorded, only what every possible time agrees on."""
    limit = span.number * 60
    soonest, latest = _elapsed(start, end if end is not None else (as_of + 1) << 32)
    last = hour_last_day(start, span)
    if soonest <= limit < latest and end is not None:
        return Run(clock, start, end, last, _UNDETERMINED, span)
    return Run(clock, start, end, last, _settled(clock, soonest > limit, end, ended), span)


def _elapsed(start: int, end: int) -> tuple[int, int]:
    """Fewest and most minutes between two keys."""
    base = ((end >> 32) - (start >> 32)) * 1440
    begun, done = start & NO_MINUTE, end & NO_MINUTE
    begun_low, begun_high = (0, 1439) if begun == NO_MINUTE else (begun, begun)
    done_low, done_high = (0, 1439) if done == NO_MINUTE else (done, done)
    return max(0, base + done_low - begun_high), base + done_high - begun_low


def _moved(compiled: CompiledClock, term: CompiledTerm, start: int, end: int | None,
           history: History) -> tuple[int, tuple[Added, ...]]:
    """The last day after pauses and extensions, each counted only if it came in time."""
    calendar, extension, count, start_day = compiled.calendar, compiled.clock.extension, term.count, start >> 32
    pending = _pauses(compiled, start, end, history)
    by_months, allowed = False, 0
    if extension is not None and extension.step in history.keys:
        by_months, allowed = extension.span.unit is _MONTH, extension.times
        pending += _extensions(compiled, extension, start, end, history)
    last = count(start_day, 0, 0)
    if not pending:
        return last, ()
    if len(pending) > 1:
        pending.sort(key=_BY_KEY)
    in_working_days = term.span.unit is _WORKING
    months = days = 0
    added: tuple[Added, ...] = ()
    for kind, key, until, amount in pending:
        day = key >> 32
        if kind == "pause":
            counted = day < last or (day == last and compiled.pause_on_last_day)
            amount = calendar.ordinal(until) - calendar.ordinal(day) if in_working_days else until - day
        else:
            counted = day <= last and allowed > 0
            allowed -= counted
        added += (_new(Added, (kind, key, until, amount, counted)),)
        if counted:
            if by_months and kind == "extend":
                months += amount
            else:
                days += amount
            last = count(start_day, days, months)
    return last, added


def _pauses(compiled: CompiledClock, start: int, end: int | None, history: History) -> list[tuple[str, int, int, int]]:
    """The pauses of a run, clipped to it and united, as (kind, key of the beginning, last day not counted, 0)."""
    limit, keys = history.as_of if end is None else end >> 32, history.keys
    found: list[tuple[str, int, int, int]] = []
    for begins, ends in compiled.pauses:
        if begins not in keys:
            continue
        for key in keys[begins]:
            resumed, until = keys.get(ends), limit
            if resumed and resumed[-1] > key:
                until = resumed[bisect_right(resumed, key)] >> 32
                if until > limit:
                    until = limit
            begun = key if key > start else start
            if until > begun >> 32:
                found.append(("pause", begun, until, 0))
    if len(found) < 2:
        return found
    found.sort()
    united = [found[0]]
    for kind, key, until, _ in found[1:]:
        _, begun, before, _ = united[-1]
        if key >> 32 < before:
            united[-1] = (kind, begun, max(before, until), 0)
        else:
            united.append((kind, key, until, 0))
    return united


def _extensions(compiled: CompiledClock, extension: Extension, start: int, end: int | None,
                history: History) -> list[tuple[str, int, int, int]]:
    """Extensions decided during the run, each with the amount decided, capped."""
    if compiled.extends_when is not None and not compiled.extends_when(history):
        return []
    cap = extension.span.number
    found = []
    for key in history.keys[extension.step]:
        if key > start and (end is None or key < end):
            decided = history.event_at(key).days if extension.decided and not key & DEEMED_BIT else None
            found.append(("extend", key, key >> 32, cap if decided is None else min(decided, cap)))
    return found
