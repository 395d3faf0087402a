"""Events that are already in order: blocks that never cut a case, and where each case begins.

Fact sets are stored ordered by case and key, so that nothing has to be looked up in a hash table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.errors import FaduError

EVENTS = 1 << 18
"""Events a block holds; bounds memory, and small enough for memory to be used again while it is near."""

Array = Any
"""A NumPy array (its shape and type stand in the text)."""


def blocks(batches: Iterable[pa.RecordBatch], size: int = 0) -> Iterator[pa.Table]:
    """Tables of about ``size`` events (default ``EVENTS``) that never cut a case. ``batches`` are ordered by case."""
    size = size or EVENTS
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        count += batch.num_rows
        if count >= size:
            cut = _last_head(held)
            if cut:
                table = pa.Table.from_batches(held)
                yield table.slice(0, cut)
                held = table.slice(cut).to_batches()
                count -= cut
    if held:
        yield pa.Table.from_batches(held)


def _last_head(held: list[pa.RecordBatch]) -> int:
    """Index of the first event of the last case."""
    end = sum(batch.num_rows for batch in held)
    last = held[-1]["case_no"][-1].as_py()
    for batch in reversed(held):
        numbers = batch["case_no"].to_numpy()
        other = np.flatnonzero(numbers != last)
        if len(other):
            return int(end - batch.num_rows + other[-1] + 1)
        end -= batch.num_rows
    return 0


def heads_of(case: Array, key: Array) -> Array:
    """Where each case begins; refuses a case whose events are apart or out of order."""
    change = case[1:] != case[:-1]
    falls = key[1:] <= key[:-1]
    if bool(np.any(falls & ~change)):
        raise FaduError("事实表没有按办件和顺序排列；请重新生成（fadu simulate 或导入会排好）")
    return np.concatenate(([0], np.flatnonzero(change) + 1))


def at(table: pa.Table, rows: Array) -> pa.Table:
    """Some rows, which ascend; chunk by chunk, because taking from chunked columns copies them whole."""
    taken = []
    begin = 0
    for batch in table.to_batches():
        inside = slice(*np.searchsorted(rows, [begin, begin + batch.num_rows]))
        taken.append(batch.take(pa.array(rows[inside] - begin)))
        begin += batch.num_rows
    return pa.Table.from_batches(taken, table.schema).combine_chunks()
