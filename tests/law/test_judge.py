"""A judgement as a whole: state, next lawful steps, findings, what is undetermined."""

from __future__ import annotations

from fadu.law.dates import iso

RULES = """
fields:
  track: {label: 程序, choices: [普通, 简易], default: 普通}
  urgent: {label: 急, type: flag}
steps:
  know: {label: 知道, opens: true}
  receive: {label: 收到, opens: true, after: know, once: true}
  accept: {label: 受理, after: receive, once: true}
  extend: {label: 延长, after: accept, when: 'track == "普通"'}
  hurry: {label: 加急, after: accept, when: urgent}
  note: {label: 备注}
  decide: {label: 决定, after: accept, closes: true, once: true}
  serve: {label: 送达, after: decide, unless: done(serve)}
clocks:
  examine: {label: 审查, start: receive, stop: accept, term: 五日, cite: 30}
  decide: {label: 决定, start: accept, stop: decide, term: 六十日, cite: 62, id: FY-18}
  notice: {label: 公示, start: accept, stop: decide, minimum: 五日, cite: 51}
  hurry: {label: 加急, start: accept, stop: decide, term: 十日, when: urgent, cite: 62}
duties:
  served: {label: 送达, require: serve, after: decide, cite: 75, id: FY-99}
  noted: {label: 备注, require: note, before: decide, cite: 1}
"""


def next_steps(desk, events: str, **fields: bool | str) -> list[str]:
    return [step.name for step in desk.judge(desk.plan(RULES), events, "2024-12-31", **fields).next_steps]


def test_only_openings_before_the_case_opens(desk) -> None:
    assert [step.name for step in desk.judge(desk.plan(RULES), "know 2024-03-01", "2024-02-01").next_steps] == [
        "know", "receive",
    ]  # fmt: skip


def test_an_alternative_opening_is_lawful_later_where_its_after_is(desk) -> None:
    assert next_steps(desk, "know 2024-03-01") == ["receive", "note"]
    assert next_steps(desk, "receive 2024-03-01") == ["accept", "note"]


def test_after_once_when_and_unknown(desk) -> None:
    received = "receive 2024-03-01; accept 2024-03-02"
    assert next_steps(desk, received, urgent=False) == ["extend", "note", "decide"]
    assert next_steps(desk, received, track="简易", urgent=True) == ["hurry", "note", "decide"]
    assert next_steps(desk, received) == ["extend", "hurry", "note", "decide"], "未知时仍列出"
    assert "serve" not in next_steps(desk, f"{received}; decide 2024-03-03; serve 2024-03-04")
    assert "serve" in next_steps(desk, f"{received}; decide 2024-03-03")


def test_state_is_the_last_step(desk) -> None:
    plan = desk.plan(RULES)
    judgement = desk.judge(plan, "receive 2024-03-01; note 2024-03-05; accept 2024-03-05", "2024-03-10")
    assert judgement.state is not None and judgement.state.label == "受理" and not judgement.closed
    assert desk.judge(plan, "receive 2024-03-01", "2024-02-01").state is None


def test_findings_in_the_order_of_the_file_with_days(desk) -> None:
    events = "receive 2024-03-01; accept 2024-03-13; decide 2024-03-15"
    judgement = desk.judge(desk.plan(RULES), events, "2024-04-01", urgent=False)
    assert [(found.rule.name, found.kind, found.days_late) for found in judgement.findings] == [
        ("examine", "late", 5), ("notice", "early", -5), ("noted", "missed", None),
    ]  # fmt: skip
    assert judgement.closed and judgement.running == []


def test_an_open_run_is_late_by_the_days_to_the_as_of_day(desk) -> None:
    judgement = desk.judge(desk.plan(RULES), "receive 2024-03-01", "2024-03-12")
    (finding,) = judgement.findings
    assert (finding.days_late, iso(finding.last_day or 0)) == (4, "2024-03-08")


def test_what_the_facts_do_not_settle(desk) -> None:
    judgement = desk.judge(desk.plan(RULES), "receive 2024-03-01; accept 2024-03-04", "2024-03-05")
    assert [rule.name for rule in judgement.undetermined] == ["hurry"]
    assert [run.clock.name for run in judgement.running] == ["decide", "notice"]


def test_rules_by_name_or_row_id(desk) -> None:
    procedure = desk.plan(RULES).procedure
    assert procedure.rule("decide") is procedure.rule("FY-18") is procedure.clocks["decide"]
    assert procedure.rule("FY-99") is procedure.duties["served"]
    assert procedure.rule("FY-00") is None


def test_judging_again_later_or_as_known_then(desk) -> None:
    plan = desk.plan(RULES)
    events = "receive 2024-03-01; accept 2024-03-08 recorded=2024-04-10"
    assert [found.rule.name for found in desk.judge(plan, events, "2024-03-20").findings] == []
    then = desk.judge(plan, events, "2024-03-20", known_on="2024-03-20")
    assert [found.rule.name for found in then.findings] == ["examine"], "补录之前看来逾期"


def test_the_case_is_not_changed_by_judging(desk) -> None:
    plan, case = desk.plan(RULES), desk.case("receive 2024-03-01; accept 2024-03-04")
    before = list(case.events)
    desk.judge(plan, "receive 2024-03-01", "2024-03-01")
    assert list(case.events) == before


def test_whether_a_step_may_be_taken_is_asked_by_its_name(desk) -> None:
    """Two reads of the same book, as two threads may hold them, do not know each other's steps as the same objects."""
    one, other = desk.plan(RULES), desk.plan(RULES)
    judged = desk.judge(one, "receive 2024-03-01", "2024-12-31")
    assert [judged.may_take(other.procedure.steps[name]) for name in ("accept", "decide")] == [True, False]
    unknown = desk.plan(RULES.replace("note:", "remark:").replace("require: note", "require: remark"))
    assert not judged.may_take(unknown.procedure.steps["remark"])
