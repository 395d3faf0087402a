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
    assert (one.cases, one.events, one.steps) == (other.cases, other.events, other.steps)


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


def test_every_case_may_be_judged_under_one_day_s_versions(book: Book, tmp_path: Path) -> None:
    path = written(sample(book, 2, 30), tmp_path / "cases.json")
    one, other = both(path, book, Options(as_of=day_of("2024-05-31"), on=day_of("2023-06-01")))
    assert {version for _, version, *_ in one.counts} <= {"2018-01-01", "2021-07-15", "2021-09-24", "2022-05-01"}
    assert_same(one, other)


R = "reconsideration"
GOOD = Case("好", R, [Event("receive", day_of("2024-01-05"))])


def event(step: str, day: str, recorded: str | None = None, **more: Any) -> Event:
    return Event(step, day_of(day), recorded=None if recorded is None else day_of(recorded), **more)


ODD = {
    "turning step after the day of judgement": (
        [event("receive", "2023-12-20"), event("accept", "2024-02-25")], 0),
    "turning step not known yet": (
        [event("receive", "2023-12-20"), event("accept", "2024-01-05", "2024-02-25")], 0),
    "opening not known yet": ([event("receive", "2024-01-05", "2024-03-01"), event("accept", "2024-01-06")], 1),
    "replacement earlier than what it replaces": (
        [event("receive", "2024-01-05"), event("accept", "2024-02-06", id="甲"),
         event("accept", "2024-01-08", id="乙", corrects="甲")], 0),
    "corrected twice, the later record earlier in time": (
        [event("receive", "2024-01-05"), event("accept", "2024-01-08", id="甲"),
         event("accept", "2024-01-20", id="乙", corrects="甲"), event("accept", "2024-01-06", id="丙", corrects="甲")],
        0),
    "correction of nothing": ([event("receive", "2024-01-05"), event("accept", "2024-01-06", corrects="无")], 1),
    "withdrawal of nothing": ([event("receive", "2024-01-05"), event("accept", "2024-01-06", void=True)], 1),
    "step of another version": (
        [event("receive", "2023-01-05"), event("accept", "2023-01-06"), event("act_made", "2023-01-07")], 1),
    "before any version": ([event("receive", "1999-01-05")], 1),
    "begun before the calendar": ([event("act_made", "1999-01-05"), event("accept", "2024-01-06")], 0),
    "nothing yet": ([event("receive", "2024-05-05")], 0),
    "reason of spaces": ([event("receive", "2024-01-05"), event("accept", "2024-01-08"),
                          event("suspend", "2024-01-09", reason="  ")], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_cases_are_judged_or_refused_the_same_both_ways(book: Book, tmp_path: Path, name: str) -> None:
    events, refused = ODD[name]
    path = written([Case("怪", R, events), GOOD], tmp_path / "cases.json")
    one, other = both(path, book, Options(as_of=day_of("2024-02-20"), known_on=day_of("2024-02-20")))
    assert len(one.failures) == len(other.failures) == refused
    assert_same(one, other)


def test_a_case_keeps_its_fields_where_its_first_event_is_not_known_yet(book: Book, tmp_path: Path) -> None:
    hidden = [event("act_made", "2024-01-02", "2024-03-01"), event("receive", "2024-01-05"),
              event("accept", "2024-01-08")]  # fmt: skip
    path = written([Case("甲", R, hidden, {"track": "简易程序"})], tmp_path / "cases.json")
    one, other = both(path, book, Options(as_of=day_of("2024-02-25"), known_on=day_of("2024-02-20")))
    assert one.counts[R, "2024-01-01", "decide", "late", "", "2024-01"] == 1
    assert_same(one, other)
