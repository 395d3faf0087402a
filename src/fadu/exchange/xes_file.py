"""XES event logs (IEEE 1849), plain or gzipped: a trace is a case, its events are the case's events.

Dates are read as written: ``2006-07-24T00:00:00.000+02:00`` is 24 July 2006, whatever day that
instant has elsewhere. Traces whose text has the common shape are read in bulk, others by expat.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fadu.exchange.arrays import filled, integers
from fadu.exchange.files import Progress, Source, fail
from fadu.exchange.rejects import FileError
from fadu.exchange.schema import CASE_COLUMNS
from fadu.exchange.staging import FIELD, Staging
from fadu.exchange.xes_chunk import Chunk, read_chunk
from fadu.exchange.xes_parser import Collector, NotXesError, UnsafeXmlError

BULK = 8 << 20  # text read in bulk at a time
HEAD = 16 << 20  # where the first trace must begin to be read in bulk
LONGEST = 64 << 20  # a text without the end of a trace that is still held
WAITING = 20_000  # events parsed one by one that are held
LIFECYCLE = "lifecycle:transition"
STANDARD = {"concept:name": "step", "time:timestamp": "date", "org:resource": "by", LIFECYCLE: LIFECYCLE}
TRACE_STANDARD = {"concept:name": "case_id"}
_CLOSE = b"</trace>"
_FIRST_TRACE = re.compile(rb"<trace\s*>")
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")


def read(staging: Staging, progress: Progress | None) -> None:
    """Events of an XES log. Raises ``FileError`` for entities, another root, or bytes not in its encoding."""
    reader = _Reader(staging, Source(staging.request.path, progress))
    try:
        reader.read()
    except UnsafeXmlError:
        raise reader.fail("XES 声明了实体（<!ENTITY …>），拒绝读取；请去掉 DOCTYPE 中的实体声明") from None
    except NotXesError as error:
        raise reader.fail(f"不是 XES：根元素是 <{error}>；接受：<log>") from None
    except (UnicodeDecodeError, LookupError) as error:
        raise reader.fail(f"编码与 XML 声明的不符（{error}）；接受：UTF-8，或声明中写明的编码") from None
    reader.finish()


class _Reader:
    """Reads in bulk as long as it can; ``line`` is the line at which the text not yet read begins."""

    def __init__(self, staging: Staging, source: Source) -> None:
        self.staging, self.source = staging, source
        self.targets = _Targets(staging)
        self.line = 1
        self.inside = False  # the start of <log> has been read
        self.traces = self.dated = self.loose = self.lifecycles = 0

    def fail(self, message: str, line: int = 0) -> FileError:
        return fail(self.source.path, message, line)

    def read(self) -> None:
        pieces = _utf8(self.source)
        text, bulk = self._head(pieces)
        while bulk:
            more = _gather(pieces)
            text += more
            cut = text.rfind(_CLOSE) + len(_CLOSE)
            if cut >= len(_CLOSE):
                if not self._take_bulk(text[:cut]):
                    break
                text = text[cut:]
            bulk = bool(more) and len(text) < LONGEST
        self._stream(text, pieces)

    def _head(self, pieces: Iterator[bytes]) -> tuple[bytes, bool]:
        """Text from the first trace on, and True; or all text so far, if it must be parsed."""
        text, first = b"", None
        for piece in pieces:
            text += piece
            first = _FIRST_TRACE.search(text)
            if first or len(text) > HEAD:
                break
        if not first or not self._is_head(text[: first.start()]):
            return text, False
        self.inside = True
        self.line += text.count(b"\n", 0, first.start())
        return text[first.start() :], True

    def _is_head(self, text: bytes) -> bool:
        """It ends inside <log>, and not in a comment or the like."""
        if b"<!" in _COMMENT.sub(b"", text):
            return False
        head = Collector(self.targets.wanted)
        try:
            head.feed(text)
        except expat.ExpatError:
            return False
        return head.depth == 1

    def _take_bulk(self, text: bytes) -> bool:
        """Read whole traces; False if they must be parsed together with what follows."""
        chunk = read_chunk(text, self.targets.wanted, self.line) or self._parsed(text)
        if chunk is None:
            return False
        self._emit(chunk)
        self.line += text.count(b"\n")
        return True

    def _parsed(self, text: bytes) -> Chunk | None:
        if b"<!" in text or b"<?" in text or b"-->" in text or b"]]>" in text:
            return None  # what looks like the end of a trace may stand in a comment
        collector = Collector(self.targets.wanted, self.line)
        try:
            collector.feed(b"<log>" + text + b"</log>", final=True)
        except expat.ExpatError:
            return None
        self.loose += collector.loose
        return collector.take()

    def _stream(self, text: bytes, pieces: Iterator[bytes]) -> None:
        """Parse all that remains."""
        collector = Collector(self.targets.wanted, self.line)
        try:
            if self.inside:
                collector.feed(b"<log>")
            for piece in chain((text,), pieces):
                collector.feed(piece)
                if collector.waiting >= WAITING:
                    self._emit(collector.take())
            collector.feed(b"", final=True)
        except expat.ExpatError as error:
            self._broken(collector, error)
        self.loose += collector.loose
        self._emit(collector.take())

    def _broken(self, collector: Collector, error: expat.ExpatError) -> None:
        line = error.lineno + self.line - 1
        taken = self.traces + collector.finished
        reason = self.source.truncated or _why_broken(error, line)
        if not taken:
            raise self.fail(f"{reason}；没有读到任何完整的办件", line)
        self.staging.reject(
            "truncated", str(line), f"{reason}；此前的 {taken} 个办件已取",
            accepted="完整的 XES 文件（以 </log> 结尾）", scope="file",
        )  # fmt: skip
        if unfinished := collector.unfinished():
            attributes, at, events = unfinished
            self.staging.reject(
                "cut_case", str(at), f"办件在文件中断处不完整（已读到 {events} 个事件），整件不取",
                case=attributes.get("concept:name", ""), accepted="完整的 <trace>…</trace>", scope="case",
            )  # fmt: skip

    def _emit(self, chunk: Chunk) -> None:
        self.traces += chunk.traces
        self.staging.ignored.update(chunk.unread)
        self._reject_empty(chunk)
        if not chunk.events:
            return
        columns = self.targets.columns(chunk)
        if LIFECYCLE in columns:
            self.lifecycles += filled(columns.pop(LIFECYCLE), "complete")
        if "date" in columns:
            self.dated += chunk.events - columns["date"].null_count
        self.staging.add(columns, integers(chunk.lines))

    def _reject_empty(self, chunk: Chunk) -> None:
        for trace in np.flatnonzero(np.bincount(chunk.trace_of, minlength=chunk.traces) == 0):
            name = chunk.of_trace.get("concept:name")
            self.staging.reject(
                "no_events", str(chunk.trace_lines[trace]), "办件没有任何事件",
                case=(name[int(trace)].as_py() or "") if name is not None else "",
                accepted="至少一个 <event>", scope="case",
            )  # fmt: skip

    def finish(self) -> None:
        if not self.traces:
            raise self.fail("XES 中没有任何 <trace>，没有办件可读")
        if self.staging.rows and not self.dated:
            accepted = '<date key="time:timestamp" value="2024-02-07T09:30:00+08:00"/>'
            raise self.fail(f"XES 没有时间：没有一个事件带 time:timestamp；接受：{accepted}")
        self.staging.notice("loose", "<trace> 之外的 <event> 不属于任何办件，未使用", self.loose)
        self.staging.notice("lifecycle", "lifecycle:transition 不是 complete 的事件也按一次事件读入", self.lifecycles)


class _Targets:
    """Where each attribute goes, decided once a key."""

    def __init__(self, staging: Staging) -> None:
        self.request = staging.request
        self.target = cache(self._target)
        self._taken = {self.request.target(key) for key in self.request.mapping}

    def wanted(self, in_event: bool, key: str) -> bool:
        return self.target(in_event, key) is not None

    def _target(self, in_event: bool, key: str) -> str | None:
        mapped = self.request.mapped(key) is not None
        standard = None if mapped else STANDARD.get(key) if in_event else TRACE_STANDARD.get(key)
        if standard:
            return None if standard in self._taken else standard
        target = self.request.target(key, fields_first=True)
        if target is None or mapped or target.startswith(FIELD):
            return target
        lawful = target not in ("case_id", "step", "date") if in_event else target in CASE_COLUMNS[1:]
        return target if lawful else None

    def columns(self, chunk: Chunk) -> dict[str, pa.Array[Any]]:
        """The chunk's events as columns; a case field stands on its case's first event."""
        first = np.diff(chunk.trace_of, prepend=-1) != 0
        everywhere = integers(chunk.trace_of)
        on_first = integers(chunk.trace_of, ~first)
        columns: dict[str, pa.Array[Any]] = {}
        for key, array in chunk.of_trace.items():
            target = self.target(False, key) or ""
            _merge(columns, target, array.take(on_first if target.startswith(FIELD) else everywhere))
        for key, array in chunk.of_event.items():
            _merge(columns, self.target(True, key) or "", array)
        return columns


def _merge(columns: dict[str, pa.Array[Any]], target: str, array: pa.Array[Any]) -> None:
    if target in columns:
        array = pc.coalesce(columns[target].cast(pa.string()), array.cast(pa.string()))
    columns[target] = array


def _gather(pieces: Iterator[bytes]) -> bytes:
    parts, size = [], 0
    while size < BULK and (piece := next(pieces, b"")):
        parts.append(piece)
        size += len(piece)
    return b"".join(parts)


def _utf8(source: Source) -> Iterator[bytes]:
    """The text as UTF-8, whatever encoding its declaration names."""
    pieces = (piece for piece in source.pieces() if piece)
    head = next(pieces, b"")
    declared = _ENCODING.match(head)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii"):
        return chain((head.removeprefix(codecs.BOM_UTF8),), pieces)
    decoder = codecs.getincrementaldecoder("gb18030" if encoding.lower() in ("gbk", "gb2312") else encoding)()
    return (decoder.decode(piece).encode() for piece in chain((head,), pieces))


def _why_broken(error: expat.ExpatError, line: int) -> str:
    if error.code in (3, 5):  # no element found, unclosed token
        return f"文件不完整：在第 {line} 行中断，没有 </log>"
    return f"XML 语法错误（第 {line} 行：{expat.ErrorString(error.code)}）"
