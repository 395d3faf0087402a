"""A small district for tests: units, one person for each role, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.recording import Actor, Change, Entry, write
from fadu.acts.register import register
from fadu.clock import BEIJING, standing_at, today
from fadu.store.access import access_of
from fadu.store.models import JOURNAL, Case, Grant, Person, Role, Unit

PASSWORD = "Mingchuan-2023!"  # noqa: S105 - of people that do not exist
SINCE = date(2020, 1, 1)


@dataclass
class Town:
    """The district and its people, by role: ``town.people[Role.HANDLER]``."""

    district: Unit
    bureau: Unit
    street: Unit
    station: Unit
    people: dict[Role, Person]

    def actor(self, role: Role, source: str = "office") -> Actor:
        """The person of the role, acting today."""
        return Actor(access_of(self.people[role], today()), source)

    def person(self, login: str, role: Role, unit: Unit, name: str = "") -> Person:
        """One more person."""
        made = Person.objects.create(login=login, name=name or login, unit=unit, simulated=True)
        made.set_password(PASSWORD)
        made.save()
        Grant.objects.create(person=made, role=role, unit=unit, since=SINCE)
        return made

    def reconsideration(self, on: date, **given: object) -> Case:
        """A reconsideration received by the bureau on a day, opened by its legal officer."""
        opening = Move("receive", on, excuse="补录" if on < today() else "")
        new = NewCase(
            "reconsideration", self.bureau.pk, opening, title="不服行政处罚决定", summary="请求撤销罚款决定",
            parties=(PartyGiven("申请人", "甲公司", "legal", phone="13800000000", id_number="110101199001011234"),),
            **given,  # type: ignore[arg-type]
        )  # fmt: skip
        return register(self.actor(Role.LEGAL_OFFICER), new)


def make_town() -> Town:
    """Make it in the database at hand."""
    district = Unit.objects.create(code="MC", name="明川区", short="明", kind="district")
    bureau = Unit.objects.create(code="SFJ", name="区司法局", short="明司", kind="department", parent=district)
    street = Unit.objects.create(code="HP", name="和平街道", short="明和", kind="town", parent=district)
    station = Unit.objects.create(code="HP1", name="和平司法所", kind="station", parent=street)
    town = Town(district, bureau, street, station, {})
    journal = Case(number=JOURNAL, procedure=JOURNAL, unit=district, title="区务记录", simulated=True)
    write(Actor(None, "init"), [Change(journal, [Entry("found", today(), body={"name": district.name})])])
    places = {
        Role.ADMINISTRATOR: district, Role.LEGAL_OFFICER: bureau, Role.HANDLER: bureau, Role.LEADER: district,
        Role.EXTERNAL: street, Role.SYSTEM_ADMIN: district, Role.SECURITY_ADMIN: district, Role.AUDIT_ADMIN: district,
    }  # fmt: skip
    for role, unit in places.items():
        town.people[role] = town.person(role.value, role, unit, role.label)
    return town


@contextmanager
def standing(text: str) -> Iterator[None]:
    """Let it be that moment: ``2024-02-09 10:00``."""
    with standing_at(datetime.fromisoformat(text).replace(tzinfo=BEIJING)):
        yield
