"""The general path: every run of every clock, with pauses and extensions, set-wise over events.

The same questions as ``fadu.law.clocks`` asks of one case, asked of all cases at once: runs are a
join of starts and stops, pauses are united islands, and what moved the last day is applied in
order, one round for the first pause or extension of every run, one for the second, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import ibis

from fadu.law.clocks import State
from fadu.law.procedures import Clock, Procedure
from fadu.law.terms import Unit
from fadu.measure import runs
from fadu.measure.calendar_tables import month_column, span_column
from fadu.measure.columns import Needs
from fadu.measure.expressions import Expr, any_of, case_scope, expression
from fadu.measure.milestones import core, key_day, milestones
from fadu.measure.regular import Regular, lapsing, others
from fadu.measure.script import ROUND

RUN = ["case_no", "clock", "start"]


@dataclass
class General:
    """Writes the general path of one procedure version into a script.

    ``days`` (day, ordinal, rolled, spans …) and ``working`` (ordinal, working_day) are the calendar's tables.
    """

    regular: Regular
    days: Expr
    working: Expr
    serial: int = 0

    @property
    def procedure(self) -> Procedure:
        return self.regular.procedure

    @property
    def needs(self) -> Needs:
        return self.regular.needs

    @property
    def as_of(self) -> int:
        return self.regular.as_of

    def write(self, events: Expr) -> None:
        """Append runs, cases and deemed steps of the irregular cases; ``events``: their facts."""
        for clock in lapsing(self.procedure):
            found = self.runs(events, [clock])
            self._write_runs(found, events)
            events = self._deem(events, clock, found)
        rest = others(self.procedure)
        if rest:
            self._write_runs(self.runs(events, rest), events)
        cases = milestones(events, self.needs, self.regular.words)
        self.regular.script.keep("cases", self.regular.cases(cases), append=True)

    def _write_runs(self, found: Expr, events: Expr) -> None:
        units = events.group_by(u_case="case_no").aggregate(unit=events.unit.max())
        table = found.inner_join(units, found.case_no == units.u_case)
        self.regular.script.keep("runs", table.select(
            "case_no", "unit", "clock", start=key_day(table.start), stop=key_day(table.stop),
            last=table["last"], state="state",
        ), append=True)

    def _keep(self, expr: Expr) -> Expr:
        self.serial += 1
        return self.regular.script.keep(f"general_{self.serial}", expr)

    def _roles(self, columns_: dict[str, list[int]]) -> Expr:
        self.serial += 1
        kinds = {"clock": "int16", "step": "int16", "back": "int16", "decided": "boolean"}
        return self.regular.script.constant(f"roles_{self.serial}", columns_, kinds)

    def _code(self, clock: Clock) -> int:
        return list(self.procedure.clocks).index(clock.name)

    def runs(self, events: Expr, clocks: list[Clock]) -> Expr:
        """Every run of the clocks, judged: case_no, clock (index), start, stop (keys), last (day), state."""
        gated = self._keep(self._gated(events, clocks))
        moved = self._moved(events, gated, clocks)
        return self._keep(self._settled(moved, clocks))

    def _gated(self, events: Expr, clocks: list[Clock]) -> Expr:
        """Starts that bind, with whether the clock applies, its term, stop, closing and unmoved last day."""
        starts = self._pairs(events, clocks, lambda clock: clock.starts).rename(start="key")
        table = self._conditions(starts.inner_join(self._told(events, clocks), "case_no"), clocks)
        stops = self._next(table, self._pairs(events, clocks, lambda clock: clock.stops), "stop")
        closers = events.filter(events.step.isin([self.needs.step_codes[s] for s in self.procedure.closings]))
        closed = self._next_any(table, closers, "closed")
        table = table.left_join(stops, RUN).drop(*[f"{name}_right" for name in RUN])
        table = table.left_join(closed, RUN).drop(*[f"{name}_right" for name in RUN])
        end, ended = runs.ending(table.stop, table.closed)
        table = table.mutate(end=end, ended=ended, start_day=key_day(table.start))
        days = self.days
        table = table.left_join(days, table.start_day == days.day)
        table = runs.with_rolled(table, days) if "named" in table.columns else table
        table = self._with_shortened(events, table, clocks)
        return table.mutate(last=self._unmoved(table, clocks))

    def _told(self, events: Expr, clocks: list[Clock]) -> Expr:
        """What the clocks' conditions read of each case, and nothing else."""
        found = [tree for clock in clocks for tree in clock.conditions]
        return core(events, Needs(replace(self.procedure, clocks={}, duties={}), tuple(found)))

    def _conditions(self, table: Expr, clocks: list[Clock]) -> Expr:
        scope = case_scope(table, self.procedure.fields, self.regular.words)

        def by_clock(read: Callable[[Clock], Expr], otherwise: Expr) -> Expr:
            return runs.choose([(table.clock == self._code(clock), read(clock)) for clock in clocks], otherwise)

        def extends(clock: Clock) -> Expr:
            when = clock.extension.when if clock.extension else None
            return ibis.literal(True) if when is None else expression(when, scope).fill_null(False)

        def named(clock: Clock) -> Expr:
            return runs.named_day(clock, runs.term_index(clock, scope), scope)

        day = key_day(table.start)
        dated = any(rule.span.unit is Unit.DATED for clock in clocks for rule in clock.terms)
        more = {"named": by_clock(named, ibis.null("int32"))} if dated else {}
        table = table.select(
            *RUN,
            applies=by_clock(lambda clock: runs.applies(clock, scope), ibis.literal(True)),
            term=by_clock(lambda clock: runs.term_index(clock, scope), ibis.literal(runs.NO_TERM)),
            extends=by_clock(extends, ibis.literal(False)),
            binds=by_clock(lambda clock: _binds(clock, day), ibis.literal(True)),
            **more,
        )
        kept = table.filter(table.binds & table.applies.fill_null(True) & (table.term != runs.NO_TERM))
        return kept.select(*RUN, "applies", "term", "extends", *more)

    def _pairs(self, events: Expr, clocks: list[Clock], steps: Callable[[Clock], tuple[str, ...]]) -> Expr:
        """(case_no, clock, key) of every event that plays a part in a clock."""
        rows = [(self._code(clock), self.needs.step_codes[step]) for clock in clocks for step in steps(clock)]
        roles = self._roles({"clock": [row[0] for row in rows], "step": [row[1] for row in rows]})
        return events.inner_join(roles, "step").select("case_no", "clock", "key")

    def _next(self, table: Expr, pairs: Expr, name: str) -> Expr:
        """The first of ``pairs`` after each run's start."""
        side = pairs.rename(other="key", other_case="case_no", other_clock="clock")
        joined = table.inner_join(side, [
            table.case_no == side.other_case, table.clock == side.other_clock, side.other > table.start,
        ])
        return joined.group_by(RUN).aggregate(**{name: joined.other.min()})

    def _next_any(self, table: Expr, events: Expr, name: str) -> Expr:
        side = events.select(other="key", other_case="case_no")
        joined = table.inner_join(side, [table.case_no == side.other_case, side.other > table.start])
        return joined.group_by(RUN).aggregate(**{name: joined.other.min()})

    def _with_shortened(self, events: Expr, table: Expr, clocks: list[Clock]) -> Expr:
        """Whether a step that allows a shorter period came before the stop."""
        shortening = [clock for clock in clocks if clock.shorten]
        if not shortening:
            return table.mutate(shortened=ibis.literal(False))
        pairs = self._pairs(events, shortening, lambda clock: (clock.shorten,))
        firsts = pairs.group_by(["case_no", "clock"]).aggregate(explained=pairs.key.min())
        joined = table.left_join(firsts, ["case_no", "clock"]).drop("case_no_right", "clock_right")
        return joined.mutate(shortened=(joined.explained < joined.end).fill_null(False)).drop("explained")

    def _unmoved(self, table: Expr, clocks: list[Clock]) -> Expr:
        """Last lawful day before pauses and extensions, from the calendar's columns."""
        branches = []
        for clock in clocks:
            for index, rule in enumerate(clock.terms):
                if rule.span.unit is Unit.HOUR:
                    value = runs.hour_last_day(rule.span, table.start)
                else:
                    span = runs.binding_span(clock, index)
                    value = runs.named_last(table, span) if span.unit is Unit.DATED else table[span_column(span)]
                    value = value + (1 if clock.beyond else 0)
                chosen = (table.clock == self._code(clock)) & (table.term == index)
                branches.append((chosen, value.cast("int32")))
        return runs.choose(branches, ibis.null("int32"))

    def _moved(self, events: Expr, gated: Expr, clocks: list[Clock]) -> Expr:
        """Apply what moved the last day, in order, each only if it came in time."""
        moving = [clock for clock in clocks if clock.pauses or clock.extension]
        base = gated.mutate(months=ibis.literal(0, "int32"), added=ibis.literal(0, "int32"),
                            extensions=ibis.literal(0, "int32"))
        parts = [part for part in (self._pauses(events, gated, moving), self._extensions(events, gated, moving))
                 if part is not None]
        if not parts:
            return base
        adders = ibis.union(*parts) if len(parts) > 1 else parts[0]
        order = ibis.window(group_by=RUN, order_by=[adders.key, adders.kind])  # one event may do both: it pauses first
        adders = self._keep(adders.mutate(rank=(ibis.row_number().over(order) + 1).cast("int32")))
        table = self._keep(base)
        body = self._round(table, adders.filter(adders["rank"] == ROUND), moving)
        return self.regular.script.loop(table, f"general_{self.serial}", adders["rank"].max(), body)

    def _pauses(self, events: Expr, gated: Expr, clocks: list[Clock]) -> Expr | None:
        """Intervals not counted, clipped to the run and united into islands."""
        rows = [(self._code(clock), self.needs.step_codes[pause.start], self.needs.step_codes[pause.end])
                for clock in clocks for pause in clock.pauses]
        if not rows:
            return None
        roles = self._roles({name: [row[i] for row in rows] for i, name in enumerate(("clock", "step", "back"))})
        begun = events.inner_join(roles, "step").select("case_no", "clock", "key", "back")
        resumed = events.select(back_case="case_no", back_step="step", back_key="key")
        joined = begun.left_join(resumed, [
            begun.case_no == resumed.back_case, begun.back == resumed.back_step, resumed.back_key > begun.key,
        ])
        closed = joined.group_by(["case_no", "clock", "key", "back"]).aggregate(until=joined.back_key.min())
        table = gated.select(*RUN, "end").inner_join(closed, ["case_no", "clock"])
        limit = key_day(table.end).fill_null(self.as_of)
        until = ibis.least(key_day(table.until).fill_null(limit), limit)
        table = table.mutate(key=ibis.greatest(table.key, table.start), until=until)
        table = table.filter(table.until > key_day(table.key))
        return self._united(table)

    def _united(self, table: Expr) -> Expr:
        """Overlapping intervals of a run as one. Equal ones first become one: windows need a strict order."""
        table = table.select(*RUN, "key", "until").distinct()
        before = ibis.window(group_by=RUN, order_by=[table.key, table.until], rows=(None, -1))
        table = table.mutate(reached=table.until.max().over(before))
        begins = (table.reached.isnull() | (key_day(table.key) >= table.reached)).cast("int32")
        table = table.mutate(begins=begins)
        so_far = ibis.cumulative_window(group_by=RUN, order_by=[table.key, table.until])
        table = table.mutate(island=table.begins.sum().over(so_far))
        islands = table.group_by([*RUN, "island"]).aggregate(key=table.key.min(), until=table.until.max())
        return islands.select(*RUN, "key", kind=ibis.literal(0, "int8"), until=islands.until.cast("int32"),
                              amount=ibis.literal(0, "int32"))

    def _extensions(self, events: Expr, gated: Expr, clocks: list[Clock]) -> Expr | None:
        extending = [clock for clock in clocks if clock.extension]
        if not extending:
            return None
        rows = [(self._code(clock), self.needs.step_codes[clock.extension.step], clock.extension.span.number,
                 clock.extension.decided) for clock in extending if clock.extension]
        names = ("clock", "step", "cap", "decided")
        roles = self._roles({name: [row[i] for row in rows] for i, name in enumerate(names)})
        made = events.inner_join(roles, "step").select("case_no", "clock", "key", "days", "cap", "decided")
        table = gated.filter(gated.extends).select(*RUN, "end").inner_join(made, ["case_no", "clock"])
        during = (table.key > table.start) & (table.end.isnull() | (table.key < table.end))
        table = table.filter(during)
        length = table.days.cast("int32").fill_null(table.cap)
        amount = table.decided.ifelse(ibis.least(length, table.cap), table.cap)
        return table.select(*RUN, "key", kind=ibis.literal(1, "int8"), until=key_day(table.key),
                            amount=amount.cast("int32"))

    def _round(self, table: Expr, adders: Expr, clocks: list[Clock]) -> Expr:
        """One more pause or extension for every run that has one."""
        side = adders.select(a_case="case_no", a_clock="clock", a_start="start", a_key="key", kind="kind",
                             until="until", amount="amount")
        kept = table.columns
        table = table.left_join(side, [
            table.case_no == side.a_case, table.clock == side.a_clock, table.start == side.a_start,
        ])
        table = table.mutate(a_day=key_day(table.a_key))
        table = self._ordinals(table)
        working, months = self._flags(table, clocks)
        pause = table.kind == 0
        in_time = table.a_day <= table["last"]
        if not self.procedure.pause_on_last_day:
            in_time = pause.ifelse(table.a_day < table["last"], in_time)
        allowed = runs.choose([(table.clock == self._code(clock), ibis.literal(clock.extension.times))
                               for clock in clocks if clock.extension], ibis.literal(0))
        counted = (in_time & (pause | (table.extensions < allowed))).fill_null(False)
        length = pause.ifelse(working.ifelse(table.until_ordinal - table.a_ordinal, table.until - table.a_day),
                              table.amount)
        by_months = counted & ~pause & months
        table = table.mutate(
            counted=counted,
            extensions=table.extensions + (counted & ~pause).ifelse(1, 0),
            months=table.months + by_months.ifelse(table.amount, 0),
            added=table.added + (counted & ~by_months).ifelse(length, 0),
        )
        table = self._moved_last(table, clocks)
        table = table.mutate(last=table.counted.ifelse(table.moved, table["last"]))
        counters = {name: table[name].cast("int32") for name in ("months", "added", "extensions", "last")}
        return table.mutate(**counters).select(*kept)

    def _ordinals(self, table: Expr) -> Expr:
        days = self.days
        begun = days.select(b_day="day", a_ordinal="ordinal")
        until = days.select(u_day="day", until_ordinal="ordinal")
        table = table.left_join(begun, table.a_day == begun.b_day).drop("b_day")
        return table.left_join(until, table.until == until.u_day).drop("u_day")

    def _flags(self, table: Expr, clocks: list[Clock]) -> tuple[Expr, Expr]:
        """Whether the run counts working days, and whether its extension counts months."""
        working = [(table.clock == self._code(clock)) & (table.term == index)
                   for clock in clocks for index, rule in enumerate(clock.terms) if rule.span.unit is Unit.WORKING]
        months = [table.clock == self._code(clock) for clock in clocks
                  if clock.extension and clock.extension.span.unit is Unit.MONTH]
        return any_of(working), any_of(months)

    def _moved_last(self, table: Expr, clocks: list[Clock]) -> Expr:
        """The table with ``moved``: the last day after what was added so far."""
        none = ibis.null("int32")
        plain, rolls, ordinal = [], [], []
        for clock in clocks:
            for index, rule in enumerate(clock.terms):
                span = rule.span
                here = (table.clock == self._code(clock)) & (table.term == index)
                if span.unit is Unit.WORKING:
                    ordinal.append((here, (table.ordinal + span.number + table.added).cast("int32")))
                elif span.unit is Unit.CALENDAR:
                    plain.append((here, (table.start_day + span.number + table.added).cast("int32")))
                elif span.unit is Unit.MONTH:
                    plain.append((here, (self._months_on(table, span.number) + table.added).cast("int32")))
                if span.rolls:
                    rolls.append(here)
        table = table.mutate(m_day=runs.choose(plain, none), m_place=runs.choose(ordinal, none),
                             m_rolls=any_of(rolls))
        days = self.days.select(r_day="day", r_rolled="rolled")
        working = self.working.select(w_place="ordinal", w_day="working_day")
        table = table.left_join(days, table.m_day == days.r_day).drop("r_day")
        table = table.left_join(working, table.m_place == working.w_place).drop("w_place")
        on_day = table.m_rolls.ifelse(table.r_rolled, table.m_day)
        return table.mutate(moved=ibis.coalesce(table.w_day, on_day))

    def _months_on(self, table: Expr, base: int) -> Expr:
        counts = [count for count in sorted(self.needs.months) if count >= base]
        branches = [(table.months == count - base, table[month_column(count)]) for count in counts]
        return runs.choose(branches, ibis.null("int32"))

    def _settled(self, table: Expr, clocks: list[Clock]) -> Expr:
        course = runs.Course(table.start, table.end, table.ended, key_day(table.end), table["last"], table.term,
                             table.shortened)
        branches = [(table.applies.isnull(), ibis.literal(int(State.UNDETERMINED), "int8"))]
        branches += [
            (table.clock == self._code(clock),
             runs.state(clock, course, self.as_of))
            for clock in clocks
        ]
        state = runs.choose(branches, ibis.null("int8"))
        known = state != int(State.UNDETERMINED)
        last = known.ifelse(table["last"].cast("int32"), ibis.null("int32"))
        return table.select(*RUN, stop=table.end, last=last, state=state)

    def _deem(self, events: Expr, clock: Clock, found: Expr) -> Expr:
        """Events with the deemed step inserted and the first real one after it absorbed."""
        step = clock.lapse.deem if clock.lapse else ""
        code = self.needs.step_codes[step]
        late = found.filter(runs.is_overrun(found.state))
        late = late.mutate(deemed=runs.deemed(clock, late.start, late["last"]))
        candidates = late.group_by("case_no").aggregate(deemed=late.deemed.min())
        of_step = events.filter(events.step == code)
        firsts = of_step.group_by("case_no").aggregate(known=of_step.key.min())
        joined = candidates.left_join(firsts, "case_no").drop("case_no_right")
        happens = joined.filter(joined.known.isnull() | (joined.known > joined.deemed)).select("case_no", "deemed")
        happens = self._keep(happens)
        side = happens.rename(d_case="case_no")
        later = of_step.inner_join(side, [of_step.case_no == side.d_case, of_step.key > side.deemed])
        absorbed = later.group_by("case_no").aggregate(a_key=later.key.min()).rename(a_case="case_no")
        remaining = events.anti_join(absorbed, [events.case_no == absorbed.a_case, events.key == absorbed.a_key])
        inserted = happens.select(**{
            name: happens.case_no if name == "case_no" else happens.deemed if name == "key"
            else ibis.literal(code, "int16") if name == "step" else ibis.null(kind)
            for name, kind in events.schema().items()
        })
        which = ibis.literal(self._code(clock), "int16")
        self.regular.script.keep("deemed", happens.select("case_no", clock=which, day=key_day(happens.deemed)),
                                 append=True)
        return self._keep(ibis.union(remaining.select(*events.columns), inserted))


def _binds(clock: Clock, day: Expr) -> Expr:
    found = ibis.literal(True)
    if clock.since is not None:
        found = found & (day >= clock.since)
    if clock.until is not None:
        found = found & (day < clock.until)
    return found
