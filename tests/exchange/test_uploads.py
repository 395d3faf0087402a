"""Files that are not what they say, or could hurt: each is refused, in words, before any reader opens it."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib
from hashlib import sha256

import openpyxl
import pytest
from openpyxl.xml.constants import SHEET_MAIN_NS
from registers import PENALTY, ole, read, record, saved, upload, xls, xls_stream, xlsx

from fadu.exchange.rejects import FileError
from fadu.exchange.uploads import Limits, inspect_upload
from fadu.exchange.xlsx_guard import MEGABYTE

ROWS = [PENALTY, ["京1号", "城管局", "某公司", "2023-01-05", "2023-1-6", "2023-2-1", 300.0]]
CSV = "案号,单位,立案日期\n京1号,城管局,2023-01-05\n"


def refused(data: bytes, name: str, limits: Limits | None = None) -> str:
    with pytest.raises(FileError) as error:
        inspect_upload(data, name, limits)
    return str(error.value)


def repacked(data: bytes, **changed: bytes | None) -> bytes:
    """A package with parts put in, replaced or (None) left out; ``/`` and ``.`` in names are written ``__`` and ``_``."""
    out = io.BytesIO()
    parts = {name.replace("__", "/").replace("_", ".") if "__" in name else name: body for name, body in changed.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in parts:
                new.writestr(info.filename, old.read(info))
        for name, body in parts.items():
            if body is not None:
                new.writestr(name, body)
    return out.getvalue()


def with_part(name: str, body: bytes = b"<a/>") -> bytes:
    return repacked(xlsx(ROWS), **{name: body})


def test_what_is_accepted():
    data = xlsx(ROWS)
    found = upload(data, "处罚台账.xlsx")
    assert (found.kind, found.size, found.digest, found.encoding) == ("xlsx", len(data), sha256(data).hexdigest(), "")
    assert upload(data, "处罚台账.XLSM").kind == "xlsx"  # without macros it is only a name
    assert upload(xls(ROWS), "旧.xls").kind == "xls"
    assert upload(CSV.encode(), "a.csv").kind == "csv"
    assert upload(b'{"id": 1}', "a.json").kind == "json"
    assert upload(gzip.compress(b"<log></log>"), "a.xes.gz").kind == "xes"
    assert upload(b"PAR1....PAR1", "a.parquet").kind == "parquet"


def test_path_is_read_like_bytes(tmp_path):
    path = tmp_path / "甲.xlsx"
    path.write_bytes(xlsx(ROWS))
    found = inspect_upload(path)
    with found.open() as file:
        assert found.name == "甲.xlsx" and file.read() == path.read_bytes()


@pytest.mark.parametrize(("encoding", "written", "told"), [
    ("utf-8", CSV.encode(), "utf-8"), ("bom", CSV.encode("utf-8-sig"), "utf-8"), ("gbk", CSV.encode("gbk"), "gb18030"),
    ("utf-16 with mark", CSV.encode("utf-16"), "utf-16"), ("utf-16-le", CSV.encode("utf-16-le"), "utf-16-le"),
    ("utf-16-be", CSV.encode("utf-16-be"), "utf-16-be"),
])  # fmt: skip
def test_encodings(encoding, written, told):
    assert upload(written, "a.csv").encoding == told
    (sheet,) = read(written, "a.csv").sheets
    assert sheet.table and [c.label for c in sheet.table.columns] == ["案号", "单位", "立案日期"]
    assert list(sheet.table.rows[0].cells) == ["京1号", "城管局", "2023-01-05"]


NAMES = {
    "traversal": ("../../etc/甲.xlsx", ["文件名「../../etc/甲.xlsx」含有路径", "不带文件夹的文件名"]),
    "backslash": ("C:\\甲.xlsx", ["含有路径"]),
    "control": ("甲\n.xlsx", ["控制字符"]),
    "no name": (" ", ["文件没有名字", "接受：Excel"]),
    "too long": ("甲" * 300 + ".xlsx", ["有 305 个字", "至多 200 个字"]),
    "unknown": ("甲.exe", ["不认识的文件类型「.exe」", "接受：Excel（.xlsx .xls）、CSV"]),
    "no suffix": ("台账", ["不认识的文件类型「（没有后缀）」"]),
    "xlsb": ("甲.xlsb", ["不认识的文件类型「.xlsb」", "另存为 .xlsx"]),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names(kind):
    name, words = NAMES[kind]
    message = refused(xlsx(ROWS), name)
    assert all(word in message for word in words), message


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


CONTENT = {
    "html named xls": (b"<html><table><tr><td>1</td></tr></table>", "甲.xls", ["文件名是「.xls」，内容却是网页（HTML）", "另存为” Excel 工作簿（.xlsx）"]),
    "text named xls": ("案号\t单位\n1\t2\n".encode("gbk"), "甲.xls", ["文件名是「.xls」，内容却是文本"]),
    "text named xlsx": (CSV.encode(), "甲.xlsx", ["文件名是「.xlsx」，内容却是文本"]),
    "xlsx named csv": (xlsx(ROWS), "甲.csv", ["文件名是「.csv」，内容却是Excel 工作簿", "或改正文件名"]),
    "xlsx named xls": (xlsx(ROWS), "甲.xls", ["文件名是「.xls」，内容却是", "Excel 工作簿"]),
    "xls named xlsx": (xls(ROWS), "甲.xlsx", ["旧式 Office 文件"]),
    "xml spreadsheet": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "甲.xls", ["Excel 2003 的 XML 表格"]),
    "mhtml": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "甲.xls", ["网页归档（MHTML）"]),
    "docx named xlsx": (zipped(word__document_xml=b"", **{"word/document.xml": b"<a/>"}), "甲.xlsx", ["内容是 Word 文档", "不是 Excel 工作簿"]),
    "ods named xlsx": (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "甲.xlsx", ["内容是 ODS 表格"]),
    "xlsb named xlsx": (zipped(**{"xl/workbook.bin": b"1"}), "甲.xlsx", ["（.xlsb）"]),
    "zip named xlsx": (zipped(a=b"1"), "甲.xlsx", ["内容是 ZIP 压缩包"]),
    "doc named xls": (ole({"WordDocument": b"1"}), "甲.xls", ["Word 97–2003 文档"]),
    "ppt named xls": (ole({"PowerPoint Document": b"1"}), "甲.xls", ["演示文稿（.ppt）"]),
    "pdf named xlsx": (b"%PDF-1.7 ...", "甲.xlsx", ["内容却是PDF"]),
    "binary named csv": (b"\x01\x02\0\0\x03" * 40, "甲.csv", ["NUL 字节"]),
    "other xml named xes": (b"<book/>", "甲.xes", ["别的 XML（根元素不是 <log>）"]),
    "empty": (b"", "甲.xlsx", ["空文件：没有任何内容"]),
    "blank": (b"\xef\xbb\xbf \n", "甲.csv", ["空文件：没有任何内容"]),
    "broken zip": (b"PK\x03\x04....", "甲.xlsx", ["已损坏或不完整", "另存为 .xlsx"]),
    "cut zip": (xlsx(ROWS)[:-200], "甲.xlsx", ["已损坏或不完整"]),
    "broken xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "甲.xls", ["已损坏或不完整"]),
    "bad bytes": ("案号,名\n1,甲甲甲甲甲甲\n".encode() + b"2,\xff\xff\n", "甲.csv", ["第 3 行有不能解码的字节", "接受：全文件同一种编码"]),
    "nul in text": ("案号,名\n1,甲\0\n".encode(), "甲.csv", ["第 2 行含有 NUL 字节"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTENT)
def test_content_must_be_what_the_name_says(kind):
    data, name, words = CONTENT[kind]
    message = refused(data, name)
    assert message.startswith(name), message
    assert all(word in message for word in words), message


def test_too_big():
    message = refused(CSV.encode() + b"1,2,3\n" * 200_000, "甲.csv", Limits(megabytes=1))
    assert "甲.csv: 文件有 1.1 MB；接受：至多 1 MB。请分成几个文件再传" in message


PACKAGES = {
    "macros": (with_part("xl/vbaProject.bin", b"1"), ["含有宏（xl/vbaProject.bin）", "不收带宏的文件", "（不带宏）再传"]),
    "macro sheet": (with_part("xl/macrosheets/sheet1.xml"), ["含有宏（xl/macrosheets/sheet1.xml）"]),
    "activeX": (with_part("xl/activeX/activeX1.xml"), ["含有宏"]),
    "links": (with_part("xl/externalLinks/externalLink1.xml"), ["连着外部的文件或数据（xl/externalLinks/externalLink1.xml）", "断开链接", "粘贴为数值"]),
    "connections": (with_part("xl/connections.xml"), ["连着外部的文件或数据（xl/connections.xml）"]),
    "external relation": (with_part("xl/worksheets/_rels/sheet1.xml.rels", b'<Relationships><Relationship Id="r1" Type="oleObject" Target="file:///c:/a" TargetMode="External"/></Relationships>'), ["连着外部的文件或数据（xl/worksheets/_rels/sheet1.xml.rels）"]),
    "traversal": (with_part("../../evil.xml"), ["「../../evil.xml」指向包外的路径"]),
    "absolute": (with_part("/etc/passwd"), ["「/etc/passwd」指向包外的路径"]),
    "drive": (with_part("C:/a.xml"), ["指向包外的路径"]),
    "doctype": (with_part("xl/sharedStrings.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha">]><sst>&x;</sst>'), ["「xl/sharedStrings.xml」声明了 DOCTYPE 或实体"]),
    "doctype far down": (with_part("xl/theme/theme9.xml", b"<a>" + b" " * (MEGABYTE - 5) + b'<!DOCTYPE a>'), ["声明了 DOCTYPE"]),
    "doctype in utf-16": (with_part("xl/theme/theme9.xml", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16")), ["声明了 DOCTYPE"]),
    "doctype under another name": (with_part("xl/theme/theme9.dat", b"<!DOCTYPE a><a/>"), ["声明了 DOCTYPE"]),
    "encoding that hides": (with_part("xl/theme/theme9.xml", b'<?xml version="1.0" encoding="cp037"?>' + "<!DOCTYPE a>".encode("cp037")), ["不是 UTF-8 的 XML"]),
    "ebcdic": (with_part("xl/theme/theme9.dat", '<?xml version="1.0"?><!DOCTYPE a>'.encode("cp037")), ["不是 UTF-8 的 XML"]),
    "declaration that hides": (with_part("xl/theme/theme9.xml", b"<?xml" + b" " * 5000 + b'version="1.0" encoding="cp037"?><a/>'), ["不是 UTF-8 的 XML"]),
    "stretched cells": (with_part("xl/worksheets/sheet9.xml", b"<sheetData><row><c r" + b" " * 90 + b'="XFD1048576"><v>1</v></c></row></sheetData>'), ["写法异常"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", PACKAGES)
def test_packages(kind):
    data, words = PACKAGES[kind]
    message = refused(data, "甲.xlsx")
    assert all(word in message for word in words), message


def test_hyperlinks_and_embedded_files_are_harmless():
    made = openpyxl.load_workbook(io.BytesIO(xlsx(ROWS)))
    made.active["C2"].hyperlink = "https://example.org/"
    assert upload(saved(made)).notes == ()
    data = repacked(saved(made), **{"xl/embeddings/Microsoft_Word_Document1.docx": b"PK"})
    assert upload(data).notes == ("表里嵌有 1 个对象（如 Word 文件），没有读取",)


def test_zip_password():
    data = bytearray(xlsx(ROWS))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.start_dir
    struct.pack_into("<H", data, at + 8, struct.unpack_from("<H", data, at + 8)[0] | 1)
    assert "压缩包设了密码，不能读；请去掉密码后再传" in refused(bytes(data), "甲.xlsx")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_part_twice():
    out = io.BytesIO(xlsx(ROWS))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/Workbook.xml", b"<a/>")
    assert "「xl/workbook.xml」出现两次，不知以哪个为准" in refused(out.getvalue(), "甲.xlsx")


def test_many_parts():
    data = repacked(xlsx(ROWS), **{f"xl/media/{i}.png": b"1" for i in range(60)})
    assert "个文件，拒绝读取；接受：至多 50 个" in refused(data, "甲.xlsx", Limits(entries=50))


def test_bomb_is_counted_and_never_held():
    bomb = repacked(xlsx(ROWS), **{"xl/worksheets/sheet2.xml": b"<a>" + b" " * (300 * MEGABYTE)})
    assert len(bomb) < MEGABYTE
    tracemalloc.start()
    message = refused(bomb, "甲.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "疑似压缩炸弹：「xl/worksheets/sheet2.xml」" in message and "每个文件不超过压缩前后 200 倍" in message
    assert peak < 40 * MEGABYTE


def test_bomb_in_total():
    parts = {f"xl/media/{i}.bin": zlib.compress(bytes(range(256)) * 4000, 0) for i in range(4)}
    message = refused(repacked(xlsx(ROWS), **parts), "甲.xlsx", Limits(unpacked_megabytes=2))
    assert "疑似压缩炸弹" in message and "接受：全部展开后不超过 2 MB" in message


def test_directory_that_lies():
    """A reader that believes the data and not the directory would inflate what was never counted."""
    body = b"<a>" + b"x" * 50_000 + b"</a>"
    data = bytearray(repacked(xlsx(ROWS), **{"xl/theme/theme9.xml": body}))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.rindex(mark, 0, len(data))
        struct.pack_into("<I", data, place + at, 10)
    assert "「xl/theme/theme9.xml」实际展开 50007 字节，目录里写的是 10 字节" in refused(bytes(data), "甲.xlsx")


def sheet_xml(cells: str) -> bytes:
    head = f'<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData>'
    return f"{head}{cells}</sheetData></worksheet>".encode()


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize("cells", [
    FAR, FAR.replace('"', "'"), FAR.replace("XFD1048576", "xfd1048576"), FAR.replace(' r="XFD1048576"', ' x=">" r = "XFD1048576"'),
    '<row r="1048576"><c><v>1</v></c></row><row r="1"><c r="XFD1"><v>1</v></c></row>',
])  # fmt: skip
def test_two_cells_in_opposite_corners(cells):
    """A reader would allocate everything between them: 17,179,869,184 cells."""
    data = repacked(xlsx(ROWS), **{"xl/worksheets/sheet1.xml": sheet_xml(cells)})
    message = refused(data, "甲.xlsx")
    assert "1048576 行 × 16384 列；接受：至多 20000000 格" in message and "删去远处多余的行、列" in message


def test_cells_that_are_only_formatted_do_not_count():
    empty = '<row r="1048576" s="1" customFormat="1"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"/></row>'
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>案号</t></is></c><c r="B1" t="inlineStr"><is><t>单位</t></is></c></row>'
    cells += '<row r="2"><c r="A2" t="inlineStr"><is><t>京1号</t></is></c></row>' + empty
    data = repacked(xlsx(ROWS), **{"xl/worksheets/sheet1.xml": sheet_xml(cells)})
    (sheet,) = read(data).sheets
    assert sheet.table and [row.cells[0] for row in sheet.table.rows] == ["京1号"]


def test_gzip_bomb_and_broken_gzip():
    bomb = gzip.compress(b"<log>" + b" " * (60 * MEGABYTE))
    assert "疑似压缩炸弹" in refused(bomb, "甲.xes.gz")
    assert "gzip 压缩数据已损坏" in refused(b"\x1f\x8b\x08\0" + b"\xff" * 40, "甲.xes.gz")


XLS = {
    "locked package": (ole({"EncryptedPackage": b"1", "EncryptionInfo": b"1"}), ["设了打开密码（已加密）", "去掉密码"]),
    "locked": (ole({"Workbook": xls_stream(ROWS, record(0x2F, b"\0" * 6))}), ["设了打开密码（已加密）"]),
    "macros": (ole({"Workbook": xls_stream(ROWS)}, ["_VBA_PROJECT_CUR"]), ["含有宏（_VBA_PROJECT_CUR）"]),
    "links": (ole({"Workbook": xls_stream(ROWS, record(0x1AE, b"\x01\0\x08\0\0abcdefg"))}), ["连着外部的文件", "断开链接"]),
    "corners": (ole({"Workbook": xls_stream(ROWS, sheet_extra=record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 1.0)))}), ["从第一格到最后一格有 4294967296 格", "接受：至多 20000000 格"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", XLS)
def test_old_workbooks(kind):
    data, words = XLS[kind]
    message = refused(data, "甲.xls")
    assert all(word in message for word in words), message


def test_encrypted_xlsx_is_an_ole_file():
    message = refused(ole({"EncryptedPackage": b"1"}), "甲.xlsx")
    assert "内容却是旧式 Office 文件" in message or "已加密" in message


def test_old_workbook_is_read():
    (sheet,) = read(xls(ROWS), "旧.xls").sheets
    assert sheet.table and list(sheet.table.rows[0].cells) == ROWS[1]


def test_sector_chain_that_never_ends():
    data = bytearray(xls(ROWS))
    fat_at = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    struct.pack_into("<I", data, fat_at, 0)  # the first sector follows itself
    assert "扇区链成环" in refused(bytes(data), "甲.xls")
