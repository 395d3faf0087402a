"""Officers and their certificates on the day of a step: worked cases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fadu.acts.advance import Step, advance, advance_all
from fadu.acts.correct import correct
from fadu.acts.errors import ReasonNeeded
from fadu.acts.foresee import foresee
from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.persons import end_credential
from fadu.acts.recording import Actor
from fadu.office.case_page import Tried, content_of_page
from fadu.store.access import access_of
from fadu.store.credentials import Verdict, checks_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Credential, Person, Role

DAY = date(2024, 3, 6)
YEAR = date(2024, 1, 1), date(2024, 12, 31)
LACKING, UNKNOWN = Verdict.LACKING, Verdict.UNKNOWN


@pytest.fixture(autouse=True)
def march(at):
    with at("2024-03-06 15:00"):
        yield


@pytest.fixture
def team(town) -> dict[str, Person]:
    """Two of the street and one of its station; the first has always been certified."""
    people = {
        name: town.person(login, Role.HANDLER, unit, name)
        for name, login, unit in (("甲", "a1", town.street), ("乙", "a2", town.street), ("丙", "a3", town.station))
    }
    certify(people["甲"], date(2020, 1, 1))
    return people


def certify(person: Person, issued: date, expires: date | None = None, kind: str = "行政执法证") -> Credential:
    number = str(Credential.objects.count() + 1)
    return Credential.objects.create(person=person, kind=kind, number=number, issued=issued, expires=expires)


def inspection(town, *by: str, unit=None, on: date = DAY, step: str = "inspect") -> Case:
    opening = Move("assign", on, fields={"scan_due": False})
    new = NewCase("inspection", (unit or town.street).pk, opening, title="检查某店")
    (opened,) = open_with_facts(Actor(None), [Facts(new, [Move(step, on, by=by)])])
    assert opened.case is not None, opened.refused
    return opened.case


def found(town, role: Role = Role.ADMINISTRATOR, days: tuple[date, date] = YEAR) -> list[tuple[str, Verdict, str]]:
    access = access_of(town.people[role], DAY)
    return [(check.officer, check.verdict, check.words) for check in checks_of(access.cases(), book(), *days)]


def faults(town) -> list[tuple[str, Verdict, str]]:
    return [row for row in found(town) if row[1] is not Verdict.VALID]


@pytest.mark.parametrize(("issued", "expires", "words"), [
    (date(2020, 1, 1), DAY - timedelta(1), "行政执法证有效至 2024-03-05，当日已失效"),
    (date(2020, 1, 1), DAY, ""),
    (DAY, None, ""),
    (DAY + timedelta(1), None, "行政执法证 2024-03-07 才取得"),
])  # fmt: skip
def test_the_first_and_the_last_day_are_valid_those_beside_them_not(town, team, issued, expires, words):
    certify(team["乙"], issued, expires)
    inspection(town, "甲", "乙")
    assert faults(town) == ([("乙", LACKING, words)] if words else [])
    assert len(found(town)) == 2


def test_a_renewed_certificate_leaves_the_days_between(town, team):
    certify(team["乙"], date(2020, 1, 1), date(2024, 3, 4))
    certify(team["乙"], date(2024, 3, 8), date(2029, 3, 8))
    inspection(town, "甲", "乙")
    inspection(town, "甲", "乙", on=date(2024, 3, 4))
    assert faults(town) == [("乙", LACKING, "行政执法证有效至 2024-03-04，当日已失效")]


def test_a_certificate_withdrawn_by_the_office_is_valid_until_that_day(town, team):
    kept = certify(team["乙"], date(2020, 1, 1))
    inspection(town, "甲", "乙")
    assert faults(town) == []
    end_credential(town.actor(Role.SYSTEM_ADMIN), kept, date(2024, 3, 5))
    assert faults(town) == [("乙", LACKING, "行政执法证有效至 2024-03-05，当日已失效")]


def test_another_kind_of_certificate_is_none(town, team):
    certify(team["乙"], date(2020, 1, 1), kind="行政执法监督证")
    inspection(town, "甲", "乙")
    assert faults(town) == [("乙", LACKING, "没有登记行政执法证")]


def test_who_is_in_no_roster_of_the_department_is_unknown(town, team):
    certify(town.person("b1", Role.HANDLER, town.bureau, "丁"), date(2020, 1, 1))
    inspection(town, "甲", "丁")
    assert faults(town) == [("丁", UNKNOWN, "不在该单位的人员名册中")]


def test_a_department_that_entered_no_certificates_is_not_accused(town):
    town.person("a2", Role.HANDLER, town.street, "乙")
    inspection(town, "乙", "乙")
    assert [verdict for _, verdict, _ in faults(town)] == [UNKNOWN, UNKNOWN]


def test_the_station_may_send_those_of_its_department_and_their_number_is_no_name(town, team):
    inspection(town, "甲（110001）", "丙", unit=town.station)
    assert faults(town) == [("丙", LACKING, "没有登记行政执法证")]


def test_namesakes_who_differ_cannot_be_told_apart_unless_one_is_of_the_unit(town, team):
    other = town.person("a9", Role.HANDLER, town.street, "甲")
    inspection(town, "甲", "甲")
    assert {row[1:] for row in faults(town)} == {(UNKNOWN, "同名的有 2 人，证件情况不一")}
    other.unit = town.station
    other.save()
    inspection(town, "甲", unit=town.station, on=date(2024, 3, 5))
    assert (LACKING, "没有登记行政执法证") in {row[1:] for row in faults(town)}


def test_only_what_stands_as_recorded_counts(town, team):
    actor = town.actor(Role.ADMINISTRATOR)
    mended, gone = inspection(town, "甲", "乙"), inspection(town, "甲", "乙")
    correct(actor, mended.pk, 2, Move("inspect", DAY, by=("甲", "丙")), "记错了人")
    correct(actor, gone.pk, 2, None, "没有检查")
    assert faults(town) == [("丙", LACKING, "没有登记行政执法证")]
    assert len(found(town)) == 2


def test_only_steps_that_ask_for_it_and_days_asked_for_and_cases_in_sight(town, team):
    inspection(town, "乙", "乙", step="show_credentials")
    assert found(town) == []
    inspection(town, "甲", "乙")
    assert len(found(town)) == 2
    assert found(town, days=(date(2024, 3, 7), date(2024, 12, 31))) == []
    assert found(town, Role.HANDLER) == []  # of the bureau


def test_many_cases_are_read_by_as_many_statements_as_few(town, team):
    def statements() -> int:
        with CaptureQueriesContext(connection) as counted:
            found(town)
        return len(counted)

    inspection(town, "甲", "乙")
    few = statements()
    for _ in range(12):
        inspection(town, "甲", "乙")
    assert statements() == few


def test_before_it_is_recorded_a_reason_is_asked_and_kept(town, team):
    case = inspection(town, step="show_credentials")
    actor = town.actor(Role.ADMINISTRATOR)
    move = Move("inspect", DAY, by=("甲", "乙", "没有这个人"))
    with pytest.raises(ReasonNeeded) as asked:
        advance(actor, case.pk, move)
    assert [note.text for note in asked.value.notes] == ["乙 2024-03-06 没有有效的行政执法证：没有登记行政执法证"]
    assert [cite.short for cite in asked.value.notes[0].cites] == ["行政处罚法55(1)"]
    assert foresee(actor, [Step(case.pk, move)])[0].answer.warnings == asked.value.notes
    moved = advance(actor, case.pk, Move("inspect", DAY, by=move.by, excuse="证件补办中"))
    assert moved.state == "inspect"
    certify(team["乙"], date(2024, 1, 1))
    (outcome,) = advance_all(actor, [Step(case.pk, Move("inspect", DAY, by=("甲", "乙")))])
    assert outcome.refused is None


def test_the_page_of_the_case_tells_both_apart_with_the_article(town, team):
    case = inspection(town, "乙", "某人")
    access = access_of(town.people[Role.ADMINISTRATOR], DAY)
    content = content_of_page(access, access.case(case.pk), None, Tried())
    assert content["credentials"] == [
        (True, "实施检查：乙 2024-03-06 没有有效的行政执法证：没有登记行政执法证（《行政处罚法》第五十五条第一款）"),
        (False, "实施检查：某人 2024-03-06 有无有效的行政执法证无法判断：不在该单位的人员名册中"),
    ]  # fmt: skip
