"""The table on a sheet: its header of one or several rows, its data rows, and what is skipped with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fadu.exchange import row_kinds
from fadu.exchange.cells import BrokenCell, Cell, is_blank, plain_word, tidy
from fadu.exchange.xlsx_parts import letter

SEARCHED = 60
"""Rows from the top among which a header is looked for."""
DEEPEST = 6  # rows of a header
CONTEXT = re.compile(r"([\u4e00-\u9fff]{2,10})\s*[:：]\s*([^\s:：]+)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
Merge = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0, inclusive


@dataclass(frozen=True)
class Grid:
    """A sheet as it was read. Cells of merged areas hold something in their first cell only."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merges: Sequence[Merge] = ()
    hidden_rows: frozenset[int] = frozenset()  # numbers from 1
    hidden_columns: frozenset[int] = frozenset()  # from 0
    shift: int = 0  # days to add to bare day counts
    titles: str = ""  # where else the year of the sheet may be written: the file's name


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its place from 0, and the joined labels of its header (处罚/决定日期)."""

    index: int
    label: str
    hidden: bool = False

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Row:
    """A data row: its number on the sheet, its cells as written, merged cells filled down.

    ``origins``: column → number of the row where a filled cell stands.
    """

    number: int
    cells: Sequence[Cell]
    hidden: bool = False
    origins: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows that are no data, and why: 标题, 表头, 合计, 说明, ……"""

    first: int
    last: int
    reason: str
    text: str = ""

    def __str__(self) -> str:
        rows = f"第 {self.first} 行" if self.first == self.last else f"第 {self.first}–{self.last} 行"
        return f"{rows}：{self.reason}" + (f"「{self.text}」" if self.text else "")


@dataclass(frozen=True)
class Table:
    """A register on a sheet. ``year`` is the one year its titles name; ``context`` what they say (填报单位：…)."""

    sheet: str
    columns: tuple[Column, ...]
    header: tuple[int, int]  # numbers of its first and last row
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    year: int | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    shift: int = 0

    def address(self, row: Row, index: int) -> str:
        """The cell as people write it, ``F12``; of a cell filled down, the merged cell."""
        return f"{letter(index)}{row.origins.get(index, row.number)}"


class NoTableError(Exception):
    """No table is found on a sheet; ``str(error)`` says what is expected."""


def table_of(grid: Grid) -> Table:
    """The table on a sheet. Raises ``NoTableError``."""
    return _Shape(grid).table()


class _Shape:
    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.rows = grid.rows
        self.notes: list[str] = []
        self.skipped: list[Skipped] = []
        self._beyond: set[int] = set()  # columns to the right of the header in which something stands

    def table(self) -> Table:
        first, last = self._header()
        columns = self._columns(first, last)
        self._check_side_by_side(columns)
        self._skip_above(first)
        rows = tuple(self._data((first, last), len(columns)))
        if not rows:
            raise NoTableError(f"第 {first + 1}–{last + 1} 行像是表头，下面没有一行数据")
        self._tell_hidden(rows, columns)
        return Table(
            self.grid.name, columns, (first + 1, last + 1), rows, tuple(self.skipped), tuple(self.notes), self._year(),
            _context("\n".join(item.text for item in self.skipped)), self.grid.shift,
        )  # fmt: skip

    # The header

    def _header(self) -> tuple[int, int]:
        """The first rows that may be one, unless later ones name far more columns (a title in two cells does not)."""
        found = [(at, self._header_end(at)) for at in range(min(SEARCHED, len(self.rows))) if self._may_begin(at)]
        named = [self._named(*rows) for rows in found]
        for rows, labels in zip(found, named, strict=True):
            if labels >= 0.6 * max(named):
                return rows
        raise NoTableError(
            f"前 {min(SEARCHED, len(self.rows))} 行里没有找到表头；接受：数据上面有一行或几行列名，至少两列，"
            "如 案号、单位、立案日期；每列一个名称"
        )

    def _named(self, first: int, last: int) -> int:
        """Columns with a name of their own; merged ones count once."""
        levels = self._levels(first, last)
        return len({tuple(origin for origin, text in column if text) for column in zip(*levels, strict=True)} - {()})

    def _may_begin(self, at: int) -> bool:
        own = [cell for _, cell in self._cells(at)]
        return len(own) >= 2 and 2 * len(self._covered(at)) >= self._width and row_kinds.looks_like_header(own)

    @cached_property
    def _width(self) -> int:
        """Columns in use near the top, those of titles and notes left out."""
        used: set[int] = set()
        for at in range(min(300, len(self.rows))):
            cells = self._cells(at)
            if len(cells) >= 2 and not row_kinds.is_note([cell for _, cell in cells]):
                used.update(column for column, _ in cells)
        return len(used)

    def _cells(self, at: int) -> list[tuple[int, Cell]]:
        return row_kinds.filled(self.rows[at]) if at < len(self.rows) else []

    def _covered(self, at: int) -> set[int]:
        """Columns of a row that hold something, merged areas spread out."""
        found = {column for column, _ in self._cells(at)}
        for merge in self._merges_at(at):
            if not is_blank(self._value(merge[0], merge[1])):
                found.update(range(merge[1], merge[3] + 1))
        return found

    @cached_property
    def _top_merges(self) -> list[Merge]:
        return [merge for merge in self.grid.merges if merge[0] < SEARCHED + DEEPEST]

    def _merges_at(self, at: int) -> Iterator[Merge]:
        return (merge for merge in self._top_merges if merge[0] <= at <= merge[2])

    def _value(self, at: int, column: int) -> Cell:
        row = self.rows[at] if at < len(self.rows) else ()
        return row[column] if column < len(row) else None

    def _header_end(self, first: int) -> int:
        last = first
        while last + 1 < len(self.rows) and last - first + 1 < DEEPEST and self._continues(first, last):
            last += 1
        return last

    def _continues(self, first: int, last: int) -> bool:
        """Whether the row below still belongs to the header."""
        below = self._cells(last + 1)
        if any(first <= merge[0] <= last < merge[2] for merge in self._top_merges):
            return True
        if not below or any(row_kinds.is_data(cell) for _, cell in below):
            return False
        if not all(row_kinds.is_label(cell) for _, cell in below):
            return False
        spans = [m for m in self._merges_at(last) if m[0] == m[2] == last and m[3] > m[1]]
        under = {column for m in spans for column in range(m[1], m[3] + 1)}
        if under:
            return {column for column, _ in below} <= under
        return self._completes(last, {column for column, _ in below})

    def _completes(self, last: int, below: set[int]) -> bool:
        """Without merges: the labels below stand only where the row above has gaps, or begins a group of gaps."""
        above = self._covered(last)
        gaps = below - above
        groups = {column - 1 for column in gaps} | gaps
        return bool(gaps) and below <= groups | gaps and len(above) > 1

    def _columns(self, first: int, last: int) -> tuple[Column, ...]:
        hidden = self.grid.hidden_columns
        columns = zip(*self._levels(first, last), strict=True)
        return tuple(Column(index, _label(column), index in hidden) for index, column in enumerate(columns))

    def _levels(self, first: int, last: int) -> list[list[tuple[object, str]]]:
        width = max((max(self._covered(at), default=-1) for at in range(first, last + 1)), default=-1) + 1
        return [self._spread(at, last, width) for at in range(first, last + 1)]

    def _spread(self, at: int, last: int, width: int) -> list[tuple[object, str]]:
        """(origin, label) of each column of a header row, merged areas spread out, groups without merges too."""
        found: list[tuple[object, str]] = [((at, column), "") for column in range(width)]
        for column, cell in self._cells(at):
            if column < width:
                found[column] = (at, column), tidy(cell)
        merges = [merge for merge in self._merges_at(at) if merge[0] <= last]
        for top, left, _, right in merges:
            for column in range(left, min(right + 1, width)):
                found[column] = (top, left), tidy(self._value(top, left))
        if at < last and not any(merge[3] > merge[1] for merge in merges):
            below = {column for column, _ in self._cells(at + 1)}
            for column in range(1, width):
                if not found[column][1] and column in below and found[column - 1][1] and column - 1 in below:
                    found[column] = found[column - 1]
        return found

    def _check_side_by_side(self, columns: Sequence[Column]) -> None:
        labels = [plain_word(column.label) for column in columns]
        gap = next((at for at, label in enumerate(labels) if not label and labels[at + 1 :] and any(labels[:at])), None)
        if gap is None:
            return
        left, right = {label for label in labels[:gap] if label}, {label for label in labels[gap + 1 :] if label}
        if len(left & right) >= 2 or (left & right and len(left & right) == min(len(left), len(right))):
            raise NoTableError(
                f"{letter(gap)} 列两边像是并排的两张表（都有「{'、'.join(sorted(left & right))[:60]}」）；"
                "接受：一个工作表一张表。请把右边的表移到另一个工作表"
            )

    # The rows

    def _skip_above(self, first: int) -> None:
        for at in range(first):
            if cells := self._cells(at):
                own = [cell for _, cell in cells]
                self._skip(at, "表上的说明" if row_kinds.is_note(own) or len(own) > 1 else "标题", own)

    def _skip(self, at: int, reason: str, cells: Sequence[Cell] = ()) -> None:
        text = " ".join(tidy(cell) for cell in cells).replace("\n", " ")
        self.skipped.append(Skipped(at + 1, at + 1, reason, text[:80]))

    def _data(self, header: tuple[int, int], width: int) -> Iterator[Row]:
        fills, wide = _fills(self.grid, header[1]), self._wide(header[1], width)
        names = [_plain(self._cells(at)) for at in range(header[0], header[1] + 1)]
        blank_before, typed, seen = False, 0, 0
        for at in range(header[1] + 1, len(self.rows)):
            cells = row_kinds.filled(self.rows[at])
            if not cells:  # or only merged cells of the row above
                blank_before = blank_before or at not in fills
                continue
            own = [cell for _, cell in cells]
            first = at == header[1] + 1
            if reason := self._reason(own, first) or self._repeated(cells, names) or (at in wide and "分组标题"):
                self._skip(at, reason, own)
                blank_before = blank_before or len(own) == 1
                continue
            if seen and 2 * typed > seen and self._begins_another(at, own, blank_before):
                self._tell_second(at, own)
                return
            self._beyond.update(column for column, _ in cells if column >= width)
            seen += 1
            typed += any(row_kinds.is_data(cell) for cell in own)
            blank_before = False
            yield self._row(at, width, fills.get(at, {}))

    def _reason(self, own: list[Cell], is_first: bool) -> str:
        """Why a row is no data; empty if it is."""
        if row_kinds.is_total(own):
            return "合计、小计"
        if row_kinds.is_sample(own):
            return "填写示例"
        if is_first and row_kinds.is_numbering(own):
            return "栏次"
        if row_kinds.is_section(own):
            return "分组标题"
        return "表下的说明" if row_kinds.is_note(own) else ""

    def _repeated(self, cells: list[tuple[int, Cell]], names: list[dict[int, str]]) -> str:
        """A header or title printed again on a later page."""
        if len(cells) == 1:
            text = tidy(cells[0][1])[:80]
            return "重复的标题" if any(s.reason == "标题" and s.text == text for s in self.skipped) else ""
        if not all(isinstance(cell, str) for _, cell in cells):
            return ""
        column, cell = cells[0]
        if not any(name.get(column) == plain_word(str(cell)) for name in names):
            return ""
        return "重复的表头" if _plain(cells) in names else ""

    def _wide(self, last: int, width: int) -> set[int]:
        """Rows below the header whose one cell is merged over half the table and more."""
        merges = [m for m in self.grid.merges if m[0] > last and 2 * (m[3] - m[1] + 1) >= width > 2]
        return {m[0] for m in merges if m[0] < len(self.rows) and len(self._cells(m[0])) == 1}

    def _begins_another(self, at: int, own: list[Cell], gap: bool) -> bool:
        """Words only, after a gap, in a table whose rows have dates or numbers; and data rows follow."""
        if len(own) == 1 and isinstance(own[0], str):  # its title
            below = [cell for _, cell in self._cells(at + 1)]
            return self._begins_another(at + 1, below, True) if len(below) > 1 else False
        if not gap:
            return False
        if not row_kinds.looks_like_header(own) or len(own) < 3 or any(row_kinds.is_data(cell) for cell in own):
            return False
        return any(row_kinds.is_data(cell) for _, cell in self._cells(at + 1) + self._cells(at + 2))

    def _tell_second(self, at: int, own: list[Cell]) -> None:
        own = own if len(own) > 1 else [cell for _, cell in self._cells(at + 1)]
        names = "、".join(tidy(cell) for cell in own)[:60]
        self.notes.append(
            f"第 {at + 1} 行起像是第二张表（列名：{names}），从这一行起没有读；"
            "接受：一个工作表一张表。请把第二张表移到另一个工作表"
        )
        self.skipped.append(Skipped(at + 1, len(self.rows), "第二张表，没有读"))

    def _row(self, at: int, width: int, filled_down: Mapping[int, int]) -> Row:
        cells = list(self.rows[at][:width])
        cells += [None] * (width - len(cells))
        for column, origin in filled_down.items():
            if column < width:
                cells[column] = self._value(origin, column)
        origins = {column: origin + 1 for column, origin in filled_down.items() if column < width}
        return Row(at + 1, cells, at + 1 in self.grid.hidden_rows, origins)

    def _tell_hidden(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        if hidden := [row.number for row in rows if row.hidden]:
            some = "、".join(map(str, hidden[:10])) + ("……" if len(hidden) > 10 else "")
            self.notes.append(f"隐藏的 {len(hidden)} 行也读了（第 {some} 行）；不要的请删去")
        if names := [f"{column.letter} 列「{column.label}」" for column in columns if column.hidden]:
            self.notes.append(f"隐藏的列也读了：{'、'.join(names)}")
        if self._beyond:
            letters = "、".join(map(letter, sorted(self._beyond)[:10]))
            self.notes.append(f"表头右边没有列名的 {letters} 列有内容，没有读")
        broken = sum(isinstance(cell, BrokenCell) for row in rows for cell in row.cells)
        if broken:
            self.notes.append(f"有 {broken} 个单元格是公式错误，或公式还没有算出结果")

    def _year(self) -> int | None:
        """The one year that the sheet's name, its titles or the file's name is about."""
        titles = " ".join(item.text for item in self.skipped if item.reason == "标题")
        for text in (self.grid.name, titles, self.grid.titles):
            years = {int(year) for year in _YEAR.findall(text)}
            if years:
                return years.pop() if len(years) == 1 else None
        return None


def _label(levels: Sequence[tuple[object, str]]) -> str:
    """The labels of a column from top to bottom, each once, without spaces or line breaks."""
    parts: list[str] = []
    origins: list[object] = []
    for origin, text in levels:
        if text and origin not in origins:
            origins.append(origin)
            parts.append(re.sub(r"\s+", "", text))
    return "/".join(parts)


def _fills(grid: Grid, last: int) -> dict[int, dict[int, int]]:
    """Row → column → row of the merged cell that stands for it, for areas merged downwards below the header."""
    found: dict[int, dict[int, int]] = {}
    for top, left, bottom, _ in grid.merges:
        if top > last:
            for at in range(top + 1, min(bottom + 1, len(grid.rows))):
                found.setdefault(at, {})[left] = top
    return found


def _plain(cells: list[tuple[int, Cell]]) -> dict[int, str]:
    return {column: plain_word(tidy(cell)) for column, cell in cells}


def _context(spoken: str) -> dict[str, str]:
    return {key: value.strip("。；;，,") for key, value in CONTEXT.findall(spoken)}
