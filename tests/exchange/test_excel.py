from __future__ import annotations

from datetime import date, datetime, time

import openpyxl
import pytest

from fadu.law.dates import day_of

HEAD = ["案号", "环节", "日期", "时间", "执法人员数", "罚款金额"]
DAY = day_of("2024-02-07")


@pytest.fixture
def sheet(tmp_path):
    book = openpyxl.Workbook()
    active = book.active
    active.save = lambda: book.save(tmp_path / "a.xlsx")
    active.book = book
    return active


@pytest.mark.parametrize("cell", [
    date(2024, 2, 7), datetime(2024, 2, 7), 45329, 45329.0, 20240207, "2024-02-07", "2024年2月7日",
])  # fmt: skip
def test_dates(read, sheet, cell):
    sheet.append(HEAD)
    sheet.append([123.0, "立案", cell])
    sheet.save()
    assert read("a.xlsx").column("case_id", "day", "minute") == [("123", DAY, None)]


@pytest.mark.parametrize("cell", [45329.4, datetime(2024, 2, 7, 9, 36)])
def test_times_in_the_date(read, sheet, cell):
    sheet.append(HEAD)
    sheet.append(["a", "立案", cell])
    sheet.save()
    assert read("a.xlsx").column("day", "minute") == [(DAY, 576)]


@pytest.mark.parametrize("cell", [time(9, 36), 0.4, "09:36", "9时36分"])
def test_time_cells(read, sheet, cell):
    sheet.append(HEAD)
    sheet.append(["a", "立案", "2024-02-07", cell, 2, 3000])
    sheet.save()
    (row,) = read("a.xlsx").rows
    assert (row["minute"], row["officers"], row["fields"]) == (576, 2, '{"fine":3000}')


def test_1904_system(read, sheet):
    sheet.append(HEAD)
    sheet.append(["a", "立案", 45329 - 1462])
    sheet.book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    sheet.save()
    assert read("a.xlsx").column("day") == [DAY]


def test_title_empty_and_hidden_rows(read, sheet):
    for row in (
        ["某区台账"],
        [],
        HEAD,
        ["a", "立案", "2024-02-07"],
        [],
        ["a", "送达", "2024-02-08"],
        ["b", "立案", "2024-02-07"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.row_dimensions[6].hidden = True
    sheet.save()
    result = read("a.xlsx")
    assert result.column("case_id", "step") == [("a", "register"), ("b", "register")]
    assert "工作表「Sheet」中隐藏的行没有读（1 处）" in result.notices


def test_first_sheet_with_the_columns(read, sheet):
    sheet.append(["说明"])
    second = sheet.book.create_sheet("数据")
    second.append(HEAD)
    second.append(["a", "飞", "2024-02-07"])
    second.append(["a", "立案", "2024-02-07"])
    sheet.save()
    assert "a.xlsx:数据!B2: 程序 penalty 没有环节「飞」" in read("a.xlsx").messages


def test_case_merged_over_its_rows(read, sheet):
    for row in (HEAD, ["a", "立案", "2024-02-07"], [None, "送达", "2024-02-08"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.save()
    assert read("a.xlsx").column("case_id") == ["a", "a"]


def test_long_number_is_noticed(read, sheet):
    sheet.append(HEAD)
    sheet.append([330106200001011234, "立案", "2024-02-07"])
    sheet.save()
    assert "超过 15 位" in read("a.xlsx").notices


def test_bad_serial(read, sheet):
    sheet.append(HEAD)
    sheet.append(["a", "立案", 9999999])
    sheet.save()
    assert "a.xlsx:Sheet!C2: 「9999999」不是日期" in read("a.xlsx").messages
