
"""Judging constraints: once for each distinct trace, times the cases that have it.

The drill-down is the same expression without the aggregation: the packed traces of the cases, joined with the
distinct traces that break a constraint. ``len(report.cases(c)) == report.outcome(c).deviations``, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from fadu.measure.patterns.source import arrow
from fadu.measure.patterns.templates import Constraint
from fadu.measure.patterns.traces import Traces, Variant

BROKEN = "fadu_patterns_broken"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the cases kept to one constraint. ``activated`` counts those to which it had anything to say."""

    constraint: Constraint
    cases: int
    activated: int
    deviations: int


@dataclass(frozen=True)
class Conformance:
    """The outcomes of some constraints on some traces. ``broken`` holds the variants against each."""

    traces: Traces
    outcomes: tuple[Outcome, ...]
    broken: tuple[tuple[int, ...], ...]

    @cached_property
    def index(self) -> dict[Constraint, int]:
        """Place of each constraint in ``outcomes``."""
        return {outcome.constraint: place for place, outcome in enumerate(self.outcomes)}

    @property
    def deviations(self) -> int:
        """Deviations of all constraints together."""
        return sum(outcome.deviations for outcome in self.outcomes)

    def outcome(self, constraint: Constraint) -> Outcome:
        """The outcome of one constraint; ``KeyError`` where it was not judged."""
        return self.outcomes[self.index[constraint]]

    def cases(self, constraint: Constraint) -> pa.Table:
        """The cases that break one constraint: ``case_id``, in no order."""
        return self.rows([constraint]).select(["case_id"])

    def rows(self, constraints: Iterable[Constraint] | None = None) -> pa.Table:
        """Every deviation: ``case_id`` and ``constraint`` (its place in ``outcomes``), in no order."""
        chosen = range(len(self.outcomes)) if constraints is None else [self.index[one] for one in constraints]
        layout, connection = self.traces.layout, self.traces.connection
        connection.register(BROKEN, self._broken_table(chosen))
        try:
            keys = ", ".join(layout.keys)
            return arrow(
                connection, f"SELECT case_id, {BROKEN}.constraint FROM ({layout.sql}) JOIN {BROKEN} USING ({keys})"
            )
        finally:
            connection.unregister(BROKEN)

    def _broken_table(self, chosen: Iterable[int]) -> pa.Table:
        layout, variants = self.traces.layout, self.traces.variants
        pairs = [(place, variant) for place in chosen for variant in self.broken[place]]
        keys = [
            pa.array([variants[variant].key[column] for _, variant in pairs], _key_type(layout.bits, name))
            for column, name in enumerate(layout.keys)
        ]
        places = pa.array([place for place, _ in pairs], pa.int32())
        return pa.table([*keys, places], names=[*layout.keys, "constraint"])


def judge(traces: Traces, constraints: Sequence[Constraint]) -> Conformance:
    """Judge each constraint on every case."""
    variants = traces.variants
    places = _Places(variants)
    lengths = [variant.length for variant in variants]
    counts = [variant.cases for variant in variants]
    total = sum(counts)
    outcomes, broken = [], []
    for constraint in constraints:
        kept = constraint.template.verdict
        first, second = places.of(constraint.first), places.of(constraint.second)
        against = tuple(
            index for index, (a, b, n) in enumerate(zip(first, second, lengths, strict=True)) if not kept(a, b, n)
        )
        broken.append(against)
        deviations = sum(counts[index] for index in against)
        outcomes.append(Outcome(constraint, total, places.activated(constraint, counts), deviations))
    return Conformance(traces, tuple(outcomes), tuple(broken))


class _Places:
    """The places of an activity in every variant, looked up once for each activity asked for."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        self.variants = variants
        self.known: dict[str, list[int]] = {}
        self.counted: dict[tuple[str, str], int] = {}

    def of(self, activity: str) -> list[int]:
        if activity not in self.known:
            self.known[activity] = [variant.places.get(activity, 0) for variant in self.variants]
        return self.known[activity]

    def activated(self, constraint: Constraint, counts: Sequence[int]) -> int:
        names = constraint.template.activation(constraint.first, constraint.second)
        if names is None:
            return sum(counts)
        if names not in self.counted:
            columns = zip(self.of(names[0]), self.of(names[1]), counts, strict=True)
            self.counted[names] = sum(count for a, b, count in columns if a or b)
        return self.counted[names]


def _key_type(bits: int, name: str) -> pa.DataType:
    if bits == 0:
        return pa.list_(pa.uint64())
    return pa.int64() if name == "n" else pa.uint64()
