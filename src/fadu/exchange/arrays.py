"""Arrow arrays from NumPy numbers without ``pa.array``, whose first use imports pandas where installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
EMPTY = pa.scalar("", pa.string())


def integers(numbers: Ints, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array[Any]:
    """An int64 array; NULL where ``missing``."""
    numbers = np.ascontiguousarray(numbers, dtype=np.int64)
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.int64(), len(numbers), [valid, buffer(numbers)])


def buffer(numbers: Any) -> pa.Buffer:
    """The memory of a NumPy array, not copied."""
    return pa.py_buffer(numbers)


def filled(texts: pa.Array[Any], usual: str = "") -> int:
    """How many texts are given and are not the usual one."""
    if isinstance(texts, pa.DictionaryArray) and not filled(texts.dictionary, usual):
        return 0
    differs = pc.not_equal(texts.cast(pa.string()), pa.scalar(usual, pa.string()))
    return int(pc.sum(differs.cast(pa.int64())).as_py() or 0)
