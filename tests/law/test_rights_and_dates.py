"""Two kinds of clock: a party's right, that may lapse, and a last day that a document names (a date field)."""

from __future__ import annotations

import pytest

from fadu.law.clocks import State
from fadu.law.dates import iso
from fadu.law.explain import explain_run, lines
from fadu.law.judge import Judgement

RIGHT = """
clocks:
  apply: {label: 申请听证, party: applicant, right: true, start: receive, stop: accept, term: 五日, cite: 30}
"""
FIELDS = "fields:\n  due: {label: 责令改正的期限, type: date}\n  named: {label: 已载明, type: flag, default: true}\n"
NAMED = FIELDS + """
clocks:
  mend: {label: 改正, start: receive, stop: accept, term: {field: due}, when: named, cite: 30}
"""


def told(judgement: Judgement) -> str:
    (run,) = judgement.runs
    return "\n".join(lines(explain_run(run, judgement.history, judgement.plan)))


# A right -------------------------------------------------------------------------------------------


def test_a_right_not_used_lapses_and_is_no_finding(desk) -> None:
    plan = desk.plan(RIGHT)
    assert desk.runs(plan, "receive 2024-02-07", "2024-02-20") == ["2024-02-20 running"]
    assert desk.runs(plan, "receive 2024-02-07", "2024-02-21") == ["2024-02-20 lapsed"]
    judgement = desk.judge(plan, "receive 2024-02-07", "2024-02-21")
    assert not judgement.findings and not judgement.undetermined
    assert not judgement.running, "nothing is asked of anybody any more"
    assert judgement.runs[0].state.label == "逾期未行使"


def test_a_right_used_in_time_is_kept_and_used_too_late_is_late(desk) -> None:
    plan = desk.plan(RIGHT)
    assert desk.runs(plan, "receive 2024-02-07; accept 2024-02-20", "2024-06-01") == ["2024-02-20 kept"]
    assert desk.runs(plan, "receive 2024-02-07; accept 2024-02-21", "2024-06-01") == ["2024-02-20 late"]
    judgement = desk.judge(plan, "receive 2024-02-07; accept 2024-02-21", "2024-06-01")
    assert [finding.rule.name for finding in judgement.findings] == ["apply"]


def test_a_case_closed_ends_the_right_or_comes_after_it_lapsed(desk) -> None:
    plan = desk.plan(RIGHT)
    assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-20", "2024-06-01") == ["2024-02-20 ended"]
    assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-21", "2024-06-01") == ["2024-02-20 lapsed"]


def test_what_a_lapsed_right_deems_happens(desk) -> None:
    plan = desk.plan(RIGHT.replace("term: 五日", "term: 五日, lapse: {deem: abandon, cite: 31}"),
                     "receive accept decide! abandon!")  # fmt: skip
    judgement = desk.judge(plan, "receive 2024-02-07", "2024-02-21")
    assert [(step, iso(key >> 32)) for step, key in judgement.history.deemed] == [("abandon", "2024-02-20")]
    assert judgement.closed and not judgement.findings


def test_a_right_in_hours(desk) -> None:
    plan = desk.plan(RIGHT.replace("五日", "24小时"))
    assert desk.runs(plan, "receive 2024-02-07 09:00", "2024-02-09") == ["2024-02-08 lapsed"]
    assert desk.runs(plan, "receive 2024-02-07 09:00; accept 2024-02-08 09:01", "2024-02-09") == ["2024-02-08 late"]
    assert desk.runs(plan, "receive 2024-02-07 09:00; accept 2024-02-08", "2024-02-09") == ["2024-02-08 undetermined"]


def test_a_lapsed_right_is_explained(desk) -> None:
    plan = desk.plan(RIGHT.replace("term: 五日", "term: 五日, lapse: {consequence: 不再组织听证, cite: 31}"))
    text = told(desk.judge(plan, "receive 2024-02-07", "2024-02-21"))
    assert "申请听证：末日2024年2月20日，逾期未行使" in text
    assert "结果：截至2024年2月21日没有行使，期限届满，权利不再行使" in text
    assert "后果：期限届满，不再组织听证" in text
    closed = told(desk.judge(plan, "receive 2024-02-07; decide 2024-02-26", "2024-03-01"))
    assert "结果：至2024年2月26日 decide没有行使，期限届满，权利不再行使" in closed


def test_states_that_passed_the_last_day() -> None:
    assert [state.name for state in State if state.overrun] == ["LATE", "LAPSED"]
    assert [state.name for state in State if state.missed] == ["LATE", "EARLY"]


# A day that the document names ---------------------------------------------------------------------


def test_the_last_day_is_the_day_the_field_names(desk) -> None:
    plan, opened = desk.plan(NAMED), "receive 2024-03-01"
    assert desk.runs(plan, opened, "2024-03-20", due="2024-03-20") == ["2024-03-20 running"]
    assert desk.runs(plan, opened, "2024-03-21", due="2024-03-20") == ["2024-03-20 late"]
    assert desk.runs(plan, f"{opened}; accept 2024-03-20", "2024-06-01", due="2024-03-20") == ["2024-03-20 kept"]
    assert desk.runs(plan, f"{opened}; accept 2024-03-21", "2024-06-01", due="2024-03-20") == ["2024-03-20 late"]


def test_a_named_day_rolls_as_the_statute_says(desk) -> None:
    opened = "receive 2024-02-01"  # 2月10日在春节假期，18日（周日）调休上班
    assert desk.runs(desk.plan(NAMED), opened, "2024-02-02", due="2024-02-10") == ["2024-02-18 running"]
    still = desk.plan(NAMED, statute="信访工作条例")
    assert desk.runs(still, opened, "2024-02-02", due="2024-02-10") == ["2024-02-10 running"]
    fixed = desk.plan(NAMED.replace("{field: due}", "{field: due, rolls: false}"))
    assert desk.runs(fixed, opened, "2024-02-02", due="2024-02-10") == ["2024-02-10 running"]


def test_a_day_not_filled_in_settles_nothing(desk) -> None:
    plan = desk.plan(NAMED)
    judgement = desk.judge(plan, "receive 2024-03-01", "2024-06-01")
    assert [rule.name for rule in judgement.undetermined] == ["mend"] and not judgement.findings
    assert "期限无法确定：未填写责令改正的期限" in told(judgement)
    assert desk.runs(plan, "receive 2024-03-01", "2024-06-01", named=False) == []


def test_a_day_before_the_start_is_late_at_once(desk) -> None:
    assert desk.runs(desk.plan(NAMED), "receive 2024-03-04", "2024-03-04", due="2024-03-01") == ["2024-03-01 late"]


def test_a_day_the_calendar_does_not_reach_settles_nothing(desk) -> None:
    assert desk.runs(desk.plan(NAMED), "receive 2024-03-04", "2024-03-04", due="2099-03-01") == ["? undetermined"]


def test_every_start_has_the_same_named_day(desk) -> None:
    runs = desk.runs(desk.plan(NAMED), "receive 2024-03-01; receive 2024-03-11", "2024-03-15", due="2024-03-20")
    assert runs == ["2024-03-20 running", "2024-03-20 running"]


def test_a_named_day_where_there_is_one_else_the_term(desk) -> None:
    either = NAMED.replace("term: {field: due}, when: named",
                           "term: [{when: named, term: {field: due}}, {term: 六十日}]")  # fmt: skip
    plan = desk.plan(either)
    assert desk.runs(plan, "receive 2024-02-20", "2024-03-01", due="2024-03-20") == ["2024-03-20 running"]
    assert desk.runs(plan, "receive 2024-02-20", "2024-03-01", named=False) == ["2024-04-22 running"]


def test_what_the_named_day_passing_deems(desk) -> None:
    plan = desk.plan(NAMED.replace("when: named", "when: named, lapse: {deem: suspend, cite: 31}"))
    judgement = desk.judge(plan, "receive 2024-03-01", "2024-03-21", due="2024-03-20")
    assert [(step, iso(key >> 32)) for step, key in judgement.history.deemed] == [("suspend", "2024-03-20")]


@pytest.mark.parametrize(
    ("beyond", "due", "lawful"),
    [("", "2024-03-20", "2024-03-20"), (", beyond: true", "2024-03-20", "2024-03-21"),
     ("", "2024-02-10", "2024-02-10"), (", beyond: true", "2024-02-10", "2024-02-19")],
)  # fmt: skip
def test_a_named_period_that_must_run_in_full(desk, beyond: str, due: str, lawful: str) -> None:
    """As with other minimum periods: only what must be exceeded rolls."""
    plan = desk.plan(NAMED.replace("term: {field: due}", f"minimum: {{field: due}}{beyond}"))
    assert desk.runs(plan, "receive 2024-02-01", "2024-02-02", due=due) == [f"{lawful} running"]
    assert desk.runs(plan, f"receive 2024-02-01; accept {lawful}", "2024-06-01", due=due) == [f"{lawful} kept"]
    early = desk.runs(plan, "receive 2024-02-01; accept 2024-02-05", "2024-06-01", due=due)
    assert early == [f"{lawful} early"]
    assert desk.runs(plan, "receive 2024-02-01; accept 2024-02-05", "2024-06-01") == ["? undetermined"]


def test_a_named_day_is_explained(desk) -> None:
    text = told(desk.judge(desk.plan(NAMED), "receive 2024-02-01", "2024-02-19", due="2024-02-10"))
    assert "起算：2024年2月1日 receive" in text and "自次日起算" not in text
    assert "期限：责令改正的期限" in text and "末日是文书载明的日期，不另行计算" in text
    assert "末日2024年2月10日是春节，顺延至2024年2月18日" in text
    assert "结果：截至2024年2月19日尚未办理，逾期1日" in text


def test_each_year_is_the_next_such_date_after_the_start(desk) -> None:
    plan = desk.plan("clocks:\n  k: {label: 年报, start: receive, stop: accept, term: 每年1月31日, cite: 49}\n")
    assert desk.runs(plan, "receive 2024-12-31", "2025-01-02") == ["2025-01-31 running"]
    assert desk.runs(plan, "receive 2025-01-06", "2025-01-07") == ["2025-01-31 running"]
    assert desk.runs(plan, "receive 2025-01-31", "2025-01-31") == ["2026-01-31 running"]
