"""Milestones of events that are already in order: one pass over arrays, no hash table.

Fact sets are stored ordered by case and key. Then the first and last key of every step are two
scatters over the whole block, whatever the number of steps. The result is what
``milestones.core`` gives for the same events; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from fadu.law.errors import FaduError
from fadu.measure import columns
from fadu.measure.columns import Needs

EVENTS = 4_000_000
"""Events a block holds; bounds memory."""
CACHED = 1 << 17
"""Events worked on at a time, so that the scratch tables stay in the processor's cache."""
_NONE = np.iinfo(np.int64).min

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
            table = pa.Table.from_batches(held)
            cut = _last_head(table["case_no"])
            if cut:
                yield table.slice(0, cut).combine_chunks()
                held = table.slice(cut).to_batches()
                count = table.num_rows - cut
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _last_head(cases: pa.ChunkedArray) -> int:
    """Index of the first event of the last case."""
    numbers = cases.to_numpy()
    other = np.flatnonzero(numbers != numbers[-1])
    return int(other[-1]) + 1 if len(other) else 0


def core(block: pa.Table, needs: Needs) -> pa.Table:
    """The columns of ``milestones.core``, one row a case. Raises ``FaduError`` where a case is not in order."""
    parts = (_core(part, needs) for part in blocks(block.to_batches(max_chunksize=CACHED), CACHED))
    return pa.concat_tables(parts)


def _core(block: pa.Table, needs: Needs) -> pa.Table:
    case, key, step = (block[name].to_numpy() for name in ("case_no", "key", "step"))
    heads = _heads(case, key)
    count = len(heads)
    row = np.zeros(len(case), np.int32)
    row[heads[1:]] = 1
    row = np.cumsum(row, dtype=np.int32)
    found: dict[str, pa.Array] = {"case_no": pa.array(case[heads]), "unit": _at(block["unit"], heads),
                                  "opened": pa.array(key[heads])}
    found |= _edges(needs, key, step, row, count)
    for name in sorted(needs.counts):
        hits = row[step == needs.step_codes[name]]
        found[columns.count(name)] = pa.array(np.bincount(hits, minlength=count))
    for name in sorted(needs.of_step("outcome")):
        found[columns.outcome(name)] = _last_outcome(block, step == needs.step_codes[name], row, count)
    for item in needs.fields():
        found[columns.field_column(item.name)] = _at(block[columns.field_column(item.name)], heads)
    return pa.table(found)


def _heads(case: Array, key: Array) -> Array:
    """Where each case begins; refuses a case whose events are apart or out of order."""
    change = case[1:] != case[:-1]
    falls = key[1:] <= key[:-1]
    if bool(np.any(falls & ~change)):
        raise FaduError("事实表没有按办件和顺序排列；请重新生成（fadu simulate 或导入会排好）")
    return np.concatenate(([0], np.flatnonzero(change) + 1))


def _edges(needs: Needs, key: Array, step: Array, row: Array, count: int) -> dict[str, pa.Array]:
    """First and last key of each step. Later writes win, so the firsts are written backwards.

    The scratch tables are case by case, so that writing walks through memory; it is small enough for the cache.
    """
    used = sorted(needs.firsts | needs.lasts)
    slots = np.full(len(needs.step_codes), len(used), np.int64)
    for slot, name in enumerate(used):
        slots[needs.step_codes[name]] = slot
    width = len(used) + 1
    place = row.astype(np.int64) * width + slots[step]
    firsts = np.full(count * width, _NONE, np.int64)
    firsts[place[::-1]] = key[::-1]
    lasts = np.full(count * width, _NONE, np.int64)
    lasts[place] = key
    early, late = firsts.reshape(count, width).T.copy(), lasts.reshape(count, width).T.copy()
    missing = early == _NONE
    found = {}
    for slot, name in enumerate(used):
        if name in needs.firsts:
            found[columns.first(name)] = pa.array(early[slot], mask=missing[slot])
        if name in needs.lasts:
            found[columns.last(name)] = pa.array(late[slot], mask=missing[slot])
    return found


def _at(values: pa.ChunkedArray, heads: Array) -> pa.Array:
    taken = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(taken, pa.ChunkedArray):
        taken = pa.concat_arrays(taken.chunks)
    return taken.take(pa.array(heads))


def _last_outcome(block: pa.Table, here: Array, row: Array, count: int) -> pa.Array:
    """The outcome last recorded for a step."""
    outcome = block["outcome"]
    codes = outcome.fill_null(0).to_numpy()
    told = np.flatnonzero(here & (codes > 0))
    values = np.zeros(count, np.int32)
    values[row[told]] = codes[told]
    known = np.zeros(count, bool)
    known[row[told]] = True
    return pa.array(values, mask=~known)


def block_columns(needs: Needs) -> list[str]:
    """Columns of the facts that judging reads."""
    names = ["case_no", "key", "step", "unit", "days", "officers", "outcome", "approved_by", "reason", "amount", "by"]
    return [*names, *(columns.field_column(item.name) for item in needs.fields())]
