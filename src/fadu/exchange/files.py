"""Bytes of a file: what it really is, decompressed in pieces, with a guard against bombs."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from fadu.exchange.rejects import FileError
from fadu.law.errors import Place

Progress = Callable[[int, int], None]

MAX_RATIO = 200
MAX_BYTES = 4 << 30
PIECE = 1 << 20

FORMATS = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel", ".xes": "xes", ".parquet": "parquet",
}  # fmt: skip
ACCEPTED = "JSON、JSONL、CSV/TSV、Excel（.xlsx .xls）、XES（.xes .xes.gz）、Parquet"
_MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"\xd0\xcf\x11\xe0", "ole"), (b"PAR1", "parquet"),
    (b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"),
)  # fmt: skip
_CONTENT_NAMES = {
    "zip": "ZIP（可能是 .xlsx）", "ole": "旧式 Office 文件（可能是 .xls）", "gzip": "gzip 压缩", "xml": "XML",
    "html": "网页（HTML）", "json": "JSON", "parquet": "Parquet", "text": "文本",
}  # fmt: skip
_FITS = {
    "json": {"json"}, "jsonl": {"json"}, "csv": {"text", "json", "xml"}, "excel": {"zip", "ole"},
    "xes": {"xml"}, "parquet": {"parquet"},
}  # fmt: skip


def fail(path: Path, message: str, line: int = 0, column: str = "") -> FileError:
    return FileError(message, Place(path.name, line, column))


def format_of(path: Path) -> str:
    """The reader for a file, by its name; its first bytes must agree."""
    suffixes = [s.lower() for s in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    suffix = (suffixes[:-1] if zipped else suffixes)[-1:]
    name = FORMATS.get(suffix[0]) if suffix else None
    if name is None or (zipped and name in ("excel", "parquet")):
        raise fail(path, f"不认识的文件类型「{''.join(path.suffixes)}」；接受：{ACCEPTED}")
    if not path.is_file():
        raise fail(path, "没有这个文件")
    _check_content(path, name, zipped)
    return name


def _check_content(path: Path, name: str, zipped: bool) -> None:
    if path.stat().st_size == 0:
        raise fail(path, "空文件：没有任何内容")
    with path.open("rb") as file:
        head = file.read(4096)
    if zipped:
        if not head.startswith(b"\x1f\x8b"):
            raise _mismatch(path, sniff(head))
        head = zlib.decompressobj(31).decompress(head, 4096)
    found = sniff(head)
    if not head.strip(b"\x00\xef\xbb\xbf \t\r\n"):
        raise fail(path, "空文件：没有任何内容")
    if found not in _FITS[name]:
        raise _mismatch(path, found)


def _mismatch(path: Path, found: str) -> FileError:
    content = _CONTENT_NAMES.get(found, found)
    name = "".join(path.suffixes[-2:])
    return fail(path, f"文件名是「{name}」，内容却是{content}；请另存为它名字所说的格式，或改正文件名")


def sniff(head: bytes) -> str:
    """What the first bytes are."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text[2:].replace(b"\0", b"")
    text = text.lstrip()
    if text[:1] == b"<":
        lower = text.lower()
        return "html" if b"<html" in lower or b"<table" in lower else "xml"
    return "json" if text[:1] in (b"{", b"[") else "text"


class Source:
    """Pieces of a file, decompressed. ``truncated`` says why reading ended early, if it did."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path = path
        self.truncated = ""
        self._progress = progress
        self._total = path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, about a megabyte at a time. Raises ``FileError`` on a decompression bomb."""
        with self.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            read = iter(lambda: file.read(PIECE), b"")
            yield from self._unzipped(self._counted(read)) if packed else self._counted(read)

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        done = 0
        for piece in pieces:
            done += len(piece)
            yield piece
            if self._progress:
                self._progress(done, self._total)

    def _unzipped(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        engine, total = zlib.decompressobj(31), 0
        try:
            for piece in pieces:
                rest = piece
                while rest:
                    if engine.eof:
                        rest = rest.lstrip(b"\0")
                        engine = zlib.decompressobj(31)
                        continue
                    out = engine.decompress(rest, 8 * PIECE)
                    rest = engine.unconsumed_tail or engine.unused_data
                    total += len(out)
                    self._guard(total)
                    yield out
            while out := engine.decompress(engine.unconsumed_tail, 8 * PIECE):
                total += len(out)
                self._guard(total)
                yield out
        except zlib.error as error:
            self.truncated = f"压缩数据已损坏（{error}）"
            return
        if not engine.eof:
            self.truncated = "压缩文件不完整：在结尾之前中断"

    def _guard(self, total: int) -> None:
        if total > MAX_BYTES and total > MAX_RATIO * self._total:
            raise bomb(self.path, total, self._total)


def bomb(path: Path, total: int, packed: int) -> FileError:
    """The error for a file that expands beyond reason."""
    limit = f"展开后不超过 {MAX_BYTES / (1 << 30):g} GiB，或不超过压缩前后 {MAX_RATIO} 倍"
    return fail(path, f"疑似压缩炸弹：{packed} 字节展开为至少 {total} 字节，拒绝读取；接受：{limit}")


def guard_zip(path: Path) -> None:
    """Refuse an .xlsx that expands beyond reason, before anything opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise fail(path, f"Excel 文件已损坏或不完整（{error}）；请重新导出") from error
    packed = path.stat().st_size
    if total > MAX_BYTES and total > MAX_RATIO * packed:
        raise bomb(path, total, packed)
