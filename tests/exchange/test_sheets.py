"""The shapes in which units send their registers: headers, merges, notes, totals, hidden parts, two tables."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import io
import time
from datetime import date

import openpyxl
import pytest
from registers import PENALTY, read, saved, table, ugly, upload, xlsx

from fadu.exchange import sheets
from fadu.exchange.cells import BrokenCell
from fadu.exchange.export_cases import About
from fadu.exchange.rejects import FileError
from fadu.exchange.sheets import read_workbook
from fadu.exchange.table_out import write_xlsx

GOOD = ["京1号", "城管局", "某公司", "2023-01-05", "2023-1-6", "2023-2-1", 300]


def labels(found) -> list[str]:
    return [column.label for column in found.columns]


def told(found) -> list[str]:
    return [str(item) for item in found.skipped]


def test_ugly_register():
    (sheet,) = read(ugly()).sheets
    found = sheet.table
    assert labels(found) == [
        "序号", "案号", "当事人/名称", "当事人/证件号码", "当事人/联系电话", "案件办理/立案/日期", "案件办理/立案/立案审批人",
        "案件办理/告知时间", "案件办理/结案日期", "处罚/决定日期", "处罚/罚款金额（万元）", "备注",
    ]  # fmt: skip
    assert found.header == (3, 5) and [row.number for row in found.rows] == [9, 10, 11, 15]
    assert told(found) == [
        "第 1 行：标题「某某区2023年度行政处罚案件台账（模拟数据）」",
        "第 2 行：表上的说明「填报单位：区城管执法局 填报日期：2024年1月5日 金额单位：万元」",
        "第 6 行：栏次「栏次 1 2 3 4 5 6 7 8 9 10 11」",
        "第 7 行：填写示例「示例 京某罚〔2023〕0号 某公司 / / 2023.1.1 某 2023.1.1 2023.1.1 2023.1.1 1」",
        "第 8 行：分组标题「一、综合执法队」",
        "第 12 行：合计、小计「小 计 」",
        "第 14 行：分组标题「二、街道执法队」",
        "第 16 行：合计、小计「合计 9」",
        "第 17 行：表下的说明「注：1.本表每月5日前报送。 2.金额以万元计。」",
        "第 18 行：表下的说明「填表人：王某 审核人：赵某 联系电话：69600000」",
    ]
    assert found.year == 2023 and found.context["填报单位"] == "区城管执法局"
    assert sheet.notes == ("隐藏的 1 行也读了（第 11 行）；不要的请删去", "隐藏的列也读了：E 列「当事人/联系电话」")
    assert found.rows[0].cells[1] == "京某罚〔２０２３〕１号"  # as written; what it means is read by the mapping
    assert found.address(found.rows[1], 5) == "F10"


HEADERS = {
    "one row": ([PENALTY], [], PENALTY),
    "under a title over all": ([["2023年处罚台账"], PENALTY], ["A1:G1"], PENALTY),
    "title in two cells": ([["某区处罚台账", None, None, None, None, "2023年度"], PENALTY], ["A1:E1", "F1:G1"], PENALTY),
    "two rows, groups merged": (
        [["案号", "单位", "处罚", None, "备注"], [None, None, "决定日期", "金额"]], ["A1:A2", "B1:B2", "C1:D1", "E1:E2"],
        ["案号", "单位", "处罚/决定日期", "处罚/金额", "备注"],
    ),
    "two rows, only groups merged": (
        [["案号", "单位", "处罚", None, "备注"], [None, None, "决定日期", "金额"]], ["C1:D1"],
        ["案号", "单位", "处罚/决定日期", "处罚/金额", "备注"],
    ),
    "two rows, nothing merged": (
        [["案号", "单位", "处罚", None, "备注"], [None, None, "决定日期", "金额"]], [],
        ["案号", "单位", "处罚/决定日期", "处罚/金额", "备注"],
    ),
    "spaces and line breaks": ([["案 号", " 单\n位", "立案\r\n日期"]], [], ["案号", "单位", "立案日期"]),
    "a column without a name": ([["案号", "单位", None, "立案日期"]], [], ["案号", "单位", "", "立案日期"]),
    "the same name twice": ([["案号", "日期", "日期"]], [], ["案号", "日期", "日期"]),
    "years as names": ([["单位", "2022年", "2023年"]], [], ["单位", "2022年", "2023年"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_headers(kind):
    rows, merges, expected = HEADERS[kind]
    data = [["京1号", "城管局", "2023-01-05", 300, "甲", "乙", "丙"], ["京2号", "城管局", "2023-01-06", 200]]
    found = table([*rows, *(row[: len(expected)] for row in data)], merges=merges)
    assert labels(found)[: len(expected)] == expected
    assert [row.cells[0] for row in found.rows] == ["京1号", "京2号"]
    assert found.header[1] == len(rows)


def test_merged_cells_are_filled_down_and_keep_their_address():
    rows = [["案号", "单位", "当事人", "立案日期"], ["京1号", "城管局", "甲", "2023-1-5"], [None, None, "乙", None],
            ["京2号", "城管局", "丙", "2023-1-6"]]  # fmt: skip
    found = table(rows, merges=["A2:A3", "B2:B3"])
    second = found.rows[1]
    assert list(second.cells) == ["京1号", "城管局", "乙", ""] or list(second.cells) == ["京1号", "城管局", "乙", None]
    assert (found.address(second, 0), found.address(second, 2)) == ("A2", "C3")


def test_record_over_two_merged_rows_is_one():
    rows = [["案号", "单位", "立案日期"], ["京1号", "城管局", "2023-1-5"], [], ["京2号", "城管局", "2023-1-6"], []]
    found = table(rows, merges=["A2:A3", "B2:B3", "C2:C3", "A4:A5", "B4:B5", "C4:C5"])
    assert [row.number for row in found.rows] == [2, 4]


SKIPPED = {
    "total": (["合计", None, None, None, None, None, 600], "合计、小计"),
    "total with spaces": (["合　　计：", None, None, None, None, None, 600], "合计、小计"),
    "total in the second cell": ([None, "总计", None, None, None, None, 600], "合计、小计"),
    "header again": (PENALTY, "重复的表头"),
    "remark": (["备注：以上数据截至年底"], "表下的说明"),
    "signature": (["制表人：王某", None, "审核：赵某", None, "日期：2024.1.5"], "表下的说明"),
    "group": (["（三）街道执法队"], "分组标题"),
    "sample": (["例：", "京0号", "甲", "2023-1-1"], "填写示例"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SKIPPED)
def test_rows_that_are_no_data(kind):
    row, reason = SKIPPED[kind]
    found = table([PENALTY, GOOD, row, ["京2号", *GOOD[1:]]])
    assert [r.cells[0] for r in found.rows] == ["京1号", "京2号"]
    (skipped,) = found.skipped
    assert (skipped.first, skipped.reason) == (3, reason)


def test_title_again_on_a_later_page():
    found = table([["处罚台账"], PENALTY, GOOD, ["处罚台账"], PENALTY, ["京2号", *GOOD[1:]]])
    assert [item.reason for item in found.skipped] == ["标题", "重复的标题", "重复的表头"]


def test_unit_that_has_only_a_name_left_is_data():
    """A row with little in it is still a row: its case is returned with words, not lost."""
    found = table([PENALTY, GOOD, ["京2号"]])
    assert [row.number for row in found.rows] == [2, 3]


def test_blank_rows_and_columns_between():
    found = table([[], PENALTY, [], GOOD, [], [], ["京2号", *GOOD[1:]]])
    assert [row.number for row in found.rows] == [4, 7]


def test_second_table_on_the_sheet_is_told_in_words():
    second = [["序号", "复议案号", "申请人", "受理日期"], [1, "京复1号", "甲", "2023-1-5"]]
    found = table([PENALTY, GOOD, ["京2号", *GOOD[1:]], [], ["附：行政复议案件"], *second])
    assert [row.number for row in found.rows] == [2, 3]
    (note,) = found.notes
    assert note == (
        "第 5 行起像是第二张表（列名：序号、复议案号、申请人、受理日期），从这一行起没有读；接受：一个工作表一张表。"
        "请把第二张表移到另一个工作表"
    )
    assert "第 5–7 行：第二张表，没有读" in told(found)


def test_cells_beyond_the_header_are_told():
    found = table([PENALTY, [*GOOD, "附注", "另记"]])
    assert found.notes == ("表头右边没有列名的 H、I 列有内容，没有读",)


def test_tables_side_by_side_are_refused_in_words():
    rows = [["案号", "单位", None, "案号", "单位"], ["京1号", "甲", None, "京2号", "乙"]]
    (sheet,) = read(xlsx(rows)).sheets
    assert sheet.table is None
    assert "工作表「台账」：C 列两边像是并排的两张表（都有「单位、案号」）" in sheet.fault and "另一个工作表" in sheet.fault


def test_sheet_without_a_header_says_what_is_expected():
    (sheet,) = read(xlsx([[1, 2], [3, 4]])).sheets
    assert sheet.fault.startswith("工作表「台账」：前 2 行里没有找到表头；接受：数据上面有一行或几行列名")
    (sheet,) = read(xlsx([PENALTY])).sheets
    assert sheet.fault == "工作表「台账」：第 1–1 行像是表头，下面没有一行数据"


def test_several_sheets_hidden_and_empty_ones():
    made = openpyxl.Workbook()
    made.active.title = "封面"
    for name in ("处罚", "许可"):
        sheet = made.create_sheet(name)
        sheet.append(PENALTY)
        sheet.append(GOOD)
    made["许可"].sheet_state = "hidden"
    made.create_chartsheet("图")
    found = read(saved(made))
    assert [(sheet.name, bool(sheet.table)) for sheet in found.sheets] == [("封面", False), ("处罚", True), ("许可", True)]
    assert found.sheet("许可").notes == ("这是隐藏的工作表，也读了；不要的请删去",)
    assert found.notes == ("空的工作表没有读：封面",)
    with pytest.raises(FileError, match="没有工作表「复议」；这个文件里有：封面、处罚、许可"):
        found.sheet("复议")


def test_nothing_in_the_file():
    with pytest.raises(FileError, match="空文件：没有一个工作表有内容"):
        read(saved(openpyxl.Workbook()))


def test_errors_and_formulas_without_a_value_are_not_empty():
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(PENALTY)
    sheet.append(GOOD)
    sheet["D2"] = "#N/A"
    sheet["D2"].data_type = "e"
    sheet["G2"] = "=1+1"  # openpyxl keeps no worked-out value
    (found,) = read(saved(made)).tables
    assert found.rows[0].cells[3] == BrokenCell("#N/A") and found.rows[0].cells[6] == BrokenCell()
    assert found.notes == ("有 2 个单元格是公式错误，或公式还没有算出结果",)


def test_dates_of_the_1904_system_carry_their_shift():
    made = openpyxl.Workbook()
    made.epoch = openpyxl.utils.datetime.MAC_EPOCH
    made.active.append(PENALTY)
    made.active.append([*GOOD[:3], date(2023, 1, 5), 44931 - 1462, *GOOD[5:]])
    (found,) = read(saved(made)).tables
    assert found.shift == 1462 and found.rows[0].cells[3] == date(2023, 1, 5)


@pytest.mark.parametrize(("text", "name"), [
    ("案号,单位,立案日期\n京1号,城管局,2023-1-5\n", "a.csv"), ("案号\t单位\t立案日期\n京1号\t城管局\t2023-1-5\n", "a.tsv"),
    ("案号;单位;立案日期\n京1号;城管局;2023-1-5\n", "a.txt"), ("案号|单位|立案日期\n京1号|城管局|2023-1-5\n", "a.txt"),
    ('2023年台账,,\n案号,单位,立案日期\n"京1号","城管局",2023-1-5\n合计,,1\n', "a.csv"),
])  # fmt: skip
def test_csv(text, name):
    (sheet,) = read(text.encode("gbk"), name).sheets
    assert labels(sheet.table) == ["案号", "单位", "立案日期"]
    assert [list(row.cells) for row in sheet.table.rows] == [["京1号", "城管局", "2023-1-5"]]


def test_csv_rows_are_numbered_as_a_spreadsheet_shows_them():
    (sheet,) = read('案号,单位,立案日期\n"京\n1号",城管局,2023-1-5\n\n京2号,城管局,2023-1-6\n'.encode(), "a.csv").sheets
    assert [row.number for row in sheet.table.rows] == [2, 4]


@pytest.mark.parametrize(("text", "words"), [
    ('案号,单位\n"京1号,城管局\n京2号,城管局\n', ["CSV 语法错误", "可能是引号没有配对", "引号成对"]),
    ('案号,单位\n京1号,"' + "长" * 140_000 + '"\n', ["CSV 语法错误", "一格超过 131072 字"]),
])  # fmt: skip
def test_broken_csv(text, words):
    with pytest.raises(FileError) as error:
        read(text.encode(), "a.csv")
    assert str(error.value).startswith("a.csv:") and all(word in str(error.value) for word in words)


def test_what_is_no_table():
    with pytest.raises(FileError, match=r"JSON 不是表格；登记表接受：Excel（.xlsx .xls）、CSV"):
        read_workbook(upload(b'{"id": 1}', "a.json"))


def test_many_merged_cells(monkeypatch):
    monkeypatch.setattr(sheets, "MERGED", 3)
    rows = [PENALTY, *[GOOD] * 9]
    with pytest.raises(FileError, match="工作表「台账」合并单元格过多；请取消合并后再传"):
        read(xlsx(rows, merges=["A2:A10"]))


def test_reader_that_gives_up_is_a_broken_file(monkeypatch):
    class PanicException(BaseException):
        pass

    class Panicking:
        @staticmethod
        def from_filelike(file):
            raise PanicException("index out of bounds")

    monkeypatch.setattr(sheets, "CalamineWorkbook", Panicking)
    with pytest.raises(FileError, match=r"Excel 文件已损坏或不完整（结构不合规范）；请用 Excel 打开后另存为 .xlsx 再传"):
        read(xlsx([PENALTY, GOOD]))


@pytest.mark.slow
def test_hundred_thousand_rows_of_twelve_columns():
    """A few seconds on one core, inspection included."""
    out = io.BytesIO()
    rows = ([f"京{i}号", "城管局", *["2023-01-05"] * 5, i, "无", "标题", "是", 1.5] for i in range(100_000))
    write_xlsx(out, [(f"列{i}", 10) for i in range(12)], rows, About("大表", simulated=True))
    begun = time.process_time()
    found = read(out.getvalue()).sheet("数据（模拟数据）").table
    assert found and len(found.rows) == 100_000
    assert time.process_time() - begun < 15
