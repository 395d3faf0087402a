"""Traces of a XES log in columns, read in bulk from text of the common shape.

In the common shape every attribute is ``<type key="…" value="…"/>`` and nothing else carries a
quotation mark, so the quotation marks alone cut the text into structure, keys and values. Each
distinct piece of structure is checked once against a strict grammar; a text that is not wholly of
this shape is refused (``None``) and is left to the XML parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fadu.exchange.arrays import Ints, buffer, integers

Small = npt.NDArray[np.int16]
Wanted = Callable[[bool, str], bool]  # (is an event's attribute, its key) → is it read?

_ATTRIBUTE = rb"<(?:string|date|int|float|boolean|id)\s+key=$"
_FIRST = re.compile(rb"^\s*<trace\s*>\s*(<event\s*>)?\s*" + _ATTRIBUTE)
_INNER = re.compile(rb'^"\s*/>\s*(</event\s*>)?\s*(</trace\s*>\s*<trace\s*>)?\s*(<event\s*>)?\s*' + _ATTRIBUTE)
_LAST = re.compile(rb'^"\s*/>\s*(</event\s*>)?\s*</trace\s*>\s*$')
_VALUE = b'" value='


@dataclass
class Chunk:
    """Some traces: attributes by key, one entry a trace or an event."""

    traces: int
    events: int
    trace_of: Ints  # trace of each event
    lines: Ints  # line of each event
    trace_lines: Ints
    of_trace: dict[str, pa.Array[Any]] = field(default_factory=dict)
    of_event: dict[str, pa.Array[Any]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Shape:
    """Structure before each attribute: which tags close and open there."""

    closes_event: Small
    opens_trace: Small
    opens_event: Small
    since_trace: Small  # line breaks between the last <trace> there and the attribute
    since_event: Small

    @cached_property
    def in_event(self) -> Small:
        return np.cumsum(self.opens_event - self.closes_event, dtype=np.int16)

    def lawful(self, last_closes: bool) -> bool:
        after = self.in_event
        before = after - self.opens_event + self.closes_event
        between = before - self.closes_event  # once closed, before anything opens
        opening = (self.opens_event == 1) | (self.opens_trace == 1)
        balanced = bool(((between == 0) | (between == 1)).all() and ((before == 0) | (before == 1)).all())
        return balanced and not bool(between[opening].any()) and bool(after[-1] == last_closes)


def read_chunk(text: bytes, wanted: Wanted, first_line: int) -> Chunk | None:
    """The traces of ``text``, from ``<trace>`` to ``</trace>``; None if it is not of the common shape."""
    if b"&" in text:
        return None
    array = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero(array == 34)
    if len(marks) == 0 or len(marks) % 4 or not _all_values(array, marks[1::4], marks[2::4]):
        return None
    offsets = np.concatenate(([0], marks, [len(text)])).astype(np.int32)
    pieces = pa.Array.from_buffers(pa.binary(), len(marks) + 1, [None, buffer(offsets), pa.py_buffer(text)])
    shape = _shape(pieces.take(integers(np.arange(0, len(marks) + 1, 4))))
    if shape is None:
        return None
    line_ends = np.flatnonzero(array == 10)
    return _columns(pieces, shape, wanted, lambda at: np.searchsorted(line_ends, marks[at * 4]) + first_line)


def _all_values(array: npt.NDArray[np.uint8], ends: Ints, starts: Ints) -> bool:
    """Between key and value there is nothing but `` value=``."""
    if not bool((starts - ends == len(_VALUE)).all()):
        return False
    return all(bool((array[ends + i] == byte).all()) for i, byte in enumerate(_VALUE))


def _shape(structure: pa.Array[Any]) -> _Shape | None:
    encoded: Any = structure.dictionary_encode()
    codes = encoded.indices.to_numpy()
    texts: list[bytes] = encoded.dictionary.to_pylist()
    if len(texts) > 5000 or max(map(len, texts)) > 10_000:
        return None
    first, last = _FIRST.match(texts[codes[0]]), _LAST.match(texts[codes[-1]])
    inner = [_INNER.match(text) for text in texts]
    if not first or not last or not all(inner[code] for code in np.unique(codes[1:-1])):
        return None
    groups = [[int(bool(m and m[i])) for i in (1, 2, 3)] for m in inner]
    breaks = [[text.count(b"\n", max(text.rfind(tag), 0)) for tag in (b"<trace", b"<event")] for text in texts]
    tags = np.hstack([np.array(groups, np.int16), np.array(breaks, np.int16)]).T[:, codes[:-1]]
    tags[:3, 0] = (0, 1, bool(first[1]))
    shape = _Shape(*tags)
    return shape if shape.lawful(bool(last[1])) else None


def _columns(pieces: pa.Array[Any], shape: _Shape, wanted: Wanted, line: Callable[[Ints], Ints]) -> Chunk | None:
    encoded: Any = pieces.take(integers(np.arange(1, len(pieces), 4))).dictionary_encode()
    if len(encoded.dictionary) > 10_000:
        return None
    keys = [raw[1:].decode("utf-8", "replace") for raw in encoded.dictionary.to_pylist()]
    kinds = encoded.indices.to_numpy().astype(np.int16) * 2 + shape.in_event  # key and level in one number
    trace_of, event_of = (np.cumsum(tags, dtype=np.int64) - 1 for tags in (shape.opens_trace, shape.opens_event))
    begins, opens = np.flatnonzero(shape.opens_event), np.flatnonzero(shape.opens_trace)
    lines = line(begins) - shape.since_event[begins]
    chunk = Chunk(len(opens), len(begins), trace_of[begins], lines, line(opens) - shape.since_trace[opens])
    for kind, count in enumerate(np.bincount(kinds)):
        key, level = keys[kind // 2], bool(kind % 2)
        if not count:
            continue
        if not wanted(level, key):
            chunk.unread[key] = chunk.unread.get(key, 0) + int(count)
            continue
        at = np.flatnonzero(kinds == kind)
        owner, size = (event_of, chunk.events) if level else (trace_of, chunk.traces)
        column = _values(pieces, at, owner[at], size)
        if column is None:
            return None
        (chunk.of_event if level else chunk.of_trace)[key] = column
    return chunk


def _values(pieces: pa.Array[Any], at: Ints, owner: Ints, size: int) -> Any | None:
    """The values of attributes ``at``, placed at their owners; the first one of an owner counts."""
    where = np.full(size, -1, dtype=np.int64)
    where[owner[::-1]] = at[::-1]
    encoded = pieces.take(integers(where * 4 + 3, where < 0)).dictionary_encode()
    texts = pc.binary_replace_slice(encoded.dictionary, 0, 1, b"")  # without the quotation mark
    if pc.any(pc.match_substring_regex(texts, "[\t\n\r]")).as_py():
        return None  # XML turns these into spaces
    try:
        return pa.DictionaryArray.from_arrays(encoded.indices, texts.cast(pa.string()))
    except pa.ArrowInvalid:
        return None
