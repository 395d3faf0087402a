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


def core(block: pa.Table, needs: Needs) -> pa.Table:
    """The columns of ``milestones.core``, one row a case. Raises ``FaduError`` where a case is not in order."""
    case, key, step = (block[name].to_numpy() for name in ("case_no", "key", "step"))
    heads = _heads(case, key)
    found: dict[str, Any] = {"case_no": pa.array(case[heads]), "unit": _at(block["unit"], heads),
                             "opened": pa.array(key[heads])}
    ends = np.append(heads[1:], len(case))
    pieces = []
    begin = 0
    while begin < len(heads):
        end = max(begin + 1, int(np.searchsorted(ends, heads[begin] + CACHED)))
        span = slice(int(heads[begin]), int(ends[end - 1]))
        rows = np.repeat(np.arange(end - begin), ends[begin:end] - heads[begin:end])
        pieces.append(_edges(needs, key[span], step[span], rows, end - begin))
        begin = end
    for name in pieces[0]:
        found[name] = pa.chunked_array([piece[name] for piece in pieces])
    row = np.repeat(np.arange(len(heads)), ends - heads if needs.counts or needs.of_step("outcome") else 0)
    for name in sorted(needs.counts):
        hits = row[step == needs.step_codes[name]]
        found[columns.count(name)] = pa.array(np.bincount(hits, minlength=len(heads)))
    for name in sorted(needs.of_step("outcome")):
        found[columns.outcome(name)] = _last_outcome(block, step == needs.step_codes[name], row, len(heads))
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
    place = row * width + slots[step]
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


def _at(values: Any, heads: Array) -> Any:
    """The values at some rows; chunk by chunk, because taking from a chunked array copies it whole."""
    taken = []
    begin = 0
    for chunk in values.chunks:
        inside = heads[(heads >= begin) & (heads < begin + len(chunk))] if values.num_chunks > 1 else heads
        taken.append(chunk.take(pa.array(inside - begin)))
        begin += len(chunk)
    return pa.chunked_array(taken, values.type)


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
