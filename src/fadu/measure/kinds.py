"""Kinds of cases: one order of steps, one set of answers to the conditions.

Which runs a case has, the term of each and whether duties bind is the same in all cases of a kind; only days differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fadu.law.clocks import State
from fadu.law.conditions import Reader
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Procedure
from fadu.measure.last_days import Terms
from fadu.measure.traces import Orders
from fadu.measure.truths import FALSE, TRUE, UNKNOWN, Asked, Node, Sheet, Values, combined, truth

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

NO_RUN, UNSETTLED = -2, -1
"""In place of a term: the clock does not run in the case; the facts do not settle which term binds."""
BY_EVENTS = -1
"""In place of a verdict: what the attributes of events make of a duty that binds."""


@dataclass(frozen=True, slots=True)
class KindRuns:
    """The runs of each kind, those of kind k being ``count[k]`` from ``begin[k]``; arrays by run.

    ``run``: its number in ``Orders.runs``; ``term``: its place in ``Terms``; ``offset``: that of the term's last days;
    ``before``, ``after``: how it stands before its last day has passed and after, where it passes on the day after
    it, or with ``minimum`` on the day itself; ``over``: what a run over its hours is; ``extended``: whether
    extensions of it count.
    """

    begin: Array
    count: Array
    run: Array
    clock: Array
    term: Array
    offset: Array
    minimum: Array
    before: Array
    after: Array
    over: Array
    extended: Array


@dataclass(frozen=True, slots=True)
class Kinds:
    """``of``: the kind of every case; ``trace``: of every kind; ``verdicts``: duty × kind, 0 where it does not bind,
    ``BY_EVENTS`` where its events say."""

    of: Array
    trace: Array
    runs: KindRuns
    verdicts: Array


class Sorter:
    """Tells the kinds of the cases of one procedure."""

    def __init__(self, procedure: Procedure, terms: Terms) -> None:
        self.procedure, self.terms = procedure, terms
        clocks = list(procedure.clocks.values())
        extensions = [clock.extension.when if clock.extension else None for clock in clocks]
        asked = [*map(_term_of, clocks), *map(Asked.whether, extensions)]
        asked += [Asked.whether(duty.applies) for duty in procedure.duties.values()]
        self.asked = len(asked)
        self.sheets = Sheet.of(asked)
        self.minimum = np.array([clock.minimum for clock in clocks], bool)
        self.right = np.array([clock.right for clock in clocks], bool)
        self.musts = np.array([duty.verb == "must" for duty in procedure.duties.values()], bool)

    def sort(self, trace: Array, orders: Orders, read: Callable[[Node], Values]) -> Kinds:
        """The kinds of cases whose traces and values are given."""
        filled = [sheet.fill(read, len(trace)) for sheet in self.sheets]
        varied = [(codes, len(answers)) for codes, answers in filled if len(answers) > 1]
        kind, members = combined([(trace, len(orders.closed)), *varied], len(trace))
        answers = np.empty((self.asked, len(members)), np.int8)
        for sheet, (codes, table) in zip(self.sheets, filled, strict=True):
            answers[sheet.places] = table[codes[members]].T
        clocks = len(self.minimum)
        term, extended, applies = np.split(answers, [clocks, 2 * clocks])
        return Kinds(kind, trace[members], self._runs(trace[members], orders, term, extended == TRUE),
                     self._verdicts(orders.verdicts[:, trace[members]], applies))

    def _runs(self, trace: Array, orders: Orders, term: Array, extended: Array) -> KindRuns:
        """``term`` and ``extended``: clock × kind."""
        runs = orders.runs
        kind, run = spread(runs.begin[trace], runs.count[trace])
        clock = runs.clock[run]
        found = term[clock, kind]
        some = np.flatnonzero(found != NO_RUN)
        kind, run, clock, found = kind[some], run[some], clock[some], found[some]
        count = np.bincount(kind, minlength=len(trace))
        place = self.terms.place(clock, found)
        minimum, calm = self.minimum[clock], runs.calm[run]
        kept = calm == State.KEPT
        over = np.where(self.right[clock] & ~kept, np.int8(State.LAPSED), np.int8(State.LATE))
        before = np.where(minimum & kept & ~runs.shortened[run], np.int8(State.EARLY), calm)
        return KindRuns(np.cumsum(count) - count, count, run, clock, place, self.terms.offset(place), minimum, before,
                        np.where(minimum, calm, over), over, extended[clock, kind])

    def _verdicts(self, by_order: Array, applies: Array) -> Array:
        by_order[self.musts] = BY_EVENTS
        by_order[applies == FALSE] = 0
        by_order[applies == UNKNOWN] = DutyState.UNDETERMINED
        return by_order


def spread(begin: Array, count: Array) -> tuple[Array, Array]:
    """Every one of ``count`` numbers from ``begin``, with the place of its row."""
    row = np.repeat(np.arange(len(count)), count)
    return row, (begin - np.cumsum(count) + count)[row] + np.arange(len(row))


def _term_of(clock: Clock) -> Asked:
    """Which term binds: its place in ``clock.terms``, ``NO_RUN`` or ``UNSETTLED``."""
    trees = [tree for tree in (clock.applies, *(rule.when for rule in clock.terms)) if tree is not None]
    return Asked.of(trees, partial(_term, clock))


def _term(clock: Clock, conditions: list[Reader], row: Any) -> int:
    holds = iter(conditions)
    applies = truth(next(holds)(row)) if clock.applies is not None else TRUE
    if applies == FALSE:
        return NO_RUN
    for place, rule in enumerate(clock.terms):
        found = truth(next(holds)(row)) if rule.when is not None else TRUE
        if found != FALSE:
            return place if found == applies == TRUE else UNSETTLED
    return NO_RUN
