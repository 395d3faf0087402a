"""OLE compound files: what streams an old Office file holds, and the records of an .xls workbook stream."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_END = 0xFFFFFFFA  # from here on a sector number is a mark, not a place
_ENTRY = 128
_IN_HEADER = 109  # sectors of the allocation table named in the header itself


class BrokenOleError(Exception):
    """The file is not a whole compound file."""


class Stream(NamedTuple):
    """A stream or storage of the file: where it begins, and how long it is."""

    kind: int  # 1 storage, 2 stream, 5 root
    start: int
    size: int


@dataclass(frozen=True)
class OleFile:
    """A compound file in memory. Raises ``BrokenOleError`` where its tables lead nowhere."""

    data: bytes

    @cached_property
    def streams(self) -> dict[str, Stream]:
        """Every stream and storage by name, wherever in the tree it stands."""
        text = b"".join(self._chain(self._header("<I", 48)))
        found = {}
        for at in range(0, len(text) - _ENTRY + 1, _ENTRY):
            (length,) = struct.unpack_from("<H", text, at + 64)
            name = text[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<II", text, at + 116)
            if text[at + 66]:
                found[name] = Stream(text[at + 66], start, size)
        return found

    def read(self, stream: Stream) -> bytes:
        """The bytes of a stream; of one too small for a sector, those in the small sectors of the root."""
        if stream.size >= self._header("<I", 56):
            return b"".join(self._chain(stream.start))[: stream.size]
        root = next((item for item in self.streams.values() if item.kind == 5), None)
        if root is None:
            raise BrokenOleError("没有根目录")
        small = b"".join(self._chain(root.start))
        table = b"".join(self._chain(self._header("<I", 60)))
        parts: list[bytes] = []
        sector = stream.start
        while sector < _END and len(parts) * 64 < stream.size:
            parts.append(small[sector * 64 : sector * 64 + 64])
            (sector,) = self._at(table, sector * 4)
        return b"".join(parts)[: stream.size]

    @cached_property
    def _sector_size(self) -> int:
        shift = self._header("<H", 30)
        if shift not in (9, 12):
            raise BrokenOleError(f"扇区大小 2^{shift}")
        return 1 << shift

    @cached_property
    def _table(self) -> bytes:
        """The allocation table: the sector that follows each sector."""
        size = self._sector_size
        wanted = self._header("<I", 44)
        sectors = list(struct.unpack_from(f"<{_IN_HEADER}I", self.data, 76))
        more = self._header("<I", 68)
        while more < _END and len(sectors) < wanted:
            listed = self._sector(more)
            sectors += struct.unpack(f"<{size // 4 - 1}I", listed[:-4])
            (more,) = struct.unpack("<I", listed[-4:])
        return b"".join(self._sector(number) for number in sectors[:wanted] if number < _END)

    def _chain(self, sector: int) -> Iterator[bytes]:
        seen = 0
        while sector < _END:
            seen += 1
            if seen * self._sector_size > len(self.data):
                raise BrokenOleError("扇区链成环")
            yield self._sector(sector)
            (sector,) = self._at(self._table, sector * 4)

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self._sector_size
        if begin >= len(self.data):
            raise BrokenOleError("扇区在文件之外")
        return self.data[begin : begin + self._sector_size].ljust(self._sector_size, b"\0")

    def _header(self, form: str, at: int) -> int:
        if len(self.data) < 512:
            raise BrokenOleError("文件头不完整")
        return int(struct.unpack_from(form, self.data, at)[0])

    @staticmethod
    def _at(table: bytes, at: int) -> tuple[int]:
        if at + 4 > len(table):
            raise BrokenOleError("扇区不在分配表内")
        (found,) = struct.unpack_from("<I", table, at)
        return (int(found),)


_LOCKED = 0x2F
_LINK = 0x1AE
_CELLS = {0x0006, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00D6, 0x00FD, 0x027E, 0x0003, 0x0004, 0x0005, 0x0002}
_OTHER_FILE_MARKS = (b"\x01\x04", b"\x01\x3a")  # the workbook itself, add-in functions: no other file


@dataclass
class XlsMarks:
    """What the records of a workbook stream say: locked, links to other files, cells in the sheets' bounding boxes."""

    locked: bool = False
    links: int = 0
    cells: int = 0


def xls_marks(workbook: bytes) -> XlsMarks:
    """Walk the records of a workbook stream once."""
    found, at, rows, columns = XlsMarks(), 0, 0, 0
    while at + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, at)
        if kind in _CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", workbook, at + 4)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind in (0x0809, 0x0009, 0x0209, 0x0409):  # a sheet begins
            found.cells, rows, columns = max(found.cells, rows * columns), 0, 0
        elif kind == _LOCKED:
            found.locked = True
        elif kind == _LINK and workbook[at + 6 : at + 8] not in _OTHER_FILE_MARKS:
            found.links += 1
        at += 4 + length
    found.cells = max(found.cells, rows * columns)
    return found
