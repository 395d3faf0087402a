"""One case and the list of cases answer alike to who may see what."""

from __future__ import annotations

from datetime import date
from itertools import product

from fadu.clock import now
from fadu.store.access import access_of
from fadu.store.models import JOURNAL, Assignment, Case, Grant, Person, Role

DAY = date(2024, 2, 20)


def people_of(town) -> list[Person]:
    """One of each role, one without any, one with two units, and those of a station below a street."""
    plain = Person.objects.create(login="plain", name="无角色", unit=town.street, simulated=True)
    two = town.person("two", Role.HANDLER, town.station)
    Grant.objects.create(person=two, role=Role.LEGAL_OFFICER, unit=town.bureau, since=DAY)
    street = [town.person(f"street-{role.value}", role, town.street) for role in Role]
    return [*town.people.values(), plain, two, *street]


def cases_of(town, people) -> list[Case]:
    """Of every unit and secrecy, handled or not, shared with a person, partnered by a person or by a unit."""
    made = []
    handlers = [None, town.people[Role.HANDLER], people[-1]]
    given = [None, {"person": people[-2]}, {"person": town.people[Role.EXTERNAL]}, {"unit": town.street},
             {"unit": town.station}]  # fmt: skip
    units = (town.district, town.bureau, town.street, town.station)
    for unit, secrecy, handler, assigned in product(units, Case.Secrecy, handlers, given):
        case = Case.objects.create(
            number=f"案{len(made)}", procedure="reconsideration", unit=unit, secrecy=secrecy, handler=handler,
            touched_at=now(), projected_on=DAY, opened_on=DAY,
        )  # fmt: skip
        if assigned:
            kind = Assignment.Kind.SHARED if "person" in assigned else Assignment.Kind.PARTNER
            Assignment.objects.create(case=case, kind=kind, since=now(), **assigned)
        made.append(case)
    return made


def test_a_case_is_seen_where_the_list_has_it(town, at):
    with at("2024-02-20 10:00"):
        people = people_of(town)
        cases = cases_of(town, people)
        seen_by = {}
        for person in people:
            access = access_of(person, DAY)
            listed = set(access.cases().values_list("pk", flat=True))
            assert {case.pk for case in cases if access.case(case.pk)} == listed, person.login
            seen_by[person.login] = len(listed)
    assert len(set(seen_by.values())) > 6  # not all or nothing


def test_the_journal_and_what_is_not_there_are_seen_by_no_one(town, at):
    with at("2024-02-20 10:00"):
        access = access_of(town.people[Role.ADMINISTRATOR], DAY)
        assert access.case(Case.objects.get(procedure=JOURNAL).pk) is None
        assert access.case(10**9) is None
