"""Workbooks as units send them, read as they are: every sheet, its table, and what was not read with the reason."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from fadu.exchange.cells import BrokenCell, Cell
from fadu.exchange.rejects import FileError
from fadu.exchange.table_shape import Grid, NoTableError, Table, table_of
from fadu.exchange.uploads import Upload
from fadu.exchange.xlsx_guard import Limits
from fadu.exchange.xlsx_parts import Marks, day_shift, letter, marks, sheet_parts
from fadu.law.errors import Place

DELIMITERS = ",\t;；|"
SNIFFED = 20  # lines in which the delimiter is looked for
CSV_SHEET = "CSV"
REPORT = "导入报告"
"""The sheet an annotated copy begins with; sent again, it is not read."""
LONGEST_CELL = 32_767
MERGED = 2_000_000
"""Cells of merged areas of one sheet beyond which it is refused: no register has so many."""


@dataclass(frozen=True)
class Sheet:
    """One sheet. ``fault`` says what is expected where no table was found; an empty sheet has neither."""

    name: str
    table: Table | None = None
    fault: str = ""
    hidden: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the sheet although it was read."""
        hidden = ("这是隐藏的工作表，也读了；不要的请删去",) if self.hidden and self.table else ()
        return hidden + (self.table.notes if self.table else ())


@dataclass(frozen=True)
class Workbook:
    """A file of sheets. ``notes`` are of the file as a whole."""

    name: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(sheet.table for sheet in self.sheets if sheet.table)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name. Raises ``FileError`` that lists the names there are."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        known = "、".join(sheet.name for sheet in self.sheets)
        raise FileError(f"没有工作表「{name}」；这个文件里有：{known}", Place(self.name))


def read_workbook(upload: Upload, limits: Limits | None = None) -> Workbook:
    """Every sheet of an inspected file. Raises ``FileError`` for one that is broken or no table at all."""
    sheets, reports = [], 0
    for grid, hidden in read_grids(upload, limits or Limits()):
        if is_report(grid):
            reports += 1
            continue
        try:
            sheets.append(Sheet(grid.name, table_of(grid) if _has_cells(grid) else None, "", hidden))
        except NoTableError as error:
            sheets.append(Sheet(grid.name, None, f"工作表「{grid.name}」：{error}", hidden))
    if not any(sheet.table or sheet.fault for sheet in sheets):
        raise FileError("空文件：没有一个工作表有内容", Place(upload.name))
    empty = [sheet.name for sheet in sheets if not sheet.table and not sheet.fault]
    notes = [*upload.notes, *([f"空的工作表没有读：{'、'.join(empty)}"] if empty else [])]
    notes += [f"上次的“{REPORT}”没有读"] if reports else []
    return Workbook(upload.name, tuple(sheets), tuple(notes))


def read_grids(upload: Upload, limits: Limits) -> Iterator[tuple[Grid, bool]]:
    """The cells of every sheet as they stand, and whether it is hidden. Raises ``FileError``."""
    if upload.kind == "csv":
        yield _csv_grid(upload, limits), False
    elif upload.kind in ("xlsx", "xls"):
        yield from _excel_grids(upload)
    else:
        raise FileError(f"{upload.kind.upper()} 不是表格；登记表接受：Excel（.xlsx .xls）、CSV", Place(upload.name))


def is_report(grid: Grid) -> bool:
    """Whether a sheet is the report of an annotated copy."""
    first = grid.rows[0][0] if grid.rows and grid.rows[0] else ""
    return grid.name.startswith(REPORT) and str(first).startswith(f"{REPORT}：")


def _has_cells(grid: Grid) -> bool:
    return any(cell != "" and cell is not None and str(cell).strip() for row in grid.rows for cell in row)


def _excel_grids(upload: Upload) -> Iterator[tuple[Grid, bool]]:
    with upload.open() as file:
        try:
            book = CalamineWorkbook.from_filelike(file)
            package = zipfile.ZipFile(file) if upload.kind == "xlsx" else None
            parts = sheet_parts(package) if package else {}
            shift = day_shift(package) if package else 0
            for data in book.sheets_metadata:
                if data.typ is not SheetTypeEnum.WorkSheet:
                    continue
                seen = marks(package, parts[data.name]) if package and data.name in parts else Marks()
                grid = _grid(upload, book.get_sheet_by_name(data.name), seen, shift)
                yield grid, data.visible is not SheetVisibleEnum.Visible
        except (CalamineError, zipfile.BadZipFile) as error:
            raise _broken(upload, str(error)) from error
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # the Rust reader gave up: no Exception, but no more than one
                raise _broken(upload, "结构不合规范") from error
            raise


def _broken(upload: Upload, why: str) -> FileError:
    return FileError(f"Excel 文件已损坏或不完整（{why}）；请用 Excel 打开后另存为 .xlsx 再传", Place(upload.name))


def _grid(upload: Upload, sheet: Any, seen: Marks, shift: int) -> Grid:
    rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
    _check_lengths(upload, sheet.name, rows)
    for (number, column), error in seen.broken.items():
        if number > len(rows):
            rows += [[] for _ in range(number - len(rows))]
        row = rows[number - 1]
        row += [""] * (column + 1 - len(row))
        if row[column] == "" or error:
            row[column] = BrokenCell(error)
    merges = [(a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or []]
    if sum(min(bottom, len(rows)) - top for top, _, bottom, _ in merges) > MERGED:
        reason = f"工作表「{sheet.name}」合并单元格过多；请取消合并后再传"
        raise FileError(reason, Place(upload.name))
    return Grid(
        sheet.name, rows, merges, frozenset(seen.hidden_rows), frozenset(seen.hidden_columns), shift,
        Path(upload.name).stem,
    )  # fmt: skip


def _check_lengths(upload: Upload, name: str, rows: list[list[Cell]]) -> None:
    """Raises ``FileError`` for a cell no spreadsheet can write: each later reading of it would take seconds."""
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                found = f"工作表「{name}」{letter(column)}{number} 有 {len(cell)} 个字"
                accepted = f"接受：一格至多 {LONGEST_CELL} 字（Excel 的上限）；请缩短，全文作为附件另传"
                raise FileError(f"{found}；{accepted}", Place(upload.name))


def _csv_grid(upload: Upload, limits: Limits) -> Grid:
    """Rows of a CSV as a spreadsheet shows them: row number = record number."""
    rows: list[list[Cell]] = []
    cells = 0
    with upload.open() as raw, TextIOWrapper(raw, _codec(upload.encoding), newline="") as text:
        delimiter = _delimiter(text)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for record in reader:
                cells += len(record)
                if cells > limits.cells:
                    raise FileError(f"超过 {limits.cells} 格；请分成几个文件再传", Place(upload.name, reader.line_num))
                rows.append([*record])
        except csv.Error as error:
            reason = f"CSV 语法错误（{error}），可能是引号没有配对，或一格超过 {csv.field_size_limit()} 字"
            accepted = "接受：引号成对，字段内的引号写两遍；请用 Excel 打开后另存为 .xlsx"
            raise FileError(f"{reason}；{accepted}", Place(upload.name, reader.line_num)) from error
    return Grid(CSV_SHEET, rows, titles=Path(upload.name).stem)


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _delimiter(text: TextIOWrapper) -> str:
    """The mark by which the first lines fall into most cells, evenly; a comma where there is none."""
    lines = [line for line in islice(text, SNIFFED) if line.strip()]
    text.seek(0)
    return max(DELIMITERS, key=lambda mark: (min((line.count(mark) for line in lines[-5:]), default=0),
                                             sum(line.count(mark) for line in lines)))  # fmt: skip
