"""A row of a list of cases as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from fadu.acts.list_columns import Column
from fadu.exchange.table_out import OutCell
from fadu.office.clock_bars import due_chip
from fadu.store.models import Case


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the page shows it. ``chip``: tone and words of what stands beside it."""

    label: str
    css: str
    text: str
    chip: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ListRow:
    """A case in a list. ``key``: the case and the state in which it is seen, for acts on many.

    ``cells``: as HTML. They are most of a page, and a template would be slow to write them one by one.
    """

    case: Case
    key: str
    cells: SafeString


def shown_rows(cases: Iterable[Case], columns: Sequence[Column], today: date) -> list[ListRow]:
    """Cases as a table shows them; the number is not among the cells."""
    return [
        ListRow(case, f"{case.pk}-{case.seq}", _written(_cell(column, case, today) for column in columns[1:]))
        for case in cases
    ]


def _written(cells: Iterable[Cell]) -> SafeString:
    return format_html_join("", '<td data-label="{}"{}>{}</td>', (
        (cell.label, format_html(' class="{}"', cell.css) if cell.css else "", _content(cell)) for cell in cells
    ))  # fmt: skip


def _content(cell: Cell) -> str:
    if cell.chip is None:
        return cell.text
    return format_html('<span>{} <span class="chip {}">{}</span></span>', cell.text, *cell.chip)


def _cell(column: Column, case: Case, today: date) -> Cell:
    chip = None
    if column.name == "due":
        chip = ("mute", "已办结") if case.closed_on else due_chip(case.due_on, today) if case.due_on else None
    elif column.name == "faults" and case.faults:
        return Cell(column.label, column.css, "", ("bad", str(case.faults)))
    text = "" if column.name == "due" and case.closed_on else _text(column.of(case))
    return Cell(column.label, column.css, text, chip)


def _text(value: OutCell) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else f"{value:g}" if isinstance(value, float) else str(value)
