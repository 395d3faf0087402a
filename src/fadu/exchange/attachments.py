"""Files that are put into a case as they are (附件): what each really is, decided by its content.

They are kept and handed out, never read for their values; so more kinds are taken than ``uploads`` reads, under the
same distrust: no macros, no password, no archive that unpacks to more than it may, no name that is a path.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from fadu.exchange.ole_file import BrokenOleError, OleFile
from fadu.exchange.rejects import FileError
from fadu.exchange.uploads import encoding_of, inspect_upload, plain_name
from fadu.exchange.xlsx_guard import MEGABYTE, Limits, RefusedError
from fadu.law.errors import Place

ACCEPTED = (
    "PDF、OFD、Word（.docx .doc .wps）、Excel（.xlsx .xls .et）、CSV、文本（.txt）、图片（.jpg .png .gif .bmp .tif）"
)
LIMITS = Limits(unpacked_megabytes=300)
PIECE = 1 << 20
OFFICE = "application/vnd.openxmlformats-officedocument"
_PICTURES = {
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)), ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)), ".gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    ".bmp": ("image/bmp", (b"BM",)), ".tif": ("image/tiff", (b"II*\0", b"MM\0*")),
    ".tiff": ("image/tiff", (b"II*\0", b"MM\0*")),
}  # fmt: skip
_TABLES = {".xlsx": f"{OFFICE}.spreadsheetml.sheet", ".xls": "application/vnd.ms-excel",
           ".et": "application/vnd.ms-excel"}  # fmt: skip
_MACROS = ("vbaproject.bin", "vbadata.xml")
_MACRO_STREAMS = {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "Macros", "VBA"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be kept: its name without folder and suffix, the suffix, and its media type."""

    stem: str
    suffix: str
    media: str


def inspect_attachment(content: bytes, name: str, limits: Limits = LIMITS) -> Attachment:
    """What a file is. Raises ``FileError`` for one that is not taken, saying why and what to do."""
    name = plain_name(name)
    path = PurePath(name)
    suffix = path.suffix.lower()
    if not content.strip(b"\0\xef\xbb\xbf \t\r\n"):
        raise FileError("空文件：没有任何内容", Place(name))
    if len(content) > limits.megabytes * MEGABYTE:
        many = f"文件有 {len(content) / MEGABYTE:.1f} MB；接受：至多 {limits.megabytes} MB"
        raise FileError(f"{many}。请压缩图片或者分成几个文件", Place(name))
    if suffix in _TABLES:
        inspect_upload(content, name, limits)
        return Attachment(path.stem, suffix, _TABLES[suffix])
    check = _CHECKS.get(suffix) or (_picture if suffix in _PICTURES else None)
    if check is None:
        advice = "；压缩包请解开后分别上传" if suffix in (".zip", ".rar", ".7z", ".gz", ".tar") else ""
        raise FileError(f"不收“{suffix or '没有后缀'}”文件；接受：{ACCEPTED}{advice}", Place(name))
    try:
        return Attachment(path.stem, suffix, check(content, suffix, limits))
    except RefusedError as error:
        raise FileError(str(error), Place(name)) from error


def _mismatch(suffix: str, wanted: str) -> RefusedError:
    return RefusedError(f"文件名是“{suffix}”，内容却不是{wanted}；请另存为它名字所说的格式，或者改正文件名")


def _picture(content: bytes, suffix: str, limits: Limits) -> str:
    media, starts = _PICTURES[suffix]
    if not content.startswith(starts):
        raise _mismatch(suffix, "这种图片")
    return media


def _pdf(content: bytes, suffix: str, limits: Limits) -> str:
    if not content.startswith(b"%PDF-"):
        raise _mismatch(suffix, " PDF")
    if b"%%EOF" not in content[-2048:]:
        raise RefusedError("PDF 不完整（没有结束标记），可能没有传完；请重新导出后再传")
    if b"/JavaScript" in content or b"/Launch" in content:
        raise RefusedError("PDF 里带有脚本或者启动程序的动作，不收；请用“打印为 PDF”重新生成后再传")
    return "application/pdf"


def _text(content: bytes, suffix: str, limits: Limits) -> str:
    encoding_of(BytesIO(content))
    return "text/csv" if suffix == ".csv" else "text/plain"


def _docx(content: bytes, suffix: str, limits: Limits) -> str:
    names = _guarded(content, suffix, limits)
    if "word/document.xml" not in names:
        raise _mismatch(suffix, " Word 文档")
    if any(name.lower().rpartition("/")[2] in _MACROS for name in names):
        raise RefusedError("Word 文档含有宏，不收带宏的文件；请另存为 .docx（不带宏）再传")
    return f"{OFFICE}.wordprocessingml.document"


def _ofd(content: bytes, suffix: str, limits: Limits) -> str:
    if "OFD.xml" not in _guarded(content, suffix, limits):
        raise _mismatch(suffix, " OFD 版式文件")
    return "application/ofd"


def _doc(content: bytes, suffix: str, limits: Limits) -> str:
    try:
        streams = OleFile(content).streams
    except BrokenOleError as error:
        raise _mismatch(suffix, f"旧式 Word 文档（{error}）") from error
    if "EncryptedPackage" in streams:
        raise RefusedError("文档设了打开密码，不能校验；请去掉密码后再传")
    if "WordDocument" not in streams:
        raise _mismatch(suffix, "旧式 Word 文档")
    if _MACRO_STREAMS & streams.keys():
        raise RefusedError("Word 文档含有宏，不收带宏的文件；请另存为 .docx（不带宏）再传")
    return "application/msword"


def _guarded(content: bytes, suffix: str, limits: Limits) -> set[str]:
    """The names in an archive, after every part of it was unpacked and thrown away. Raises ``RefusedError``."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > limits.entries:
                raise RefusedError(f"压缩包里有 {len(parts)} 个文件；接受：至多 {limits.entries} 个")
            if any(part.flag_bits & 1 for part in parts):
                raise RefusedError("文件设了密码，不能校验；请去掉密码后再传")
            total = 0
            for part in parts:
                total = _unpacked(archive, part, total, limits)
            return set(archive.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise RefusedError(f"文件已损坏，或者内容不是“{suffix}”（{error}）；请打开后重新另存再传") from error


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, total: int, limits: Limits) -> int:
    """The bytes unpacked so far, with one more part; its size is counted, not believed."""
    size, most = 0, limits.unpacked_megabytes * MEGABYTE
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            size += len(piece)
            small = size <= 10 * MEGABYTE or size <= limits.ratio * max(part.compress_size, 1)
            if total + size > most or not small:
                raise RefusedError(
                    f"疑似压缩炸弹：“{part.filename[:80]}”{part.compress_size} 字节展开为至少 {size} 字节，拒收；"
                    f"接受：全部展开后不超过 {limits.unpacked_megabytes} MB，每个文件不超过压缩前后 {limits.ratio} 倍"
                )
    return total + size


_CHECKS: dict[str, Callable[[bytes, str, Limits], str]] = {
    ".pdf": _pdf, ".ofd": _ofd, ".docx": _docx, ".doc": _doc, ".wps": _doc, ".txt": _text, ".csv": _text,
}  # fmt: skip
