
"""An event table and the small integers that stand for its activities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from fadu.measure.patterns.errors import PatternError

MAX_LITERALS = 256
REQUIRED = ("case_id", "activity", "seq")


@dataclass(frozen=True, slots=True)
class EventSource:
    """A table of events. ``names`` gives the activity of each code from 1; ``first`` and ``last`` bound ``seq``."""

    connection: DuckDBPyConnection
    table: str
    names: dict[int, str]
    enumerated: bool
    first: int
    last: int

    @classmethod
    def inspect(cls, connection: DuckDBPyConnection, table: str, required: tuple[str, ...] = REQUIRED) -> EventSource:
        """Look at ``table``; ``PatternError`` where an event lacks one of the ``required`` columns."""
        name = quoted(table)
        counts = ", ".join(f"count({column})" for column in required)
        low, high, events, *present = _one(connection, f"SELECT min(seq), max(seq), count(*), {counts} FROM {name}")
        for column, filled in zip(required, present, strict=True):
            if filled < events:
                raise PatternError(
                    f"事件表 {table}：{events - filled} 个事件缺 {column}；每个事件都要有 {'、'.join(required)}"
                )
        enumerated, names = _named_codes(connection, name)
        return cls(connection, name, names, enumerated, low or 0, high or 0)

    def coded(self, *columns: str) -> str:
        """SQL for ``columns`` and ``code`` (an unsigned 64-bit integer from 1) of every event."""
        listed = ", ".join(columns)
        if self.enumerated:
            return f"SELECT {listed}, enum_code(activity)::UBIGINT + 1 AS code FROM {self.table}"
        return f"SELECT {listed}, code FROM {self.table} JOIN {self._numbered_names()} ON activity::VARCHAR = name"

    def _numbered_names(self) -> str:
        """The names and their codes; a long list is numbered by the engine, which parses long texts slowly."""
        if len(self.names) > MAX_LITERALS:
            numbered = "SELECT name, row_number() OVER (ORDER BY name)::UBIGINT AS code"
            return f"({numbered} FROM (SELECT DISTINCT activity::VARCHAR AS name FROM {self.table})) AS named"
        pairs = ", ".join(f"({literal(name)}, {code}::UBIGINT)" for code, name in self.names.items())
        return f"(VALUES {pairs or '(NULL, 0::UBIGINT)'}) AS named(name, code)"

    def require_order(self) -> None:
        """``PatternError`` where two events of a case have the same number: their order would be a guess."""
        ties = self.connection.execute(
            f"SELECT case_id::VARCHAR, seq FROM {self.table} GROUP BY case_id, seq HAVING count(*) > 1 LIMIT 1"
        ).fetchall()
        if ties:
            case, number = ties[0]
            raise PatternError(
                f"事件表 {self.table}：办件 {case} 有两个事件的顺序号同为 {number}，先后不明；顺序号应各不相同"
            )

    def longest(self) -> int:
        """Events of the case that has most."""
        counted = f"SELECT count(*) AS n FROM {self.table} GROUP BY case_id"
        return int(_one(self.connection, f"SELECT coalesce(max(n), 0) FROM ({counted})")[0])


def arrow(connection: DuckDBPyConnection, sql: str) -> pa.Table:
    """The rows of ``sql`` as one Arrow table."""
    table: pa.Table = connection.sql(sql).to_arrow_table()
    return table


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _named_codes(connection: DuckDBPyConnection, table: str) -> tuple[bool, dict[int, str]]:
    """Whether activities are an ENUM, and the codes: those of the ENUM, or 1, 2, 3 … in the order of the names."""
    columns = connection.execute(f"SELECT activity FROM {table} LIMIT 0").description or []
    if str(columns[0][1]).upper().startswith("ENUM"):
        ((labels,),) = connection.execute(f"SELECT enum_range(any_value(activity)) FROM {table} LIMIT 1").fetchall()
        return True, dict(enumerate(labels or [], start=1))
    rows = connection.execute(f"SELECT DISTINCT activity::VARCHAR AS name FROM {table} ORDER BY name").fetchall()
    return False, {code: row[0] for code, row in enumerate(rows, start=1)}


def _one(connection: DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    (row,) = connection.execute(sql).fetchall()
    return tuple(row)
