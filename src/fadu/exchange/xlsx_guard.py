"""Guard of .xlsx packages: everything that could hurt is found before a reader of cells opens the file.

Each part is inflated in pieces that are counted and thrown away, so that a bomb costs no memory. No part may
carry a DOCTYPE (ECMA-376 part 2 forbids it), so no XML reader that comes after can meet an entity.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from fadu.exchange.xlsx_parts import BOOK, column_index, pieces

PIECE = 1 << 20
MEGABYTE = 1 << 20
FREE = 10 * MEGABYTE
"""Bytes of a part to which the ratio does not apply: a small sheet of equal rows packs very well."""
_LOCAL = 30  # bytes of the header before a part
_SAVE_AS = "请用 Excel 打开后另存为 .xlsx"
_XML = (".xml", ".rels", ".vml")
_DECLARED = re.compile(rb"""^<\?xml[^<>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm" in an encoding a reader may guess
_PLAIN = {"utf-8", "utf8", "us-ascii", "ascii", "utf-16"}
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
_DRIVE = re.compile(r"^[A-Za-z]:")
# A cell's reference, at most _TAIL bytes long; one written with more spaces is refused, so that none is overlooked.
_REFERENCE = re.compile(rb"""\br\s{0,20}=\s{0,20}["']([A-Za-z]{0,3})(\d{1,7})["']""")
_STRETCHED = re.compile(rb"""\br\s{21}|\br\s{0,20}=\s{21}""")
_TAIL = 64
_ATTRIBUTES = rb"""(?:\s+[\w:]+\s?=\s?"[^"<>]*")*\s*"""
_EMPTY_CELL = re.compile(rb"<(?:\w+:)?c\b" + _ATTRIBUTES + rb"/>")
_EMPTY_ROW = re.compile(rb"<(?:\w+:)?row\b" + _ATTRIBUTES + rb"(?:/>|>\s*</(?:\w+:)?row>)")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_MACRO_PARTS = re.compile(r"(^|/)(vbaProject[^/]*\.bin|vbaData\.xml|macrosheets/|activeX/|intlMacrosheets/)", re.I)
_LINK_PARTS = re.compile(r"(^|/)(externalLinks/|connections\.xml|queryTables/|customUI/)", re.I)
_EMBEDDED = re.compile(r"(^|/)embeddings/", re.I)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold. A cell counts if it lies within the first and last one used of its sheet."""

    megabytes: int = 50
    unpacked_megabytes: int = 1024
    ratio: int = 200
    entries: int = 2000
    cells: int = 20_000_000


class RefusedError(Exception):
    """Why a package is not read, and what to do; ``str(error)`` is both."""


def guard_package(file: BinaryIO, limits: Limits) -> list[str]:
    """Notes on a package that may be read. Raises ``RefusedError`` for one that may not."""
    try:
        with zipfile.ZipFile(file) as archive:
            _guard_entries(archive, limits)
            _guard_kind(archive)
            _guard_parts(archive, file, limits)
            _guard_relations(archive)
            return _notes(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise RefusedError(f"Excel 文件已损坏或不完整（{error}）；请用 Excel 打开后另存为 .xlsx 再传") from error


def _guard_entries(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    if len(parts) > limits.entries:
        raise RefusedError(f"压缩包里有 {len(parts)} 个文件，拒绝读取；接受：至多 {limits.entries} 个")
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or "\0" in name or _DRIVE.match(name):
            raise RefusedError(f"压缩包里的文件名「{name[:80]}」指向包外的路径，拒绝读取；{_SAVE_AS}")
    doubles = [name for name, n in Counter(name.lower() for name in archive.namelist()).items() if n > 1]
    if doubles:
        raise RefusedError(f"压缩包里「{doubles[0][:80]}」出现两次，不知以哪个为准，拒绝读取；{_SAVE_AS}")
    if any(part.flag_bits & 1 for part in parts):
        raise RefusedError("压缩包设了密码，不能读；请去掉密码后再传")


def _guard_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if BOOK in names and "[Content_Types].xml" in names:
        if found := next((name for name in sorted(names) if _MACRO_PARTS.search(name)), None):
            raise RefusedError(f"工作簿含有宏（{found}），不收带宏的文件；请在 Excel 中“另存为”.xlsx（不带宏）再传")
        if found := next((name for name in sorted(names) if _LINK_PARTS.search(name)), None):
            raise RefusedError(_linked(found))
        return
    raise RefusedError(f"{content_of(archive)}，不是 Excel 工作簿；请用 Excel 或 WPS 打开后另存为 .xlsx 再传")


def content_of(archive: zipfile.ZipFile) -> str:
    """What a zip file is, in words."""
    names = archive.namelist()
    if "mimetype" in names:
        if "spreadsheet" in archive.open("mimetype").read(200).decode("ascii", "replace"):
            return "内容是 ODS 表格"
        return "内容是 OpenDocument 文件"
    kinds = {
        BOOK: "Excel 工作簿", "xl/workbook.bin": "Excel 二进制工作簿（.xlsb）", "word/document.xml": "Word 文档",
        "ppt/presentation.xml": "演示文稿",
    }  # fmt: skip
    return "内容是 " + next((words for part, words in kinds.items() if part in names), "ZIP 压缩包")


def _linked(found: str) -> str:
    return (
        f"工作簿连着外部的文件或数据（{found}），读到的值可能不是表里写的，拒绝读取；"
        "请在 Excel“数据”中“编辑链接／断开链接”、删去连接，再把公式粘贴为数值后另存"
    )


@dataclass
class _Part:
    """What was seen of one part so far."""

    info: zipfile.ZipInfo
    size: int = 0
    last_row: int = 0
    letters: set[bytes] = field(default_factory=set)
    _before: bytes = b""

    @property
    def name(self) -> str:
        return self.info.filename[:80]

    def see(self, piece: bytes) -> None:
        """Refuse what no part may hold; remember where its cells are."""
        if self.size == 0:
            _guard_encoding(self.info.filename, piece)
        self.size += len(piece)
        text = self._before + piece.replace(b"\0", b"")
        if _DOCTYPE.search(text):  # whatever its name: a relation may lead a reader to any part
            raise RefusedError(f"「{self.name}」声明了 DOCTYPE 或实体，工作簿里不应有，拒绝读取；{_SAVE_AS}")
        if _STRETCHED.search(text):
            raise RefusedError(f"「{self.name}」的写法异常（单元格的位置里有一长串空白），拒绝读取；{_SAVE_AS}")
        found = _REFERENCE.findall(text)
        self.letters.update(pair[0] for pair in found)
        self.last_row = max(self.last_row, max((int(pair[1]) for pair in found), default=0))
        self._before = text[-_TAIL:]

    @property
    def extent(self) -> tuple[int, int]:
        return self.last_row, max((column_index(name.decode()) + 1 for name in self.letters), default=1)


def _guard_parts(archive: zipfile.ZipFile, file: BinaryIO, limits: Limits) -> None:
    """Inflate every part in pieces: count it, compare it with what the directory says, look through it."""
    total, most = 0, limits.unpacked_megabytes * MEGABYTE
    for info in archive.infolist():
        part = _Part(info)
        for piece in _inflated(file, info):
            part.see(piece)
            if total + part.size > most or (part.size > FREE and part.size > limits.ratio * max(info.compress_size, 1)):
                raise RefusedError(
                    f"疑似压缩炸弹：「{part.name}」{info.compress_size} 字节展开为至少 {part.size} 字节，拒绝读取；"
                    f"接受：全部展开后不超过 {limits.unpacked_megabytes} MB，每个文件不超过压缩前后 {limits.ratio} 倍"
                )
        if part.size != info.file_size:
            written = f"实际展开 {part.size} 字节，目录里写的是 {info.file_size} 字节"
            raise RefusedError(f"「{part.name}」{written}，拒绝读取；{_SAVE_AS}")
        total += part.size
        _guard_extent(archive, part, limits)


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes a part really has: the directory may say fewer, and a reader may believe the data."""
    file.seek(part.header_offset)
    head = file.read(_LOCAL)
    if len(head) < _LOCAL or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile(f"没有找到「{part.filename[:80]}」")
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError(f"「{part.filename[:80]}」用了不认识的压缩方法 {part.compress_type}")
    engine = zlib.decompressobj(-15) if part.compress_type else None
    left = part.compress_size
    while left > 0 and (packed := file.read(min(PIECE, left))):
        left -= len(packed)
        if engine is None:
            yield packed
            continue
        while packed and not engine.eof:
            yield engine.decompress(packed, PIECE)
            packed = engine.unconsumed_tail
    if left > 0 or (engine and not engine.eof):
        raise zipfile.BadZipFile(f"「{part.filename[:80]}」在结尾之前中断")


def _guard_encoding(name: str, piece: bytes) -> None:
    """Only encodings in which the search for a DOCTYPE finds it."""
    head = piece[:2048].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").lstrip()
    declared = _DECLARED.match(head)
    foreign = declared and declared[1].decode("ascii").lower() not in _PLAIN
    endless = head.startswith(b"<?xml") and b"?>" not in head
    not_xml = name.lower().endswith(_XML) and head and not head.startswith(b"<")
    if foreign or endless or not_xml or head.startswith(_EBCDIC):
        raise RefusedError(f"「{name[:80]}」不是 UTF-8 的 XML，拒绝读取；{_SAVE_AS}")


def _guard_relations(archive: zipfile.ZipFile) -> None:
    """Nothing outside the package but hyperlinks, which nobody follows."""
    for name in archive.namelist():
        if not name.endswith(".rels"):
            continue
        with archive.open(name) as stream:
            for text in pieces(stream):
                for tag in _RELATION.findall(text):
                    outside = re.search(rb"""TargetMode\s*=\s*["']External""", tag, re.I)
                    if outside and not re.search(rb"""Type\s*=\s*["'][^"']*/hyperlink["']""", tag):
                        raise RefusedError(_linked(name))


def _guard_extent(archive: zipfile.ZipFile, part: _Part, limits: Limits) -> None:
    """Two cells in opposite corners would make a reader allocate all between them."""
    rows, columns = part.extent
    if rows * columns > limits.cells:  # cells that are only formatted count here, and not below
        rows, columns = _filled_extent(archive, part.info)
    if rows * columns > limits.cells:
        raise RefusedError(
            f"「{part.name}」从第一格到最后一格有 {rows} 行 × {columns} 列；接受：至多 {limits.cells} 格。"
            "请删去远处多余的行、列，或者分成几个文件"
        )


def _filled_extent(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[int, int]:
    seen = _Part(info, size=1)
    with archive.open(info) as stream:
        for text in pieces(stream):
            seen.see(_EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", text)))
    return seen.extent


def _notes(archive: zipfile.ZipFile) -> list[str]:
    embedded = sum(bool(_EMBEDDED.search(name)) for name in archive.namelist())
    return [f"表里嵌有 {embedded} 个对象（如 Word 文件），没有读取"] if embedded else []
