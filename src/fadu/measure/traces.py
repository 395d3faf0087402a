"""Traces: the order of a case's steps, and what the order alone settles.

Most cases of a procedure take the same few courses. Which event ends a run and whether a duty was met depend on the
order of the steps and on nothing else, so each order is judged once, by the case path, with places for days; all
cases of that order read the answer. Days, conditions and attributes are looked at elsewhere (``ordered``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fadu.law.calendars import Calendar
from fadu.law.cases import Event, History
from fadu.law.clocks import Run
from fadu.law.duties import judge_duty
from fadu.law.judge import Plan, closed_by, compile_procedure, judge_clocks
from fadu.law.procedures import Clock, Duty, Procedure, TermRule
from fadu.law.terms import Span, Unit
from fadu.measure.truths import grouped

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NEVER = 1 << 30
"""A term that no place in a history reaches, so that no run is late for its order."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs that each trace settles, of all clocks; arrays by run, those of trace t being ``count[t]`` from
    ``begin[t]``.

    ``clock``: its place in the procedure. Places of events count from 0 within the case; -1 is none. ``calm``: the
    state (``law.clocks.State``) where the last day is not passed. ``moved``: something may move the last day:
    ``pauses`` (run × number × from and to) that touch the run, ``extensions`` (run × number) decided in it.
    """

    begin: Array
    count: Array
    clock: Array
    start: Array
    stop: Array
    calm: Array
    shortened: Array
    moved: Array
    pauses: Array
    extensions: Array


@dataclass(frozen=True, slots=True)
class Orders:
    """What each trace settles; arrays by trace.

    ``first`` and ``times``: step × trace, the place of the first event of a step and how often it happened.
    ``verdicts``: duty × trace (a ``must`` looks at attributes: of no use here).
    """

    runs: Runs
    verdicts: Array
    closed: Array
    first: Array
    times: Array


_Run = tuple[int, int, int, int, bool, list[tuple[int, int]], list[int]]
"""Clock, start, stop, calm state, shortened, pauses, extensions."""


@dataclass
class Traces:
    """The traces of one procedure met so far. ``known``: step codes in order → number of the trace."""

    procedure: Procedure
    known: dict[bytes, int] = field(default_factory=dict)
    _runs: list[list[_Run]] = field(default_factory=list)
    _rows: list[tuple[list[int], int, list[int], list[int]]] = field(default_factory=list)
    _orders: Orders | None = None

    def __post_init__(self) -> None:
        self.plan = by_order(self.procedure)
        self.names = list(self.procedure.steps)
        self.clocks = {name: place for place, name in enumerate(self.procedure.clocks)}

    def of(self, step: Array, heads: Array, lengths: Array) -> Array:
        """The trace of every case of a block, as numbers. ``heads``: where each case begins in ``step``."""
        groups, members = _alike(step, heads, lengths, len(self.names))
        numbers = [self._number(step[heads[case] : heads[case] + lengths[case]]) for case in members]
        return np.array(numbers, np.intp)[groups]

    def _number(self, steps: Array) -> int:
        code = steps.tobytes()
        if code not in self.known:
            self.known[code] = len(self._rows)
            self._judge(steps.tolist())
            self._orders = None
        return self.known[code]

    def _judge(self, steps: list[int]) -> None:
        events = [Event(self.names[code], place) for place, code in enumerate(steps)]
        history = History(events, {}, len(events))
        runs = [self._run(run, history) for run in judge_clocks(self.plan, history)]
        closings = closed_by(self.plan, history)
        verdicts = [judge_duty(duty, history, closings, 0) for duty in self.plan.duties]
        keys = [history.keys.get(name, []) for name in self.names]
        self._runs.append(runs)
        self._rows.append((
            [int(verdict.state) if verdict else 0 for verdict in verdicts], _place(closings[0] if closings else None),
            [_place(found[0] if found else None) for found in keys], [len(found) for found in keys],
        ))

    def _run(self, run: Run, history: History) -> _Run:
        clock = self.procedure.clocks[run.clock.name]
        explained = history.first((clock.shorten,)) if clock.shorten else None
        shortened = explained is not None and run.stop is not None and explained < run.stop
        pauses, extensions = ([], []) if clock.minimum else _moving(clock, run, history)
        place = self.clocks[clock.name]
        return place, run.start >> 32, _place(run.stop), int(run.state), shortened, pauses, extensions

    def orders(self) -> Orders:
        """The answers so far, as arrays."""
        if self._orders is None:
            verdicts, closed, first, times = zip(*self._rows, strict=True)
            by_duty = np.array(verdicts, np.int8).reshape(len(closed), -1).T.copy()
            places = np.array(first, np.int32).T.copy()
            self._orders = Orders(_runs(self._runs), by_duty, np.array(closed, np.int32), places,
                                  np.array(times).T.copy())
        return self._orders


def _runs(by_trace: list[list[_Run]]) -> Runs:
    count = np.array([len(runs) for runs in by_trace], np.intp)
    runs = [run for runs in by_trace for run in runs]
    numbers = np.array([run[:5] for run in runs], np.int32).reshape(-1, 5)
    pauses = np.full((len(runs), max((len(run[5]) for run in runs), default=0), 2), -1)
    extensions = np.full((len(runs), max((len(run[6]) for run in runs), default=0)), -1)
    for row, (*_, paused, extended) in enumerate(runs):
        pauses[row, : len(paused)] = np.array(paused).reshape(-1, 2)
        extensions[row, : len(extended)] = extended
    moved = np.array([bool(run[5] or run[6]) for run in runs], bool)
    clock, start, stop, calm, shortened = numbers.T.copy()
    return Runs(np.cumsum(count) - count, count, clock, start, stop, calm.astype(np.int8), shortened > 0, moved,
                pauses, extensions)


def _moving(clock: Clock, run: Run, history: History) -> tuple[list[tuple[int, int]], list[int]]:
    """The places of what may move the last day of a run: pauses that touch it, extensions decided in it."""
    end = run.stop or NEVER << 32
    pauses = []
    for pause in clock.pauses:
        for key in history.keys.get(pause.start, []):
            resumed = history.next_after((pause.end,), key)
            if key < end and (resumed is None or resumed > run.start):
                pauses.append((_place(key), _place(resumed)))
    decided = history.keys.get(clock.extension.step, []) if clock.extension else []
    return pauses, [_place(key) for key in decided if run.start < key < end]


def _place(key: int | None) -> int:
    return -1 if key is None else key >> 32


def by_order(procedure: Procedure) -> Plan:
    """The procedure with everything taken away that is not order: conditions, days, attributes, lapses.

    Every start then opens a run and every duty applies.
    """
    clocks = {name: _clock(clock) for name, clock in procedure.clocks.items()}
    duties = {name: _duty(duty) for name, duty in procedure.duties.items()}
    return compile_procedure(replace(procedure, clocks=clocks, duties=duties), Calendar.weekly("", 0, 1))


def _clock(clock: Clock) -> Clock:
    terms = (TermRule(None, clock.terms[0].term, Span(NEVER, Unit.CALENDAR)),)
    return replace(clock, terms=terms, minimum=False, applies=None, since=None, until=None, lapse=None, pauses=(),
                   extension=None)


def _duty(duty: Duty) -> Duty:
    return replace(duty, applies=None, since=None, until=None, must=None)


def _alike(step: Array, heads: Array, lengths: Array, steps: int) -> tuple[Array, Array]:
    """Cases with the same steps in the same order: the group of each case, and one case of each group.

    Groups are found by a hash and then held against their one case, so that a collision is never taken for equality.
    """
    place = np.arange(len(step)) - np.repeat(heads, lengths)
    where = place * steps + step
    seed = 0
    while True:
        marks = np.random.default_rng(seed).integers(1 << 63, size=int(lengths.max()) * steps, dtype=np.uint64)
        found = np.add.reduceat(marks[where], heads)
        groups, members = grouped(found)
        one = members[groups]
        if bool((lengths[one] == lengths).all()) and bool((step[np.repeat(heads[one], lengths) + place] == step).all()):
            return groups, members
        seed += 1
