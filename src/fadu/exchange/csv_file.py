"""CSV: one row an event. UTF-8, GB18030 or UTF-16; comma, tab or semicolon.

A block of lines without quotation marks in which every line has the right number of cells is read
in bulk by Arrow; any other block row by row, so that line numbers are exact and each bad row is named.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from fadu.exchange.arrays import Ints, filled, integers
from fadu.exchange.columns import Header, complaint, header_of
from fadu.exchange.files import Progress, fail
from fadu.exchange.staging import Staging
from fadu.exchange.text import Block, blocks

DELIMITERS = ",\t;"
HEADER_LINES = 10
_AWKWARD = (b'"', b"\0", "\ufffd".encode())


def read(staging: Staging, progress: Progress | None) -> None:
    """Rows of a CSV or TSV into ``staging``. Raises ``FileError`` without a usable header or a row."""
    text = blocks(staging, progress)
    first = next(text, None)
    if first is None:
        raise fail(staging.request.path, "空文件：没有任何内容")
    reader, rest = _begin(staging, first)
    reader.read(chain((rest,), text))
    if not staging.rows and not len(staging.rejects):
        raise fail(staging.request.path, "只有表头，没有一行数据")


def _begin(staging: Staging, block: Block) -> tuple[_Reader, Block]:
    """Find the header among the first lines; what follows it is data."""
    lines = block.text.split(b"\n", HEADER_LINES)[:HEADER_LINES]
    used, first = 0, None
    for i, line in enumerate(lines):
        used += len(line) + 1
        text = line.decode("utf-8", "replace").rstrip("\r")
        if not text.strip(DELIMITERS + " "):
            continue
        delimiter, header = max(
            ((d, header_of(staging.request, next(csv.reader([text], delimiter=d)))) for d in DELIMITERS),
            key=lambda pair: (-len(pair[1].missing), len(pair[1].names)),
        )
        if not header.missing:
            return _reader(staging, header, delimiter, block.line + i), Block(block.text[used:], block.line + i + 1)
        if first is None or len(header.missing) < len(first[0].missing):
            first = header, block.line + i
    if first is None:
        raise fail(staging.request.path, "空文件：没有任何内容")
    raise fail(staging.request.path, complaint(staging.request, first[0]), first[1])


def _reader(staging: Staging, header: Header, delimiter: str, line: int) -> _Reader:
    if wrong := complaint(staging.request, header):
        raise fail(staging.request.path, wrong, line)
    return _Reader(staging, header, delimiter)


class _Reader:
    def __init__(self, staging: Staging, header: Header, delimiter: str) -> None:
        self.staging, self.header, self.delimiter = staging, header, delimiter
        self.width = len(header.names)

    def read(self, text: Iterator[Block]) -> None:
        for block in text:
            if not block.text or self._in_bulk(block):
                continue
            self._row_by_row(block, text)

    def _in_bulk(self, block: Block) -> bool:
        if any(mark in block.text for mark in _AWKWARD):
            return False
        uneven: list[pacsv.InvalidRow] = []

        def refuse(row: pacsv.InvalidRow) -> Literal["skip"]:
            uneven.append(row)
            return "skip"

        names = [str(i) for i in range(self.width)]
        table = pacsv.read_csv(
            BytesIO(block.text),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(block.text) + 1),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter, quote_char=False, ignore_empty_lines=False, invalid_row_handler=refuse
            ),
            convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        if uneven or table.num_rows != block.text.count(b"\n"):
            return False
        self._add([column.combine_chunks() for column in table.columns], np.arange(table.num_rows) + block.line)
        return True

    def _add(self, columns: list[pa.Array[Any]], lines: Ints) -> None:
        used = {t: columns[i] for i, t in enumerate(self.header.targets) if t}
        for name, target, column in zip(self.header.names, self.header.targets, columns, strict=True):
            if target is None and (cells := filled(column)):
                self.staging.ignored[name] += cells
        self.staging.add(used, integers(lines))

    def _row_by_row(self, block: Block, text: Iterator[Block]) -> None:
        """Rows of this block; a row that does not end in it goes on into the next."""
        line, held = block.line, deque(block.text.decode().split("\n")[:-1])
        taken = 0

        def feed() -> Iterator[str]:
            nonlocal taken
            while True:
                if not held:
                    held.extend(next(text, Block(b"", 0)).text.decode().split("\n")[:-1])
                if not held:
                    return
                taken += 1
                yield held.popleft() + "\n"

        rows = csv.reader(feed(), delimiter=self.delimiter)
        good: list[list[str]] = []
        lines: list[int] = []
        while held:
            start = line + taken
            try:
                row = next(rows)
            except csv.Error as error:
                reason = f"CSV 语法错误（{error}），可能是引号没有配对"
                self._reject("csv", start, line + taken - 1, reason, "引号成对，字段内的引号写两遍")
                continue
            except StopIteration:
                break
            if self._takes(row, start):
                good.append(row[: self.width] + [""] * (self.width - len(row)))
                lines.append(start)
        if good:
            self._add([pa.array(column, pa.string()) for column in zip(*good, strict=True)], np.array(lines, np.int64))

    def _takes(self, row: list[str], line: int) -> bool:
        if not any(cell.strip() for cell in row):
            return False
        if any("\0" in cell for cell in row):
            self._reject("nul", line, line, "这一行含有 NUL 字节（空字符）", "文本文件，不含二进制内容")
        elif any("\ufffd" in cell for cell in row):
            self._reject("encoding", line, line, "这一行有不能解码的字节", "UTF-8 或 GB18030 编码，全文件一致")
        elif any(cell.strip() for cell in row[self.width :]):
            reason = f"这一行有 {len(row)} 列，表头只有 {self.width} 列"
            accepted = f"{self.width} 列；字段内有分隔符「{self.delimiter}」的要加引号"
            self._reject("columns", line, line, reason, accepted, row)
        else:
            return True
        return False

    def _reject(
        self, kind: str, first: int, last: int, reason: str, accepted: str, row: list[str] | None = None
    ) -> None:
        place = str(first) if last <= first else f"{first}–{last}"
        found = self.delimiter.join(row or [])
        self.staging.reject(kind, place, reason, found=found, accepted=accepted)
