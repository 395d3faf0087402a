"""Small sets: cases one by one, as objects, as JSON lines or as a CSV of events."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from fadu.book import Book
from fadu.law.cases import Case, Event
from fadu.law.dates import NO_MINUTE, iso
from fadu.measure.facts import case_name
from fadu.simulate.cast import Cast
from fadu.simulate.factset import CASE_PREFIX, Part, Progress, Summary, prepare
from fadu.simulate.plan import Piece, SimulationPlan
from fadu.simulate.player import Exemplar
from fadu.simulate.pool import Drawn, draw

EVENT_COLUMNS = ("step", "date", "time", "officers", "days", "outcome", "approved_by", "reason", "amount", "by")
Write = Callable[[Case], None]


def simulate(book: Book, plan: SimulationPlan) -> Iterator[Case]:
    """Play the plan, case by case in the order of case numbers: the same cases that ``write_facts`` writes."""
    return (case for case, _ in _played(Cast(book, plan)))


def _played(cast: Cast) -> Iterator[tuple[Case, Exemplar]]:
    for piece in cast.pieces:
        yield from _of_piece(cast, piece)


def _of_piece(cast: Cast, piece: Piece) -> Iterator[tuple[Case, Exemplar]]:
    drawn = draw(cast, piece)
    for place, number in enumerate(range(piece.first_case, piece.first_case + piece.cases)):
        exemplar = drawn.exemplars[int(drawn.which[place])]
        yield _case(cast, piece, drawn, place, number), exemplar


def _case(cast: Cast, piece: Piece, drawn: Drawn, place: int, number: int) -> Case:
    exemplar, shift = drawn.exemplars[int(drawn.which[place])], int(drawn.shift[place])
    events = [_shifted(event, shift) for event in exemplar.events]
    return Case(case_name(CASE_PREFIX, piece.code, number), piece.code, events, exemplar.fields,
                cast.words.text(int(drawn.unit[place])))


def _shifted(event: Event, shift: int) -> Event:
    return event if event.minute == NO_MINUTE or not shift else replace(event, minute=event.minute + shift)


def case_json(case: Case) -> dict[str, Any]:
    """A case as ``fadu check`` reads it."""
    return {"id": case.id, "procedure": case.procedure, "unit": case.unit,
            "fields": {name: value for name, value in case.fields.items() if value is not None},
            "events": [_event_json(event) for event in case.events]}


def _event_json(event: Event) -> dict[str, Any]:
    found = {
        "step": event.step, "date": iso(event.day),
        "time": None if event.minute == NO_MINUTE else f"{event.minute // 60:02d}:{event.minute % 60:02d}",
        "officers": event.officers, "days": event.days, "outcome": event.outcome, "approved_by": event.approved_by,
        "reason": event.reason, "amount": event.amount, "by": "、".join(event.by) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def write_cases(book: Book, plan: SimulationPlan, out: Path, form: str, progress: Progress | None = None) -> Summary:
    """Write ``OUT/cases.jsonl`` or ``OUT/cases.csv``. For small sets: case by case, in one process."""
    prepare(out)
    cast, summary = Cast(book, plan), Summary()
    write_all = _write_jsonl if form == "jsonl" else _write_csv
    write_all(cast, out / f"cases.{form}", lambda case, exemplar: _count(summary, case, exemplar, cast, progress))
    return summary


Counted = Callable[[Case, Exemplar], None]


def _count(summary: Summary, case: Case, exemplar: Exemplar, cast: Cast, progress: Progress | None) -> None:
    part = Part(len(case.events), 1, 0 if exemplar.lawful else 1, case.events[0].day, case.events[-1].day)
    summary.add({(case.procedure, exemplar.procedure.effective_day): part})
    if progress and summary.cases % 200 == 0:
        progress(summary.cases, cast.cases)


def _write_jsonl(cast: Cast, path: Path, counted: Counted) -> None:
    with path.open("w", encoding="utf-8") as target:
        for case, exemplar in _played(cast):
            target.write(json.dumps(case_json(case), ensure_ascii=False) + "\n")
            counted(case, exemplar)


def _write_csv(cast: Cast, path: Path, counted: Counted) -> None:
    """One row an event; the fields of all procedures asked for are columns, filled on the first row of a case."""
    names = list(dict.fromkeys(name for code in cast.weights for procedure in cast.book.versions(code)
                               for name in procedure.fields if name not in EVENT_COLUMNS))
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, ["case_id", "procedure", "unit", *EVENT_COLUMNS, *names])
        writer.writeheader()
        for case, exemplar in _played(cast):
            made = case_json(case)
            head = {name: value for name, value in made["fields"].items() if name in names}
            for event in made["events"]:
                writer.writerow({"case_id": case.id, "procedure": case.procedure, "unit": case.unit} | event | head)
                head = {}
            counted(case, exemplar)
