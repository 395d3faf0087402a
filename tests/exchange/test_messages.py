"""Every message a bad file gets: its place, what was found, what is accepted."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import zipfile

import openpyxl
import pytest

from fadu.exchange import FileError, open_events

HEAD = "案号,环节,日期\n"
GOOD = "1,立案,2024-01-01\n"
DATES = "接受：2024-02-07、2024/2/7、2024年2月7日、20240207"

# rows under the header, line, words of the message
ROWS = {
    "unknown step": ("1,作出处罚\n".replace("\n", ",2024-01-02\n"), "3", ["penalty 没有环节「作出处罚」", "是否「作出处罚决定」", "立案/register", "送达/serve"]),
    "no step": ("1,,2024-01-02\n", "3", ["没有写环节", "立案/register"]),
    "no case": (",送达,2024-01-02\n", "3", ["没有写案号", "办件编号"]),
    "no date": ("1,送达,\n", "3", ["没有写日期", DATES]),
    "no such day": ("1,送达,2024-02-30\n", "3", ["没有「2024-02-30」这一天", "2024 年 2 月只有 29 天", DATES]),
    "ambiguous": ("1,送达,31/12/2024\n", "3", ["「31/12/2024」日月次序不明", DATES]),
    "two-digit year": ("1,送达,02/07/24\n", "3", ["「02/07/24」年份不是四位", DATES]),
    "month 13": ("1,送达,2024-13-01\n", "3", ["没有 13 月"]),
    "year 24": ("1,送达,0024-01-01\n", "3", ["「0024-01-01」的年份不在 1900–2199"]),
    "words": ("1,送达,年底\n", "3", ["「年底」不是日期"]),
    "mixed marks": ("1,送达,2024-01/02\n", "3", ["写法或时间部分不被接受"]),
    "hour 25": ("1,送达,2024-01-02 25:00\n", "3", ["写法或时间部分不被接受"]),
    "before opening": ("1,送达,2023-12-31\n", "3", ["「送达」（2023-12-31）早于办件的开始（2024-01-01）", "第一个事件须是", "立案/", "收到举报/report"]),
    "no opening": ("2,送达,2024-01-02\n", "3", ["没有立案性质的环节，整件不取", "第一个事件须是"]),
    "too many columns": ("1,送达,2024-01-02,多,了\n", "3", ["这一行有 5 列，表头只有 3 列", "要加引号"]),
    "NUL": ("1,送\0达,2024-01-02\n", "3", ["NUL"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_bad_row(read, kind):
    row, line, words = ROWS[kind]
    result = read("甲.csv", HEAD + GOOD + row + "1,决定,2024-02-01\n")
    (reject,) = result.rejects
    assert str(reject).startswith(f"甲.csv:{line}: ")
    assert all(word in str(reject) for word in words), str(reject)
    assert result.column("step", "seq") == [("register", 0), ("decide", 1)]
    assert result.counts.rows_read == 3


VALUES = {
    "officers": ("执法人员数", "两人", ["执法人员数「两人」读不懂，按未填处理", "接受：整数"]),
    "days": ("天数", "三十", ["天数「三十」读不懂", "接受：整数"]),
    "amount": ("金额", "三千元", ["金额「三千元」读不懂", "3000"]),
    "amount nan": ("金额", "nan", ["金额「nan」读不懂"]),
    "minute": ("时间", "25:10", ["时间「25:10」读不懂", "14:30"]),
    "recorded": ("记录日期", "2024-02-30", ["记录日期没有「2024-02-30」这一天", DATES]),
    "void": ("作废", "也许", ["作废「也许」读不懂", "是/否"]),
    "number field": ("罚款金额", "很多", ["办件字段「罚款金额」的值「很多」读不懂", "接受：数字"]),
    "flag field": ("应当听证", "也许", ["办件字段「应当听证」的值「也许」读不懂", "是/否"]),
    "date field": ("发现日期", "上周", ["办件字段「发现日期」的值「上周」读不懂", DATES]),
}  # fmt: skip


@pytest.mark.parametrize("kind", VALUES)
def test_bad_value_is_unknown_and_its_event_kept(read, kind):
    header, cell, words = VALUES[kind]
    result = read("甲.csv", f"案号,环节,日期,{header}\n1,立案,2024-01-01,{cell}\n")
    (reject,) = result.rejects
    assert reject.scope == "value" and result.counts.rejected_values == 1
    assert str(reject).startswith("甲.csv:2: ") and all(word in str(reject) for word in words), str(reject)
    (row,) = result.rows
    assert row["void"] is False and row["fields"] is None
    assert [row[c] for c in ("officers", "days", "amount", "minute", "recorded")] == [None] * 5


def test_second_event_with_the_same_id(read):
    result = read(
        "a.csv", "案号,环节,日期,事件编号\n1,立案,2024-01-01,e1\n1,送达,2024-01-02,e1\n2,立案,2024-01-01,e1\n"
    )
    assert "a.csv:3: 办件内事件编号「e1」重复，取先出现的一个" in result.messages
    assert result.column("case_id", "step") == [("1", "register"), ("2", "register")]


def test_unknown_and_missing_procedure(read):
    text = "案号,程序,环节,日期\n1,行政处分,立案,2024-01-01\n2,,立案,2024-01-01\n3,行政处罚,立案,2024-01-01\n"
    result = read("a.csv", text, default_procedure=None)
    assert (
        "a.csv:2: 没有程序「行政处分」，是否「行政处罚」；接受：行政处罚/penalty、行政复议/reconsideration"
        in result.messages
    )
    assert "a.csv:3: 没有写程序，也没有指定默认程序；接受：行政处罚/penalty" in result.messages
    assert len(result.rows) == 1


def test_correcting_an_event_that_is_not_there(read):
    result = read("a.csv", "案号,环节,日期,更正\n1,立案,2024-01-01,e9\n")
    assert "「更正」所指的事件编号不在该办件之内" in result.notices


WHOLE_FILES = {
    "empty": ("a.csv", b"", "空文件"),
    "blank": ("a.csv", b"\n \n", "空文件"),
    "only a mark": ("a.csv", b"\xef\xbb\xbf", "空文件"),
    "only a header": ("a.csv", HEAD.encode(), "只有表头"),
    "missing columns": ("a.csv", "案号,环节,备注\n1,立案,x\n".encode(), "a.csv:1: 缺少列：日期；找到的列：案号、环节、备注；接受：日期（发生日期"),
    "two date columns": ("a.csv", "案号,环节,日期,发生日期\n1,立案,x,y\n".encode(), "「日期」、「发生日期」 都是「日期」"),
    "unknown suffix": ("a.doc", b"x", "不认识的文件类型「.doc」；接受：JSON"),
    "html named xls": ("a.xls", b"<html><table>", "文件名是「.xls」，内容却是网页（HTML）"),
    "text named xlsx": ("a.xlsx", HEAD.encode(), "文件名是「.xlsx」，内容却是文本"),
    "xlsx named csv": ("a.csv", b"PK\x03\x04....", "文件名是「.csv」，内容却是ZIP（可能是 .xlsx）"),
    "csv named json": ("a.json", HEAD.encode(), "内容却是文本"),
    "text named gz": ("a.xes.gz", b"<log/>", "文件名是「.xes.gz」，内容却是XML"),
    "text named parquet": ("a.parquet", b"abc", "内容却是文本"),
    "broken zip": ("a.xlsx", b"PK\x03\x04....", "Excel 文件已损坏或不完整"),
    "broken xls": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "Excel 文件已损坏、加密或不完整"),
    "broken parquet": ("a.parquet", b"PAR1....", "Parquet 文件已损坏或不完整"),
    "no traces": ("a.xes", b"<log></log>", "没有任何 <trace>"),
    "not a log": ("a.xes", b"<svg></svg>", "根元素是 <svg>；接受：<log>"),
    "entities": ("a.xes", b'<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', "声明了实体"),
    "not XML": ("a.xes", b"<log><trace></log>", "XML 语法错误（第 1 行"),
    "no timestamps": ("a.xes", b'<log><trace><string key="concept:name" value="1"/><event><string key="concept:name" value="x"/></event></trace></log>', "没有一个事件带 time:timestamp；接受：<date key"),
    "broken JSON": ("a.json", b'{"id": 1,}', "JSON 语法错误（第 1 行"),
    "no cases": ("a.json", b"[]", "没有任何办件"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WHOLE_FILES)
def test_file_of_which_nothing_can_be_taken(read, kind):
    name, content, words = WHOLE_FILES[kind]
    with pytest.raises(FileError) as error:
        read(name, content)
    assert words in str(error.value)
    assert str(error.value).startswith(name)


def test_no_procedure_at_all(read):
    with pytest.raises(FileError, match="没有「程序」列，也没有指定默认程序；接受：行政处罚/penalty"):
        read("a.csv", HEAD + GOOD, default_procedure=None)


def test_unknown_default_procedure(read):
    with pytest.raises(FileError, match="没有程序「飞」；接受："):
        read("a.csv", HEAD + GOOD, default_procedure="飞")


def test_no_such_file(names, tmp_path):
    with pytest.raises(FileError, match=r"b\.csv: 没有这个文件"):
        open_events(tmp_path / "b.csv", steps=names)


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr("fadu.exchange.files.MAX_BYTES", 1 << 20)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.xes.gz", "a.jsonl.gz"])
def test_gzip_bomb(read, small_limits, name):
    head = {"csv": b"a,b", "xes": b"<log>", "jsonl": b"{"}[name.split(".")[1]]
    with pytest.raises(FileError, match=r"疑似压缩炸弹：\d+ 字节展开为至少 \d+ 字节，拒绝读取；接受：.*200 倍"):
        read(name, gzip.compress(head + b" " * (20 << 20)))


def test_xlsx_bomb(read, small_limits):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (20 << 20))
    with pytest.raises(FileError, match="疑似压缩炸弹"):
        read("a.xlsx", packed.getvalue())


CASE = {"id": "1", "events": [{"step": "立案", "date": "2024-01-01"}]}
CASES = {
    "not an object": ("[1]", "a.json:1: 不是办件对象，而是 数字；接受：每个办件是一个对象"),
    "no events": (json.dumps([{"id": "7"}]), "a.json:1: 办件没有任何事件"),
    "events not a list": (json.dumps([{"id": "7", "events": {"a": 1}}]), "「events」不是列表，而是 对象"),
    "event not an object": (json.dumps([CASE, {"id": "7", "events": ["x"]}]), "第 1 个事件）: 事件不是对象，而是 文字"),
    "unfinished list": (f"[{json.dumps(CASE)},\n", "a.json:2: JSON 语法错误（第 2 行：文件不完整，没有结尾的 ]）；此前的 1 个办件已取"),
    "error later": (f"[{json.dumps(CASE)},\n{{'x'}}]", "JSON 语法错误（第 2 行"),
    "step of an event": (json.dumps([{"id": "7", "events": [{"step": "立案", "date": "2024-01-01"}, {"step": "飞", "date": "2024-01-01"}]}]), "a.json:1（第 2 个事件）: 程序 penalty 没有环节「飞」"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_bad_json(read, kind):
    text, words = CASES[kind]
    assert words in read("a.json", text).messages


def test_bad_line_of_jsonl(read):
    result = read("a.jsonl", f"{json.dumps(CASE)}\n{{\n")
    assert "a.jsonl:2:2: 这一行不是 JSON" in result.messages and len(result.rows) == 1


def test_unknown_keys_are_counted(read):
    event = {"step": "立案", "date": "2024-01-01", "weather": "晴"}
    notices = read("a.json", json.dumps({"id": "1", "colour": 1, "fields": {"色": 2}, "events": [event]})).notices
    assert all(
        word in notices for word in ("「colour（办件）」", "「色（字段）」", "「weather（事件）」", "未使用（1 处）")
    )


def test_field_of_another_procedure_is_counted(read):
    text = json.dumps(
        {
            "id": "1",
            "procedure": "行政复议",
            "fields": {"fine": 3},
            "events": [{"step": "收到申请", "date": "2024-01-01"}],
        }
    )
    assert "fine（reconsideration 没有此字段）" in read("a.json", text).notices


def _workbook(tmp_path, rows, merge=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    book.save(tmp_path / "a.xlsx")
    return "a.xlsx"


def test_merged_header(read, tmp_path):
    rows = [["案号", "办理情况", None], [None, "环节", "日期"], ["1", "立案", "2024-01-01"]]
    with pytest.raises(FileError) as error:
        read(_workbook(tmp_path, rows, ["B1:C1", "A1:A2"]))
    message = str(error.value)
    assert message.startswith("a.xlsx:台账!A1: 工作表「台账」第 1–2 行：表头是合并的单元格")
    assert "只留一行表头" in message and "接受：案号（" in message


def test_two_header_rows_not_merged(read, tmp_path):
    rows = [["案号", "办理情况", None], [None, "环节", "日期"], ["1", "立案", "2024-01-01"]]
    with pytest.raises(FileError, match="第 1–2 行：表头是合并的单元格"):
        read(_workbook(tmp_path, rows))


def test_sheet_without_columns(read, tmp_path):
    with pytest.raises(FileError, match=r"台账!A1: 工作表「台账」第 1 行：缺少列：日期；找到的列：案号、环节"):
        read(_workbook(tmp_path, [["案号", "环节"], ["1", "立案"]]))


def test_cell_of_a_bad_date(read, tmp_path):
    result = read(_workbook(tmp_path, [["案号", "环节", "备注", "日期"], ["1", "立案", "", "31/12/2024"]]))
    assert "a.xlsx:台账!D2: 「31/12/2024」日月次序不明" in result.messages


def test_rejects_file(names, tmp_path):
    (tmp_path / "甲.csv").write_text(HEAD + GOOD + "=1+1,飞,2024-01-01\n", encoding="utf-8")
    with open_events(tmp_path / "甲.csv", steps=names, default_procedure="penalty") as events:
        path = events.rejects.write_rejects(tmp_path / "out")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf" + "文件,位置,办件,原文,原因,依据/接受".encode())
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # noqa: PTH116
    line = path.read_text(encoding="utf-8-sig").splitlines()[1]
    assert line.startswith("甲.csv,3,'=1+1,案号==1+1 环节=飞 日期=2024-01-01,程序 penalty 没有环节「飞」")
