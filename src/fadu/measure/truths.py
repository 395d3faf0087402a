"""Conditions over a block of cases: each is evaluated once for every combination of values it meets.

The closures are those of the case path, so a condition means here what it means there; three-valued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.conditions import Condition, Name, OfStep, compile_condition, walk
from fadu.law.dates import iso
from fadu.law.procedures import Field
from fadu.measure.columns import Words

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

FALSE, TRUE, UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Values:
    """A column as codes below ``len(texts)``, and what each code means to a condition."""

    codes: Array
    meanings: list[Any]


@dataclass
class Truths:
    """The conditions of a block. ``read`` gives the values a condition names; each is read once."""

    read: Callable[[Name | OfStep], Values]
    count: int
    _values: dict[Name | OfStep, Values] = field(default_factory=dict)
    _found: dict[Condition, Array] = field(default_factory=dict)

    def of(self, tree: Condition | None) -> Array:
        """FALSE, TRUE or UNKNOWN (int8) for every row; no condition holds always."""
        if tree is None or not self.count:
            return np.full(self.count, TRUE, np.int8)
        if tree not in self._found:
            self._found[tree] = self._evaluate(tree)
        return self._found[tree]

    def _evaluate(self, tree: Condition) -> Array:
        nodes = list(dict.fromkeys(part for part in walk(tree) if isinstance(part, (Name, OfStep))))
        for node in nodes:
            if node not in self._values:
                self._values[node] = self.read(node)
        holds = compile_condition(tree, lambda node: lambda row: row[node])
        columns = [self._values[node] for node in nodes]
        groups, members = combined([(column.codes, len(column.meanings)) for column in columns], self.count)
        meanings = [[column.meanings[code] for code in column.codes[members].tolist()] for column in columns]
        answers = [holds(dict(zip(nodes, row, strict=True))) for row in zip(*meanings, strict=True)] if nodes else [
            holds({})]
        table = np.array([UNKNOWN if answer is None else bool(answer) for answer in answers], np.int8)
        return table[groups]


def combined(columns: Sequence[tuple[Array, int]], count: int) -> tuple[Array, Array]:
    """Rows alike in every column of codes: the group of each row, and one row of each group."""
    mixed, size = np.zeros(count, np.int64), 1
    for codes, width in columns:
        if size * width >= 1 << 62:
            mixed = pa.array(mixed).dictionary_encode().indices.to_numpy().astype(np.int64)
            size = int(mixed.max()) + 1
        mixed = mixed * width + codes
        size *= width
    if size <= 1 << 8:  # few enough to leave out what does not occur
        groups, length = mixed, size
    else:
        found = pa.array(mixed).dictionary_encode()
        groups, length = found.indices.to_numpy(), len(found.dictionary)
    members = np.zeros(length, np.int64)
    members[groups[::-1]] = np.arange(count - 1, -1, -1)
    return groups, members


def values_of(column: pa.Array, meaning: Callable[[Any], Any]) -> Values:
    """The codes of an Arrow column; null has one too."""
    found = column.dictionary_encode()
    none = len(found.dictionary)
    codes = found.indices.fill_null(none).to_numpy().astype(np.int64)
    return Values(codes, [*(meaning(value) for value in found.dictionary.to_pylist()), meaning(None)])


def field_meaning(item: Field, words: Words) -> Callable[[Any], Any]:
    """What a stored case field is to a condition: its text, its date as text, or its default where it is null."""

    def meaning(value: Any) -> Any:
        if value is None:
            return item.default
        if item.kind in ("choice", "text"):
            return words.text(value)
        return iso(value) if item.kind == "date" else value

    return meaning
