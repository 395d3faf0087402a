"""Traces of a XES log of any shape, through expat: prefixes, comments, CDATA, nesting, entities of XML."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from fadu.exchange.xes_chunk import Chunk, Wanted

Attributes = dict[str, str]


class UnsafeXmlError(ValueError):
    """The file declares entities, which no log needs and attacks use."""


class NotXesError(ValueError):
    """The root element is not <log>."""


class Collector:
    """Gathers complete traces from XML text given in pieces; ``take()`` hands them over."""

    def __init__(self, wanted: Wanted, first_line: int = 1) -> None:
        self.loose = 0  # events outside any trace
        self.depth = 0
        self._wanted = wanted
        self._first_line = first_line
        self._in_trace = self._in_event = False
        self._traces: list[tuple[Attributes, int]] = []
        self._events: list[tuple[Attributes, int, int]] = []
        self._unread: Counter[str] = Counter()
        self._done = (0, 0)
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse

    def feed(self, text: bytes, final: bool = False) -> None:
        """Raise ``expat.ExpatError``, ``UnsafeXmlError`` or ``NotXesError``; what was complete before can be taken."""
        self._parser.Parse(text, final)

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber + self._first_line - 1

    @property
    def finished(self) -> int:
        """Complete traces not yet taken."""
        return self._done[0]

    @property
    def waiting(self) -> int:
        return self._done[1]

    def unfinished(self) -> tuple[Attributes, int, int] | None:
        """A trace that was begun: its attributes, line, and complete events."""
        if not self._in_trace:
            return None
        attributes, line = self._traces[-1]
        return attributes, line, len(self._events) - self._done[1] - self._in_event

    def take(self) -> Chunk:
        """The complete traces so far, which are then forgotten."""
        traces, events = self._done
        chunk = _chunk(self._traces[:traces], self._events[:events], dict(self._unread))
        self._traces, self._unread = self._traces[traces:], Counter()
        self._events = [(a, line, trace - traces) for a, line, trace in self._events[events:]]
        self._done = (0, 0)
        return chunk

    def _refuse(self, *_: Any) -> None:
        raise UnsafeXmlError

    def _start(self, name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        self.depth += 1
        if self.depth == 1 and local != "log":
            raise NotXesError(local)
        if self.depth == 2:
            self._in_trace = local == "trace"
            self.loose += local == "event"
            if self._in_trace:
                self._traces.append(({}, self.line))
        elif self.depth == 3 and self._in_trace:
            self._in_event = local == "event"
            if self._in_event:
                self._events.append(({}, self.line, len(self._traces) - 1))
            else:
                self._read(self._traces[-1][0], attributes)
        elif self.depth == 4 and self._in_event:
            self._read(self._events[-1][0], attributes)

    def _read(self, owner: Attributes, attributes: Attributes) -> None:
        key, value = attributes.get("key"), attributes.get("value")
        if key is None or value is None:
            return
        if self._wanted(self._in_event, key):
            owner.setdefault(key, value)
        else:
            self._unread[key] += 1

    def _end(self, name: str) -> None:
        self.depth -= 1
        if self.depth == 2:
            self._in_event = False
        elif self.depth == 1 and self._in_trace:
            self._in_trace = False
            self._done = (len(self._traces), len(self._events))


def _chunk(
    traces: list[tuple[Attributes, int]], events: list[tuple[Attributes, int, int]], unread: dict[str, int]
) -> Chunk:
    chunk = Chunk(
        len(traces), len(events), np.array([t for _, _, t in events], np.int64),
        np.array([line for _, line, _ in events], np.int64), np.array([line for _, line in traces], np.int64),
    )  # fmt: skip
    chunk.unread = unread
    chunk.of_trace = _by_key([attributes for attributes, _ in traces])
    chunk.of_event = _by_key([attributes for attributes, _, _ in events])
    return chunk


def _by_key(owners: list[Attributes]) -> dict[str, pa.Array[Any]]:
    keys = dict.fromkeys(key for attributes in owners for key in attributes)
    return {key: pa.array([attributes.get(key) for attributes in owners], pa.string()) for key in keys}
