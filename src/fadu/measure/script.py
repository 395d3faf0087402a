"""A script: the queries that judge one procedure version, in order, as SQL text of one dialect.

Building expressions and compiling them costs more than running them on small data, so a script is
compiled once and kept; what stays open is filled in when it runs (the round of a loop).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import ibis
import pyarrow as pa

from fadu.measure.expressions import Expr

ROUND = 987_654_321
"""Stands in a query for the number of the round of a loop."""


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of ``sql`` go to ``table``: ``create`` (replacing), or ``append``."""

    table: str
    sql: str
    append: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A small table of integers that queries join: ``columns`` name → values."""

    table: str
    columns: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Loop:
    """``body`` for 1, 2, … up to the number that ``rounds`` gives; each writes ``scratch``, which becomes ``table``."""

    rounds: str
    table: str
    scratch: str
    body: str


Stage = Query | Constant | Loop


class Runner(Protocol):
    """Runs stages: one for DuckDB, one for Spark."""

    dialect: str

    def create(self, table: str, sql: str) -> None: ...
    def append(self, table: str, sql: str) -> None: ...
    def number(self, sql: str) -> int: ...
    def load(self, table: str, rows: pa.Table) -> None: ...
    def rename(self, old: str, new: str) -> None: ...


@dataclass
class Script:
    """Stages being written. ``keep`` gives back the stored table, so that later stages read it by name."""

    prefix: str
    dialect: str
    stages: list[Stage] = field(default_factory=list)

    def name(self, table: str) -> str:
        return f"{self.prefix}_{table}"

    def table(self, name: str, schema: Any) -> Expr:
        """A table that exists when the script runs."""
        return ibis.table(schema, name=self.name(name))

    def keep(self, name: str, expr: Expr, append: bool = False) -> Expr:
        """A stage that stores an expression; returns the stored table for later stages to read."""
        self.stages.append(Query(self.name(name), self.sql(expr), append))
        return self.table(name, expr.schema())

    def constant(self, name: str, columns: dict[str, list[int]], kinds: dict[str, str]) -> Expr:
        """A small table of integers that queries join (``kinds``: column types other than int32)."""
        self.stages.append(Constant(self.name(name), columns))
        return self.table(name, {column: kinds.get(column, "int32") for column in columns})

    def loop(self, table: Expr, name: str, rounds: Expr, body: Expr) -> Expr:
        """Replace ``table`` (called ``name``) by ``body`` as often as ``rounds`` says."""
        scratch = f"{name}_next"
        self.stages.append(Loop(self.sql(rounds), self.name(name), self.name(scratch), self.sql(body)))
        return table

    def sql(self, expr: Expr) -> str:
        return str(ibis.to_sql(expr, dialect=self.dialect))


def run(stages: Iterable[Stage], runner: Runner) -> None:
    """Run the stages in order."""
    for stage in stages:
        match stage:
            case Query(table, sql, append):
                (runner.append if append else runner.create)(table, sql)
            case Constant(table, columns):
                kinds = {"decided": pa.bool_()}
                arrays = {name: pa.array(values, kinds.get(name, pa.int32())) for name, values in columns.items()}
                runner.load(table, pa.table(arrays))
            case Loop(rounds, table, scratch, body):
                for number in range(1, runner.number(rounds) + 1):
                    runner.create(scratch, body.replace(str(ROUND), str(number)))
                    runner.rename(scratch, table)


def dump(stages: list[Stage]) -> str:
    """The stages as JSON, for keeping."""
    return json.dumps([{"kind": type(stage).__name__, **asdict(stage)} for stage in stages], ensure_ascii=False)


def parse(text: str) -> list[Stage]:
    """Stages from ``dump``."""
    kinds: dict[str, Callable[..., Stage]] = {"Query": Query, "Constant": Constant, "Loop": Loop}
    return [kinds[item.pop("kind")](**item) for item in json.loads(text)]
