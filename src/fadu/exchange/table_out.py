"""Rows as people take them away: .xlsx and CSV, written as they come, however many.

Text is text: nothing that was typed into a case becomes a formula in the reader's spreadsheet.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import TextIOWrapper
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from fadu.exchange.export_cases import SIMULATED, About, ExportCase, ExportEvent
from fadu.exchange.formula_guard import guarded, runs_as_formula
from fadu.exchange.xlsx_parts import letter
from fadu.law.dates import date_of
from fadu.law.procedures import Procedure, Step

OutCell = str | int | float | bool | date | datetime | None
MOST_ROWS = 1_048_575  # of a sheet, under its header
LONGEST = 32_767  # characters of a cell in Excel
_CUT = "……（太长，其余略去）"
_INK, _LINE, _SHADE = "1F2A37", "C9D1DA", "EEF2F6"


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """A column of a register: its header, what it shows of a case, its width in characters."""

    label: str
    of: Callable[[ExportCase], OutCell]
    width: int = 14


def case_columns(procedure: Procedure, steps: Sequence[str] | None = None) -> tuple[CaseColumn, ...]:
    """One row a case: number, unit, title, every field, and of each step its first date and what it needs.

    ``steps``: only these. The headers are those the import proposes back to the same targets.
    """
    chosen = [step for step in procedure.steps.values() if steps is None or step.name in steps]
    return (
        CaseColumn("案号", lambda case: case.number, 26), CaseColumn("单位", lambda case: case.unit_label, 18),
        CaseColumn("标题", lambda case: case.title, 36),
        *(CaseColumn(item.label, _field(item.name), 16) for item in procedure.fields.values()),
        *(column for step in chosen for column in _step_columns(step)),
    )  # fmt: skip


def _field(name: str) -> Callable[[ExportCase], OutCell]:
    return lambda case: case.fields.get(name)


def _step_columns(step: Step) -> Iterator[CaseColumn]:
    def first(read: Callable[[ExportEvent], OutCell]) -> Callable[[ExportCase], OutCell]:
        return lambda case: next((read(event) for event in case.events if event.step == step.name), None)

    yield CaseColumn(f"{step.label}日期", first(lambda event: date_of(event.day)), 13)
    if step.outcomes:
        yield CaseColumn(f"{step.label}结果", first(lambda event: event.outcome), 16)
    if "officers" in step.needs:
        yield CaseColumn(f"{step.label}人员数", first(lambda event: event.officers), 10)
    if "days" in step.needs:
        yield CaseColumn(f"{step.label}天数", first(lambda event: event.days), 10)
    if "amount" in step.needs:
        yield CaseColumn(f"{step.label}金额", first(lambda event: event.amount), 14)


EVENT_HEADERS = (
    "案号", "单位", "标题", "环节", "日期", "时间", "结果", "天数", "人员数", "金额", "批准人", "理由", "经办人",
)  # fmt: skip


def case_rows(cases: Iterable[ExportCase], columns: Sequence[CaseColumn]) -> Iterator[list[OutCell]]:
    """A row a case."""
    return ([column.of(case) for column in columns] for case in cases)


def event_rows(cases: Iterable[ExportCase], fields: Sequence[str] = ()) -> Iterator[list[OutCell]]:
    """A row an event under ``EVENT_HEADERS``, then the named fields: nothing of a case's course is left out."""
    for case in cases:
        for event in case.events:
            clock = None if event.minute is None else f"{event.minute // 60:02}:{event.minute % 60:02}"
            yield [
                case.number, case.unit_label, case.title, event.label, date_of(event.day), clock, event.outcome,
                event.days, event.officers, event.amount, event.approved_by, event.reason, "、".join(event.by) or None,
                *(case.fields.get(name) for name in fields),
            ]  # fmt: skip


def write_csv(file: BinaryIO, headers: Sequence[str], rows: Iterable[Sequence[OutCell]], about: About) -> int:
    """UTF-8 with the mark by which Excel knows it; simulated rows say so in a last column. Returns the rows."""
    marked = (SIMULATED,) if about.simulated else ()
    text = TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer, count = csv.writer(text), 0
    writer.writerow([guarded(header) for header in (*headers, *(("数据性质",) if marked else ()))])
    for row in rows:
        writer.writerow([_plain(cell) for cell in (*row, *marked)])
        count += 1
    text.flush()
    text.detach()
    return count


def _plain(cell: OutCell) -> Any:
    if isinstance(cell, str):
        return guarded(cell.replace("\0", ""))
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return cell


def write_xlsx(file: BinaryIO, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[OutCell]],
               about: About) -> int:  # fmt: skip
    """A workbook: first a sheet 说明 with what it is, then the rows under a header with filters. Returns the rows.

    ``columns``: header and width of each. Rows beyond what a sheet holds go on in a further sheet.
    """
    book = Workbook(write_only=True)
    front = book.create_sheet("说明")
    writer = _Sheets(book, columns, about)
    for row in rows:
        writer.add(row)
    writer.close()
    _write_front(front, about, writer)
    book.save(file)
    return writer.total


class _Sheets:
    """The sheets of data, one after another."""

    def __init__(self, book: Workbook, columns: Sequence[tuple[str, int]], about: About) -> None:
        self.book, self.columns, self.about = book, columns, about
        self.total = self.cut = self.count = 0
        self.number = 0
        self._text = _Texts()
        self._begin()

    def _begin(self) -> None:
        self.number += 1
        name = f"数据（{SIMULATED}）" if self.about.simulated else "数据"
        self.sheet: Any = self.book.create_sheet(name if self.number == 1 else f"{name}{self.number}")
        self.count = 0
        self.sheet.freeze_panes = "A2"
        for index, (_, width) in enumerate(self.columns):
            self.sheet.column_dimensions[letter(index)].width = width
        self.sheet.print_title_rows = "1:1"
        if self.about.simulated:
            self.sheet.oddHeader.center.text = SIMULATED
        self.sheet.append([_styled(self.sheet, label) for label, _ in self.columns])

    def add(self, row: Sequence[OutCell]) -> None:
        """Append a row."""
        if self.count == MOST_ROWS:
            self._end()
            self._begin()
        self.sheet.append([self._text.cell(self.sheet, cell) for cell in row])
        self.count += 1
        self.total += 1

    def _end(self) -> None:
        if self.columns:
            self.sheet.auto_filter.ref = f"A1:{letter(len(self.columns) - 1)}{self.count + 1}"

    def close(self) -> None:
        self._end()
        self.cut = self._text.cut


class _Texts:
    """Cells made safe: text never a formula, no character a workbook may not hold, none too long."""

    def __init__(self) -> None:
        self.cut = 0

    def cell(self, sheet: Any, cell: OutCell) -> Any:
        if isinstance(cell, bool):
            return "是" if cell else "否"
        if not isinstance(cell, str):
            return cell
        text = ILLEGAL_CHARACTERS_RE.sub("", cell)
        if len(text) > LONGEST:
            text, self.cut = text[: LONGEST - len(_CUT)] + _CUT, self.cut + 1
        return text_cell(sheet, text) if runs_as_formula(text) else text


def text_cell(sheet: Any, text: str) -> Any:
    """A cell that stays text even when someone edits it (as if typed after an apostrophe)."""
    made: Any = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST])
    made.data_type = "s"
    made.quotePrefix = True
    return made


def _styled(sheet: Any, text: str) -> Any:
    made = text_cell(sheet, text)
    made.font = Font(bold=True, color=_INK)
    made.fill = PatternFill("solid", fgColor=_SHADE)
    made.border = Border(bottom=Side("thin", color=_LINE))
    made.alignment = Alignment(vertical="center", wrap_text=True)
    return made


def _write_front(sheet: Any, about: About, data: _Sheets) -> None:
    """Title, what was chosen, how many rows; simulated data says so first."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 90
    title = text_cell(sheet, about.title)
    title.font = Font(bold=True, size=15, color=_INK)
    sheet.append([title])
    if about.simulated:
        mark = text_cell(sheet, f"{SIMULATED}：由程序模拟产生，不是任何地方、任何人的真实记录")
        mark.font = Font(bold=True, color="B42318")
        sheet.append([mark])
    lines = [*about.lines, ("行数", f"{data.total:,}" + (f"，分 {data.number} 个工作表" if data.number > 1 else ""))]
    if data.cut:
        lines.append(("略去", f"{data.cut} 个单元格超过 {LONGEST} 字，后面的略去"))
    for name, text in lines:
        body = text_cell(sheet, text)
        body.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([_styled(sheet, name), body])
