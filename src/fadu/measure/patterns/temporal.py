
"""Temporal profiles: the usual time from one activity to a later one, and the cases far from it.

A pair is any event and any later event of its case (Stertz, Mangler & Rinderle-Ma 2020); time is whole days. Events
of a case follow each other by day and, within a day, by ``seq``. A pair deviates where its days lie outside
``mean ± zeta × stdev`` of its two activities. For the counts, pairs are first
grouped by activities and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import pyarrow as pa
from duckdb import DuckDBPyConnection

from fadu.measure.patterns.source import REQUIRED, EventSource, arrow

BOUNDS = "fadu_patterns_bounds"
SPAN = 1 << 32
FAR = 1e12
"""Days beyond any date."""


@dataclass(frozen=True, slots=True)
class PairTime:
    """Days from ``first`` to a later ``second``: their mean and their sample standard deviation (0 for one pair)."""

    first: str
    second: str
    mean: float
    stdev: float


def profile(connection: DuckDBPyConnection, table: str) -> tuple[PairTime, ...]:
    """The temporal profile of an event table: one entry for each two activities that follow each other."""
    source = EventSource.inspect(connection, table, (*REQUIRED, "day"))
    rows = connection.execute(
        f"SELECT pair, avg(days), coalesce(stddev_samp(days), 0) FROM ({_pairs(source)}) GROUP BY pair ORDER BY pair"
    ).fetchall()
    return tuple(
        PairTime(source.names[pair // SPAN], source.names[pair % SPAN], mean, stdev) for pair, mean, stdev in rows
    )


def profile_counts(
    connection: DuckDBPyConnection, table: str, pairs: Iterable[PairTime], zeta: float
) -> dict[tuple[str, str], int]:
    """Deviations from a profile by activities; those without any are left out."""
    source = EventSource.inspect(connection, table, (*REQUIRED, "day"))
    known = _known(source, pairs)
    counted = f"SELECT pair, days, count(*) AS n FROM ({_pairs(source)}) GROUP BY pair, days"
    found = _outside(source, "entry, sum(n)::BIGINT AS n", counted, _bounds(source, known, zeta), "GROUP BY entry")
    return {(known[row["entry"]].first, known[row["entry"]].second): row["n"] for row in found.to_pylist()}


def profile_deviations(connection: DuckDBPyConnection, table: str, pairs: Iterable[PairTime], zeta: float) -> pa.Table:
    """Every deviation from a profile: ``case_id``, ``first``, ``second``, ``days``, ``zetas``; in no order.

    ``zetas`` is the distance from the mean in standard deviations, null where the standard deviation is 0.
    """
    source = EventSource.inspect(connection, table, (*REQUIRED, "day"))
    known = _known(source, pairs)
    columns = "case_id, entry, days, abs(days - mean) / nullif(stdev, 0) AS zetas"
    found = _outside(source, columns, _pairs(source), _bounds(source, known, zeta))
    entries = found.column("entry").combine_chunks()
    return pa.table(
        {
            "case_id": found.column("case_id"),
            "first": pa.DictionaryArray.from_arrays(entries, pa.array([one.first for one in known], pa.string())),
            "second": pa.DictionaryArray.from_arrays(entries, pa.array([one.second for one in known], pa.string())),
            "days": found.column("days"),
            "zetas": found.column("zetas"),
        }
    )


def _pairs(source: EventSource) -> str:
    """Each event with each later event of its case. ``at`` orders a case: the day, then ``seq``."""
    events = source.coded("case_id", "day", f"day::BIGINT * {SPAN} + seq AS at")
    return (
        f"SELECT a.case_id, a.code * {SPAN} + b.code AS pair, b.day - a.day AS days"
        f" FROM ({events}) a JOIN ({events}) b ON a.case_id = b.case_id AND a.at < b.at"
    )


def _outside(source: EventSource, columns: str, pairs: str, bounds: pa.Table, grouped: str = "") -> pa.Table:
    source.connection.register(BOUNDS, bounds)
    try:
        outside = "(days < low OR days > high)"
        return arrow(
            source.connection, f"SELECT {columns} FROM ({pairs}) JOIN {BOUNDS} USING (pair) WHERE {outside} {grouped}"
        )
    finally:
        source.connection.unregister(BOUNDS)


def _known(source: EventSource, pairs: Iterable[PairTime]) -> list[PairTime]:
    """The part of a profile whose activities the table has."""
    names = set(source.names.values())
    return [one for one in pairs if one.first in names and one.second in names]


def _bounds(source: EventSource, pairs: Sequence[PairTime], zeta: float) -> pa.Table:
    """The profile by code. Days are whole, so the first lawful day and the last say the same as the real bounds."""
    codes = {name: code for code, name in source.names.items()}
    return pa.table(
        {
            "pair": pa.array([codes[one.first] * SPAN + codes[one.second] for one in pairs], pa.uint64()),
            "entry": pa.array(range(len(pairs)), pa.int32()),
            "mean": pa.array([one.mean for one in pairs], pa.float64()),
            "stdev": pa.array([one.stdev for one in pairs], pa.float64()),
            "low": pa.array([ceil(_clipped(one.mean - zeta * one.stdev)) for one in pairs], pa.int64()),
            "high": pa.array([floor(_clipped(one.mean + zeta * one.stdev)) for one in pairs], pa.int64()),
        }
    )


def _clipped(days: float) -> float:
    return max(-FAR, min(FAR, days))
