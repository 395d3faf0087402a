"""What the law takes for done when a last day passes: deemed steps, absorbed steps, chains of them."""

from __future__ import annotations

import pytest

from fadu.law.dates import iso, key_day

EXAMINE = """
  examine:
    label: 受理审查
    start: receive
    stop: [accept, decline, notify]
    term: 五日
    lapse: {deem: accept, cite: 30(3)}
    cite: 30
"""
REEXAMINE = """
  reexamine:
    label: 补正后审查
    start: corrected
    stop: [accept, decline]
    term: 五日
    lapse: {deem: accept, cite: 30(3)}
    cite: 31
"""
DECIDE = """
  decide:
    label: 决定
    start: accept
    stop: decide
    term: 六十日
    cite: 62
"""
STEPS = "receive notify corrected accept decline! decide! serve"


@pytest.fixture
def plan(desk):
    return desk.plan("clocks:" + EXAMINE + REEXAMINE + DECIDE, steps=STEPS)


def deemed(judgement) -> list[str]:
    return [f"{step} {iso(key_day(key))}" for step, key in judgement.history.deemed]


def test_nothing_is_deemed_on_the_last_day_itself(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07", "2024-02-20")
    assert deemed(judgement) == []
    assert judgement.findings == []


def test_the_day_after_the_step_is_deemed_on_the_last_day_and_starts_its_clocks(desk, plan) -> None:
    events = "receive 2024-02-07"
    judgement = desk.judge(plan, events, "2024-02-21")
    assert deemed(judgement) == ["accept 2024-02-20"]
    assert desk.runs(plan, events, "2024-02-21") == ["2024-02-20 late", "2024-04-22 running"]
    assert [finding.rule.name for finding in judgement.findings] == ["examine"], "逾期本身仍是问题"
    assert judgement.state is not None and judgement.state.name == "accept"


def test_the_later_real_step_is_absorbed(desk, plan) -> None:
    events = "receive 2024-02-07; accept 2024-03-01; decide 2024-04-22"
    judgement = desk.judge(plan, events, "2024-06-01")
    assert deemed(judgement) == ["accept 2024-02-20"]
    assert desk.runs(plan, events, "2024-06-01") == ["2024-02-20 late", "2024-04-22 kept"]


def test_only_the_first_later_real_step_is_absorbed(desk, plan) -> None:
    events = "receive 2024-02-07; accept 2024-03-01; accept 2024-03-04"
    assert desk.runs(plan, events, "2024-03-04") == ["2024-02-20 late", "2024-04-22 running", "2024-05-06 running"]


def test_a_step_taken_in_time_is_not_deemed(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07; accept 2024-02-20", "2024-03-01")
    assert deemed(judgement) == [] and judgement.findings == []


def test_another_stop_in_time_prevents_it(desk, plan) -> None:
    for step in ("notify", "decline"):
        assert deemed(desk.judge(plan, f"receive 2024-02-07; {step} 2024-02-19", "2024-06-01")) == []


def test_a_late_stop_does_not_prevent_it(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07; notify 2024-02-21", "2024-03-01")
    assert deemed(judgement) == ["accept 2024-02-20"]


def test_correction_opens_a_new_term_and_its_own_lapse(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07; notify 2024-02-19; corrected 2024-03-01", "2024-04-01")
    assert deemed(judgement) == ["accept 2024-03-08"]
    assert [(run.clock.name, run.state.name) for run in judgement.runs] == [
        ("examine", "KEPT"), ("reexamine", "LATE"), ("decide", "RUNNING"),
    ]  # fmt: skip


def test_nothing_is_deemed_twice(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07; receive 2024-03-01; corrected 2024-03-04", "2024-06-01")
    assert deemed(judgement) == ["accept 2024-02-20"]


def test_nothing_is_deemed_where_it_happened_before(desk, plan) -> None:
    judgement = desk.judge(plan, "receive 2024-02-07; accept 2024-02-08; receive 2024-03-01", "2024-06-01")
    assert deemed(judgement) == []
    assert [finding.rule.name for finding in judgement.findings] == ["examine", "decide"]


def test_a_deemed_step_comes_after_everything_else_of_that_day(desk) -> None:
    late = EXAMINE.replace("[accept, decline, notify]", "[accept, decline]")
    plan = desk.plan("clocks:" + late + DECIDE, steps=STEPS)
    judgement = desk.judge(plan, "receive 2024-02-07; notify 2024-02-20", "2024-03-01")
    assert judgement.state is not None and judgement.state.name == "accept"


def test_deemed_from_the_start(desk) -> None:
    rules = "clocks:" + EXAMINE.replace("deem: accept", "deem: accept, on: start") + DECIDE
    plan = desk.plan(rules, steps=STEPS)
    judgement = desk.judge(plan, "receive 2024-02-07 10:00; notify 2024-02-07", "2024-03-01")
    assert deemed(judgement) == [], "通知在期限内"
    judgement = desk.judge(plan, "receive 2024-02-07 10:00", "2024-03-01")
    assert deemed(judgement) == ["accept 2024-02-07"]
    decide = next(run for run in judgement.runs if run.clock.name == "decide")
    assert iso(decide.last_day or 0) == "2024-04-07", "自收到之日起六十日（4月7日是调休上班的周日）"


def test_from_the_start_comes_right_after_it(desk) -> None:
    rules = "clocks:" + EXAMINE.replace("deem: accept", "deem: accept, on: start") + DECIDE
    plan = desk.plan(rules, steps=STEPS)
    judgement = desk.judge(plan, "receive 2024-02-07; serve 2024-02-07", "2024-03-01")
    assert judgement.state is not None and judgement.state.name == "serve"


def test_a_deemed_step_satisfies_and_breaks_duties(desk) -> None:
    duties = """
duties:
  accepted: {label: 先受理, require: accept, before: decide, cite: 30}
  once: {label: 受理一次, at_most: 1, of: accept, cite: 30}
  two: {label: 两人, step: accept, must: officers >= 2, cite: 30}
"""
    plan = desk.plan("clocks:" + EXAMINE + DECIDE + duties, steps=STEPS)
    events = "receive 2024-02-07; accept 2024-02-26 officers=1; decide 2024-03-01"
    assert desk.verdicts(plan, events, "2024-06-01") == {"accepted": "met", "once": "met", "two": "pending"}


def test_a_deemed_step_can_close(desk) -> None:
    rules = "clocks:" + EXAMINE.replace("deem: accept", "deem: decline") + DECIDE.replace("accept", "receive")
    plan = desk.plan(rules, steps=STEPS)
    assert desk.runs(plan, "receive 2024-02-07", "2024-06-01") == ["2024-02-20 late", "2024-04-07 ended"]
    assert desk.judge(plan, "receive 2024-02-07", "2024-06-01").closed


def test_a_chain_of_deemed_steps(desk) -> None:
    second = REEXAMINE.replace("start: corrected", "start: accept").replace("stop: [accept, decline]", "stop: decide")
    second = second.replace("deem: accept", "deem: decide")
    plan = desk.plan("clocks:" + EXAMINE + second, steps=STEPS)
    assert deemed(desk.judge(plan, "receive 2024-02-07", "2024-06-01")) == ["accept 2024-02-20", "decide 2024-02-27"]


def test_a_consequence_in_words_deems_nothing(desk) -> None:
    plan = desk.plan("clocks:" + EXAMINE.replace("deem: accept", "consequence: 视为没有证据"), steps=STEPS)
    judgement = desk.judge(plan, "receive 2024-02-07", "2024-06-01")
    assert deemed(judgement) == [] and [finding.rule.name for finding in judgement.findings] == ["examine"]
