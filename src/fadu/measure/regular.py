"""The regular path: clocks and duties as column expressions over milestones, one row per case.

Regular is a case where every step that starts a clock happened once, no stop stands both before
and after its start, and nothing moved a last day. The others are marked ``irregular`` and judged
by ``fadu.measure.irregular``; together they are all cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from fadu.law.clocks import State
from fadu.law.procedures import Clock, Procedure
from fadu.law.terms import Unit
from fadu.measure import columns, runs
from fadu.measure.calendar_tables import span_column
from fadu.measure.columns import Needs, Words, adder_steps
from fadu.measure.expressions import Expr, Scope, any_of, case_scope
from fadu.measure.milestones import key_day, with_musts
from fadu.measure.script import Script

RUN_COLUMNS = ("case_no", "unit", "clock", "start", "stop", "last", "state")


def duty_column(duty: str) -> str:
    return f"duty_{duty}"


def lapsing(procedure: Procedure) -> list[Clock]:
    """Clocks whose lapse the law lets take a step: judged first, in the order of the file."""
    return [clock for clock in procedure.clocks.values() if clock.lapse and clock.lapse.deem]


def others(procedure: Procedure) -> list[Clock]:
    return [clock for clock in procedure.clocks.values() if not (clock.lapse and clock.lapse.deem)]


@dataclass(frozen=True, slots=True)
class Regular:
    """Writes the regular path of one procedure version into a script.

    ``days``: the calendar's day table. ``as_of``: the day of judgement.
    """

    procedure: Procedure
    needs: Needs
    words: Words
    days: Expr
    as_of: int
    script: Script

    def write(self, table: Expr, facts: Expr) -> Expr:
        """Append runs and cases of the regular cases; returns ``case_no`` of the irregular ones.

        ``table``: stored milestones without ``must``s; ``facts``: their events. Tables written: ``runs``
        (RUN_COLUMNS, days), ``cases`` (one row a case), ``deemed`` and ``irregular``.
        """
        first = lapsing(self.procedure)
        before: list[tuple[Clock, Expr]] = []
        if first:
            table = table.mutate(irregular=ibis.literal(False))
        for clock in first:
            table = self.script.keep(f"before_{clock.name}", self._marked(table, clock))
            before.append((clock, table))
            table = self._deemed(table, clock)
        if first:
            table = self.script.keep("moved", table)
        marks = [self._irregular(table, clock, step) for clock in others(self.procedure) for step in clock.starts]
        marks += [table.irregular] if first else []
        strange = self.script.keep("irregular", table.filter(any_of(marks)).select(s_case="case_no"))
        for clock, earlier in before:
            self._write_runs(earlier.anti_join(strange, earlier.case_no == strange.s_case), clock)
        regular = table.anti_join(strange, table.case_no == strange.s_case)
        for clock in others(self.procedure):
            self._write_runs(regular, clock)
        self.script.keep("cases", self.cases(with_musts(regular, facts, self.needs, self.words)), append=True)
        for clock in first:
            self.script.keep("deemed", self._deemings(regular, clock), append=True)
        return strange

    def _marked(self, table: Expr, clock: Clock) -> Expr:
        marks = [self._irregular(table, clock, step) for step in clock.starts]
        return table.mutate(irregular=table.irregular | any_of(marks))

    def cases(self, table: Expr) -> Expr:
        """One row a case: number, unit, days, what indicators read, and the state of every duty."""
        scope = case_scope(table, self.procedure.fields, self.words)
        closings = self.procedure.closings
        duties = {duty_column(duty.name): runs.duty_state(duty, table, scope, closings)
                  for duty in self.procedure.duties.values()}
        closed = key_day(runs.earliest([table[columns.first(step)] for step in closings]))
        table = table.mutate(**duties, opened_day=key_day(table.opened), closed_day=closed)
        return table.select("case_no", "unit", *self.needs.case_columns, *duties)

    def _deemings(self, table: Expr, clock: Clock) -> Expr:
        name = f"deemed_{clock.name}"
        code = ibis.literal(self._code(clock), "int16")
        return table.filter(table[name].notnull()).select("case_no", clock=code, day=table[name])

    def _code(self, clock: Clock) -> int:
        return list(self.procedure.clocks).index(clock.name)

    def _write_runs(self, table: Expr, clock: Clock) -> None:
        for step in clock.starts:
            self.script.keep("runs", self.run(table, clock, step), append=True)

    def run(self, table: Expr, clock: Clock, step: str) -> Expr:
        """The runs of one clock that one step started. Each stage is a column, so that nothing is computed twice."""
        table = self._started(table, clock, step)
        start = table.start_key
        closers = [name for name in self.procedure.closings if name not in clock.stops]
        table = table.mutate(
            found_stop=runs.earliest([runs.after(table[columns.first(name)], start) for name in clock.stops]),
            found_closing=runs.earliest([runs.after(table[columns.first(name)], start) for name in closers]),
        )
        end, ended = runs.ending(table.found_stop, table.found_closing)
        table = table.mutate(run_end=end, run_ended=ended)
        table = table.mutate(stop=key_day(table.run_end), last_found=self._last_day(table, clock))
        table = table.mutate(state=self._state(table, clock))
        known = table.state != int(State.UNDETERMINED)
        return table.select(
            "case_no", "unit", clock=ibis.literal(self._code(clock), "int16"), start="day", stop="stop",
            last=known.ifelse(table.last_found, ibis.null("int32")), state="state",
        )

    def _started(self, table: Expr, clock: Clock, step: str) -> Expr:
        """The cases in which the clock runs from this step, with its day's columns of the calendar."""
        scope = case_scope(table, self.procedure.fields, self.words)
        start = table[columns.first(step)]
        used = {*clock.stops, *self.procedure.closings, *([clock.shorten] if clock.shorten else [])}
        table = table.select("case_no", "unit", *(columns.first(name) for name in sorted(used)), start_key=start,
                             start_day=key_day(start), applies=runs.applies(clock, scope),
                             term=runs.term_index(clock, scope), **self._named(clock, scope))
        here = table.start_key.notnull()
        if any(rule.when is not None for rule in clock.terms):
            here = here & (table.term != runs.NO_TERM)
        if clock.since is not None:
            here = here & (table.start_day >= clock.since)
        if clock.until is not None:
            here = here & (table.start_day < clock.until)
        if clock.applies is not None:
            here = here & table.applies.fill_null(True)
        table = table.filter(here)
        if "named" in table.columns:
            table = runs.with_rolled(table, self.days)
        spans = sorted({span_column(runs.binding_span(clock, index)) for index, rule in enumerate(clock.terms)
                        if rule.span.unit not in (Unit.HOUR, Unit.DATED)})
        if not spans:
            return table.mutate(day=table.start_day)
        days = self.days.select("day", *spans)
        return table.inner_join(days, table.start_day == days.day)

    def _named(self, clock: Clock, scope: Scope) -> dict[str, Expr]:
        """The column ``named``, where the case itself may name the last day."""
        if not any(rule.span.unit is Unit.DATED for rule in clock.terms):
            return {}
        return {"named": runs.named_day(clock, runs.term_index(clock, scope), scope)}

    def _last_day(self, table: Expr, clock: Clock) -> Expr:
        branches = []
        for index, rule in enumerate(clock.terms):
            if rule.span.unit is Unit.HOUR:
                value = runs.hour_last_day(rule.span, table.start_key)
            else:
                span = runs.binding_span(clock, index)
                value = runs.named_last(table, span) if span.unit is Unit.DATED else table[span_column(span)]
                value = value + 1 if clock.beyond else value
            branches.append((table.term == index, value.cast("int32")))
        if len(branches) == 1 and clock.terms[0].when is None:
            return branches[0][1]
        return runs.choose(branches, ibis.null("int32"))

    def _state(self, table: Expr, clock: Clock) -> Expr:
        shortened = ibis.literal(False)
        if clock.shorten:
            shortened = (table[columns.first(clock.shorten)] < table.run_end).fill_null(False)
        course = runs.Course(table.start_key, table.run_end, table.run_ended, table.stop, table.last_found, table.term,
                             shortened)
        state = runs.state(clock, course, self.as_of)
        if clock.applies is None:
            return state
        return table.applies.isnull().ifelse(ibis.literal(int(State.UNDETERMINED), "int8"), state)

    def _irregular(self, table: Expr, clock: Clock, step: str) -> Expr:
        start = table[columns.first(step)]
        parts = [start != table[columns.last(step)]]
        parts += [(table[columns.first(other)] <= start) & (table[columns.last(other)] > start)
                  for other in sorted({*clock.stops, *self.procedure.closings})]
        parts += [start.notnull() & table[columns.first(adder)].notnull() for adder in sorted(adder_steps(clock))]
        return any_of([part.fill_null(False) for part in parts])

    def _deemed(self, table: Expr, clock: Clock) -> Expr:
        """Milestones after the clock's lapse: the deemed step moved in, the first real one after it absorbed."""
        assert clock.lapse is not None
        step = clock.lapse.deem
        keys = None
        for start in clock.starts:
            found = self.run(table, clock, start)
            late = found.filter(runs.is_overrun(found.state)).select("case_no", late_last="last")
            side = late.rename(l_case="case_no")
            joined = table.left_join(side, table.case_no == side.l_case).drop("l_case")
            key = joined.late_last.notnull().ifelse(
                runs.deemed(clock, joined[columns.first(start)], joined.late_last), ibis.null("int64"))
            name = f"key_{start}"
            table = joined.mutate(**{name: key}).drop("late_last")
            keys = [name] if keys is None else [*keys, name]
        names = keys or []
        table = table.mutate(deemed_key=runs.earliest([table[name] for name in names])).drop(*names)
        return self._with_deemed(table, clock, step).drop("deemed_key")

    def _with_deemed(self, table: Expr, clock: Clock, step: str) -> Expr:
        first, last, key = table[columns.first(step)], table[columns.last(step)], table.deemed_key
        happens = key.notnull() & (first.isnull() | (first > key))
        changes = {
            columns.first(step): happens.ifelse(key, first),
            columns.last(step): (happens & (last.isnull() | (last == first))).ifelse(key, last),
            f"deemed_{clock.name}": happens.ifelse(key_day(key), ibis.null("int32")),
        }
        if step in self.needs.counts:
            number = table[columns.count(step)]
            changes[columns.count(step)] = (happens & first.isnull()).ifelse(number + 1, number)
        if self._attributes_matter(step):
            changes["irregular"] = table.irregular | (happens & first.notnull())
        return table.mutate(**changes)

    def _attributes_matter(self, step: str) -> bool:
        """Whether absorbing an event would also take away an outcome or attribute some rule reads."""
        return step in self.needs.of_step("outcome") or any(step in duty.steps for duty in self.needs.musts)
