"""Arrow arrays and scalars without ``pa.array`` and ``pa.scalar``, whose first use imports pandas where installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
MANY = 5_000
"""Texts from which on ``pa.array``, four times as fast, repays that import."""


def text_scalar(text: str) -> Any:
    """A text as a scalar."""
    data = text.encode()
    array = pa.StringArray.from_buffers(1, buffer(np.array([0, len(data)], np.int32)), pa.py_buffer(data))
    return array[0]


def integers(numbers: Ints, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array[Any]:
    """An int64 array; NULL where ``missing``."""
    numbers = np.ascontiguousarray(numbers, dtype=np.int64)
    valid = None if missing is None else _bits(~missing)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [valid, buffer(numbers)])


def texts(cells: Sequence[str | None]) -> pa.Array[Any]:
    """A text array; NULL where None."""
    if len(cells) > MANY:
        return pa.array(cells, pa.string())
    given = np.array([cell is not None for cell in cells], np.bool_)
    pieces = [cell.encode("utf-8") if cell else b"" for cell in cells]
    ends = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece) for piece in pieces], out=ends[1:])
    data = pa.py_buffer(b"".join(pieces))
    return pa.LargeStringArray.from_buffers(len(pieces), buffer(ends), data, _bits(given)).cast(pa.string())


def booleans(values: Sequence[bool]) -> pa.Array[Any]:
    """A boolean array without NULLs."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(np.array(values, np.bool_))])


def _bits(values: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little").tobytes())


def buffer(numbers: Any) -> pa.Buffer:
    """The memory of a NumPy array, not copied."""
    return pa.py_buffer(numbers)


def filled(cells: pa.Array[Any], usual: str = "") -> int:
    """How many texts are given and are not the usual one."""
    if isinstance(cells, pa.DictionaryArray) and not filled(cells.dictionary, usual):
        return 0
    differs = pc.not_equal(cells.cast(pa.string()), text_scalar(usual))
    return int(pc.sum(differs.cast(pa.int64())).as_py() or 0)


EMPTY = text_scalar("")
NO_TEXT = pa.nulls(1, pa.string())[0]
