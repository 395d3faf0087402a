"""Excel sheets: one row an event, under a header row among the first ten."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, ZipError

from fadu.exchange.columns import Header, complaint, header_of
from fadu.exchange.files import Progress, fail, guard_zip, sniff
from fadu.exchange.rejects import FileError
from fadu.exchange.schema import REQUIRED, accepted_headers
from fadu.exchange.staging import Staging
from fadu.exchange.xlsx_parts import day_shift, letter, marks, sheet_parts

HEADER_ROWS = 10
WAITING = 20_000
EXACT = 10**15  # Excel keeps 15 digits of a number
_EPOCH = datetime(1899, 12, 30)
_SERIALS = range(1, 109_576)  # 1900-01-01 … 2199-12-31
_DATES = ("date", "recorded")


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    header_at: int
    header: Header


def read(staging: Staging, progress: Progress | None) -> None:
    """Rows of the first sheet that has the columns. Raises ``FileError`` if broken, locked or without them."""
    path = staging.request.path
    with path.open("rb") as file:
        zipped = sniff(file.read(8)) == "zip"
    if zipped:
        guard_zip(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = _choose(staging, workbook)
    except (CalamineError, ZipError) as error:
        raise fail(path, f"Excel 文件已损坏、加密或不完整（{error}）；请用 Excel 打开后另存为 .xlsx") from error
    hidden, shift = _hidden(path, sheet.name) if zipped else (set(), 0)
    _Rows(staging, sheet, hidden, shift).read(progress)


def _choose(staging: Staging, workbook: CalamineWorkbook) -> _Sheet:
    """The first sheet with the columns needed; else say what the most likely one lacks."""
    wrong: list[FileError] = []
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        if not any(cell != "" for row in rows for cell in row):
            continue
        try:
            return _with_header(staging, name, rows, _merged(sheet))
        except FileError as error:
            wrong.append(error)
    raise wrong[0] if wrong else fail(staging.request.path, "空文件：没有一个工作表有内容")


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or [])


def _with_header(
    staging: Staging, name: str, rows: list[list[Any]], merged: list[tuple[tuple[int, int], tuple[int, int]]]
) -> _Sheet:
    path, request = staging.request.path, staging.request
    headers = [header_of(request, _texts(row)) for row in rows[:HEADER_ROWS]]
    at = min(range(len(headers)), key=lambda i: len(headers[i].missing))
    spans = [first[0] for first, last in merged if first[0] <= at <= last[0] and first != last]
    if spans and len(headers[at].missing) < len(REQUIRED):
        raise _merged_header(path, name, min(spans) + 1, at + 1)
    if headers[at].missing and (pair := _two_rows(staging, rows)):
        raise _merged_header(path, name, *pair)
    if wrong := complaint(request, headers[at]):
        raise fail(path, f"工作表「{name}」第 {at + 1} 行：{wrong}", 0, f"{name}!A{at + 1}")
    return _Sheet(name, rows, merged, at, headers[at])


def _merged_header(path: Path, sheet: str, first: int, last: int) -> FileError:
    rows = f"第 {first} 行" if first == last else f"第 {first}–{last} 行"
    message = (
        f"工作表「{sheet}」{rows}：表头是合并的单元格（两行表头）；请取消合并，只留一行表头，"
        f"每列一个名称；接受：{accepted_headers()}"
    )
    return fail(path, message, 0, f"{sheet}!A{first}")


def _two_rows(staging: Staging, rows: list[list[Any]]) -> tuple[int, int] | None:
    """Two rows that only together have the columns needed, in numbers from one."""
    for i, (upper, lower) in enumerate(pairwise(rows[: HEADER_ROWS + 1])):
        cells = [low or up for up, low in zip(_texts(upper), _texts(lower), strict=False)]
        if not header_of(staging.request, cells).missing:
            return i + 1, i + 2
    return None


class _Rows:
    """The data rows under the header, as text."""

    def __init__(self, staging: Staging, sheet: _Sheet, hidden: set[int], shift: int) -> None:
        self.staging, self.sheet, self.hidden, self.shift = staging, sheet, hidden, shift
        staging.sheet = sheet.name
        staging.letters = {t: letter(i) for i, t in enumerate(sheet.header.targets) if t}
        self.inexact = 0

    def read(self, progress: Progress | None) -> None:
        rows, lines, total = [], [], len(self.sheet.rows)
        for at, row in self._data():
            rows.append([self._text(cell, target) for cell, target in zip(row, self.sheet.header.targets, strict=True)])
            lines.append(at + 1)
            if len(rows) >= WAITING:
                self._add(rows, lines)
                rows, lines = [], []
            if progress and at % WAITING == 0:
                progress(at, total)
        if rows:
            self._add(rows, lines)
        if not self.staging.rows:
            raise fail(self.staging.request.path, f"工作表「{self.sheet.name}」只有表头，没有一行数据")
        self.staging.notice("inexact", "超过 15 位的数字在 Excel 中已失去末位，案号等请设为文本格式", self.inexact)

    def _data(self) -> Iterator[tuple[int, Sequence[Any]]]:
        filled, skipped = self._filled(), 0
        for at, row in enumerate(self.sheet.rows[self.sheet.header_at + 1 :], self.sheet.header_at + 1):
            cells = [filled.get((at, i), cell) for i, cell in enumerate(row)]
            if all(cell is None or str(cell).strip() == "" for cell in row):
                continue
            if at + 1 in self.hidden:
                skipped += 1
                continue
            yield at, cells
        self.staging.notice("hidden", f"工作表「{self.sheet.name}」中隐藏的行没有读", skipped)

    def _filled(self) -> dict[tuple[int, int], Any]:
        """Cells of a column merged downwards all have the value of the first."""
        return {
            (row, first[1]): self.sheet.rows[first[0]][first[1]]
            for first, last in self.sheet.merged
            if first[0] > self.sheet.header_at and first[1] == last[1]
            for row in range(first[0], last[0] + 1)
        }

    def _add(self, rows: list[list[str]], lines: list[int]) -> None:
        columns: dict[str, list[str | None]] = {}
        header = self.sheet.header
        for name, target, cells in zip(header.names, header.targets, zip(*rows, strict=True), strict=True):
            if target:
                columns[target] = list(cells)
            elif used := sum(cell != "" for cell in cells):
                self.staging.ignored[name] += used
        self.staging.add(columns, lines)

    def _text(self, cell: Any, target: str | None) -> str:
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, float) and target in _DATES:
            return self._serial(cell)
        if isinstance(cell, float) and target == "time" and 0 <= cell < 1:
            return (datetime.min + timedelta(days=cell, seconds=0.5)).strftime("%H:%M:%S")
        if isinstance(cell, int | float):
            self.inexact += abs(cell) >= EXACT
            return str(int(cell)) if float(cell).is_integer() else repr(cell)
        if isinstance(cell, datetime) and target == "time":
            return cell.strftime("%H:%M:%S")
        if isinstance(cell, datetime):
            return cell.strftime("%Y-%m-%d %H:%M:%S") if cell.time() != time() else cell.strftime("%Y-%m-%d")
        return cell.isoformat() if isinstance(cell, date | time) else str(cell)

    def _serial(self, number: float) -> str:
        """A day count of Excel as a date; eight digits stay as written, 20240207."""
        if int(number) + self.shift not in _SERIALS:
            return str(int(number)) if number.is_integer() else repr(number)
        moment = _EPOCH + timedelta(days=number + self.shift, seconds=0.5)
        return moment.strftime("%Y-%m-%d" if number.is_integer() else "%Y-%m-%d %H:%M:%S")


def _texts(row: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


def _hidden(path: Path, name: str) -> tuple[set[int], int]:
    """Hidden row numbers of a sheet, and the days to add to its bare day counts."""
    with zipfile.ZipFile(path) as archive:
        part = sheet_parts(archive).get(name)
        return marks(archive, part).hidden_rows if part else set(), day_shift(archive)
