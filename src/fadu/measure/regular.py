"""The regular path: clocks and duties as column expressions over milestones, one row per case.

Regular is a case where every step that starts a clock happened once, no stop stands both before
and after its start, and nothing moved a last day. The others are marked ``irregular`` and judged
by ``fadu.measure.irregular``; together they are all cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import ibis

from fadu.law.clocks import State
from fadu.law.procedures import Clock, Procedure
from fadu.law.terms import Unit
from fadu.measure import columns, runs
from fadu.measure.calendar_tables import span_column
from fadu.measure.columns import Needs, Words, adder_steps
from fadu.measure.expressions import Expr, Scope, any_of, case_scope
from fadu.measure.milestones import key_day


def run_columns(clock: str, start: str) -> dict[str, str]:
    """Columns of one run in the judged table."""
    stem = f"run_{clock}__{start}"
    return {part: f"{stem}__{part}" for part in ("start", "stop", "last", "state")}


def duty_column(duty: str) -> str:
    return f"duty_{duty}"


def regular_runs(procedure: Procedure) -> Iterator[tuple[Clock, str]]:
    """Every (clock, start step), in the order they are judged: lapsing clocks first."""
    clocks = sorted(procedure.clocks.values(), key=lambda clock: not (clock.lapse and clock.lapse.deem))
    for clock in clocks:
        for start in clock.starts:
            yield clock, start


@dataclass
class Judging:
    """The table as it grows while clocks are judged one after another."""

    procedure: Procedure
    needs: Needs
    words: Words
    days: Expr
    as_of: int
    table: Expr
    joined: set[str] = field(default_factory=set)

    @property
    def scope(self) -> Scope:
        return case_scope(self.table, self.procedure.fields, self.words)

    def add(self, **found: Expr) -> None:
        """Add or replace columns."""
        self.table = self.table.mutate(**found)

    def join_days(self, step: str) -> None:
        """Bring the last lawful days of every span a clock may have when ``step`` starts it."""
        if step in self.joined:
            return
        self.joined.add(step)
        spans = sorted({
            span_column(runs.binding_span(clock, index))
            for clock in self.procedure.clocks.values() if step in clock.starts
            for index, rule in enumerate(clock.terms) if rule.span.unit is not Unit.HOUR
        })
        day = f"day_{step}"
        self.table = self.table.mutate(**{day: key_day(self.table[columns.first(step)])})
        if spans:
            renamed = {f"{day}__{name}": self.days[name] for name in spans}
            side = self.days.select(self.days.day.name(f"{day}__key"), *(e.name(n) for n, e in renamed.items()))
            table = self.table
            joined = table.left_join(side, table[day] == side[f"{day}__key"])
            self.table = joined.drop(f"{day}__key")


def judged(milestones: Expr, days: Expr, procedure: Procedure, needs: Needs, words: Words, as_of: int) -> Expr:
    """Milestones with the columns of every run and duty, and ``irregular``. ``days``: the calendar's day table."""
    table = milestones.mutate(irregular=ibis.literal(False))
    judging = Judging(procedure, needs, words, days, as_of, table)
    clocks = dict.fromkeys(clock.name for clock, _ in regular_runs(procedure))
    for name in clocks:
        _judge_clock(judging, procedure.clocks[name])
    scope = judging.scope
    duties = {
        duty_column(duty.name): runs.duty_state(duty, judging.table, scope, procedure.closings)
        for duty in procedure.duties.values()
    }
    closed = key_day(runs.earliest([judging.table[columns.first(step)] for step in procedure.closings]))
    return judging.table.mutate(**duties, opened_day=key_day(judging.table.opened), closed_day=closed)


def _judge_clock(judging: Judging, clock: Clock) -> None:
    """Add the runs of one clock. Each stage is a column, so that no expression is computed twice."""
    for step in clock.starts:
        judging.join_days(step)
    scope = judging.scope
    judging.add(clock_applies=runs.applies(clock, scope), clock_term=runs.term_index(clock, scope))
    before = set(judging.table.columns)
    for step in clock.starts:
        _run(judging, clock, step)
    table = judging.table
    irregular = any_of([_irregular(judging, clock, step) for step in clock.starts])
    kept = {name for step in clock.starts for name in run_columns(clock.name, step).values()}
    scratch = [name for name in table.columns if name not in before and name not in kept]
    judging.table = table.mutate(irregular=table.irregular | irregular).drop(*scratch, "clock_applies", "clock_term")
    if clock.lapse and clock.lapse.deem:
        _deem(judging, clock, clock.lapse.deem)


def _run(judging: Judging, clock: Clock, step: str) -> None:
    """The four columns of one run; state 0 where the clock did not run."""
    names = run_columns(clock.name, step)
    table = judging.table
    start = table[columns.first(step)]
    closers = [name for name in judging.procedure.closings if name not in clock.stops]
    judging.add(
        found_stop=runs.earliest([runs.after(table[columns.first(name)], start) for name in clock.stops]),
        found_closing=runs.earliest([runs.after(table[columns.first(name)], start) for name in closers]),
        runs_here=_runs_here(table, clock, step),
        last_found=_last_day(table, clock, step),
    )
    how = runs.ending(judging.table.found_stop, judging.table.found_closing)
    judging.add(run_end=how.end, run_ended=how.ended)
    table = judging.table
    judging.add(**{names["start"]: table[f"day_{step}"], names["stop"]: key_day(table.run_end)})
    judging.add(run_state=_state(judging.table, clock, step, judging.as_of))
    table = judging.table
    state = table.runs_here.ifelse(table.run_state, ibis.literal(0, "int8"))
    judging.add(**{names["state"]: state})
    table = judging.table
    settled = table[names["state"]] != int(State.UNDETERMINED)
    judging.add(**{names["last"]: settled.ifelse(table.last_found, ibis.null("int32"))})


def _runs_here(table: Expr, clock: Clock, step: str) -> Expr:
    found = table[columns.first(step)].notnull()
    if any(rule.when is not None for rule in clock.terms):
        found = found & (table.clock_term != runs.NO_TERM)
    if clock.since is not None:
        found = found & (table[f"day_{step}"] >= clock.since)
    if clock.until is not None:
        found = found & (table[f"day_{step}"] < clock.until)
    return found & table.clock_applies.fill_null(True) if clock.applies is not None else found


def _state(table: Expr, clock: Clock, step: str, as_of: int) -> Expr:
    start = table[columns.first(step)]
    shortened = ibis.literal(False)
    if clock.shorten:
        shortened = (table[columns.first(clock.shorten)] < table.run_end).fill_null(False)
    how = runs.Ending(table.run_end, table.run_ended, table[run_columns(clock.name, step)["stop"]])
    state = runs.state(clock, start, how, table.last_found, table.clock_term, shortened, as_of)
    if clock.applies is None:
        return state
    return table.clock_applies.isnull().ifelse(ibis.literal(int(State.UNDETERMINED), "int8"), state)


def _last_day(table: Expr, clock: Clock, step: str) -> Expr:
    branches = []
    for number, rule in enumerate(clock.terms):
        if rule.span.unit is Unit.HOUR:
            value = runs.hour_last_day(rule.span, table[columns.first(step)])
        else:
            value = table[f"day_{step}__{span_column(runs.binding_span(clock, number))}"]
            value = value + 1 if clock.beyond else value
        branches.append((table.clock_term == number, value.cast("int32")))
    if len(branches) == 1 and clock.terms[0].when is None:
        return branches[0][1]
    return runs.choose(branches, ibis.null("int32"))


def _irregular(judging: Judging, clock: Clock, step: str) -> Expr:
    table = judging.table
    start = table[columns.first(step)]
    parts = [start != table[columns.last(step)]]
    for other in {*clock.stops, *judging.procedure.closings}:
        parts.append((table[columns.first(other)] <= start) & (table[columns.last(other)] > start))
    parts += [start.notnull() & table[columns.first(adder)].notnull() for adder in sorted(adder_steps(clock))]
    return any_of([part.fill_null(False) for part in parts])


def _deem(judging: Judging, clock: Clock, step: str) -> None:
    """Move the deemed step's milestones; absorb the first real event after it."""
    table = judging.table
    keys = []
    for start in clock.starts:
        names = run_columns(clock.name, start)
        late = table[names["state"]] == int(State.LATE)
        key = runs.deemed(clock, table[columns.first(start)], table[names["last"]])
        keys.append(late.ifelse(key, ibis.null("int64")))
    table = judging.table = table.mutate(deemed_key=runs.earliest(keys))
    first, last = table[columns.first(step)], table[columns.last(step)]
    key = table.deemed_key
    happens = key.notnull() & (first.isnull() | (first > key))
    changes = {
        columns.first(step): happens.ifelse(key, first),
        columns.last(step): (happens & (last.isnull() | (last == first))).ifelse(key, last),
        f"deemed_{clock.name}": happens.ifelse(key_day(key), ibis.null("int32")),
    }
    if step in judging.needs.counts:
        number = table[columns.count(step)]
        changes[columns.count(step)] = (happens & first.isnull()).ifelse(number + 1, number)
    if _attributes_matter(judging, step):
        changes["irregular"] = table.irregular | (happens & first.notnull())
    judging.table = table.mutate(**changes).drop("deemed_key")


def _attributes_matter(judging: Judging, step: str) -> bool:
    """Whether absorbing an event would also take away an outcome or attribute some rule reads."""
    needs = judging.needs
    return step in needs.of_step("outcome") or any(step in duty.steps for duty in needs.musts)
