"""Judging facts that are in order: blocks of arrays, no hash table, no query.

What a case's order of steps settles is read from its trace (``traces``), what its fields settle from ``truths``.
What is left are days: the last day of every run from a table, compared with the day it stopped. Cases whose last day
something moved or the case itself names, or in which a lapse took a step, are handed on to the general path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from fadu.law.clocks import State
from fadu.law.conditions import Name, OfStep, Reader, walk
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty
from fadu.law.terms import Unit
from fadu.measure import columns
from fadu.measure.engine import RUN_SCHEMA, Question
from fadu.measure.last_days import NO_RUN, UNSETTLED, Course, Terms
from fadu.measure.moved_days import NEVER, Additions, Moves, united
from fadu.measure.regular import duty_column
from fadu.measure.sorted_pass import at, heads_of
from fadu.measure.traces import Orders, Runs, Traces
from fadu.measure.truths import FALSE, TRUE, UNKNOWN, Truths, Values, field_meaning, truth, values_of

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

_NO_RUNS = ibis.schema(RUN_SCHEMA).to_pyarrow().empty_table()
"""The runs of a procedure without a clock."""
_WORST = np.array([DutyState.PENDING, DutyState.MET, DutyState.UNDETERMINED, DutyState.MISSED], np.int8)
"""What the events of a ``must`` came to, from none of them to the worst."""
_BADNESS = np.array([3, 1, 2], np.int8)
"""The place in ``_WORST`` of FALSE, TRUE and UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Block:
    """Events of whole cases, ordered. ``heads``: where each case begins; ``row``: the case of every event (its place
    in ``heads``); ``trace``: its number, by case; ``opening``: what is read of the first event of every case."""

    table: pa.Table
    key: Array
    step: Array
    heads: Array
    row: Array
    trace: Array
    opening: pa.Table

    def of_case(self, name: str) -> pa.Array:
        """A column at the first event of every case."""
        return self.opening[name].chunk(0)

    def key_at(self, place: Array) -> Array:
        """By case, the key of the event at a place within it (any, where the place is below 0)."""
        return self.key[self.heads + np.maximum(place, 0)]


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
        self.terms = Terms.of(question.needs, question.calendar, first, question.as_of)
        self.traces = Traces(self.procedure)

    def judge(self, table: pa.Table) -> Found:
        """Judge the cases of a table. Raises ``FaduError`` where one is not in order."""
        return self.settle(self.open(table))

    def open(self, table: pa.Table) -> Block:
        """The events as arrays, with the trace of every case. Raises as ``judge``."""
        table = table.combine_chunks()  # rows are picked from it many times over
        key, step = table["key"].to_numpy(), table["step"].to_numpy()
        heads = heads_of(table["case_no"].to_numpy(), key)
        lengths = np.diff(np.append(heads, len(key)))
        row = np.repeat(np.arange(len(heads), dtype=np.int32), lengths)
        fields = [columns.field_column(item.name) for item in self.needs.fields()]
        opening = at(table.select(["case_no", "unit", "key", *fields]), heads)
        return Block(table, key, step, heads, row, self.traces.of(step, heads, lengths), opening)

    def settle(self, block: Block) -> Found:
        """Terms, last days and states: what the order of the steps does not settle."""
        orders = self.traces.orders()
        truths = Truths(lambda node: self._values(node, block, orders), len(block.heads))
        runs, strange = self._runs(block, orders, truths)
        cases = self._cases(block, orders, truths)
        if not strange.any():
            return Found(runs, cases, block.table.slice(0, 0))
        events = np.flatnonzero(strange[block.row])
        return Found(runs, cases.filter(pa.array(~strange)), at(block.table, events))

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
        codes = at(block.table.select(["outcome"]), events)["outcome"].fill_null(0).to_numpy()
        told = codes > 0
        found = np.zeros(len(block.heads), np.int32)
        found[block.row[events[told]]] = codes[told]
        return pa.array(found, mask=found == 0)

    def _runs(self, block: Block, orders: Orders, truths: Truths) -> tuple[pa.Table, Array]:
        """The runs of the cases judged here, and which cases are not."""
        strange = np.zeros(truths.count, bool)
        found = []
        for index, (terms, runs) in enumerate(zip(self.terms, orders.runs, strict=True)):
            if not runs.count.any():
                continue
            row, run, course = self._course(terms, runs, block, truths)
            last = terms.last(course)
            if runs.moved.any():
                self._move(terms, runs, block, truths, (row, run, course), last)
            state = terms.state(course, last)
            if terms.named.any():
                strange[row[terms.named[course.term]]] = True
            if terms.clock.lapse and terms.clock.lapse.deem:
                strange[row[(state == State.LATE) | (state == State.LAPSED)]] = True
            found.append((index, block, row, course, last, state))
        tables = [_run_table(*item) for item in found]
        if strange.any():
            judged = pa.array(~strange)
            rows = (pa.array(row) for _, _, row, *_ in found)
            tables = [table.filter(judged.take(row)) for table, row in zip(tables, rows, strict=True)]
        return pa.concat_tables(tables or [_NO_RUNS]), strange

    def _course(self, terms: Terms, runs: Runs, block: Block, truths: Truths) -> tuple[Array, Array, Course]:
        """The runs of a clock that are any: their cases, their numbers in ``runs``, and what is known of them."""
        clock = terms.clock
        counts = runs.count[block.trace]
        row: Array = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        run = runs.begin[block.trace[row]]
        if runs.count.max() > 1:
            run += np.arange(len(row), dtype=np.int32) - np.repeat(np.cumsum(counts, dtype=np.int32) - counts, counts)
        trees = [tree for tree in (clock.applies, *(rule.when for rule in clock.terms)) if tree is not None]
        term = truths.answers(trees, partial(_term, clock))[row] if trees else np.zeros(len(row), np.int8)
        heads = block.heads[row]
        start = block.key[heads + runs.start[run]]
        binds = terms.binds(term, start)
        if not binds.all():
            row, run, term, heads, start = (item[binds] for item in (row, run, term, heads, start))
        stop = runs.stop[run]
        end = np.where(stop < 0, 0, block.key[heads + stop])
        return row, run, Course(term, start, end, runs.calm[run], runs.shortened[run])

    def _move(self, terms: Terms, runs: Runs, block: Block, truths: Truths, found: tuple[Array, Array, Course],
              last: Array) -> None:
        """Put in the last days of the runs in which pauses and extensions fall."""
        row, run, course = found
        clock, calendar = terms.clock, self.question.calendar
        holds = truths.of(clock.extension.when) if clock.extension else np.zeros(truths.count)
        for index, rule in enumerate(clock.terms):
            if rule.span.unit in (Unit.HOUR, Unit.DATED):
                continue
            here = np.flatnonzero(runs.moved[run] & (course.term == index))
            heads, start, end = block.heads[row[here]][:, None], course.start[here][:, None], course.end[here][:, None]
            begun, resumed = np.moveaxis(runs.pauses[run[here]], 2, 0)
            limit = np.where(end == 0, self.question.as_of, end >> 32)
            until = np.minimum(np.where(resumed < 0, limit, block.key[heads + resumed] >> 32), limit)
            begun = np.where(begun < 0, NEVER, np.maximum(block.key[heads + begun], start))
            decided = runs.extensions[run[here]]
            counts = (decided >= 0) & (holds[row[here]] == TRUE)[:, None]
            key = np.where(counts, block.key[heads + decided], NEVER)
            additions = Additions.of(united(begun, until), (key, self._decided(clock, block, heads + decided)))
            moves = Moves(clock, rule.span, calendar, self.procedure.pause_on_last_day)
            last[here] = moves.last(start[:, 0] >> 32, last[here].astype(np.int64), additions)

    def _decided(self, clock: Clock, block: Block, events: Array) -> Array:
        """The amount that each of some extensions decided, at most what the law allows."""
        if clock.extension is None:
            return np.zeros(events.shape, np.int64)
        cap = clock.extension.span.number
        if not clock.extension.decided:
            return np.full(events.shape, cap)
        days = block.table["days"].fill_null(np.iinfo(np.int16).max).to_numpy()
        return np.minimum(days[events].astype(np.int64), cap)

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

        names = {part.name for part in walk(duty.must) if isinstance(part, Name)} if duty.must else set()
        told = at(block.table.select(sorted(names)), events)

        def read(node: Name | OfStep) -> Values:
            name = node.name if isinstance(node, Name) else node.step
            return values_of(told[name].combine_chunks(), self._attribute(name))

        badness = _BADNESS[Truths(read, len(events)).of(duty.must)]
        for bad in range(1, len(_WORST)):
            worst[block.row[events[badness == bad]]] = bad
        return _WORST[worst]

    def _attribute(self, name: str) -> Callable[[Any], Any]:
        """What a stored attribute of an event is to a condition."""
        return self._text if name in ("outcome", "approved_by", "by") else lambda value: value


def _run_table(clock: int, block: Block, row: Array, course: Course, last: Array, state: Array) -> pa.Table:
    """Runs of a clock as they are stored."""
    taken = pa.array(row)
    return pa.table({
        "case_no": block.of_case("case_no").take(taken), "unit": block.of_case("unit").take(taken),
        "clock": np.full(len(row), clock, np.int16), "start": (course.start >> 32).astype(np.int32),
        "stop": pa.array((course.end >> 32).astype(np.int32), mask=course.end == 0),
        "last": pa.array(last, mask=state == State.UNDETERMINED), "state": state,
    })


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
