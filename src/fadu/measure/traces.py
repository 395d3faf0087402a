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
from fadu.law.clocks import Run, State
from fadu.law.duties import judge_duty
from fadu.law.judge import Plan, compile_procedure, judge_clocks
from fadu.law.procedures import Clock, Duty, Procedure, TermRule
from fadu.law.terms import Span, Unit
from fadu.measure.truths import grouped

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NEVER = 1 << 30
"""A term that no place in a history reaches, so that no run is late for its order."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What each trace settles; arrays by trace, or by run (those of trace t: ``begin[t]``, ``count[t]`` of them).

    Places count from 0 within the case; -1 is none. ``moved``: something in the run may move its last day.
    ``first`` and ``times``: step × trace, the place of the first event of a step and how often it happened.
    ``verdicts``: duty × trace (a ``must`` looks at attributes: of no use here).
    """

    begin: Array
    count: Array
    clock: Array
    start: Array
    stop: Array
    ended: Array
    shortened: Array
    moved: Array
    verdicts: Array
    closed: Array
    first: Array
    times: Array


@dataclass
class Traces:
    """The traces of one procedure met so far. ``known``: step codes in order → number of the trace."""

    procedure: Procedure
    known: dict[bytes, int] = field(default_factory=dict)
    _runs: list[tuple[int, int, int, bool, bool, bool]] = field(default_factory=list)
    _rows: list[tuple[int, int, list[int], int, list[int], list[int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan = by_order(self.procedure)
        self.names = list(self.procedure.steps)
        self.clocks = {name: index for index, name in enumerate(self.procedure.clocks)}

    def of(self, step: Array, heads: Array, lengths: Array) -> Array:
        """The trace of every case of a block, as numbers. ``heads``: where each case begins in ``step``."""
        groups, members = _alike(step, heads, lengths, len(self.names))
        numbers = [self._number(step[heads[case] : heads[case] + lengths[case]]) for case in members]
        return np.array(numbers, np.int32)[groups]

    def _number(self, steps: Array) -> int:
        code = steps.tobytes()
        if code not in self.known:
            self.known[code] = len(self._rows)
            self._judge(steps.tolist())
        return self.known[code]

    def _judge(self, steps: list[int]) -> None:
        events = [Event(self.names[code], place) for place, code in enumerate(steps)]
        history = History(events, {}, len(events))
        runs = [self._run(run, history) for run in judge_clocks(self.plan, history)]
        closings = tuple(name for name in self.plan.closings if name in history.keys)
        verdicts = [judge_duty(duty, history, closings, 0) for duty in self.plan.duties]
        keys = [history.keys.get(name, []) for name in self.names]
        self._rows.append((
            len(self._runs), len(runs), [int(verdict.state) if verdict else 0 for verdict in verdicts],
            _place(history.first(closings)), [_place(found[0] if found else None) for found in keys],
            [len(found) for found in keys],
        ))
        self._runs += runs

    def _run(self, run: Run, history: History) -> tuple[int, int, int, bool, bool, bool]:
        clock = self.procedure.clocks[run.clock.name]
        explained = history.first((clock.shorten,)) if clock.shorten else None
        shortened = explained is not None and run.stop is not None and explained < run.stop
        ended = run.state is State.ENDED
        return self.clocks[clock.name], run.start >> 32, _place(run.stop), ended, shortened, bool(run.added)

    def orders(self) -> Orders:
        """The answers so far, as arrays."""
        begin, count, verdicts, closed, first, times = zip(*self._rows, strict=True)
        runs = np.array(self._runs, np.int32).reshape(-1, 6)
        clock, start, stop = (runs[:, place].copy() for place in range(3))
        ended, shortened, moved = (runs[:, place] > 0 for place in range(3, 6))
        return Orders(
            np.array(begin, np.int32), np.array(count, np.int32), clock, start, stop, ended, shortened, moved,
            np.array(verdicts, np.int8).reshape(len(begin), -1).T.copy(), np.array(closed, np.int32),
            np.array(first, np.int32).T.copy(), np.array(times).T.copy(),
        )


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
    extension = replace(clock.extension, when=None) if clock.extension and not clock.minimum else None
    return replace(clock, terms=terms, minimum=False, applies=None, since=None, until=None, lapse=None,
                   pauses=() if clock.minimum else clock.pauses, extension=extension)


def _duty(duty: Duty) -> Duty:
    return replace(duty, applies=None, since=None, until=None, must=None)


def _alike(step: Array, heads: Array, lengths: Array, steps: int) -> tuple[Array, Array]:
    """Cases with the same steps in the same order: the group of each case, and one case of each group.

    Groups are found by a hash and then held against their one case, so that a collision is never taken for equality.
    """
    row = np.repeat(np.arange(len(heads), dtype=np.int32), lengths)
    place = np.arange(len(step), dtype=np.int64) - heads[row]
    where = place * steps + step
    seed = 0
    while True:
        marks = np.random.default_rng(seed).integers(1 << 63, size=int(lengths.max()) * steps, dtype=np.uint64)
        found = np.add.reduceat(marks[where], heads)
        groups, members = grouped(found)
        one = members[groups]
        if bool((lengths[one] == lengths).all()) and bool((step[heads[one][row] + place] == step).all()):
            return groups, members
        seed += 1
