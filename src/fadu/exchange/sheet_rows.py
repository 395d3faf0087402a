"""One row of a register, read by its mapping: values typed, faults in words. No step or choice is judged here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fadu.exchange.case_drafts import RowFault
from fadu.exchange.cell_dates import read_date, read_time
from fadu.exchange.cell_values import (
    person_name,
    read_flag,
    read_identity,
    read_names,
    read_number,
    read_number_text,
    read_phone,
    read_whole,
)
from fadu.exchange.cells import NO_TEXT, NO_VALUE, BrokenCell, Cell, Doubt, is_blank, plain_word, tidy
from fadu.exchange.sheet_mapping import OF_PARTY, OF_STEP, ColumnMap, SheetMapping, Target, What
from fadu.exchange.table_shape import Column, Row, Table
from fadu.law.dates import iso
from fadu.law.procedures import Field, Procedure

LONGEST = 20_000  # characters of a text
LONGEST_WORD = 500  # of a number, name or title
Read = Callable[[Cell], Any]
_TYPED: tuple[What, ...] = ("date", "time", "days", "officers", "amount", "party_id", "party_phone", "number")


class Found(NamedTuple):
    """A value and the cell it comes from."""

    value: Any
    row: Row
    column: Column


@dataclass(slots=True)
class RowRead:
    """What one row says: of the case, of its parties by role, of steps by name (one step in the event form)."""

    row: Row
    case: dict[Target, Found] = field(default_factory=dict)
    parties: dict[str, dict[What, Found]] = field(default_factory=dict)
    steps: dict[str, dict[What, Found]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    column: Column
    target: Target
    read: Read
    values: Mapping[str, str]
    nothing: frozenset[str]
    empty: str
    longest: int
    """Characters beyond which a cell cannot be one of the words above, spaces allowed for."""


class RowReader:
    """Reads rows of one table. ``faults`` (each once) and ``blanks`` (marks taken for nothing written) gather."""

    def __init__(self, mapping: SheetMapping, table: Table, versions: Sequence[Procedure]) -> None:
        self.table = table
        self.faults: dict[RowFault, None] = {}
        self.returned: set[int] = set()  # rows that have a fault
        self.blanks: Counter[str] = Counter()
        self._dates: Read = lambda cell: read_date(cell, table.shift, mapping.year)
        self._fields = {name: known for version in versions for name, known in version.fields.items()}
        self._readers = [self._reader(column, item) for column, item in mapping.placed(table)]
        self.letters = {reader.target: reader.column.letter for reader in self._readers}

    def _reader(self, column: Column, item: ColumnMap) -> _Reader:
        values = {plain_word(key): value for key, value in item.values.items()}
        known = self._fields.get(item.target.of) if item.target.what == "field" else None
        typed = item.target.what in _TYPED or (known is not None and known.kind in ("number", "date"))
        nothing = (NO_VALUE if typed else NO_TEXT) | {plain_word(word) for word in item.blanks}
        longest = 4 + 2 * max(map(len, (*values, *nothing)))
        return _Reader(column, item.target, self._read(item, known), values, nothing, item.empty, longest)

    def _read(self, item: ColumnMap, known: Field | None) -> Read:
        what = item.target.what
        if known is not None:
            return self._field_read(item, known)
        return {
            "number": read_number_text, "date": self._dates, "time": read_time, "days": read_whole,
            "officers": read_whole, "amount": lambda cell: read_number(cell, "元", item.scale), "by": read_names,
            "party_id": read_identity, "party_phone": read_phone, "party_name": lambda cell: person_name(tidy(cell)),
        }.get(what, tidy)  # fmt: skip

    def _field_read(self, item: ColumnMap, known: Field) -> Read:
        if known.kind == "number":
            return lambda cell: read_number(cell, known.unit, item.scale)
        if known.kind == "flag":
            return read_flag
        if known.kind == "date":
            return self._day
        return tidy

    def _day(self, cell: Cell) -> str | Doubt:
        moment = self._dates(cell)
        return moment if isinstance(moment, Doubt) else iso(moment.day)

    def read(self, row: Row) -> RowRead:
        """The row's values; what could not be read is a fault, and its value left out."""
        found = RowRead(row)
        for reader in self._readers:
            value = self._value(reader, row.cells[reader.column.index])
            if value is None:
                continue
            if isinstance(value, Doubt):
                self.doubt(Found(None, row, reader.column), value)
                continue
            target, item = reader.target, Found(value, row, reader.column)
            if target.what in OF_STEP:
                found.steps.setdefault(target.of, {})[target.what] = item
            elif target.what in OF_PARTY:
                found.parties.setdefault(target.of, {})[target.what] = item
            else:
                found.case[target] = item
        return found

    def _value(self, reader: _Reader, cell: Cell) -> Any:
        if is_blank(cell):
            return reader.read(reader.empty) if reader.empty else None
        if isinstance(cell, BrokenCell):
            words = f"单元格是公式错误 {cell.error}" if cell.error else "单元格是公式，文件里没有它算出的结果"
            return Doubt("broken_cell", words, "值", "在 Excel 中打开、算出结果后粘贴为数值")
        if (isinstance(cell, str) and len(cell) <= reader.longest) or reader.values:
            word = plain_word(tidy(cell)[: reader.longest])
            if word in reader.values:
                meant = reader.values[word]
                return reader.read(meant) if meant else None
            if word in reader.nothing:
                self.blanks[tidy(cell)] += 1
                return None
        value = reader.read(cell)
        return _too_long(reader, value) if isinstance(value, str) else value

    def doubt(self, found: Found, doubt: Doubt, rule: str = "") -> None:
        """Return the row for the cell ``found``; of a cell filled down, the merged cell is named."""
        cell = tidy(found.row.cells[found.column.index])[:200]
        number = found.row.origins.get(found.column.index, found.row.number)
        self._return(number, found.column.letter, found.column.label, cell, doubt, rule)
        self.returned.add(found.row.number)

    def whole(self, row: Row, doubt: Doubt, rule: str = "") -> None:
        """Return a row as a whole."""
        self._return(row.number, "", "", "", doubt, rule)
        self.returned.add(row.number)

    def _return(self, row: int, column: str, label: str, cell: str, doubt: Doubt, rule: str) -> None:
        self.faults[RowFault(
            self.table.sheet, row, column, label, doubt.kind, cell, doubt.reason, doubt.accepted, rule, doubt.advice,
        )] = None  # fmt: skip


def _too_long(reader: _Reader, value: str) -> str | Doubt:
    most = LONGEST if reader.target.what in ("summary", "reason") else LONGEST_WORD
    if len(value) <= most:
        return value
    return Doubt("too_long", f"有 {len(value)} 个字", f"至多 {most} 个字", "缩短，全文作为附件另传")
