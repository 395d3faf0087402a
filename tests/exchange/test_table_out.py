"""Exports to Excel and CSV: what they say of themselves, what stays text, and that the import reads them back."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import date, datetime

import openpyxl
import pytest
from registers import book, export_cases, law, read, unit, upload

from fadu.exchange import table_out
from fadu.exchange.export_cases import About, pseudonym
from fadu.exchange.sheet_apply import apply
from fadu.exchange.sheet_proposal import propose
from fadu.exchange.table_out import (
    EVENT_HEADERS,
    case_columns,
    case_rows,
    event_rows,
    write_csv,
    write_xlsx,
)
from fadu.law.dates import NO_MINUTE

ABOUT = About("处罚台账", (("筛选", "2024年，城管局"), ("口径", "以立案日计入")), simulated=True)
COLUMNS = [("案号", 20), ("标题", 30), ("日期", 12), ("数", 8), ("是否", 8)]
ROWS = [["京1号", "甲", date(2024, 1, 5), 3, True], ["京2号", "=1+1", datetime(2024, 1, 5, 9, 30), 1.5, None]]


def written(rows=ROWS, about=ABOUT, columns=COLUMNS) -> tuple[int, bytes]:
    out = io.BytesIO()
    return write_xlsx(out, columns, rows, about), out.getvalue()


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_first_sheet_says_what_it_is():
    count, data = written()
    found = opened(data)
    assert count == 2 and found.sheetnames == ["说明", "数据（模拟数据）"]
    assert [tuple(cell for cell in row if cell) for row in found["说明"].iter_rows(values_only=True)] == [
        ("处罚台账",), ("模拟数据：由程序模拟产生，不是任何地方、任何人的真实记录",), ("筛选", "2024年，城管局"), ("口径", "以立案日计入"),
        ("行数", "2"),
    ]  # fmt: skip
    sheet = found["数据（模拟数据）"]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:E3" and sheet.column_dimensions["B"].width == 30
    assert sheet.oddHeader.center.text == "模拟数据"
    assert [[cell.value for cell in row] for row in sheet] == [
        ["案号", "标题", "日期", "数", "是否"], ["京1号", "甲", datetime(2024, 1, 5), 3, "是"],
        ["京2号", "=1+1", datetime(2024, 1, 5, 9, 30), 1.5, None],
    ]  # fmt: skip
    assert (sheet["B3"].data_type, sheet["B3"].quotePrefix, sheet["C2"].number_format) == ("s", True, "yyyy-mm-dd")


def test_real_data_is_not_called_simulated():
    _, data = written(about=About("台账"))
    assert opened(data).sheetnames == ["说明", "数据"]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@A1", "\t=1", "＝1"])
def test_no_text_is_a_formula(text):
    _, data = written([[text, text, None, None, None]], About(text, ((text, text),)), [(text, 9)] * 5)
    cells = [cell for sheet in opened(data) for row in sheet for cell in row if isinstance(cell.value, str)]
    assert all(cell.data_type in ("s", "inlineStr") for cell in cells)
    assert sum(cell.value == text for cell in cells) == 10
    out = io.BytesIO()
    write_csv(out, [text], [[text]], About("甲"))
    assert list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")))) == [[f"'{text}"], [f"'{text}"]]


def test_what_a_workbook_cannot_hold():
    count, data = written([["京\x071号", "长" * 40_000, None, None, None]])
    found = opened(data)
    row = [cell.value for cell in found["数据（模拟数据）"][2]]
    assert count == 1 and row[0] == "京1号" and len(row[1]) == 32_767 and row[1].endswith("……（太长，其余略去）")
    assert ("略去", "1 个单元格超过 32767 字，后面的略去") in list(found["说明"].iter_rows(values_only=True))


def test_more_rows_than_a_sheet_holds(monkeypatch):
    monkeypatch.setattr(table_out, "MOST_ROWS", 3)
    count, data = written([[str(i), None, None, None, None] for i in range(7)])
    found = opened(data)
    assert count == 7 and found.sheetnames == ["说明", "数据（模拟数据）", "数据（模拟数据）2", "数据（模拟数据）3"]
    assert [sheet.max_row for sheet in found.worksheets[1:]] == [4, 4, 2]
    assert ("行数", "7，分 3 个工作表") in list(found["说明"].iter_rows(values_only=True))


def test_csv():
    out = io.BytesIO()
    assert write_csv(out, ["案号", "日期", "是否"], [["京1号", date(2024, 1, 5), True], ["京\n2号", None, False]], ABOUT) == 2
    assert out.getvalue().startswith(b"\xef\xbb\xbf") and not out.closed
    assert list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""))) == [
        ["案号", "日期", "是否", "数据性质"], ["京1号", "2024-01-05", "是", "模拟数据"], ["京\n2号", "", "否", "模拟数据"],
    ]  # fmt: skip


def test_rows_are_written_as_they_come():
    """Twenty times the rows need no more memory."""

    def peak(rows: int) -> int:
        tracemalloc.start()
        written([f"京{i}号", "甲" * 50, None, i, True] for i in range(rows))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    small, large = peak(200), peak(4000)
    assert large < small + 400_000, (small, large)


def events_of(case):
    return [(e.step, e.day, NO_MINUTE if e.minute is None else e.minute, e.outcome, e.days, e.officers, e.amount, e.reason)
            for e in case.events]  # fmt: skip


@pytest.mark.parametrize("code", book().codes)
def test_events_of_every_procedure_are_read_back(code):
    """Out as one row an event, in by the proposed mapping: the same cases, nothing left out."""
    procedure = book().versions(code)[-1]
    cases = export_cases(code, 40)
    fields = list(procedure.fields.values())
    out = io.BytesIO()
    headers = [*EVENT_HEADERS, *(item.label for item in fields)]
    write_xlsx(out, [(label, 12) for label in headers], event_rows(cases, [item.name for item in fields]), ABOUT)
    table = read(out.getvalue()).sheet("数据（模拟数据）").table
    mapping = propose(table, procedure)
    assert mapping.form == "event"
    result = apply(mapping, table, law(code), unit)
    assert not result.faults, [str(fault) for fault in result.faults[:3]]
    drafts = {draft.number: draft for draft in result.drafts}
    for case in cases:
        draft = drafts[case.number]
        found = [(e.step, e.day, 0 if e.minute == 0 else e.minute, e.outcome, e.days, e.officers, e.amount,
                  e.reason) for e in draft.events]  # fmt: skip
        assert found == events_of(case)
        assert {name: value for name, value in draft.fields.items() if name in case.fields} == case.fields
        assert [e.by for e in draft.events] == [e.by for e in case.events]


@pytest.mark.parametrize("code", book().codes)
def test_registers_of_every_procedure_are_read_back(code):
    """Out as one row a case under the lawbook's own labels, in by the proposed mapping."""
    procedure = book().versions(code)[-1]
    cases = export_cases(code, 40, times=False)
    used = {event.step for case in cases for event in case.events}
    columns = case_columns(procedure, [name for name in procedure.steps if name in used])
    out = io.BytesIO()
    write_xlsx(out, [(column.label, column.width) for column in columns], case_rows(cases, columns), ABOUT)
    table = read(out.getvalue()).sheet("数据（模拟数据）").table
    result = apply(propose(table, procedure), table, law(code), unit)
    assert not result.faults, [str(fault) for fault in result.faults[:3]]
    drafts = {draft.number: draft for draft in result.drafts}
    for case in cases:
        draft = drafts[case.number]
        assert [(e.step, e.day) for e in draft.events] == [(e.step, e.day) for e in case.events]
        assert {(e.step, e.outcome) for e in draft.events} == {(e.step, e.outcome) for e in case.events}
        assert draft.fields.items() >= case.fields.items()


def test_pseudonyms():
    assert pseudonym("甲", b"k" * 32) == pseudonym("甲", b"k" * 32) != pseudonym("乙", b"k" * 32)
    assert pseudonym("甲", b"j" * 32) != pseudonym("甲", b"k" * 32)
    with pytest.raises(ValueError, match="假名的密钥至少 16 字节"):
        pseudonym("甲", b"short")


def test_export_is_let_in_by_the_guard():
    assert upload(written()[1]).kind == "xlsx"
