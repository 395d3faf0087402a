"""The file handed back: faulty cells coloured and commented, and a first sheet 导入报告 with counts and the list.

openpyxl reads only what ``inspect_upload`` let through: no part with a DOCTYPE, so no entity is ever expanded, and no
more cells than the limits allow. Formulas come back as their values, so that the copy can be sent again as it is.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as OneCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from fadu.exchange.case_drafts import RowFault
from fadu.exchange.cells import BrokenCell, Cell
from fadu.exchange.formula_guard import runs_as_formula
from fadu.exchange.sheets import REPORT, is_report, read_grids
from fadu.exchange.table_out import LONGEST, text_cell
from fadu.exchange.uploads import Limits, Upload
from fadu.exchange.xlsx_parts import column_index, letter

AUTHOR = "法度导入"
EDITABLE = 300_000
"""Cells of a workbook up to which its own look is kept; a larger one comes back as plain values."""
COMMENTS = 5_000
"""Comments written: more make a spreadsheet unusable. Every faulty cell is coloured and listed all the same."""
LISTED = 100_000
_FAULT = PatternFill("solid", fgColor="FFC7CE")
_ROW_FAULT = PatternFill("solid", fgColor="FFEB9C")
_OURS = {_FAULT.fgColor.rgb, _ROW_FAULT.fgColor.rgb}
_HEAD = ("位置", "列名", "写的是", "原因", "接受", "依据", "怎样改")
_WIDTHS = (22, 18, 24, 44, 40, 36, 30)

Marked = dict[tuple[str, int, int], list[RowFault]]
"""(sheet, row, column from 0) → its faults; a fault of a whole row stands at its first column."""


def annotated_copy(upload: Upload, faults: Sequence[RowFault], notes: Sequence[str] = ()) -> bytes:
    """An .xlsx of the file that was sent, with its faults marked. ``notes`` go on the report as they are."""
    marked: Marked = {}
    for fault in faults:
        marked.setdefault((fault.sheet, fault.row, column_index(fault.column or "A")), []).append(fault)
    if upload.kind == "xlsx":
        kept = _edited(upload, marked)
        if kept is not None:
            _Report(kept.create_sheet(REPORT, 0)).write(upload, faults, notes)
            kept.active = 0
            return _bytes(kept)
        notes = (*notes, "文件很大，或者有不合规范的格式：这里只写回各格的值，没有原来的格式")
    return _bytes(_rewritten(upload, marked, faults, notes))


def _bytes(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _edited(upload: Upload, marked: Marked) -> Workbook | None:
    """The workbook itself with faulty cells marked; None where it is too large or openpyxl cannot read it."""
    grids = [grid for grid, _ in read_grids(upload, Limits())]
    if sum(len(row) for grid in grids for row in grid.rows) > EDITABLE:
        return None
    try:
        with upload.open() as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every extension it will not keep
            book = load_workbook(file, data_only=True)
    except Exception:  # it knows no error of its own: any means that the package is not as it expects
        return None
    for grid in filter(is_report, grids):
        del book[grid.name]
    sheets: list[Any] = book.worksheets
    for sheet in sheets:
        _clean(sheet)
        sheet.sheet_view.tabSelected = False
    merged = {sheet.title: _merged(sheet) for sheet in sheets if any(key[0] == sheet.title for key in marked)}
    for at, ((name, row, column), found) in enumerate(sorted(marked.items(), key=lambda item: item[0])):
        if name in merged:
            row, column = merged[name].get((row, column), (row, column))
            _mark(book[name].cell(row, column + 1), found, at < COMMENTS)
    return book


def _merged(sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """A cell inside a merged area → the area's first cell, the only one that may be written."""
    found = {}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, min(area.max_row, sheet.max_row) + 1):
            for column in range(area.min_col, min(area.max_col, sheet.max_column) + 1):
                found[row, column - 1] = area.min_row, area.min_col - 1
    return found


def _clean(sheet: Any) -> None:
    """No marks of an earlier copy; and text that looks like a formula stays text, whatever made it one."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and runs_as_formula(cell.value):
                cell.data_type = "s"
                cell.quotePrefix = True
            if cell.has_style and cell.fill.fgColor.rgb in _OURS:
                cell.fill = PatternFill()
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None


def _mark(cell: Any, faults: Sequence[RowFault], with_comment: bool) -> None:
    cell.fill = _FAULT if any(fault.column for fault in faults) else _ROW_FAULT
    if with_comment:
        text = "\n".join(_words(fault) for fault in faults)[:2000]
        cell.comment = Comment(text, AUTHOR, height=120, width=320)


def _words(fault: RowFault) -> str:
    parts = (("", fault.reason), ("接受：", fault.accepted), ("依据：", fault.rule), ("请：", fault.advice))
    return "\n".join(name + text for name, text in parts if text)


def _rewritten(upload: Upload, marked: Marked, faults: Sequence[RowFault], notes: Sequence[str]) -> Workbook:
    """A new workbook of the values of every sheet, row for row."""
    book = Workbook(write_only=True)
    _Report(book.create_sheet(REPORT)).write(upload, faults, notes)
    written = 0
    for grid, _ in read_grids(upload, Limits()):
        if is_report(grid):
            continue
        sheet: Any = book.create_sheet(grid.name)
        columns: dict[int, list[int]] = {}
        for name, row, column in marked:
            if name == grid.name:
                columns.setdefault(row, []).append(column)
        for number, cells in enumerate(grid.rows, 1):
            made = [_value(sheet, cell) for cell in cells]
            for column in columns.get(number, ()):
                made += [None] * (column + 1 - len(made))
                made[column] = _as_cell(sheet, made[column])
                _mark(made[column], marked[grid.name, number, column], written < COMMENTS)
                written += 1
            sheet.append(made)
    return book


def _value(sheet: Any, cell: Cell) -> Any:
    """What is written for a cell: text as text, no character a workbook may not hold."""
    if not isinstance(cell, str | BrokenCell):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", str(cell))[:LONGEST]
    return text_cell(sheet, text) if runs_as_formula(text) or isinstance(cell, BrokenCell) else text


def _as_cell(sheet: Any, value: Any) -> Any:
    return value if isinstance(value, OneCell) else WriteOnlyCell(sheet, value)


class _Report:
    """Writes the report row by row, so that it can be streamed."""

    def __init__(self, sheet: Any) -> None:
        self.sheet, self.row = sheet, 0
        for index, width in enumerate(_WIDTHS):
            sheet.column_dimensions[letter(index)].width = width

    def write(self, upload: Upload, faults: Sequence[RowFault], notes: Sequence[str]) -> None:
        """Counts by kind of fault, the notes, then every fault with a link to its cell."""
        rows = len({(fault.sheet, fault.row) for fault in faults})
        self._add(f"{REPORT}：{upload.name}", bold=True)
        self._add(f"退回 {rows} 行，{len(faults)} 处。改好后把这个文件（或原文件）再传一次，已导入的不会重复")
        for text in notes:
            self._add(text)
        self._add()
        self._add("原因", "处数", bold=True)
        for reason, count in Counter(map(_kind_words, faults)).most_common(30):
            self._add(reason, count)
        self._add()
        self._add(*_HEAD, bold=True)
        for fault in faults[:LISTED]:
            self._fault(fault)
        if len(faults) > LISTED:
            self._add(f"……共 {len(faults)} 处，这里列出前 {LISTED} 处")

    def _add(self, *cells: str | int, bold: bool = False) -> list[Any]:
        made: list[Any] = [text_cell(self.sheet, cell) if isinstance(cell, str) else cell for cell in cells]
        for cell in made if bold else ():
            cell.font = Font(bold=True)
        self.row += 1
        self.sheet.append(made)
        return made

    def _fault(self, fault: RowFault) -> None:
        texts = (fault.place, fault.label, fault.found, fault.reason, fault.accepted, fault.rule, fault.advice)
        cells = [text_cell(self.sheet, text) for text in texts]
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        quoted = fault.sheet.replace("'", "''")
        self.row += 1
        cells[0].hyperlink = Hyperlink(ref="", location=f"'{quoted}'!{fault.column or 'A'}{fault.row}")
        cells[0].hyperlink.ref = f"A{self.row}"
        cells[0].font = Font(color="175CD3", underline="single")
        self.sheet.append(cells)


def _kind_words(fault: RowFault) -> str:
    """The column and reason without what was found, so that equal mistakes count together."""
    reason = fault.reason.replace(f"「{fault.found}」", "").lstrip("的：，") if fault.found else fault.reason
    return f"{fault.label}：{reason}" if fault.label else reason
