"""Judging facts that are in order: blocks of arrays, no hash table, no query.

What the order of a case's steps (``traces``) and its fields settle is read from its kind (``kinds``). What is left are
days: the last day of every run from a table or as the case names it, compared with the day it stopped. Cases in which
a lapse took a step are handed on to the general path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.clocks import State
from fadu.law.conditions import Name
from fadu.law.dates import day_of
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty
from fadu.law.terms import Unit
from fadu.measure import columns
from fadu.measure.engine import Question
from fadu.measure.kinds import BY_EVENTS, Kinds, Sorter, spread
from fadu.measure.last_days import Terms
from fadu.measure.moved_days import NEVER, NO_DAY, Additions, Moves, united
from fadu.measure.regular import duty_column
from fadu.measure.sorted_pass import at, heads_of
from fadu.measure.traces import Orders, Traces
from fadu.measure.truths import Asked, Node, Sheet, Values, field_meaning, values_of

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

_KEY = np.dtype([("low", "<u4"), ("day", "<i4")])
"""An event's key as its two halves."""
_EVER = 1 << 30
"""A day after every other."""
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

    @property
    def day(self) -> Array:
        """The day (int32) of every event."""
        return self.key.view(_KEY)["day"]

    def of_case(self, name: str) -> pa.Array:
        """A column at the first event of every case."""
        return self.opening[name].chunk(0)

    def events(self, name: str, rows: Array) -> pa.Array:
        """A column at some events."""
        return picked(self.table[name].chunk(0), rows)


@dataclass(frozen=True, slots=True)
class Found:
    """``runs`` and ``cases`` of the cases judged, and the events (``strange``) of those handed on."""

    runs: pa.Table
    cases: pa.Table
    strange: pa.Table


@dataclass(frozen=True, slots=True)
class Course:
    """Runs of the cases of a block. ``case``: its place in the block; ``head``: that of its first event; ``place``:
    that of the run in ``Kinds.runs``; days of start and end; ``running``: those without an end, which is then the day
    of judging."""

    case: Array
    head: Array
    place: Array
    start: Array
    end: Array
    running: Array


class Ordered:
    """Judges the blocks of one question. ``first``: the day of the earliest event."""

    def __init__(self, question: Question, first: int) -> None:
        self.question = question
        self.procedure, self.needs = question.procedure, question.needs
        self.terms = Terms.of(question.needs, question.calendar, first, question.as_of)
        self.traces = Traces(self.procedure)
        self.sorter = Sorter(self.procedure, self.terms)
        self.musts = {duty.name: Sheet.of([Asked.whether(duty.must)])[0] for duty in self.needs.musts}
        clocks = list(self.procedure.clocks.values())
        self.since = np.array([-_EVER if clock.since is None else clock.since for clock in clocks], np.int32)
        self.until = np.array([_EVER if clock.until is None else clock.until for clock in clocks], np.int32)
        self.deems = np.array([bool(clock.lapse and clock.lapse.deem) for clock in clocks], bool)

    def judge(self, table: pa.Table) -> Found:
        """Judge the cases of a table. Raises ``FaduError`` where one is not in order."""
        return self.settle(self.open(table))

    def open(self, table: pa.Table) -> Block:
        """The events as arrays, with the trace of every case. Raises as ``judge``."""
        table = table.combine_chunks()  # rows are picked from it many times over
        key, step = table["key"].to_numpy(), table["step"].to_numpy()
        heads = heads_of(table["case_no"].to_numpy(), key)
        lengths = np.diff(np.append(heads, len(key)))
        row = np.repeat(np.arange(len(heads)), lengths)
        fields = [columns.field_column(item.name) for item in self.needs.fields()]
        opening = at(table.select(["case_no", "unit", "key", *fields]), heads)
        return Block(table, key, step, heads, row, self.traces.of(step, heads, lengths), opening)

    def settle(self, block: Block) -> Found:
        """Terms, last days and states: what the order of the steps does not settle."""
        orders = self.traces.orders()
        kinds = self.sorter.sort(block.trace, orders, cache(lambda node: self._values(node, block, orders)))
        runs, strange = self._runs(block, orders, kinds)
        cases = self._cases(block, orders, kinds)
        if not strange.any():
            return Found(runs, cases, block.table.slice(0, 0))
        return Found(runs, cases.filter(pa.array(~strange)), block.table.filter(pa.array(strange[block.row])))

    def _values(self, node: Node, block: Block, orders: Orders) -> Values:
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
        codes = block.events("outcome", events).fill_null(0).to_numpy()
        told = codes > 0
        found = np.zeros(len(block.heads), np.int32)
        found[block.row[events[told]]] = codes[told]
        return pa.array(found, mask=found == 0)

    def _runs(self, block: Block, orders: Orders, kinds: Kinds) -> tuple[pa.Table, Array]:
        """The runs of the cases judged here, and which cases are not."""
        runs, course = kinds.runs, self._course(block, orders, kinds)
        last = self.terms.table.ravel()[runs.offset[course.place] + course.start]
        self._move(block, orders, kinds, course, last)
        self._name(block, kinds, course, last)
        state = runs.before[course.place]
        end = course.end + runs.minimum[course.place] if runs.minimum.any() else course.end
        passed = np.flatnonzero(end > last)
        state[passed] = runs.after[course.place[passed]]
        state[last == NO_DAY] = State.UNDETERMINED
        self._in_hours(block, orders, kinds, course, (last, state))
        strange = np.zeros(len(block.heads), bool)
        deems = self.deems[runs.clock]
        if deems.any():
            lapsed = np.flatnonzero((state == State.LATE) | (state == State.LAPSED))
            strange[course.case[lapsed[deems[course.place[lapsed]]]]] = True
        case_no, unit = (picked(block.of_case(name), course.case) for name in ("case_no", "unit"))
        found = pa.table({
            "case_no": case_no, "unit": unit, "clock": runs.clock.astype(np.int16)[course.place],
            "start": course.start, "stop": known(course.end, ~course.running),
            "last": known(last, state != State.UNDETERMINED), "state": state,
        })
        return found.filter(pa.array(~strange[course.case])) if strange.any() else found, strange

    def _course(self, block: Block, orders: Orders, kinds: Kinds) -> Course:
        """The runs of the cases, of clocks that are law on the day of the start."""
        runs, day = kinds.runs, block.day
        case, place = spread(runs.begin[kinds.of], runs.count[kinds.of])
        head = block.heads[case]
        start = day[head + orders.runs.start[runs.run][place]]
        since, until = self.since[runs.clock], self.until[runs.clock]
        if (since > -_EVER).any() or (until < _EVER).any():
            law = np.flatnonzero((start >= since[place]) & (start < until[place]))
            case, place, head, start = case[law], place[law], head[law], start[law]
        stop = orders.runs.stop[runs.run][place]
        end, running = day[head + stop], stop < 0
        end[running] = self.question.as_of
        return Course(case, head, place, start, end, running)

    def _in_hours(self, block: Block, orders: Orders, kinds: Kinds, course: Course,
                  found: tuple[Array, Array]) -> None:
        """Put in the last days and states of the runs whose term is in hours."""
        limits = self.terms.minutes[kinds.runs.term]
        if not limits.any():
            return
        last, state = found
        here = np.flatnonzero(limits[course.place])
        head, place, run = course.head[here], course.place[here], kinds.runs.run[course.place[here]]
        start = block.key[head + orders.runs.start[run]]
        end = np.where(course.running[here], 0, block.key[head + orders.runs.stop[run]])
        last[here], over, unsettled = self.terms.in_hours(limits[place], start, end)
        calm = np.where(unsettled, np.int8(State.UNDETERMINED), orders.runs.calm[run])
        state[here] = np.where(over, kinds.runs.over[place], calm)

    def _name(self, block: Block, kinds: Kinds, course: Course, last: Array) -> None:
        """Put in the last days that the cases themselves name."""
        for term, here in self._by_term(self.terms.named[kinds.runs.term], kinds, course):
            _, rule = self.terms.rules[term - 1]
            item = self.procedure.fields[rule.span.field]
            unsaid = NO_DAY if item.default is None else day_of(str(item.default))
            days = block.of_case(columns.field_column(item.name)).fill_null(unsaid).to_numpy()
            last[here] = self.terms.of_named(term, days[course.case[here]])

    def _by_term(self, which: Array, kinds: Kinds, course: Course) -> Iterator[tuple[int, Array]]:
        """The places of some runs (``which``: by run of a kind) in ``course``, term by term."""
        if not which.any():
            return
        some = np.flatnonzero(which[course.place])
        terms = kinds.runs.term[course.place[some]]
        for term in np.flatnonzero(np.bincount(terms)).tolist():
            yield term, some[terms == term]

    def _move(self, block: Block, orders: Orders, kinds: Kinds, course: Course, last: Array) -> None:
        """Put in the last days of the runs in which pauses and extensions fall."""
        for term, here in self._by_term(orders.runs.moved[kinds.runs.run], kinds, course):
            clock, rule = self.terms.rules[term - 1]
            if term == 0 or rule.span.unit in (Unit.HOUR, Unit.DATED):
                continue
            additions = self._additions(clock, block, orders, kinds, (course, here))
            moves = Moves(clock, rule.span, self.question.calendar, self.procedure.pause_on_last_day)
            last[here] = moves.last(course.start[here].astype(np.int64), last[here].astype(np.int64), additions)

    def _additions(self, clock: Clock, block: Block, orders: Orders, kinds: Kinds,
                   which: tuple[Course, Array]) -> Additions:
        """What falls in some runs of a clock."""
        course, here = which
        place = course.place[here]
        run, heads = kinds.runs.run[place], course.head[here][:, None]
        start = block.key[heads + orders.runs.start[run][:, None]]
        begun, resumed = np.moveaxis(orders.runs.pauses[run], 2, 0)
        limit = course.end[here][:, None]
        until = np.minimum(np.where(resumed < 0, limit, block.day[heads + resumed]), limit)
        begun = np.where(begun < 0, NEVER, np.maximum(block.key[heads + begun], start))
        decided = orders.runs.extensions[run]
        counts = (decided >= 0) & kinds.runs.extended[place][:, None]
        key = np.where(counts, block.key[heads + decided], NEVER)
        return Additions.of(united(begun, until.astype(np.int64)), (key, self._decided(clock, block, heads + decided)))

    def _decided(self, clock: Clock, block: Block, events: Array) -> Array:
        """The amount that each of some extensions decided, at most what the law allows."""
        if clock.extension is None:
            return np.zeros(events.shape, np.int64)
        cap = clock.extension.span.number
        if not clock.extension.decided:
            return np.full(events.shape, cap)
        days = block.table["days"].fill_null(np.iinfo(np.int16).max).to_numpy()
        return np.minimum(days[events].astype(np.int64), cap)

    def _cases(self, block: Block, orders: Orders, kinds: Kinds) -> pa.Table:
        """The columns of ``Regular.cases``."""
        closed, opened = orders.closed[block.trace], block.day[block.heads]
        found: dict[str, Any] = {name: block.of_case(name) for name in ("case_no", "unit")}
        found["opened_day"] = opened
        found["closed_day"] = known(block.day[block.heads + closed], closed >= 0)
        for item in self.needs.fields():
            found[columns.field_column(item.name)] = block.of_case(columns.field_column(item.name))
        for name in sorted(self.needs.shown):
            found[name] = self._shown(name, block, orders)
        for duty, by_kind in zip(self.procedure.duties.values(), kinds.verdicts, strict=True):
            verdicts = by_kind[kinds.of]
            if duty.verb == "must":
                verdicts = np.where(verdicts == BY_EVENTS, self._musts(duty, block), verdicts)
            if duty.since is not None:
                verdicts[opened < duty.since] = 0
            if duty.until is not None:
                verdicts[opened >= duty.until] = 0
            found[duty_column(duty.name)] = verdicts
        return pa.table(found)

    def _shown(self, name: str, block: Block, orders: Orders) -> Any:
        kind, _, step = name.partition("_")
        if kind == "outcome":
            return self._outcome(step, block)
        code = self.needs.step_codes[step]
        if kind == "count":
            return orders.times[code][block.trace]
        first = orders.first[code][block.trace]
        return known(block.key[block.heads + first], first >= 0)

    def _musts(self, duty: Duty, block: Block) -> Array:
        """The worst that a ``must`` came to among its events."""
        here = [block.step == self.needs.step_codes[step] for step in duty.steps]
        events = np.flatnonzero(np.logical_or.reduce(here))

        def read(node: Node) -> Values:
            name = node.name if isinstance(node, Name) else node.step
            return values_of(block.events(name, events), self._attribute(name))

        answer, answers = self.musts[duty.name].fill(read, len(events))
        badness = _BADNESS[answers[:, 0]][answer]
        worst = np.zeros(len(block.heads), np.int8)
        for bad in range(1, len(_WORST)):
            worst[block.row[events[badness == bad]]] = bad
        return _WORST[worst]

    def _attribute(self, name: str) -> Callable[[Any], Any]:
        """What a stored attribute of an event is to a condition."""
        return self._text if name in ("outcome", "approved_by", "by") else lambda value: value


def known(values: Array, where: Array) -> pa.Array:
    """As an Arrow column, null where not known."""
    return pa.array(values) if where.all() else pa.array(values, mask=~where)


def picked(column: pa.Array, rows: Array) -> pa.Array:
    """Some values of a column."""
    if column.null_count or pa.types.is_boolean(column.type):
        return column.take(pa.array(rows))
    return pa.array(column.to_numpy()[rows])
