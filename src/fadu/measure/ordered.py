"""Judging facts that are in order: blocks of arrays, no hash table, no query.

What a case's order of steps settles is read from its trace (``traces``), what its fields settle from ``truths``.
What is left are days: the last day of every run from a table, compared with the day it stopped. Cases whose last day
something moved or the case itself names, or in which a lapse took a step, are handed on to the general path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.clocks import State
from fadu.law.conditions import Name, OfStep, Reader
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty
from fadu.measure import columns
from fadu.measure.engine import Question
from fadu.measure.last_days import NO_RUN, UNSETTLED, Course, Terms
from fadu.measure.regular import duty_column
from fadu.measure.sorted_pass import at, heads_of
from fadu.measure.traces import Orders, Traces
from fadu.measure.truths import FALSE, TRUE, UNKNOWN, Truths, Values, field_meaning, truth, values_of

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

_WORST = np.array([DutyState.PENDING, DutyState.MET, DutyState.UNDETERMINED, DutyState.MISSED], np.int8)
"""What the events of a ``must`` came to, from none of them to the worst."""
_BADNESS = np.array([3, 1, 2], np.int8)
"""The place in ``_WORST`` of FALSE, TRUE and UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Block:
    """Events of whole cases, ordered. ``heads``: where each case begins; ``trace``: its number, by case."""

    table: pa.Table
    key: Array
    step: Array
    heads: Array
    lengths: Array
    trace: Array
    _read: dict[str, Any] = field(default_factory=dict)

    def of_case(self, name: str) -> pa.Array:
        """A column at the first event of every case."""
        if name not in self._read:
            self._read[name] = at(self.table[name], self.heads)
        return self._read[name]

    def key_at(self, place: Array) -> Array:
        """By case, the key of the event at a place within it (any, where the place is below 0)."""
        return self.key[self.heads + np.maximum(place, 0)]

    def case_of(self, events: Array) -> Array:
        """The case of each of some events."""
        return np.searchsorted(self.heads, events, side="right") - 1


@dataclass(frozen=True, slots=True)
class Found:
    """``runs`` and ``cases`` of the cases judged, and the events (``strange``) of those handed on."""

    runs: pa.Table
    cases: pa.Table
    strange: pa.Table


class Ordered:
    """Judges the blocks of one question. ``first``: the day of the earliest event."""

    def __init__(self, question: Question, first: int) -> None:
        self.question = question
        self.procedure, self.needs = question.procedure, question.needs
        self.clocks = list(self.procedure.clocks.values())
        self.terms = Terms.of(self.procedure, question.calendar, first, question.as_of)
        self.traces = Traces(self.procedure)

    def judge(self, table: pa.Table) -> Found:
        """Judge the cases of a table. Raises ``FaduError`` where one is not in order."""
        return self.settle(self.open(table))

    def open(self, table: pa.Table) -> Block:
        """The events as arrays, with the trace of every case. Raises as ``judge``."""
        key, step = table["key"].to_numpy(), table["step"].to_numpy()
        heads = heads_of(table["case_no"].to_numpy(), key)
        lengths = np.diff(np.append(heads, len(key)))
        return Block(table, key, step, heads, lengths, self.traces.of(step, heads, lengths))

    def settle(self, block: Block) -> Found:
        """Terms, last days and states: what the order of the steps does not settle."""
        table = block.table
        orders = self.traces.orders()
        truths = Truths(lambda node: self._values(node, block, orders), len(block.heads))
        runs, strange = self._runs(block, orders, truths)
        cases = self._cases(block, orders, truths)
        if not strange.any():
            return Found(runs, cases, table.slice(0, 0))
        return Found(runs, cases.filter(pa.array(~strange)), table.filter(pa.array(np.repeat(strange, block.lengths))))

    def _values(self, node: Name | OfStep, block: Block, orders: Orders) -> Values:
        """What a condition reads of every case."""
        if isinstance(node, Name):
            item = self.procedure.fields[node.name]
            return values_of(block.of_case(columns.field_column(node.name)), field_meaning(item, self.question.words))
        if node.function == "outcome":
            return values_of(self._outcome(node.step, block), self._text)
        times = orders.times[self.needs.step_codes[node.step]].tolist()
        return Values(block.trace, times if node.function == "count" else [count > 0 for count in times])

    def _text(self, code: int | None) -> str | None:
        return self.question.words.text(code) or None

    def _outcome(self, name: str, block: Block) -> pa.Array:
        """The outcome last recorded for a step, by case; null where there is none."""
        events = np.flatnonzero(block.step == self.needs.step_codes[name])
        codes = at(block.table["outcome"], events).fill_null(0).to_numpy()
        told = codes > 0
        found = np.zeros(len(block.heads), np.int32)
        found[block.case_of(events[told])] = codes[told]
        return pa.array(found, mask=found == 0)

    def _chosen(self, truths: Truths) -> Array:
        """The term that binds, by clock and case: its number in ``terms``, ``NO_RUN`` or ``UNSETTLED``."""
        chosen = np.empty((len(self.clocks), truths.count), np.int16)
        for index, clock in enumerate(self.clocks):
            trees = [tree for tree in (clock.applies, *(rule.when for rule in clock.terms)) if tree is not None]
            chosen[index] = truths.answers(trees, partial(_term, clock))
            chosen[index][chosen[index] >= 0] += self.terms.begin[index]
        return chosen

    def _runs(self, block: Block, orders: Orders, truths: Truths) -> tuple[pa.Table, Array]:
        """The runs of the cases judged here, and which cases are not."""
        counts = orders.count[block.trace]
        row = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        before = np.cumsum(counts, dtype=np.int32) - counts
        run = np.arange(len(row), dtype=np.int32) + np.repeat(orders.begin[block.trace] - before, counts)
        course = self._course(block, orders, run, row, self._chosen(truths))
        last = self.terms.last(course)
        state = self.terms.state(course, last)
        binds = self.terms.binds(course)
        moved = orders.moved[run] & (course.term != UNSETTLED)
        strange = np.zeros(len(counts), bool)
        overrun = (state == State.LATE) | (state == State.LAPSED)
        elsewhere = moved | self.terms.named[course.term] | (self.terms.deems[course.clock] & overrun)
        strange[row[binds & elsewhere]] = True
        kept = binds & ~strange[row]
        taken, course = pa.array(row[kept]), course.where(kept)
        last, state = last[kept], state[kept]
        stop = pa.array((course.end >> 32).astype(np.int32), mask=course.end == 0)
        return pa.table({
            "case_no": block.of_case("case_no").take(taken), "unit": block.of_case("unit").take(taken),
            "clock": course.clock.astype(np.int16), "start": (course.start >> 32).astype(np.int32), "stop": stop,
            "last": pa.array(last, mask=state == State.UNDETERMINED), "state": state,
        }), strange

    def _course(self, block: Block, orders: Orders, run: Array, row: Array, chosen: Array) -> Course:
        """The runs of every clock that runs at all, from their places in the case."""
        clock, stop, head = orders.clock[run], orders.stop[run], block.heads[row]
        end = np.where(stop < 0, 0, block.key[head + stop])
        return Course(clock, chosen[clock, row], block.key[head + orders.start[run]], end, orders.ended[run],
                      orders.shortened[run])

    def _cases(self, block: Block, orders: Orders, truths: Truths) -> pa.Table:
        """The columns of ``Regular.cases``."""
        closed = orders.closed[block.trace]
        found: dict[str, Any] = {name: block.of_case(name) for name in ("case_no", "unit")}
        found["opened_day"] = (block.of_case("key").to_numpy() >> 32).astype(np.int32)
        found["closed_day"] = pa.array((block.key_at(closed) >> 32).astype(np.int32), mask=closed < 0)
        for item in self.needs.fields():
            found[columns.field_column(item.name)] = block.of_case(columns.field_column(item.name))
        for name in sorted(self.needs.shown):
            found[name] = self._shown(name, block, orders)
        for index, duty in enumerate(self.procedure.duties.values()):
            found[duty_column(duty.name)] = self._verdicts(duty, orders.verdicts[index], block, truths)
        return pa.table(found)

    def _shown(self, name: str, block: Block, orders: Orders) -> Any:
        kind, _, step = name.partition("_")
        if kind == "outcome":
            return self._outcome(step, block)
        code = self.needs.step_codes[step]
        if kind == "count":
            return orders.times[code][block.trace]
        first = orders.first[code][block.trace]
        return pa.array(block.key_at(first), mask=first < 0)

    def _verdicts(self, duty: Duty, by_trace: Array, block: Block, truths: Truths) -> Array:
        """The state of a duty by case; 0: it does not apply."""
        found = self._musts(duty, block) if duty.verb == "must" else by_trace[block.trace]
        if duty.applies is not None:
            applies = truths.of(duty.applies)
            found[applies == FALSE] = 0
            found[applies == UNKNOWN] = DutyState.UNDETERMINED
        opened = block.of_case("key").to_numpy()
        if duty.since is not None:
            found[opened < duty.since << 32] = 0
        if duty.until is not None:
            found[opened >= duty.until << 32] = 0
        return found

    def _musts(self, duty: Duty, block: Block) -> Array:
        """The worst that a ``must`` came to among its events."""
        here = [block.step == self.needs.step_codes[step] for step in duty.steps]
        events = np.flatnonzero(np.logical_or.reduce(here))
        worst = np.zeros(len(block.heads), np.int8)

        def read(node: Name | OfStep) -> Values:
            name = node.name if isinstance(node, Name) else node.step
            return values_of(at(block.table[name], events), self._attribute(name))

        np.maximum.at(worst, block.case_of(events), _BADNESS[Truths(read, len(events)).of(duty.must)])
        return _WORST[worst]

    def _attribute(self, name: str) -> Callable[[Any], Any]:
        """What a stored attribute of an event is to a condition."""
        return self._text if name in ("outcome", "approved_by", "by") else lambda value: value


def _term(clock: Clock, conditions: list[Reader], row: Any) -> int:
    """The term that binds: its place in ``clock.terms``, ``NO_RUN`` or ``UNSETTLED``."""
    holds = iter(conditions)
    applies = truth(next(holds)(row)) if clock.applies is not None else TRUE
    if applies == FALSE:
        return NO_RUN
    for place, rule in enumerate(clock.terms):
        found = truth(next(holds)(row)) if rule.when is not None else TRUE
        if found != FALSE:
            return place if found == applies == TRUE else UNSETTLED
    return NO_RUN
