"""A file checked one by one and set-wise gives the same findings and the same counts, through the readers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from random_histories import histories

from fadu.book import Book, load_book
from fadu.check import Checked, Options, check_file, step_names
from fadu.exchange import open_events
from fadu.law.cases import Case, Event
from fadu.law.dates import NO_MINUTE, day_of, iso

CODES = ("reconsideration", "penalty_summary", "hotline", "petition")


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


def written(cases: list[Case], path: Path) -> Path:
    """The cases as a JSON file, in the order their events were recorded."""
    rows = [
        {"id": case.id, "procedure": case.procedure, "unit": case.unit, "fields": dict(case.fields),
         "events": [_row(event) for event in case.events]}
        for case in cases
    ]  # fmt: skip
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def _row(event: Event) -> dict[str, Any]:
    row: dict[str, Any] = {"step": event.step, "date": iso(event.day), "by": list(event.by) or None, "id": event.id}
    for name in ("officers", "days", "outcome", "approved_by", "reason", "amount", "corrects"):
        row[name] = getattr(event, name)
    if event.minute != NO_MINUTE:
        row["time"] = f"{event.minute // 60:02d}:{event.minute % 60:02d}"
    if event.recorded is not None:
        row["recorded_at"] = iso(event.recorded)
    if event.void:
        row["void"] = True
    return {name: value for name, value in row.items() if value is not None}


def both(path: Path, book: Book, options: Options) -> tuple[Checked, Checked]:
    found = []
    for columnar in (False, True):
        with open_events(path, steps=step_names(book)) as source:
            checked = check_file(source, book, replace(options, columnar=columnar))
            checked.findings = iter(list(checked.findings))
            found.append(checked)
    assert found[1].columnar
    return found[0], found[1]


def assert_same(one: Checked, other: Checked) -> None:
    mine, theirs = Counter(one.findings), Counter(other.findings)
    assert mine - theirs == Counter()
    assert theirs - mine == Counter()
    assert one.counts == other.counts


def sample(book: Book, seed: int, count: int = 120) -> list[Case]:
    """Cases of several procedures, under all their versions, some corrected."""
    found = []
    for code in CODES:
        for procedure in book.versions(code):
            first = procedure.effective_day
            cases = histories(procedure, seed, count, (first, first + 60))
            found += [replace(case, id=f"{code}{first}{case.id}") for case in cases]
    Random(seed).shuffle(found)
    return found


@pytest.mark.parametrize("known_on", [None, "2024-03-20"])
def test_a_file_checks_the_same_both_ways(book: Book, tmp_path: Path, known_on: str | None) -> None:
    path = written(sample(book, 1), tmp_path / "cases.json")
    known = None if known_on is None else day_of(known_on)
    one, other = both(path, book, Options(as_of=day_of("2024-05-31"), known_on=known))
    assert one.counts
    assert_same(one, other)
