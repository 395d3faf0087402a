"""Our side of bench/peers.py: the same operations as bench/peers_pm4py.py, on the same events.

python bench/peers_fadu.py OPERATION FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
from harness import serve

from fadu.law.calendars import Calendar
from fadu.law.dates import day_of
from fadu.measure.patterns import (
    Constraint,
    PairTime,
    Stretch,
    Template,
    Traces,
    judge,
    profile_counts,
    profile_deviations,
    working_days,
)

DAY = 86_400
SPELLING = {
    "altresponse": Template.ALTERNATE_RESPONSE,
    "altprecedence": Template.ALTERNATE_PRECEDENCE,
    "altsuccession": Template.ALTERNATE_SUCCESSION,
    "chainresponse": Template.CHAIN_RESPONSE,
    "chainprecedence": Template.CHAIN_PRECEDENCE,
    "chainsuccession": Template.CHAIN_SUCCESSION,
    "noncoexistence": Template.NON_COEXISTENCE,
    "nonsuccession": Template.NON_SUCCESSION,
    "nonchainsuccession": Template.NON_CHAIN_SUCCESSION,
}
"""How pm4py writes the templates whose names differ from ours."""


def constraint(template: str, first: str, second: str = "") -> Constraint:
    """Our constraint for one of pm4py's."""
    return Constraint(SPELLING[template] if template in SPELLING else Template(template), first, second)


def loaded(path: Path) -> duckdb.DuckDBPyConnection:
    """The events in a table, activities as an ENUM, as a snapshot keeps them; case ids stay texts."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TYPE step AS ENUM (SELECT DISTINCT activity FROM '{path}' ORDER BY activity)")
    connection.execute(f"CREATE TABLE event AS SELECT case_id, activity::step AS activity, day, seq FROM '{path}'")
    connection.execute("CREATE TABLE tiny AS SELECT * FROM event LIMIT 100")
    return connection


def models(folder: Path, name: str) -> list[Any]:
    found: list[Any] = json.loads((folder / "models.json").read_text(encoding="utf-8"))[name]
    return found


def declare(folder: Path, model: str, with_rows: bool) -> Callable[[], Any]:
    connection = loaded(folder / "road.parquet")
    listed = models(folder, model)
    constraints = [constraint(*one) for one in listed]

    def operation(table: str) -> Any:
        report = judge(Traces.read(connection, table), constraints)
        return report, report.rows() if with_rows else None

    operation("tiny")
    kept: list[Any] = []
    serve(lambda: kept.append(operation("event")))
    report, rows = kept[0]
    if rows is not None:
        totals = {row["values"]: row["counts"] for row in pc.value_counts(rows.column("constraint")).to_pylist()}
        assert all(totals.get(place, 0) == one.deviations for place, one in enumerate(report.outcomes))
    return lambda: [
        [*one, outcome.deviations] for one, outcome in zip(listed, report.outcomes, strict=True) if outcome.deviations
    ]


def temporal(folder: Path, log_name: str) -> Callable[[], Any]:
    connection = loaded(folder / log_name)
    pairs = [PairTime(first, second, mean / DAY, sd / DAY) for first, second, mean, sd in models(folder, "temporal")]
    profile_deviations(connection, "tiny", pairs, 2.0)
    kept: list[Any] = []
    serve(lambda: kept.append(profile_deviations(connection, "event", pairs, 2.0)))
    totals = profile_counts(connection, "event", pairs, 2.0)
    assert sum(totals.values()) == kept[0].num_rows
    return lambda: [[*pair, n] for pair, n in sorted(totals.items())]


def working_time(folder: Path, log_name: str) -> Callable[[], Any]:
    connection = loaded(folder / log_name)
    calendar = Calendar.weekly("Mon-Fri", day_of("1999-01-01"), day_of("2014-12-31"))
    working_days(connection, "tiny", calendar, Stretch.BEFORE_LAST)
    kept: list[Any] = []
    serve(lambda: kept.append(working_days(connection, "event", calendar, Stretch.BEFORE_LAST)))
    return lambda: [kept[0].num_rows, pc.sum(kept[0].column("working_days")).as_py()]


OPERATIONS: dict[str, Callable[[Path], Callable[[], Any]]] = {
    "declare_default": lambda folder: declare(folder, "default", with_rows=True),
    "declare_default_counts": lambda folder: declare(folder, "default", with_rows=False),
    "declare_rich": lambda folder: declare(folder, "rich", with_rows=True),
    "declare_rich_counts": lambda folder: declare(folder, "rich", with_rows=False),
    "temporal_tenth": lambda folder: temporal(folder, "tenth.parquet"),
    "temporal_full": lambda folder: temporal(folder, "road.parquet"),
    "working_tenth": lambda folder: working_time(folder, "tenth.parquet"),
    "working_full": lambda folder: working_time(folder, "road.parquet"),
}

if __name__ == "__main__":
    name, where = sys.argv[1], Path(sys.argv[2])
    answer = OPERATIONS[name](where)
    (where / f"{name}_fadu.json").write_text(json.dumps(answer(), ensure_ascii=False), encoding="utf-8")
