"""Conditions over a block of cases: each is evaluated once for every combination of values it meets.

The closures are those of the case path, so a condition means here what it means there; three-valued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.conditions import Condition, Name, OfStep, Reader, compile_condition, walk
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
        if tree is None:
            return np.full(self.count, TRUE, np.int8)
        if tree not in self._found:
            self._found[tree] = self.answers([tree], lambda holds, row: truth(holds[0](row)))
        return self._found[tree]

    def answers(self, trees: Sequence[Condition], answer: Callable[[list[Reader], Any], int]) -> Array:
        """A small number (int8) for every row that depends on some conditions only.

        ``answer`` is given the conditions as closures, and what to call them with.
        """
        nodes = list(dict.fromkeys(part for tree in trees for part in walk(tree) if isinstance(part, (Name, OfStep))))
        holds = [compile_condition(tree, lambda node: lambda row: row[node]) for tree in trees]
        if not nodes or not self.count:
            return np.full(self.count, answer(holds, {}) if self.count else 0, np.int8)
        columns = [self._read(node) for node in nodes]
        if len(columns) == 1:
            values = columns[0]
            return np.array([answer(holds, {nodes[0]: item}) for item in values.meanings], np.int8)[values.codes]
        groups, members = combined([(column.codes, len(column.meanings)) for column in columns], self.count)
        meanings = [[column.meanings[code] for code in column.codes[members].tolist()] for column in columns]
        rows = [dict(zip(nodes, row, strict=True)) for row in zip(*meanings, strict=True)]
        return np.array([answer(holds, row) for row in rows], np.int8)[groups]

    def _read(self, node: Name | OfStep) -> Values:
        if node not in self._values:
            self._values[node] = self.read(node)
        return self._values[node]


def truth(value: Any) -> int:
    """FALSE, TRUE or UNKNOWN."""
    return UNKNOWN if value is None else int(bool(value))


def combined(columns: Sequence[tuple[Array, int]], count: int) -> tuple[Array, Array]:
    """Rows alike in every column of codes: the group of each row, and one row of each group."""
    mixed, size = np.zeros(count, np.int64), 1
    for codes, width in columns:
        if size * width >= 1 << 62:
            mixed = pa.array(mixed).dictionary_encode().indices.to_numpy().astype(np.int64)
            size = int(mixed.max()) + 1
        mixed = mixed * width + codes
        size *= width
    return grouped(mixed)


def grouped(values: Array) -> tuple[Array, Array]:
    """Rows of one value: the group of each row, and one row of each group."""
    found = pa.array(values).dictionary_encode()
    groups = found.indices.to_numpy()
    members = np.zeros(len(found.dictionary), np.int64)
    members[groups[::-1]] = np.arange(len(groups) - 1, -1, -1)
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
