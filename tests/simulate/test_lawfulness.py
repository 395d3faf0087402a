"""What is played as lawful has no finding, what is played as unlawful has one: the law says so, not the simulator."""

from __future__ import annotations

from random import Random

import pytest

from fadu.book import survey_book
from fadu.law.dates import day_of
from fadu.law.judge import judge
from fadu.simulate import SimulationPlan, simulate, survey
from fadu.simulate.player import Player

CODES = survey_book()[0].codes
FIRST, UNTIL = day_of("2024-01-01"), day_of("2026-06-30")
ENOUGH = 100


@pytest.fixture(scope="module")
def players(book):
    return {code: Player(book, code, UNTIL) for code in CODES}


def days_of(player, count, rng):
    days = [day for day in range(FIRST, UNTIL - 60) if player.in_force(day) and player.calendar.is_working(day)]
    return [rng.choice(days) for _ in range(count)]


@pytest.mark.parametrize("code", CODES)
def test_lawful_histories_have_no_finding(book, players, code):
    cases = list(simulate(book, SimulationPlan(FIRST, UNTIL, cases=ENOUGH, unlawful=0.0, procedures=(code,), size=80)))
    assert len(cases) == ENOUGH
    for case in cases:
        judgement = judge(book.plan_for(case), case, UNTIL)
        assert not judgement.findings, (case, judgement.findings[0].rule.name)
        assert not judgement.undetermined, (case, judgement.undetermined[0].name)


@pytest.mark.parametrize("code", CODES)
def test_unlawful_histories_have_a_finding(players, code):
    player, rng = players[code], Random(7)
    played = [player.play(day, True, rng) for day in days_of(player, 60, rng)]
    found = [exemplar for exemplar in played if exemplar is not None]
    assert len(found) > 50
    assert not any(exemplar.lawful for exemplar in found)


@pytest.mark.parametrize("code", CODES)
def test_breaches_are_of_many_kinds(book, code):
    plan = SimulationPlan(FIRST, UNTIL, cases=300, unlawful=1.0, procedures=(code,), size=80)
    broken = {finding.rule.name for case in simulate(book, plan)
              for finding in judge(book.plan_for(case), case, UNTIL).findings}
    rules = {name for version in book.versions(code) for name in (*version.clocks, *version.duties)}
    assert len(broken) >= min(8, len(rules) // 2), broken


def test_rate_is_the_rate_asked_for(book):
    for asked in (0.0, 0.08, 0.3):
        cases = list(simulate(book, SimulationPlan(FIRST, UNTIL, cases=2000, unlawful=asked, size=40)))
        found = sum(bool(judge(book.plan_for(case), case, UNTIL).findings) for case in cases) / len(cases)
        assert found == pytest.approx(asked, abs=0.02)


def test_every_step_can_be_reached_lawfully(book):
    """A step no lawful path reaches is a dead end of the file, unless only a breach can lead to it."""
    only_by_breach = {
        ("licence_renewal", "deemed_renewed"),  # 视为准予延续：行政机关逾期不作决定的后果
        ("court_appearance", "walk_out"),  # 中途退庭本身就是违法
        ("document_cleanup", "misuse"), ("document_cleanup", "remedy"),  # 失效文件仍作依据，及其纠正
    }
    found = {(coverage.procedure.code, step) for coverage in survey(book) for step in coverage.steps}
    assert found <= only_by_breach


def test_version_is_the_one_the_transition_step_gives(book):
    """Around the day a version takes effect, both versions are met, each by its own rule."""
    days = day_of("2023-11-01"), day_of("2024-03-31")
    plan = SimulationPlan(*days, cases=300, procedures=("reconsideration",), size=40)
    bound = {book.procedure_for(case).effective_day for case in simulate(book, plan)}
    assert bound == {day_of("2018-01-01"), day_of("2024-01-01")}
