"""A played year in a district: marked, invented, clean."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from django.conf import settings

from fadu.acts.found import found_district
from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts
from fadu.clock import BEIJING
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.played.filling import fill
from fadu.played.leading import TOPICS, WAYS, Leads
from fadu.played.tables import FINES, ITEMS, POSTS, POWERS, SPARED, applied, post
from fadu.played.words import CALLERS, MATTERS, OFFENDERS, PLACES, Writer
from fadu.simulate.plan import SimulationPlan
from fadu.store.checkpoints import make_checkpoint
from fadu.store.credentials import Verdict, checks_of
from fadu.store.identity import check_digit_fits
from fadu.store.lawbook import book
from fadu.store.models import JOURNAL, Case, Credential, Event, Grant, Link, Party, Person, Role, Unit
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


def test_some_enterprises_are_inspected_again(db, at):
    with at("2023-12-31 18:00"):
        found_district("明川区", "MC", "明", simulated=True)
        fill(replace(PLAN, cases=100, procedures=("inspection",)))
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


def test_the_standard_is_a_table_and_fines_are_what_their_outcome_says(summary):
    tiers = Case.objects.filter(procedure="discretion_standard", state="publish")
    assert tiers.count() == sum(map(len, FINES.values())) + len(SPARED) and not tiers.exclude(faults=0).exists()
    rng = Random(3)
    for outcome in (None, "档内", "低于档次", "高于档次"):
        fields = applied(rng, {"tier": "一般", "no_standard": False}, outcome)
        low, high = fields["low"], fields["high"]
        assert tiers.filter(fields__act=fields["act"], fields__low=low, fields__high=high, fields__tier="一般").exists()
        said = "低于档次" if fields["fine"] < low else "高于档次" if fields["fine"] > high else "档内"
        assert said == (outcome or "档内")


def test_some_are_punished_again_and_again():
    writer = Writer(Random(5))
    found = Counter(writer.parties("penalty")[0][1:5] for _ in range(1000))
    again = {party: many for party, many in found.items() if many > 1}
    assert 20 < len(again) <= OFFENDERS and sum(again.values()) > 100
    assert len({phone for *_, phone in again}) == len(again)  # one name a number


def test_the_list_of_powers_is_in_force_when_the_year_begins(summary):
    found = Case.objects.filter(procedure="power_item", state="effect", fields__version="2022年版（模拟）")
    assert found.count() == sum(map(len, ITEMS.values())) and not found.exclude(faults=0).exists()


def test_posts_answer_for_powers_of_their_kind():
    rng = Random(2)
    for kind in POWERS:
        fields = post(rng, {"duty_kind": kind}, filled=kind == "检查")
        assert fields["post"].endswith(POSTS[kind]) and fields["power"] in POWERS[kind]
        assert ("person" in fields) == (kind == "检查")


def test_cases_come_of_one_another(db, at):
    plan = SimulationPlan(day_of("2023-10-01"), day_of("2023-12-31"), cases=1200, procedures=(
        "hotline", "inspection", "penalty", "penalty_summary", "reconsideration", "litigation", "lost_case_review",
    ))  # fmt: skip
    with at("2023-12-31 18:00"):
        found_district("明川区", "MC", "明", simulated=True)
        links = fill(plan).links
    found = Link.objects.select_related("case", "other")
    assert found.count() == links > 20 and {link.kind for link in found} == {Link.Kind.ORIGIN}
    ways = {(link.case.procedure, link.other.procedure) for link in found}
    assert {("inspection", "hotline"), ("penalty_summary", "hotline")} <= ways
    assert ways <= {(procedure, way.source) for procedure, found in WAYS.items() for way in found}
    assert all(link.other.opened_on < link.case.opened_on for link in found)
    for link in found.filter(case__procedure="penalty_summary"):
        acts = [topic for act, topic in TOPICS.items() if act in link.case.title]
        assert acts == [link.other.fields["topic"]]
    sequence_waiting()
    assert list(rebuild(check=True)) == []
    event = Event.objects.filter(act="link").first()
    assert event is not None and event.occurred_on.year == 2023
    assert event.recorded_at.astimezone(BEIJING).date() == event.occurred_on


def test_only_a_suit_that_was_lost_leads_to_a_review():
    leads, on = Leads(Random(1)), date(2023, 6, 1)

    def suit(number: str, outcome: str) -> None:
        opening = Move("docket", date(2023, 3, 1))
        judged = Move("judge", date(2023, 5, 20), outcome=outcome)
        leads.remember(number, Facts(NewCase("litigation", 1, opening), [judged]))

    suit("胜", "驳回诉讼请求")
    assert {leads.origin("lost_case_review", "", on) for _ in range(50)} == {""}
    suit("败", "撤销")
    assert {leads.origin("lost_case_review", "", on) for _ in range(50)} == {"", "败"}
    assert {leads.origin("lost_case_review", "", date(2023, 5, 20)) for _ in range(50)} == {""}  # not judged yet
