"""From rows to the law's case and back: what the store has of a case, judged, and what follows for its projection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from fadu.book import Book
from fadu.clock import BEIJING
from fadu.law.cases import Case as LawCase
from fadu.law.cases import Event as LawEvent
from fadu.law.cases import FieldValue
from fadu.law.clocks import Run, paused
from fadu.law.dates import NO_MINUTE, date_of, day_of
from fadu.law.judge import Judgement, judge
from fadu.law.terms import Unit as SpanUnit
from fadu.store.driver import Cursor, reading
from fadu.store.models import Case, Clock
from fadu.store.reading import aware, read_events

STEP_ACTS = frozenset({"register", "advance", "correct"})
"""Acts whose records are steps of the law; the rest are the office's own."""

NAMING = frozenset({"register", "amend"})
"""Acts whose records say the title, the summary and the parties."""

class Row(NamedTuple):
    """An event as read (``reading.EVENT``), with the body parsed."""

    case: int
    seq: int
    act: str
    step: str
    on: date
    minute: int | None
    at: datetime
    actor: int | None
    body: Mapping[str, Any]
    corrects: int | None = None
    void: bool = False


PROJECTED = ("version", "state", "opened_on", "closed_on", "due_on", "due_clock", "faults")
"""The columns of a case's row that the law's view of it settles."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What a case's row and its clocks should say, as of the day it was last touched."""

    version: date | None
    state: str
    opened_on: date | None
    closed_on: date | None
    due_on: date | None
    due_clock: str
    faults: int
    clocks: tuple[ClockRow, ...]

    def onto(self, case: Case) -> None:
        """Set the columns (``PROJECTED``) of the case's row."""
        case.version, case.state, case.faults = self.version, self.state, self.faults
        case.opened_on, case.closed_on, case.due_on = self.opened_on, self.closed_on, self.due_on
        case.due_clock = self.due_clock

    def clocks_of(self, case: Case) -> list[Clock]:
        """The rows of the case's clocks."""
        return [
            Clock(case=case, unit_id=case.unit_id, procedure=case.procedure, **row._asdict()) for row in self.clocks
        ]


class ClockRow(NamedTuple):
    """A run that is counting, as the clock table has it. ``last_day`` None: paused."""

    name: str
    started_on: date
    last_day: date | None
    minute: int | None
    party: str
    provisional: bool


def rows_of(cases: Iterable[int], cursor: Cursor | None = None) -> dict[int, list[Row]]:
    """The events of each case, in order."""
    if cursor is None:
        with reading() as own:
            return rows_of(cases, own)
    found: dict[int, list[Row]] = {}
    for case, seq, act, step, on, minute, at, actor, body, corrects, void in read_events(cursor, cases):
        row = _row((
            case, seq, act, step, on, minute, aware(at), actor, _parsed(body), corrects, void,
        ))  # fmt: skip
        if case in found:
            found[case].append(row)
        else:
            found[case] = [row]
    return found


_row = Row._make
_parsed = json.JSONDecoder().decode


def law_event(row: Row) -> LawEvent:
    """A step of the store as the law reads it; the day it was known is the day it was recorded."""
    body = row.body
    amount = body.get("amount")
    by = tuple(body.get("by", ()))
    return LawEvent(
        row.step,
        day_of(row.on),
        NO_MINUTE if row.minute is None else row.minute,
        day_of(row.at.astimezone(BEIJING)),
        by,
        body.get("officers") or (len(by) if len(by) > 1 else None),
        body.get("days"),
        body.get("outcome"),
        body.get("approved_by"),
        body.get("reason"),
        None if amount is None else float(amount),
        str(row.seq),
        None if row.corrects is None else str(row.corrects),
        row.void,
    )


def fields_after(rows: Sequence[Row]) -> dict[str, FieldValue]:
    """The fields as the last record of each left them. A number with decimals is kept as ``{"number": "12.5"}``."""
    fields: dict[str, FieldValue] = {}
    for row in rows:
        for name, value in row.body.get("fields", {}).items():
            fields[name] = float(value["number"]) if isinstance(value, dict) else value
    return fields


def law_case(number: str, procedure: str, rows: Sequence[Row], unit: str = "") -> LawCase:
    """The steps of a case as the law reads them."""
    events = [law_event(row) for row in rows if row.step and row.act in STEP_ACTS]
    return LawCase(number, procedure, events, fields_after(rows), unit)


def judged(book: Book, case: LawCase, as_of: int) -> Judgement:
    """The case under the version that binds it. Raises ``NoVersion``, ``CaseError``."""
    return judge(book.plan(book.procedure_for(case, as_of)), case, as_of)


def project(judgement: Judgement) -> Projection:
    """What the row of the case should say."""
    plan, history = judgement.plan, judgement.history
    step, closing = judgement.state, history.first(plan.closings)
    clocks, due = [], None
    for row in clock_rows(judgement):
        if row.party == "agency":
            if row.last_day is not None and (due is None or _end(row) < _end(due)):
                due = row
        elif closing is not None:
            continue
        clocks.append(row)
    return Projection(
        version=date_of(plan.procedure.effective_day),
        state=step.name if step else "",
        opened_on=date_of(history.events[0].day) if history.events else None,
        closed_on=None if closing is None else date_of(closing >> 32),
        due_on=due.last_day if due else None,
        due_clock=due.name if due else "",
        faults=len(judgement.findings),
        clocks=tuple(clocks),
    )


def _end(row: ClockRow) -> tuple[date | None, int]:
    return row.last_day, row.minute or 1440


def clock_rows(judgement: Judgement) -> Iterable[ClockRow]:
    """The runs that count now; minimum periods are no deadline and are left out."""
    plan, history = judgement.plan, judgement.history
    for run in judgement.runs:
        clock, last = run.clock, run.last_day
        if run.stop is not None or last is None or clock.minimum:
            continue
        still = bool(clock.pauses) and paused(run, history, plan.procedure.pause_on_last_day)
        yield ClockRow(
            clock.name,
            date_of(run.start >> 32),
            None if still else date_of(last),
            None if still else _minute(run),
            clock.party,
            plan.calendar.provisional(last),
        )


def _minute(run: Run) -> int | None:
    begun = run.start & NO_MINUTE
    if run.span is None or run.span.unit is not SpanUnit.HOUR or begun == NO_MINUTE:
        return None
    return (begun + run.span.number * 60) % 1440
