"""No act and no page reads the table of events from end to end: they are found by ids, which begin with the case's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection

from fadu.acts.advance import advance
from fadu.acts.correct import correct
from fadu.acts.erase import erase
from fadu.acts.moves import Move
from fadu.acts.note import note
from fadu.clock import today
from fadu.office.case_page import Tried, case_of, content_of_page
from fadu.office.enforcement import Period, certificates
from fadu.office.visits import visits_of
from fadu.store import lawbook
from fadu.store.access import access_of
from fadu.store.models import Role
from fadu.store.moving import index_all
from fadu.store.rebuilding import rebuild
from fadu.store.verifying import StoredLedger

DAY = date(2024, 2, 26)
SQLITE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="SQLite's plan says SCAN or SEARCH, whatever the table's size"
)
SCAN = re.compile(r"SCAN (store_event|e|k)\b")
"""Of the table of events, also by the names that ``standing`` gives it."""


@contextmanager
def plans() -> Iterator[list[str]]:
    """What SQLite says of how it carries out each statement that reads events."""
    found: list[str] = []

    def note_plan(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "store_event" in sql and not many:
            told = connection.connection.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "?"), params)
            found.extend(str(row[3]) for row in told.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note_plan):
        yield found


def _page(town, case: int) -> None:
    access = access_of(town.people[Role.HANDLER], today())
    content_of_page(access, case_of(access, case), None, Tried())


def _enforcement(town, case: int) -> None:
    access = access_of(town.people[Role.ADMINISTRATOR], today())
    period = Period(date(2024, 1, 1), today())
    certificates(access, period)
    visits_of(access, period)


WORK: dict[str, Callable[..., object]] = {
    "page": _page,
    "enforcement": _enforcement,
    "note": lambda town, case: [note(town.actor(Role.LEGAL_OFFICER), case, text) for text in ("甲", "乙")],
    "correct": lambda town, case: correct(town.actor(Role.LEGAL_OFFICER), case, 2, None, "记错了"),
    "erase": lambda town, case: erase(town.actor(Role.ADMINISTRATOR), case, "保存期限届满"),
    "rebuild": lambda town, case: list(rebuild(check=True)),
    "search": lambda town, case: index_all(),
    "cases": lambda town, case: list(StoredLedger().cases()),
}


@SQLITE
@pytest.mark.parametrize("name", WORK)
def test_events_are_found_by_their_ids(town, at, name):
    with at("2024-02-26 10:00"):
        case = town.reconsideration(DAY)
        advance(town.actor(Role.LEGAL_OFFICER), case.pk, Move("accept", DAY))
        with plans() as found:
            WORK[name](town, case.pk)
    assert found
    assert [plan for plan in found if SCAN.match(plan)] == []


class NoNotices:
    """In the place of the table of notices: other threads would ask for it outside the test's transaction."""

    class objects:  # noqa: N801 - as a model has it
        @staticmethod
        def order_by(name):
            return NoNotices.objects

        @staticmethod
        def values_list(*names):
            return ()


def test_two_threads_that_ask_for_the_book_at_once_read_it_once(monkeypatch):
    read, files = [], lawbook._read()

    def slowly() -> object:
        read.append(1)
        time.sleep(0.05)
        return files

    monkeypatch.setattr(lawbook, "_read", slowly)
    monkeypatch.setattr(lawbook, "HolidayYear", NoNotices)
    monkeypatch.setattr(lawbook, "_kept", [])
    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(lambda _: lawbook.book(), range(8))}) == 1
    assert len(read) == 1
