"""Files that people send: what each really is, decided by its content, and why it is refused.

Nothing is believed: not the name, not the sizes an archive's directory gives. XML that comes in a workbook is
searched for a DOCTYPE before any reader sees it, so that entity bombs cannot reach calamine (which ignores them) or
openpyxl (whose parsers would expand internal entities).
"""

from __future__ import annotations

import codecs
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

from fadu.exchange.files import sniff
from fadu.exchange.ole_file import BrokenOleError, OleFile, xls_marks
from fadu.exchange.rejects import FileError
from fadu.exchange.text import mostly_utf8
from fadu.exchange.xlsx_guard import MEGABYTE, Limits, RefusedError, content_of, guard_package
from fadu.law.errors import Place

__all__ = ["ACCEPTED_KINDS", "Limits", "Upload", "inspect_upload"]

Kind = Literal["xlsx", "xls", "csv", "xes", "json", "jsonl", "parquet"]
ACCEPTED_KINDS = "Excel（.xlsx .xls）、CSV（.csv .tsv .txt）、XES（.xes .xes.gz）、JSON（.json .jsonl）、Parquet"
PIECE = 1 << 20
HEAD = 4096
LONGEST_NAME = 200
SUFFIXES: dict[str, Kind] = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".et": "xls", ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".xes": "xes", ".xes.gz": "xes", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_MACRO_STREAMS = {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "Macros", "VBA"}
_OLE_WORDS = {"WordDocument": "Word 97–2003 文档（.doc）", "PowerPoint Document": "PowerPoint 97–2003 演示文稿（.ppt）"}
_WORDS = {
    "gzip": "gzip 压缩文件", "xml": "XML", "html": "网页（HTML）", "json": "JSON", "parquet": "Parquet", "text": "文本",
    "PDF": "PDF", "PNG": "PNG 图片", "RAR": "RAR 压缩包", "7z": "7z 压缩包",
}  # fmt: skip
_FITS: dict[Kind, set[str]] = {
    "xlsx": {"zip"}, "xls": {"ole"}, "csv": {"text", "json", "xml"}, "xes": {"xml", "gzip"}, "json": {"json"},
    "jsonl": {"json"}, "parquet": {"parquet"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be read: its name without folders, kind, bytes, SHA-256, encoding (of text) and notes."""

    name: str
    kind: Kind
    size: int
    digest: str
    source: Path | bytes = field(repr=False)
    encoding: str = ""
    notes: tuple[str, ...] = ()

    def open(self) -> BinaryIO:
        """The bytes from the beginning."""
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def inspect_upload(path_or_bytes: Path | bytes, name: str = "", limits: Limits | None = None) -> Upload:
    """What a file is. Raises ``FileError`` for one that is not read, saying why and what to do.

    ``name`` is the name under which it was sent (default: that of the path); it is shown, never opened.
    """
    limits = limits or Limits()
    name = plain_name(name or (path_or_bytes.name if isinstance(path_or_bytes, Path) else ""))
    kind = _kind_by_name(name)
    size = len(path_or_bytes) if isinstance(path_or_bytes, bytes) else path_or_bytes.stat().st_size
    if size > limits.megabytes * MEGABYTE:
        raise _refused(name, f"文件有 {size / MEGABYTE:.1f} MB；接受：至多 {limits.megabytes} MB。请分成几个文件再传")
    found = Upload(name, kind, size, "", path_or_bytes)
    with found.open() as file:
        _check_head(name, kind, file)
        try:
            encoding, notes = _check_whole(kind, file, size, limits)
        except RefusedError as error:
            raise _refused(name, str(error)) from error
        return Upload(name, kind, size, _digest(file), path_or_bytes, encoding, tuple(notes))


def plain_name(name: str) -> str:
    """The name as it may be shown. Raises ``FileError`` for none, a path, control characters or one too long."""
    if not name.strip():
        raise FileError(f"文件没有名字；接受：{ACCEPTED_KINDS}")
    if any(ord(character) < 32 for character in name) or "/" in name or "\\" in name or name in (".", ".."):
        shown = "".join(c if ord(c) >= 32 else "�" for c in name)[:80]
        raise FileError(f"文件名「{shown}」含有路径或控制字符，拒绝读取；接受：不带文件夹的文件名，如 处罚台账.xlsx")
    if len(name) > LONGEST_NAME:
        raise FileError(f"文件名「{name[:40]}……」有 {len(name)} 个字；接受：至多 {LONGEST_NAME} 个字")
    return name


def _kind_by_name(name: str) -> Kind:
    lower = name.lower()
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if lower.endswith(suffix):
            return SUFFIXES[suffix]
    suffix = Path(name).suffix or "（没有后缀）"
    advice = "；请用 Excel 打开后另存为 .xlsx 再传" if suffix.lower() in (".xlsb", ".ods", ".xltx", ".numbers") else ""
    raise _refused(name, f"不认识的文件类型「{suffix}」；接受：{ACCEPTED_KINDS}{advice}")


def _refused(name: str, message: str, line: int = 0) -> FileError:
    return FileError(message, Place(name, line))


def _check_head(name: str, kind: Kind, file: BinaryIO) -> None:
    """The first bytes must be those of what the name says."""
    head = file.read(HEAD)
    if not head.strip(b"\0\xef\xbb\xbf \t\r\n"):
        raise _refused(name, "空文件：没有任何内容")
    found = sniff(head)
    if found not in _FITS[kind] or (found == "gzip") != name.lower().endswith(".gz"):
        raise _mismatch(name, kind, _content(found, head, file))
    if kind == "xes" and found == "xml" and b"<log" not in head and b"<!--" not in head:
        raise _mismatch(name, kind, "别的 XML（根元素不是 <log>）")


def _content(found: str, head: bytes, file: BinaryIO) -> str:
    """What the content is, in words."""
    if found == "zip":
        try:
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                return content_of(archive).removeprefix("内容是 ")
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            return "损坏的 ZIP"
    if found == "ole":
        return "旧式 Office 文件（可能是 .xls）"
    if b"Excel.Sheet" in head and found == "xml":
        return "Excel 2003 的 XML 表格"
    if b"mime-version" in head[:512].lower():
        return "网页归档（MHTML）"
    if found == "text" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in head:
        return "不认识的二进制文件"
    return _WORDS.get(found, found)


def _mismatch(name: str, kind: Kind, content: str) -> FileError:
    suffix = next(s for s in sorted(SUFFIXES, key=len, reverse=True) if name.lower().endswith(s))
    advice = (
        "请用 Excel 或 WPS 打开后“另存为” Excel 工作簿（.xlsx）再传" if kind in ("xlsx", "xls")
        else "请另存为它名字所说的格式，或改正文件名"
    )  # fmt: skip
    return _refused(name, f"文件名是「{suffix}」，内容却是{content}；{advice}")


def _check_whole(kind: Kind, file: BinaryIO, size: int, limits: Limits) -> tuple[str, list[str]]:
    """Encoding of a text and notes. Raises ``RefusedError``."""
    file.seek(0)
    if kind == "xlsx":
        return "", guard_package(file, limits)
    if kind == "xls":
        _guard_xls(file.read(), limits)
    elif kind == "csv":
        return encoding_of(file), []
    elif kind == "xes" and file.read(2) == b"\x1f\x8b":
        file.seek(0)
        _guard_gzip(file, size, limits)
    return "", []


def _guard_xls(data: bytes, limits: Limits) -> None:
    try:
        ole = OleFile(data)
        streams = ole.streams
        if "EncryptedPackage" in streams:
            raise RefusedError("工作簿设了打开密码（已加密），不能读；请在 Excel 中去掉密码后另存")
        book = streams.get("Workbook") or streams.get("Book")
        if book is None:
            content = next((words for name, words in _OLE_WORDS.items() if name in streams), "别的旧式 Office 文件")
            raise RefusedError(f"文件名是「.xls」，内容却是{content}；请用 Excel 打开后另存为 .xlsx 再传")
        if found := sorted(_MACRO_STREAMS & streams.keys()):
            raise RefusedError(
                f"工作簿含有宏（{found[0]}），不收带宏的文件；请在 Excel 中“另存为”.xlsx（不带宏）再传"
            )
        marks = xls_marks(ole.read(book))
    except BrokenOleError as error:
        raise RefusedError(f"Excel 文件已损坏或不完整（{error}）；请用 Excel 打开后另存为 .xlsx 再传") from error
    if marks.locked:
        raise RefusedError("工作簿设了打开密码（已加密），不能读；请在 Excel 中去掉密码后另存")
    if marks.links:
        raise RefusedError("工作簿连着外部的文件，读到的值可能不是表里写的，拒绝读取；请断开链接、粘贴为数值后另存")
    if marks.cells > limits.cells:
        raise RefusedError(f"工作表从第一格到最后一格有 {marks.cells} 格；接受：至多 {limits.cells} 格")


def _guard_gzip(file: BinaryIO, size: int, limits: Limits) -> None:
    engine, total, most = zlib.decompressobj(31), 0, limits.unpacked_megabytes * MEGABYTE
    try:
        while packed := file.read(PIECE):
            while packed:
                total += len(engine.decompress(packed, PIECE))
                if total > most or (total > 10 * MEGABYTE and total > limits.ratio * size):
                    raise RefusedError(
                        f"疑似压缩炸弹：{size} 字节展开为至少 {total} 字节，拒绝读取；"
                        f"接受：展开后不超过 {limits.unpacked_megabytes} MB，不超过压缩前后 {limits.ratio} 倍"
                    )
                packed = engine.unconsumed_tail
                if engine.eof and engine.unused_data.strip(b"\0"):
                    packed, engine = engine.unused_data, zlib.decompressobj(31)
    except zlib.error as error:
        raise RefusedError(f"gzip 压缩数据已损坏（{error}）；请重新导出") from error


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a whole text: UTF-8, GB18030 or UTF-16. Raises ``RefusedError`` where none fits all of it."""
    file.seek(0)
    head = file.read(PIECE)
    names: tuple[str, ...] = ("utf-8", "gb18030")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ("utf-16",)
    elif unmarked := _utf16_without_mark(head):
        names = (unmarked,)
    line = 0
    for name in names:
        reached = _decoded_lines(name, file)
        if reached is None:
            return name
        line = max(line, reached)
        if name == "utf-8" and not head.isascii() and mostly_utf8(head):
            break  # UTF-8 with a few bad lines, which GB18030 would read as other characters
    accepted = "接受：全文件同一种编码，UTF-8、GB18030（GBK）或 UTF-16"
    raise RefusedError(f"第 {line} 行有不能解码的字节；{accepted}。请用 Excel 打开后另存为 .xlsx")


def _utf16_without_mark(head: bytes) -> str:
    """NULs in every line, all at odd places or all at even ones: the halves of commas, digits and line ends."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd < 4 or (even + odd) * 50 < len(head) or (even and odd):
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _decoded_lines(encoding: str, file: BinaryIO) -> int | None:
    """The line that cannot be decoded, None where all can. Raises ``RefusedError`` for a NUL."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    file.seek(0)
    for piece in _and_end(file):
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if "\0" in text:
            at = line + text[: text.index("\0")].count("\n")
            raise RefusedError(f"第 {at} 行含有 NUL 字节（空字符），不是文本；请用 Excel 打开后另存为 .xlsx")
        line += text.count("\n")
    return None


def _and_end(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
    yield b""


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    total = sha256()
    while piece := file.read(PIECE):
        total.update(piece)
    return total.hexdigest()
