"""Judging a whole fact set: the regular path, the general path for the rest; runs, cases and deemed steps.

The same script runs on DuckDB (default) and on Spark; a ``Backend`` only stores and counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from fadu.law.calendars import Calendar
from fadu.law.conditions import Condition
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Clock, Procedure
from fadu.measure.calendar_tables import day_schema, day_table, ordinal_table
from fadu.measure.columns import Needs, Words, fact_schema, field_column
from fadu.measure.expressions import Expr
from fadu.measure.irregular import General
from fadu.measure.kept import AS_OF, Wanted
from fadu.measure.milestones import core as core_of
from fadu.measure.regular import RUN_COLUMNS, Regular, duty_column
from fadu.measure.script import Runner, Script, Stage, run
from fadu.measure.sorted_pass import blocks

TOGETHER = 64
"""Blocks whose judgements are stored at a time: DuckDB takes few large insertions sooner than many small ones."""
RUN_SCHEMA = dict(zip(RUN_COLUMNS, ("int64", "int32", "int16", "int32", "int32", "int32", "int8"), strict=True))
DEEMED_SCHEMA = {"case_no": "int64", "clock": "int16", "day": "int32"}


class Backend(Runner, Protocol):
    """Runs scripts and reads results; one for DuckDB, one for Spark."""

    name: str

    def read(self, table: str) -> Expr: ...
    def rows(self, expr: Expr) -> pa.Table: ...
    def keep(self, expr: Expr, name: str) -> Expr: ...
    def count(self, expr: Expr) -> int: ...
    def drop(self, table: str) -> None: ...


class Stored:
    """Named tables as Ibis sees them: what both backends do alike, over ``create``, ``load`` and ``number``."""

    ibis: Any

    def create(self, table: str, sql: str) -> None:
        """Store the rows of a query, replacing."""
        raise NotImplementedError

    def load(self, table: str, rows: pa.Table) -> None:
        """Store an Arrow table, replacing."""
        raise NotImplementedError

    def number(self, sql: str) -> int:
        """The one number a query gives; 0 for none."""
        raise NotImplementedError

    def compile(self, expr: Expr) -> str:
        """The expression as SQL text."""
        return str(self.ibis.compile(expr))

    def read(self, table: str) -> Expr:
        return self.ibis.table(table)

    def table(self, rows: pa.Table, name: str) -> Expr:
        """Store an Arrow table under a name."""
        self.load(name, rows)
        return self.read(name)

    def keep(self, expr: Expr, name: str) -> Expr:
        """Store the rows of an expression under a name."""
        self.create(name, self.compile(expr))
        return self.read(name)

    def count(self, expr: Expr) -> int:
        return self.number(self.compile(expr.count().as_table()))


class DuckBackend(Stored):
    """DuckDB through Ibis; ``path`` of a database file, or memory."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self, path: str = ":memory:", memory: str = "3GB", threads: int = 0) -> None:
        ibis.options.sql.fuse_selects = False
        self.ibis: Any = ibis.duckdb.connect(path)
        self.db: Any = self.ibis.con
        self._run(f"SET memory_limit = '{memory}'")
        self._run("SET preserve_insertion_order = false")
        self._run("SET enable_progress_bar = false")
        if threads:
            self._run(f"SET threads = {int(threads)}")
        self._tables = {str(row[0]) for row in self._run("SELECT table_name FROM duckdb_tables()")}

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement; its rows."""
        return self._run(sql)

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.db.execute(sql).fetchall()
        return found

    def create(self, table: str, sql: str) -> None:
        """Store the rows of a query, replacing."""
        self._run(f"CREATE OR REPLACE TABLE {table} AS {sql}")
        self._tables.add(table)

    def append(self, table: str, sql: str) -> None:
        """Add rows to a table, which is made if it is not there."""
        self._run(f"INSERT INTO {table} {sql}" if table in self._tables else f"CREATE TABLE {table} AS {sql}")
        self._tables.add(table)

    def number(self, sql: str) -> int:
        """The one number a query gives; 0 for none."""
        found = self._run(f"SELECT * FROM ({sql})")
        return int(found[0][0]) if found and found[0][0] is not None else 0

    def load(self, table: str, rows: pa.Table) -> None:
        """Store an Arrow table, replacing."""
        self.db.register("loading", rows)
        self._run(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM loading")
        self._tables.add(table)
        self.db.unregister("loading")

    def add(self, table: str, rows: pa.Table) -> None:
        """Add the rows of an Arrow table by the names of its columns; the table is made if it is not there."""
        self.db.register("adding", rows)
        into = f"INSERT INTO {table} BY NAME" if table in self._tables else f"CREATE TABLE {table} AS"
        self._run(f"{into} SELECT * FROM adding")
        self._tables.add(table)
        self.db.unregister("adding")

    def rename(self, old: str, new: str) -> None:
        """Let ``old`` take the place of ``new``."""
        self._run(f"DROP TABLE {new}")
        self._run(f"ALTER TABLE {old} RENAME TO {new}")
        self._tables.discard(old)

    def drop(self, table: str) -> None:
        """Forget a table, if it is there."""
        self._run(f"DROP TABLE IF EXISTS {table}")
        self._tables.discard(table)

    def rows(self, expr: Expr) -> pa.Table:
        """Every row of an expression."""
        table: pa.Table = self.db.sql(self.ibis.compile(expr)).to_arrow_table()
        return table


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a fact set: one procedure version on its calendar, judged at the end of ``as_of``.

    ``extra``: conditions of indicators that will read the result. ``words``: the vocabulary of the facts.
    """

    procedure: Procedure
    calendar: Calendar
    words: Words
    as_of: int
    extra: tuple[Condition, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(self.procedure, self.extra)


@dataclass
class Judged:
    """One procedure version judged: ``runs`` one row a run, ``cases`` one row a case, ``deemed`` steps."""

    question: Question
    run_table: Expr
    case_table: Expr
    deemed_table: Expr | None

    @property
    def procedure(self) -> Procedure:
        return self.question.procedure

    @property
    def words(self) -> Words:
        return self.question.words

    @property
    def as_of(self) -> int:
        return self.question.as_of

    def runs(self, clock: Clock, extra: bool = False) -> Expr:
        """Every run of a clock: case_no, unit, clock, start, stop, last (days), state.

        ``extra``: with the case's own columns that indicators read.
        """
        index = list(self.procedure.clocks).index(clock.name)
        table = self.run_table.filter(self.run_table.clock == index)
        if not extra:
            return table
        own = self.question.needs.case_columns
        cases = self.case_table.select("case_no", *own).rename(c_case="case_no")
        return table.inner_join(cases, table.case_no == cases.c_case).select(*RUN_COLUMNS, *own)

    def verdicts(self, duty: str, extra: bool = False) -> Expr:
        """The state of a duty for every case it applies to: case_no, unit, state."""
        name = duty_column(duty)
        more = self.question.needs.case_columns if extra else []
        table = self.case_table
        return table.filter(table[name] > 0).select("case_no", "unit", *more, state=table[name].cast("int8"))

    def cases(self) -> Expr:
        """Every case: case_no, unit, opened_day, closed_day, what indicators read and the duties' states."""
        return self.case_table

    def deemed(self, clock: str) -> Expr:
        """Steps the lapse of a clock deemed to happen: case_no, day."""
        assert self.deemed_table is not None
        index = list(self.procedure.clocks).index(clock)
        return self.deemed_table.filter(self.deemed_table.clock == index).select("case_no", "day")


def judge_part(backend: Backend, facts: str, question: Question, name: str) -> Judged:
    """Judge every case of one procedure version.

    ``facts``: name of a table with the columns of ``fact_schema``. The results are tables named ``name_…``.
    """
    first = backend.number(f"SELECT min(key) FROM {facts}") >> 32
    prepare(backend, question, name, first)
    table = backend.read(facts)
    until = table.filter(table.key < (question.as_of + 1) << 32)
    backend.keep(until.select(*question.needs.fact_columns), f"{name}_facts")
    run(regular_script(question, name, backend.dialect), backend)
    finish(backend, question, name)
    return results(backend, question, name)


def judge_blocks(backend: DuckBackend, batches: Iterable[pa.RecordBatch], question: Question, name: str,
                 first: int) -> Judged:
    """Judge facts that are ordered by case and key, block by block. ``first``: the day of their first event."""
    from fadu.measure.one_by_one import FEW, judge_rows
    from fadu.measure.ordered import Found, Ordered

    clear(backend, name)
    ordered = Ordered(question, first)
    found: list[Found] = []
    edge = question.as_of + 1 << 32
    for block in blocks(batches):
        begun, ended = pc.min_max(block["key"]).as_py().values()
        _refuse_early(begun >> 32, first)
        kept = block.filter(pc.field("key") < edge) if ended >= edge else block
        if kept.num_rows:
            found.append(ordered.judge(kept))
        if len(found) == TOGETHER:
            _store(backend, name, found)
    if found:
        _store(backend, name, found)
    strange = backend.number(f"SELECT count(DISTINCT case_no) FROM {name}_strange") if ordered.traces.known else 0
    if strange > FEW:
        calendar_tables(backend, question, name, first)
        run(general_script(question, name, backend.dialect), backend)
    elif strange:
        facts = backend.rows(backend.read(f"{name}_strange").order_by("case_no", "key"))
        for table, rows in judge_rows(question, facts).items():
            backend.add(f"{name}_{table}", rows)
    return results(backend, question, name)


def judge_table(backend: DuckBackend, facts: str, question: Question, name: str) -> Judged:
    """``judge_part`` without planning a script: the facts are put in order and judged block by block.

    The unit and the fields of a case may stand in any row of it; in order, they stand in all.
    """
    edge = question.as_of + 1 << 32
    once = {"unit", *(field_column(item.name) for item in question.needs.fields())}
    columns = ", ".join(f'max("{column}") OVER own AS "{column}"' if column in once else f'"{column}"'
                        for column in question.needs.fact_columns)
    ordered = f"""SELECT {columns} FROM {facts} WHERE key < {edge}
        WINDOW own AS (PARTITION BY case_no) ORDER BY case_no, key"""
    first = backend.number(f"SELECT min(key) FROM {facts}") >> 32
    reading = backend.db.cursor()  # the connection itself stores results meanwhile
    try:
        return judge_blocks(backend, reading.sql(ordered).to_arrow_reader(1 << 17), question, name, first)
    finally:
        reading.close()


def _store(backend: DuckBackend, name: str, found: list[Any]) -> None:
    """Add what was found in some blocks to the tables, and forget it."""
    for table in ("runs", "cases", "strange"):
        backend.add(f"{name}_{table}", pa.concat_tables(getattr(block, table) for block in found))
    found.clear()


def _refuse_early(begun: int, first: int) -> None:
    """A start before the calendar's table would be lost; say so instead."""
    if begun < first:
        raise FaduError(
            f"事实表中有 {iso(begun)} 的事件，早于所说的第一天 {iso(first)}；"
            "请重新生成事实表，或改正 meta.json 的 first_day"
        )


def prepare(backend: Backend, question: Question, name: str, first: int) -> None:
    """Calendar tables and empty result tables."""
    clear(backend, name)
    calendar_tables(backend, question, name, first)


def clear(backend: Backend, name: str) -> None:
    """Empty result tables."""
    for table in ("cases", "strange"):
        backend.drop(f"{name}_{table}")
    for table, columns in (("runs", RUN_SCHEMA), ("deemed", DEEMED_SCHEMA)):
        backend.load(f"{name}_{table}", ibis.schema(columns).to_pyarrow().empty_table())


def calendar_tables(backend: Backend, question: Question, name: str, first: int) -> None:
    """The calendar as the scripts join it, for starts from ``first`` on."""
    needs, last = question.needs, question.as_of
    if needs.dated:  # a date that the case names may lie anywhere
        first, last = min(first, question.calendar.first), max(last, question.calendar.last)
    days = day_table(question.calendar, needs.spans, sorted(needs.months), first, last)
    backend.load(f"{name}_days", days)
    backend.load(f"{name}_working", ordinal_table(question.calendar))


def finish(backend: Backend, question: Question, name: str) -> None:
    """The general path, where there are irregular cases."""
    if backend.number(f"SELECT count(*) FROM {name}_strange"):
        run(general_script(question, name, backend.dialect), backend)


def results(backend: Backend, question: Question, name: str) -> Judged:
    """The judgements stored under ``name``."""
    runs, deemed = ibis.table(RUN_SCHEMA, name=f"{name}_runs"), ibis.table(DEEMED_SCHEMA, name=f"{name}_deemed")
    return Judged(question, runs, backend.read(f"{name}_cases"), deemed)


def _regular(question: Question, script: Script) -> Regular:
    needs = question.needs
    days = script.table("days", day_schema(needs.spans, sorted(needs.months)))
    return Regular(question.procedure, needs, question.words, days, AS_OF, script)


def _fact_table(question: Question) -> Any:
    """The columns of the facts that judging reads, with their types."""
    kinds = fact_schema(question.procedure)
    return ibis.schema(pa.schema([kinds.field(name) for name in question.needs.fact_columns]))


def regular_script(question: Question, name: str, dialect: str) -> list[Stage]:
    """From the table ``facts``: runs and cases of the regular ones, the events of the others in ``strange``."""

    def write() -> list[Stage]:
        script = Script(name, dialect)
        facts = script.table("facts", _fact_table(question))
        strange = _regular(question, script).write(script.keep("core", core_of(facts, question.needs)), facts)
        script.keep("strange", facts.semi_join(strange, facts.case_no == strange.s_case), append=True)
        return script.stages

    return Wanted("regular", question.needs, question.words, name, dialect).script(question.as_of, write)


def general_script(question: Question, name: str, dialect: str) -> list[Stage]:
    """From the table ``strange``: runs, cases and deemed steps of the irregular cases."""

    def write() -> list[Stage]:
        script = Script(name, dialect)
        events = script.table("strange", _fact_table(question))
        regular = _regular(question, script)
        working = script.table("working", {"ordinal": "int32", "working_day": "int32"})
        General(regular, regular.days, working).write(events)
        return script.stages

    return Wanted("general", question.needs, question.words, name, dialect).script(question.as_of, write)


def union(tables: Iterable[Expr]) -> Expr:
    """All rows of several tables of the same columns."""
    found = list(tables)
    return ibis.union(*found) if len(found) > 1 else found[0]
