"""Judging a whole fact set: the regular path, the general path for the rest, findings and figures.

The same program runs on DuckDB (default) and on Spark; a ``Backend`` only stores and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import ibis
import pyarrow as pa

from fadu.law.calendars import Calendar
from fadu.law.conditions import Condition
from fadu.law.procedures import Clock, Procedure
from fadu.measure import columns, runs
from fadu.measure.calendar_tables import day_table, ordinal_table
from fadu.measure.columns import Needs, Words
from fadu.measure.expressions import Expr, case_scope
from fadu.measure.irregular import Calendars, General
from fadu.measure.milestones import key_day, milestones
from fadu.measure.regular import duty_column, judged, regular_runs, run_columns

RUN_SCHEMA = {"case_no": "int64", "unit": "int32", "clock": "int16", "start": "int32", "stop": "int32",
              "last": "int32", "state": "int8"}


class Backend(Protocol):
    """Stores expressions and reads numbers; one for DuckDB, one for Spark."""

    def keep(self, expr: Expr, name: str = "") -> Expr: ...
    def number(self, expr: Expr) -> int: ...
    def table(self, rows: pa.Table, name: str) -> Expr: ...
    def rows(self, expr: Expr) -> pa.Table: ...


class DuckBackend:
    """DuckDB through Ibis; ``path`` of a database file, or memory."""

    name = "duckdb"

    def __init__(self, path: str = ":memory:", memory: str = "3GB", threads: int = 0) -> None:
        ibis.options.sql.fuse_selects = False
        self.ibis: Any = ibis.duckdb.connect(path)
        self.ibis.raw_sql(f"SET memory_limit = '{memory}'")
        self.ibis.raw_sql("SET preserve_insertion_order = false")
        if threads:
            self.ibis.raw_sql(f"SET threads = {int(threads)}")
        self._serial = 0

    def keep(self, expr: Expr, name: str = "") -> Expr:
        """Store the rows of an expression: under ``name``, or as a temporary table."""
        if name:
            return self.ibis.create_table(name, expr, overwrite=True)
        self._serial += 1
        return self.ibis.create_table(f"step_{self._serial}", expr, temp=True, overwrite=True)

    def number(self, expr: Expr) -> int:
        value = self.ibis.execute(expr)
        return 0 if value is None or value != value else int(value)

    def table(self, rows: pa.Table, name: str) -> Expr:
        return self.ibis.create_table(name, rows, overwrite=True)

    def rows(self, expr: Expr) -> pa.Table:
        table: pa.Table = self.ibis.to_pyarrow(expr)
        return table

    def batches(self, expr: Expr, size: int = 65536) -> Iterator[pa.RecordBatch]:
        """Stored rows in batches (the expression may use stored tables only)."""
        yield from self.ibis.con.sql(self.ibis.compile(expr)).to_arrow_reader(size)


@dataclass
class Judged:
    """One procedure version judged. ``regular``: wide, one row a case; ``general``: long, one row a run."""

    procedure: Procedure
    words: Words
    as_of: int
    regular: Expr
    shown: list[str]
    general_runs: Expr | None = None
    general_cases: Expr | None = None
    general_deemed: Expr | None = None

    def runs(self, clock: Clock, extra: bool = False) -> Expr:
        """Every run of a clock: case_no, unit, clock, start, stop, last (days), state.

        ``extra``: with the case's own columns that indicators read.
        """
        index = list(self.procedure.clocks).index(clock.name)
        more = self.shown if extra else []
        found = []
        for start in clock.starts:
            names = run_columns(clock.name, start)
            table = self.regular.filter(self.regular[names["state"]] > 0)
            found.append(table.select(
                "case_no", "unit", *more, clock=ibis.literal(index, "int16"), start=names["start"],
                stop=names["stop"], last=names["last"], state=names["state"],
            ))
        if self.general_runs is not None:
            table = self.general_runs.filter(self.general_runs.clock == index)
            if more and self.general_cases is not None:
                cases = self.general_cases.select("case_no", *more).rename(c_case="case_no")
                table = table.inner_join(cases, table.case_no == cases.c_case)
            found.append(table.select(*RUN_SCHEMA, *more))
        columns = [*RUN_SCHEMA, *more]
        return union(part.select(*columns) for part in found)

    def verdicts(self, duty: str, extra: bool = False) -> Expr:
        """The state of a duty for every case it applies to: case_no, unit, state."""
        name = duty_column(duty)
        names = ["case_no", "unit", *(self.shown if extra else [])]
        return union(part.filter(part[name] > 0).select(*names, state=name) for part in self._halves())

    def cases(self, extra: bool = False) -> Expr:
        """Every case: case_no, unit, opened_day, closed_day and the duties' states."""
        duties = [duty_column(duty) for duty in self.procedure.duties]
        names = ["case_no", "unit", *(self.shown if extra else ["opened_day", "closed_day"]), *duties]
        return union(part.select(*names) for part in self._halves())

    def deemed(self, clock: str) -> Expr:
        """Steps the lapse of a clock deemed to happen: case_no, day."""
        name = f"deemed_{clock}"
        found = [self.regular.filter(self.regular[name].notnull()).select("case_no", day=name)]
        if self.general_deemed is not None:
            index = list(self.procedure.clocks).index(clock)
            general = self.general_deemed
            found.append(general.filter(general.clock == index).select("case_no", "day"))
        return union(found)

    def _halves(self) -> list[Expr]:
        return [self.regular] if self.general_cases is None else [self.regular, self.general_cases]


def judge_part(backend: Backend, facts: Expr, procedure: Procedure, calendar: Calendar, words: Words, as_of: int,
               name: str = "", extra: tuple[Condition, ...] = ()) -> Judged:
    """Judge every case of one procedure version at the end of ``as_of``.

    ``facts``: rows of ``columns.fact_schema``. ``extra``: conditions of indicators that will read the result.
    """
    needs = Needs(procedure, extra)
    facts = facts.filter(facts.key < (as_of + 1) << 32)
    first = backend.number(facts.key.min()) >> 32
    calendars = _calendars(backend, calendar, needs, (first, as_of), name)
    table = milestones(facts, needs, words)
    wide = judged(table, calendars.days, procedure, needs, words, as_of)
    shown = _shown(needs)
    deemed = [f"deemed_{clock.name}" for clock in procedure.clocks.values() if clock.lapse and clock.lapse.deem]
    run_names = [column for clock, start in regular_runs(procedure)
                 for column in run_columns(clock.name, start).values()]
    duties = [duty_column(duty) for duty in procedure.duties]
    everything = backend.keep(wide.select("case_no", "unit", "irregular", *shown, *run_names, *duties, *deemed),
                              f"judged_{name}" if name else "")
    irregular = everything.filter(everything.irregular)
    result = Judged(procedure, words, as_of, everything.filter(~everything.irregular), shown)
    if backend.number(irregular.count()):
        _general(backend, facts, irregular, result, calendars, needs, name)
    return result


def _shown(needs: Needs) -> list[str]:
    """Columns of a case that indicators read, beside its number and unit."""
    fields = [columns.field_column(item.name) for item in needs.fields()]
    return ["opened_day", "closed_day", *fields, *sorted(needs.shown)]


def _calendars(backend: Backend, calendar: Calendar, needs: Needs, days: tuple[int, int], name: str) -> Calendars:
    table = day_table(calendar, needs.spans, sorted(needs.months), *days)
    return Calendars(backend.table(table, f"calendar_{name}"), backend.table(ordinal_table(calendar), f"working_{name}"))


def _general(backend: Backend, facts: Expr, irregular: Expr, result: Judged, calendars: Calendars, needs: Needs,
             name: str) -> None:
    """Judge the irregular cases and add them to the result."""
    ids = irregular.select(i_case="case_no")
    events = backend.keep(facts.semi_join(ids, facts.case_no == ids.i_case))
    general = General(result.procedure, needs, result.words, calendars, result.as_of, backend.keep, _highest(backend))
    found, cases, deemed = general.judge(events)
    cases = backend.keep(_judged_cases(cases, result, needs), f"general_cases_{name}" if name else "")
    units = cases.select(c_case="case_no", unit="unit")
    found = found.inner_join(units, found.case_no == units.c_case)
    found = found.select("case_no", "unit", "clock", start=key_day(found.start), stop=key_day(found.stop),
                         last="last", state="state")
    result.general_runs = backend.keep(found, f"general_runs_{name}" if name else "")
    result.general_cases = cases
    result.general_deemed = deemed


def _highest(backend: Backend) -> Callable[[Expr], int]:
    return lambda column: backend.number(column.max())


def _judged_cases(table: Expr, result: Judged, needs: Needs) -> Expr:
    procedure = result.procedure
    scope = case_scope(table, procedure.fields, result.words)
    duties = {duty_column(duty.name): runs.duty_state(duty, table, scope, procedure.closings)
              for duty in procedure.duties.values()}
    closed = key_day(runs.earliest([table[columns.first(step)] for step in procedure.closings]))
    table = table.mutate(**duties, opened_day=key_day(table.opened), closed_day=closed)
    return table.select("case_no", "unit", *_shown(needs), *duties)


def union(tables: Iterable[Expr]) -> Expr:
    """All rows of several tables of the same columns."""
    found = list(tables)
    return ibis.union(*found) if len(found) > 1 else found[0]
