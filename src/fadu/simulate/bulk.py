"""From drawn histories to fact tables, many cases at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fadu.law.cases import Event
from fadu.law.dates import NO_MINUTE, day_of, event_key
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words, fact_schema, field_column
from fadu.simulate.player import Exemplar
from fadu.simulate.pool import Drawn

SLAB = 60_000
"""Cases instantiated at a time: bounds the memory whatever the number of cases."""


@dataclass(frozen=True)
class Column:
    """The values of one column over all distinct histories; ``known``: where there is one (None: everywhere).

    ``kind``: the Arrow type.
    """

    name: str
    kind: Any
    values: NDArray[Any]
    known: NDArray[np.bool_] | None


@dataclass(frozen=True)
class Sheet:
    """The distinct histories of one procedure version as columns: events end to end, fields one row a history."""

    schema: pa.Schema
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]
    keys: NDArray[np.int64]
    timed: NDArray[np.bool_]
    columns: list[Column]
    fields: list[Column]

    def table(self, which: NDArray[np.int64], numbers: NDArray[np.int64], unit: NDArray[np.int32],
              shift: NDArray[np.int64]) -> pa.Table:
        """Cases: the history each lives, its number, unit and shift in minutes → facts."""
        lengths = self.lengths[which]
        ends = np.cumsum(lengths)
        begins = ends - lengths
        rows = np.repeat(self.begins[which] - begins, lengths) + np.arange(int(ends[-1]))
        keys = self.keys[rows] + np.repeat(shift, lengths) * self.timed[rows]
        made = {"case_no": pa.array(np.repeat(numbers, lengths)), "key": pa.array(keys),
                "unit": pa.array(np.repeat(unit, lengths))}
        for column in self.columns:
            made[column.name] = _taken(column, rows)
        for column in self.fields:
            made[column.name] = _on_first(column, which, begins, int(ends[-1]))
        return pa.table([made[name] for name in self.schema.names], schema=self.schema)


def tables(sheet: Sheet, drawn: Drawn, members: NDArray[np.int64], local: NDArray[np.int64],
           first_case: int) -> Iterator[pa.Table]:
    """The facts of the cases ``members`` of a piece, a slab at a time. ``local``: exemplar → row of the sheet."""
    for begin in range(0, len(members), SLAB):
        some = members[begin:begin + SLAB]
        yield sheet.table(local[drawn.which[some]], some + first_case, drawn.unit[some], drawn.shift[some])


def sheet_of(procedure: Procedure, exemplars: list[Exemplar], words: Words) -> Sheet:
    """Lay out the histories of one version."""
    events = [event for exemplar in exemplars for event in exemplar.events]
    lengths = np.array([len(exemplar.events) for exemplar in exemplars], np.int64)
    keys = np.array([event_key(event.day, place, event.minute) for exemplar in exemplars
                     for place, event in enumerate(exemplar.events)], np.int64)
    schema = fact_schema(procedure)
    fields = [_column(schema, field_column(name), [_field_value(exemplar.fields.get(name), item.kind, words)
                                                   for exemplar in exemplars])
              for name, item in procedure.fields.items()]
    timed = (keys & NO_MINUTE) != NO_MINUTE
    return Sheet(schema, np.cumsum(lengths) - lengths, lengths, keys, timed, _columns(schema, procedure, events, words),
                 fields)


def _columns(schema: pa.Schema, procedure: Procedure, events: list[Event], words: Words) -> list[Column]:
    codes = {name: index for index, name in enumerate(procedure.steps)}

    def coded(text: str | None) -> int | None:
        return None if text is None else words.codes[text]

    return [
        _column(schema, "step", [codes[event.step] for event in events]),
        _column(schema, "days", [event.days for event in events]),
        _column(schema, "officers", [event.officers for event in events]),
        _column(schema, "outcome", [coded(event.outcome) for event in events]),
        _column(schema, "approved_by", [coded(event.approved_by) for event in events]),
        _column(schema, "reason", [None if event.reason is None else bool(event.reason.strip()) for event in events]),
        _column(schema, "amount", [event.amount for event in events]),
        _column(schema, "by", [coded("、".join(event.by) or None) for event in events]),
    ]


def _column(schema: pa.Schema, name: str, values: list[Any]) -> Column:
    kind = schema.field(name).type
    known = np.array([value is not None for value in values], np.bool_)
    filled = np.array([0 if value is None else value for value in values], kind.to_pandas_dtype())
    return Column(name, kind, filled, None if known.all() else known)


def _field_value(value: Any, kind: str, words: Words) -> Any:
    if isinstance(value, str):
        return day_of(value) if kind == "date" else words.codes[value]
    return value


def _taken(column: Column, rows: NDArray[np.int64]) -> Any:
    if column.known is None:
        return pa.array(column.values[rows], column.kind)
    if not column.known.any():
        return pa.nulls(len(rows), column.kind)
    return pa.array(column.values[rows], column.kind, mask=~column.known[rows])


def _on_first(column: Column, which: NDArray[np.int64], begins: NDArray[np.int64], length: int) -> Any:
    """A field: on the first event of each case only."""
    values = np.zeros(length, column.values.dtype)
    values[begins] = column.values[which]
    absent = np.ones(length, np.bool_)
    absent[begins] = False if column.known is None else ~column.known[which]
    return pa.array(values, column.kind, mask=absent)
