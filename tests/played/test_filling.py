"""A played year in a district: marked, invented, clean."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date
from random import Random

import pytest
from django.conf import settings

from fadu.acts.found import found_district
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.played.filling import fill
from fadu.played.words import CALLERS, MATTERS, PLACES, Writer
from fadu.simulate.plan import SimulationPlan
from fadu.store.checkpoints import make_checkpoint
from fadu.store.credentials import Verdict, checks_of
from fadu.store.identity import check_digit_fits
from fadu.store.lawbook import book
from fadu.store.models import JOURNAL, Case, Credential, Event, Grant, Party, Person, Role, Unit
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store

PLAN = SimulationPlan(day_of("2023-11-01"), day_of("2023-12-31"), cases=300)


@pytest.fixture
def summary(db, at):
    with at("2023-12-31 18:00"):
        found_district("明川区", "MC", "明", simulated=True)
        return fill(PLAN)


def test_every_case_and_person_is_marked_and_everything_is_clean(summary):
    assert summary.cases == 300
    assert summary.refused == []
    assert Case.objects.exclude(procedure=JOURNAL).filter(simulated=True).count() == 300
    assert not Person.objects.filter(simulated=False).exists()
    assert Unit.objects.count() >= 60
    sequence_waiting()
    make_checkpoint()
    assert [(verdict.ok, verdict.faults) for verdict in verify_store()] == [(True, ())] * 3
    assert list(rebuild(check=True)) == []


def test_officers_are_named_and_nearly_all_were_certified(summary):
    checks = checks_of(Case.objects.all(), book(), date(2023, 1, 1), date(2024, 12, 31))
    verdicts = Counter(check.verdict for check in checks)
    assert verdicts[Verdict.VALID] > 4 * verdicts[Verdict.LACKING] and not verdicts[Verdict.UNKNOWN]
    assert Credential.objects.filter(expires__range=(date(2023, 11, 1), date(2023, 12, 31))).exists()


def test_some_enterprises_are_inspected_again(summary):
    inspected = Case.objects.filter(procedure="inspection")
    codes = Counter(case.fields["credit_code"] for case in inspected)
    assert len(codes) < inspected.count() and max(codes.values()) > 1
    party = Party.objects.filter(case=inspected[0]).get()
    assert party.clear("id_number") == inspected[0].fields["credit_code"] and check_digit_fits(party.clear("id_number"))


def test_one_login_for_each_role(summary):
    assert {role for role, _, _ in summary.logins} == {role.label for role in Role}
    for _, login, _ in summary.logins:
        assert Person.objects.get(login=login).check_password(summary.password)
        assert Grant.objects.filter(person__login=login).count() == 1


def test_records_were_made_when_they_happened(summary):
    event = Event.objects.filter(act="advance").order_by("?").first()
    assert event is not None
    assert abs((event.recorded_at.date() - event.occurred_on).days) <= 1
    assert Event.objects.filter(recorded_at__date__gt=date(2024, 1, 1)).count() == 0


def test_a_real_district_takes_no_played_case(db, at, monkeypatch):
    with at("2023-12-31 18:00"):
        found_district("明川区", "MC", "明")
        monkeypatch.setattr(settings, "DISTRICT", dataclasses.replace(settings.DISTRICT, simulated=False))
        with pytest.raises(FaduError, match="只能把模拟数据放进虚构的区"):
            fill(PLAN)


def test_a_district_with_cases_is_left_alone(summary, at):
    with at("2023-12-31 18:00"), pytest.raises(FaduError, match="这个区已有办件"):
        fill(PLAN)


def test_the_administrator_works_in_the_bureau_for_the_whole_district(summary):
    grant = Grant.objects.select_related("unit", "person__unit").get(role=Role.ADMINISTRATOR)
    assert grant.unit.parent is None and grant.person.unit.name == "明川区司法局"


def test_calls_are_from_somewhere_and_of_something(summary):
    topics = book().versions("hotline")[-1].fields["topic"].choices
    assert set(MATTERS) == set(topics)
    found = Case.objects.filter(procedure="hotline")
    assert found.exists()
    for case in found:
        place, topic = case.fields["village"].removesuffix("社区"), case.fields["topic"]
        assert case.title.startswith(place) and any(case.title.endswith(matter) for matter in MATTERS[topic])
        assert case.fields["east"] + 3000 > 0 and case.fields["north"] + 3000 > 0


def test_some_place_has_a_trouble_of_the_season_and_the_same_callers():
    writer = Writer(Random(7))
    calls = [(writer.facts("hotline", {}, 1), writer.parties("hotline")[0]) for _ in range(3000)]
    hot = [(facts, caller) for facts, caller in calls if facts["repeat"]]
    assert 30 < len(hot) < 100
    assert {(facts["topic"], facts["village"]) for facts, _ in hot} == {("供暖", f"{PLACES[7]}社区")}
    assert len({caller[4] for _, caller in hot}) <= CALLERS
    assert len({caller[4] for facts, caller in calls if not facts["repeat"]}) > 2800
