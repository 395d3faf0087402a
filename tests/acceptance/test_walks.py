"""Seven cases worked from start to end in a real browser, each step by the person whose it is.

One district, one server, one browser for all; the people stay signed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from desk import Desk, chromium
from district import Town, make_town, standing
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer
from walks import (
    ADMINISTRATOR,
    ASSIGN,
    BUREAU,
    BUREAU_OFFICER,
    HOTLINE,
    STREET,
    STREET_OFFICER,
    WALKS,
    Step,
    Walk,
)

from fadu.settings import SIGN_IN
from fadu.store.models import Case, Person, Role
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store

STAYS = {**SIGN_IN, "idle_minutes": 60 * 24 * 3650, "password_days": 0}


@dataclass
class Office:
    """The town's people, each at a desk of their own once they are wanted."""

    browser: object
    address: str
    people: dict[str, Person]
    desks: dict[str, Desk] = field(default_factory=dict)
    last: str = ""
    """Who took the last step: the case's page is still before them."""

    def desk(self, who: str) -> Desk:
        if who not in self.desks:
            self.desks[who] = Desk(self.browser, self.address, self.people[who].login)
        return self.desks[who]

    def open(self, walk: Walk) -> Case:
        """The case, by its first step."""
        first = walk.steps[0]
        page = self.desk(first.who).page
        page.goto(f"{self.address}/registers/{walk.procedure}/new/")
        page.select_option("[name=unit]", label=walk.unit)
        page.select_option("[name=step]", label=first.label)
        page.fill("[name=title]", walk.title)
        self.desk(first.who).fill(page.locator("main form"), first.given)
        page.click("button.primary[name=register]")
        self.desk(first.who).told("已登记", walk.procedure)
        self.last = first.who
        return Case.objects.get(title=walk.title)

    def take(self, case: Case, step: Step) -> None:
        """One more step."""
        desk = self.desk(step.who)
        if self.last != step.who:
            desk.see(case.pk)
        self.last = step.who
        if step.label != ASSIGN:
            desk.record(step.label, {"on": step.day, **step.given})
            return
        person = self.people[step.given["person"]]
        desk.page.select_option("#assign-person", str(person.pk))
        desk.page.select_option("#assign-kind", step.given["kind"])
        with desk.page.expect_navigation():
            desk.page.click("button:has-text('分派')")
        desk.told(f"已分派给{person.name}")


def people_of(town: Town) -> dict[str, Person]:
    """Who the walks speak of."""
    return {
        HOTLINE: town.person("hotline", Role.LEGAL_OFFICER, town.district, HOTLINE),
        ADMINISTRATOR: town.people[Role.ADMINISTRATOR],
        STREET: town.person("street", Role.HANDLER, town.street, STREET),
        STREET_OFFICER: town.person("street-officer", Role.LEGAL_OFFICER, town.street, STREET_OFFICER),
        BUREAU: town.people[Role.HANDLER],
        BUREAU_OFFICER: town.people[Role.LEGAL_OFFICER],
        "": town.people[Role.LEADER],
    }


@pytest.fixture(scope="module")
def db(kept_database: None) -> None:
    """By this name pytest-django learns that a database is wanted; its own would be emptied after each test."""


@pytest.fixture(scope="module")
def office(db: None) -> Iterator[Office]:
    """Afterwards the ledger is verified, and every projection rebuilt and compared, once for all the walks."""
    with standing("2023-03-01 08:00"):
        people = people_of(make_town())
    with override_settings(ALLOWED_HOSTS=["*"], SIGN_IN=STAYS), chromium() as browser:
        server = LiveServer("localhost")
        try:
            yield Office(browser, server.url, people)
            sequence_waiting()
            assert [(verdict.name, verdict.faults) for verdict in verify_store() if not verdict.ok] == []
            assert list(rebuild(check=True)) == []
        finally:
            server.stop()


@pytest.mark.parametrize("walk", WALKS, ids=[walk.procedure for walk in WALKS])
def test_from_start_to_end(office: Office, walk: Walk) -> None:
    first, *rest = walk.steps
    with standing(f"{first.day} 10:00"):
        case = office.open(walk)
    for step in rest:
        with standing(f"{step.day} 10:00"):
            office.take(case, step)
    with standing(f"{walk.end.day} 17:00"):
        page = office.desk("").page  # the leader, who only looks
        page.goto(f"{office.address}/cases/{case.pk}/")
        shown = page.locator(".timeline > li .what").all_inner_texts()
        assert [words.strip() for words in reversed(shown)] == [step.label for step in walk.steps]
        assert page.locator("h1 .chip.mute").inner_text() == walk.end.label
        assert page.locator("h1 .chip.bad").count() == 0
    case.refresh_from_db()
    assert case.closed_on.isoformat() == walk.closed_on
    assert case.faults == 0
