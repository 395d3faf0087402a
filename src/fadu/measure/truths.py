"""Conditions over many cases: each is evaluated once for every combination of values it meets.

The closures are those of the case path, so a condition means here what it means there; three-valued.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fadu.law.conditions import Condition, Name, OfStep, Reader, compile_condition, walk
from fadu.law.dates import iso
from fadu.law.procedures import Field
from fadu.measure.columns import Words

Array = Any
"""A NumPy array (its shape and type stand in the text)."""

FALSE, TRUE, UNKNOWN = 0, 1, 2
_FEW = 1 << 12
"""Numbers below this are looked up in a table, however few rows there are."""
Node = Name | OfStep


@dataclass(frozen=True, slots=True)
class Values:
    """A column as codes below ``len(meanings)``, and what each code means to a condition."""

    codes: Array
    meanings: list[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that some conditions settle: ``nodes``, what they read; ``answer``, a small number for the values
    of these."""

    nodes: tuple[Node, ...]
    answer: Callable[[tuple[Any, ...]], int]

    @classmethod
    def of(cls, trees: Sequence[Condition], answer: Callable[[list[Reader], Any], int]) -> Asked:
        """``answer`` is given the conditions as closures, and what to call them with."""
        read = (part for tree in trees for part in walk(tree) if isinstance(part, (Name, OfStep)))
        places = {node: place for place, node in enumerate(dict.fromkeys(read))}
        holds = [compile_condition(tree, lambda node: itemgetter(places[node])) for tree in trees]
        return cls(tuple(places), partial(answer, holds))

    @classmethod
    def whether(cls, tree: Condition | None) -> Asked:
        """Whether a condition holds: FALSE, TRUE or UNKNOWN; no condition holds always."""
        return cls((), lambda row: TRUE) if tree is None else cls.of([tree], lambda holds, row: truth(holds[0](row)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Questions about the same values. ``places``: theirs among all questions."""

    nodes: tuple[Node, ...]
    places: list[int]
    answers: list[Callable[[tuple[Any, ...]], int]]

    @classmethod
    def of(cls, questions: Sequence[Asked]) -> list[Sheet]:
        """Every question, with those that read the same values on one sheet."""
        found: dict[tuple[Node, ...], Sheet] = {}
        for place, asked in enumerate(questions):
            sheet = found.setdefault(asked.nodes, cls(asked.nodes, [], []))
            sheet.places.append(place)
            sheet.answers.append(asked.answer)
        return list(found.values())

    def fill(self, read: Callable[[Node], Values], count: int) -> tuple[Array, Array]:
        """Answered for ``count`` rows: the number of every row's answers, and the answers (int8) by that number."""
        codes, rows = _rows([read(node) for node in self.nodes], count)
        patterns: dict[tuple[int, ...], int] = {}
        numbers = [patterns.setdefault(tuple([answer(row) for answer in self.answers]), len(patterns)) for row in rows]
        found = np.array(list(patterns), np.int8).reshape(-1, len(self.answers))
        return np.array(numbers, np.intp)[codes] if len(found) > 1 else np.zeros(count, np.intp), found


def _rows(columns: list[Values], count: int) -> tuple[Array, Iterable[tuple[Any, ...]]]:
    """Rows alike in every column: the group of each, and the values of each group."""
    if not columns:
        return np.zeros(count, np.intp), [()]
    if len(columns) == 1:
        return columns[0].codes, ((meaning,) for meaning in columns[0].meanings)
    groups, members = combined([(column.codes, len(column.meanings)) for column in columns], count)
    meanings = [[column.meanings[code] for code in column.codes[members].tolist()] for column in columns]
    return groups, zip(*meanings, strict=True)


def truth(value: Any) -> int:
    """FALSE, TRUE or UNKNOWN."""
    return UNKNOWN if value is None else int(bool(value))


def combined(columns: Sequence[tuple[Array, int]], count: int) -> tuple[Array, Array]:
    """Rows alike in every column of codes: the group of each row, and one row of each group."""
    mixed, size = np.zeros(count, np.intp), 1
    for codes, width in columns:
        if size * width >= 1 << 62:
            mixed, members = grouped(mixed)
            size = len(members)
        mixed = mixed * width + codes if size > 1 else codes
        size *= width
    return grouped(mixed, size)


def grouped(values: Array, size: int = 0) -> tuple[Array, Array]:
    """Rows of one value: the group of each row, and one row of each group. ``size``: where the values are numbers
    from 0 below it."""
    if 0 < size <= max(_FEW, len(values)):
        held = np.full(size, -1, np.intp)
        held[values] = np.arange(len(values))
        members = held[held >= 0]
        held[held >= 0] = np.arange(len(members))
        return held[values], members
    found = pa.array(values).dictionary_encode()
    groups = found.indices.to_numpy().astype(np.intp)
    members = np.empty(len(found.dictionary), np.intp)
    members[groups] = np.arange(len(groups))
    return groups, members


def values_of(column: pa.Array, meaning: Callable[[Any], Any]) -> Values:
    """The codes of an Arrow column; null has one too, where there is any."""
    groups, members = _codes(column)
    return Values(groups, [meaning(value) for value in column.take(pa.array(members)).to_pylist()])


def _codes(column: pa.Array) -> tuple[Array, Array]:
    """Rows of one value or null, as ``grouped``."""
    numbers = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    if pa.types.is_integer(numbers.type):
        codes = numbers.fill_null(-1).to_numpy()
        if len(codes) and (not column.null_count or _lowest(numbers) >= 0):
            low = int(codes.min())
            return grouped(np.subtract(codes, low, dtype=np.intp), int(codes.max()) - low + 1)
    found = column.dictionary_encode()
    none = len(found.dictionary)
    return grouped(found.indices.fill_null(none).to_numpy().astype(np.intp), none + 1)


def _lowest(numbers: pa.Array) -> int:
    lowest: int | None = pc.min(numbers).as_py()
    return 0 if lowest is None else lowest


def field_meaning(item: Field, words: Words) -> Callable[[Any], Any]:
    """What a stored case field is to a condition: its text, its date as text, or its default where it is null."""

    def meaning(value: Any) -> Any:
        if value is None:
            return item.default
        if item.kind in ("choice", "text"):
            return words.text(value)
        return iso(value) if item.kind == "date" else value

    return meaning
