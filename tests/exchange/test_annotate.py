"""The copy handed back: marked cells, comments, report; safe to open, and the same file when sent again."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from registers import AS_OF, PENALTY, book, law, read, saved, ugly, unit, upload, xls, xlsx

from fadu.exchange import annotate
from fadu.exchange.annotate import annotated_copy
from fadu.exchange.case_drafts import RowFault
from fadu.exchange.formula_guard import guarded, runs_as_formula
from fadu.exchange.sheet_apply import apply
from fadu.exchange.sheet_proposal import propose
from fadu.exchange.sheets import read_workbook

GOOD = ["京1号", "城管局", "某公司", "2023-01-05", "2023-1-16", "2023-2-1", 300]
RED, YELLOW = "00FFC7CE", "00FFEB9C"


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def marked(sheet) -> dict[str, str]:
    return {cell.coordinate: cell.fill.fgColor.rgb for row in sheet.iter_rows() for cell in row
            if cell.fill.fgColor.rgb in (RED, YELLOW)}  # fmt: skip


def comments(sheet) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def fault(row: int, column: str, reason: str = "不是日期", sheet: str = "台账", **more: str) -> RowFault:
    return RowFault(sheet, row, column, more.pop("label", "立案日期"), "bad_date", more.pop("found", "年底"), reason, **more)


def test_the_same_workbook_with_its_faults_marked():
    sent = upload(ugly(), "处罚台账.xlsx")
    (table,) = read_workbook(sent).tables
    result = apply(propose(table, book().versions("penalty")[-1]), table, law("penalty"), unit, AS_OF)
    found = opened(annotated_copy(sent, result.faults, result.notes))
    assert found.sheetnames == ["导入报告", "2023处罚台账"] and found.active.title == "导入报告"
    sheet = found["2023处罚台账"]
    assert marked(sheet) == {"F10": RED, "H10": RED}
    assert comments(sheet)["F10"].startswith("没有「2023/2/30」这一天：2023 年 2 月只有 28 天\n接受：2023-01-05、")
    assert "请：写全年月日" in comments(sheet)["H10"]
    assert sheet["A1"].value == "某某区2023年度行政处罚案件台账（模拟数据）" and "A1:L1" in map(str, sheet.merged_cells.ranges)
    assert sheet.row_dimensions[11].hidden and sheet.column_dimensions["E"].hidden  # its own look is kept


def test_report():
    faults = [fault(3, "D"), fault(4, "D", found="年初"), fault(4, "", "没有写单位", label="", found="")]
    found = opened(annotated_copy(upload(xlsx([PENALTY, GOOD, GOOD, GOOD])), faults, ["共 3 行，取 1 行"]))
    rows = [[cell for cell in row if cell is not None] for row in found["导入报告"].iter_rows(values_only=True)]
    assert rows[0] == ["导入报告：台账.xlsx"]
    assert rows[1] == ["退回 2 行，3 处。改好后把这个文件（或原文件）再传一次，已导入的不会重复"]
    assert rows[2] == ["共 3 行，取 1 行"]
    assert ["原因", "处数"] in rows and ["立案日期：不是日期", 2] in rows and ["没有写单位", 1] in rows
    assert ["位置", "列名", "写的是", "原因", "接受", "依据", "怎样改"] in rows
    assert ["台账!D3", "立案日期", "年底", "不是日期"] in rows and ["台账 第 4 行", "没有写单位"] in rows
    cells = {cell.coordinate: cell.hyperlink.location for row in found["导入报告"].iter_rows() for cell in row if cell.hyperlink}
    assert list(cells.values()) == ["'台账'!D3", "'台账'!D4", "'台账'!A4"]
    assert {found["导入报告"][place].value for place in cells} == {"台账!D3", "台账!D4", "台账 第 4 行"}


def test_rows_empty_and_merged_cells_are_marked():
    data = xlsx([PENALTY, GOOD, [None, None, "乙", *GOOD[3:]], GOOD[:3]], merges=["A2:A3", "B2:B3"])
    found = opened(annotated_copy(upload(data), [fault(3, "A"), fault(3, "B"), fault(4, "F"), fault(4, "", "没有写单位")]))
    assert marked(found["台账"]) == {"A2": RED, "B2": RED, "F4": RED, "A4": YELLOW}


def test_two_faults_of_one_cell():
    found = opened(annotated_copy(upload(xlsx([PENALTY, GOOD])), [fault(2, "D"), fault(2, "D", "还没有到", rule="某法1")]))
    assert comments(found["台账"]) == {"D2": "不是日期\n还没有到\n依据：某法1"}


def test_copy_sent_again_is_the_same_file_without_old_marks():
    sent = upload(xlsx([PENALTY, GOOD, ["京2号", "城管局", "乙", "年底", *GOOD[4:]]]))
    (table,) = read_workbook(sent).tables
    mapping = propose(table, book().versions("penalty")[-1])
    first = apply(mapping, table, law("penalty"), unit, AS_OF)
    copy = opened(annotated_copy(sent, first.faults))
    copy["台账"]["D3"] = "2023-1-6"
    again = upload(saved(copy))
    workbook = read_workbook(again)
    assert workbook.notes == ("上次的“导入报告”没有读",) and [sheet.name for sheet in workbook.sheets] == ["台账"]
    second = apply(mapping, workbook.tables[0], law("penalty"), unit, AS_OF)
    assert [draft.digest for draft in second.drafts][:1] == [draft.digest for draft in first.drafts]
    assert len(second.drafts) == 2 and not second.faults
    third = opened(annotated_copy(again, [fault(2, "G")]))
    assert third.sheetnames == ["导入报告", "台账"]
    assert marked(third["台账"]) == {"G2": RED} and list(comments(third["台账"])) == ["G2"]


def test_comments_of_others_stay():
    book_ = opened(xlsx([PENALTY, GOOD]))
    book_["台账"]["C2"].comment = openpyxl.comments.Comment("请核对", "某人")
    found = opened(annotated_copy(upload(saved(book_)), [fault(2, "D")]))
    assert comments(found["台账"]) == {"C2": "请核对", "D2": "不是日期"}


def test_csv_comes_back_as_a_workbook():
    sent = upload("案号,单位,立案日期\n京1号,=HYPERLINK(0),年底\n".encode("gbk"), "台账.csv")
    found = opened(annotated_copy(sent, [fault(2, "C", sheet="CSV"), fault(2, "F", sheet="CSV")]))
    sheet = found["CSV"]
    assert [cell.value for cell in sheet[2]][:3] == ["京1号", "=HYPERLINK(0)", "年底"]
    assert marked(sheet) == {"C2": RED, "F2": RED} and sheet["B2"].data_type == "s" and sheet["B2"].quotePrefix


def test_old_workbook_comes_back_as_a_new_one():
    found = opened(annotated_copy(upload(xls([PENALTY, GOOD]), "旧.xls"), [fault(2, "D"), fault(2, "", "没有写单位")]))
    assert [cell.value for cell in found["台账"][2]] == GOOD and marked(found["台账"]) == {"D2": RED, "A2": YELLOW}


@pytest.mark.parametrize("why", ["large", "unreadable"])
def test_workbook_that_cannot_be_edited_comes_back_as_values(monkeypatch, why):
    def broken(*args, **options):
        raise ValueError("Value must be one of {...}")

    monkeypatch.setattr(annotate, *(("EDITABLE", 5) if why == "large" else ("load_workbook", broken)))
    rows = [PENALTY, [*GOOD[:3], date(2023, 1, 5), *GOOD[4:]]]
    found = opened(annotated_copy(upload(xlsx(rows)), [fault(2, "E")]))
    assert [cell.value for cell in found["台账"][2]][:2] == ["京1号", "城管局"] and marked(found["台账"]) == {"E2": RED}
    assert found["台账"]["D2"].value.date() == date(2023, 1, 5)
    texts = [row[0] for row in found["导入报告"].iter_rows(values_only=True)]
    assert "文件很大，或者有不合规范的格式：这里只写回各格的值，没有原来的格式" in texts


DANGEROUS = ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "＝1+1", "=cmd|'/c calc'!A1"]


def parts(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if "/worksheets/sheet" in name)


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("name", ["台账.xlsx", "台账.csv"])
def test_nothing_becomes_a_formula(text, name):
    assert runs_as_formula(text) and guarded(text) == f"'{text}"
    made = openpyxl.Workbook()
    made.active.title = "台账"
    for row in (PENALTY, [*GOOD[:2], "x", *GOOD[3:]]):
        made.active.append(row)
    made.active["C2"].value = text
    made.active["C2"].data_type = "s"
    csv = f'案号,单位,当事人名称\n京1号,城管局,"{text}"\n'.encode()
    data = saved(made) if name.endswith("xlsx") else csv
    sheet = "台账" if name.endswith("xlsx") else "CSV"
    copy = annotated_copy(upload(data, name), [fault(2, "C", text, sheet=sheet, found=text, advice=text)], [text])
    assert "<f>" not in parts(copy) and "<f " not in parts(copy)
    cells = [cell for sheet in opened(copy) for row in sheet.iter_rows() for cell in row if cell.value == text.strip("\t")
             or cell.value == text]  # fmt: skip
    assert cells and all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_formulas_come_back_as_their_values():
    """A formula of a copy that openpyxl saved has no value, so that the copy could not be read when sent again."""
    made = opened(xlsx([PENALTY, GOOD]))
    made["台账"]["G2"] = "=100+200"
    data = saved(made)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        bodies = {name: old.read(name) for name in old.namelist()}
    part = "xl/worksheets/sheet1.xml"
    bodies[part] = bodies[part].replace(b"<f>100+200</f><v></v>", b"<f>100+200</f><v>300</v>").replace(
        b"<f>100+200</f><v/>", b"<f>100+200</f><v>300</v>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, body in bodies.items():
            new.writestr(name, body)
    copy = annotated_copy(upload(out.getvalue()), [fault(2, "D")])
    assert opened(copy)["台账"]["G2"].value == 300
    assert read(copy).tables[0].rows[0].cells[6] == 300


def test_many_faults(monkeypatch):
    monkeypatch.setattr(annotate, "COMMENTS", 2)
    monkeypatch.setattr(annotate, "LISTED", 3)
    rows = [PENALTY, *[GOOD] * 5]
    found = opened(annotated_copy(upload(xlsx(rows)), [fault(row, "D") for row in range(2, 7)]))
    assert len(marked(found["台账"])) == 5 and len(comments(found["台账"])) == 2
    texts = [row[0] for row in found["导入报告"].iter_rows(values_only=True)]
    assert "……共 5 处，这里列出前 3 处" in texts
