"""A file that is imported, read to the last row: drafts of cases, and for every other row what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fadu.acts.errors import Incomplete, Unlawful
from fadu.acts.import_file import law_of, tables_of, unit_names, upload_of
from fadu.acts.import_rows import Became, Told
from fadu.clock import today
from fadu.exchange.annotate import annotated_copy
from fadu.exchange.case_drafts import CaseDraft, Result, RowFault
from fadu.exchange.sheet_apply import apply
from fadu.exchange.sheet_mapping import Target, What
from fadu.exchange.sheets import Workbook
from fadu.exchange.table_shape import Table
from fadu.law.dates import day_of
from fadu.store.models import ImportBatch, ImportRow
from fadu.store.sealing import mask

SEALED = {"bad_identity": "id_number", "bad_phone": "phone"}
"""Faults whose words hold a personal number, and how it is masked."""
LONGEST = 2000
"""Characters of what is told of a row."""


@dataclass(frozen=True)
class SheetRead:
    """One sheet: ``result`` as the reader of sheets has it, the drafts that are recorded, the rows that are not."""

    table: Table
    result: Result
    drafts: tuple[CaseDraft, ...]
    told: tuple[Told, ...]


def read_batch(batch: ImportBatch, most: int | None = None, workbook: Workbook | None = None) -> Iterator[SheetRead]:
    """Every chosen sheet. ``most``: only so many rows of each, for a preview. Raises ``FaduError``."""
    law, units, seen = law_of(batch.procedure), unit_names(), dict[str, CaseDraft]()
    for table, plan in tables_of(batch, workbook):
        if most is not None:
            table = replace(table, rows=table.rows[:most])
        result = apply(plan.mapping, table, law, units, day_of(today()))
        drafts = tuple(draft for draft in result.drafts if seen.setdefault(draft.key, draft) is draft)
        repeated = [(draft, seen[draft.key]) for draft in result.drafts if seen[draft.key] is not draft]
        yield SheetRead(table, result, drafts, tuple(_told(table, result, drafts, repeated)))


def _told(table: Table, result: Result, drafts: Sequence[CaseDraft],
          repeated: Sequence[tuple[CaseDraft, CaseDraft]]) -> Iterator[Told]:  # fmt: skip
    """What became of each row that is in no draft: none is passed over in silence."""
    taken = {row for draft in drafts for row in draft.rows}
    faults: dict[int, list[str]] = {}
    for fault in result.faults:
        faults.setdefault(fault.row, []).append(told_words(fault))
    held = {row: held.because for held in result.held for row in held.rows}
    again = {row: (draft, first) for draft, first in repeated for row in draft.rows}
    for row in table.rows:
        number = row.number
        if number in taken:
            continue
        outcome, words = ImportRow.Outcome.REFUSED, "与同一件的其他行一同退回"
        if number in faults:
            words = "\n".join(faults[number])[:LONGEST]
        elif number in held:
            words = f"与第 {held[number]} 行是同一件，那一行退回，一同退回"
        elif number in result.equal:
            outcome, words = ImportRow.Outcome.SAME, "与前面的一行完全相同，只取一次"
        elif number in again:
            draft, first = again[number]
            where = f"工作表「{first.sheet}」第 {first.rows[0]} 行"
            if draft.digest == first.digest:
                outcome, words = ImportRow.Outcome.SAME, f"与{where}相同，只取一次"
            else:
                words = f"案号与{where}相同，内容不同；请核对，每件只留一处"
        yield Told(table.sheet, number, outcome, words)


def told_words(fault: RowFault) -> str:
    """A fault in words that may be kept: no number of a person in the clear."""
    kind = SEALED.get(fault.kind)
    if kind is None or not fault.found:
        return str(fault)
    return str(replace(fault, reason=_masked(fault, kind), found=""))


def _masked(fault: RowFault, kind: str) -> str:
    """The reason with what was found masked; the reader may have tidied it before it put it in quotes."""
    before, _, rest = fault.reason.partition("「")
    found, _, after = rest.rpartition("」")
    return f"{before}「{mask(found, kind)}」{after}" if found else fault.reason


_COLUMNS: dict[str, Target] = {
    name: Target(what) for name, what in dict[str, What](
        title="title", summary="summary", number="number", unit="unit"
    ).items()
}  # fmt: skip


def placed(sheet: SheetRead, became: Became) -> str:
    """The words of a refused draft with its place: the cell, where the refusal names one."""
    target = _target(became)
    fault = sheet.result.fault(became.draft, target, "refused", became.words)
    return str(replace(fault, label=""))[:LONGEST]


def _target(became: Became) -> Target:
    if isinstance(became.refused, Incomplete):
        return next((_COLUMNS[name] for name in became.refused.faults if name in _COLUMNS), Target("ignore"))
    if isinstance(became.refused, Unlawful):  # of today's steps, the last
        return Target("date", became.draft.events[-1].step)
    return Target("number") if "案号" in became.words[:12] else Target("ignore")


def copy_of(batch: ImportBatch) -> bytes:
    """The file with its faults marked: those of reading in their cells, those of recording at their rows.

    Raises ``FaduError`` where the file is gone.
    """
    refused = {
        (row.place, row.row): row.words for row in
        ImportRow.objects.filter(batch=batch, outcome=ImportRow.Outcome.REFUSED).order_by("place", "row")
    }  # fmt: skip
    faults: list[RowFault] = []
    notes: list[str] = []
    for sheet in read_batch(batch):
        marked = {(sheet.table.sheet, fault.row) for fault in sheet.result.faults}
        faults += [fault for fault in sheet.result.faults if (fault.sheet, fault.row) in refused]
        notes += [f"工作表「{sheet.table.sheet}」：{note}" for note in (*sheet.table.notes, *sheet.result.notes)]
        rest = [key for key in refused if key[0] == sheet.table.sheet and key not in marked]
        faults += [_late(place, row, refused[place, row]) for place, row in rest]
    return annotated_copy(upload_of(batch), faults, notes)


def _late(place: str, row: int, words: str) -> RowFault:
    """A fault that was found when the row was recorded, from what the report tells of it."""
    head, _, rest = words.partition(": ")
    column = head.removeprefix(f"{place}!").removesuffix(str(row)) if head.startswith(f"{place}!") else ""
    column = column if column.isascii() and column.isalpha() else ""
    return RowFault(place, row, column, "", "refused", "", rest if rest and column else words)
