"""Every verb of a duty in every state it can have."""

from __future__ import annotations

import pytest

STEPS = "receive hear serve transfer fine archive decide! withdraw!"
D0, D1, D2, D3 = (f"2024-03-0{day}" for day in (1, 4, 5, 6))


@pytest.mark.parametrize(
    ("rule", "events", "state"),
    [
        ("require: hear, before: decide", "", "pending"),
        ("require: hear, before: decide", f"hear {D1}", "pending"),
        ("require: hear, before: decide", f"withdraw {D1}", "pending"),
        ("require: hear, before: decide", f"hear {D1}; decide {D1}", "met"),
        ("require: hear, before: decide", f"decide {D1}; hear {D1}", "missed"),
        ("require: hear, before: decide", f"decide {D1}", "missed"),
        ("require: hear, before: decide", f"decide {D1}; hear {D2}; decide {D3}", "missed"),
        ("require: [hear, serve], before: decide", f"serve {D1}; decide {D2}", "met"),
        ("require: hear, before: [decide, fine]", f"fine {D1}; hear {D2}; decide {D3}", "missed"),
        ("require: serve, after: decide", "", "pending"),
        ("require: serve, after: decide", f"serve {D1}", "pending"),
        ("require: serve, after: decide", f"decide {D1}", "pending"),
        ("require: serve, after: decide", f"decide {D1}; serve {D1}", "met"),
        ("require: serve, after: decide", f"serve {D1}; decide {D1}", "pending"),
        ("require: serve, after: decide", f"decide {D1}; withdraw {D2}", "missed"),
        ("require: serve, after: decide", f"decide {D1}; withdraw {D2}; serve {D3}", "met"),
        ("require: serve, after: decide", f"decide {D1}; serve {D2}; decide {D3}", "pending"),
        ("require: serve, after: hear", f"hear {D1}; decide {D2}", "missed"),
        ("require: archive", "", "pending"),
        ("require: archive", f"archive {D1}", "met"),
        ("require: archive", f"decide {D1}", "missed"),
        ("require: [archive, serve]", f"serve {D1}; decide {D2}", "met"),
        ("forbid: fine", "", "met"),
        ("forbid: fine", f"fine {D1}", "missed"),
        ("forbid: fine, after: transfer", f"fine {D1}", "pending"),
        ("forbid: fine, after: transfer", f"fine {D1}; transfer {D2}", "met"),
        ("forbid: fine, after: transfer", f"transfer {D1}; fine {D1}", "missed"),
        ("forbid: [fine, decide], after: transfer", f"fine {D1}; transfer {D2}; decide {D3}", "missed"),
        ("forbid: fine, after: transfer", f"transfer {D1}; fine {D2}; transfer {D3}", "missed"),
        ("at_most: 1, of: hear", "", "pending"),
        ("at_most: 1, of: hear", f"hear {D1}", "met"),
        ("at_most: 1, of: hear", f"hear {D1}; hear {D2}", "missed"),
        ("at_most: 0, of: hear", f"hear {D1}", "missed"),
        ("at_most: 2, of: [hear, serve]", f"hear {D1}; serve {D1}; hear {D2}", "missed"),
        ("step: hear, must: officers >= 2", "", "pending"),
        ("step: hear, must: officers >= 2", f"hear {D1} officers=2", "met"),
        ("step: hear, must: officers >= 2", f"hear {D1} officers=2; hear {D2} officers=1", "missed"),
        ("step: hear, must: officers >= 2", f"hear {D1} officers=2; hear {D2}", "undetermined"),
        ("step: hear, must: officers >= 2", f"hear {D1}; hear {D2} officers=1", "missed"),
        ("step: hear, must: officers >= 2", f"hear {D1}; hear {D2} officers=3", "undetermined"),
        ("step: hear, must: reason", f"hear {D1} reason=病", "met"),
        ("step: hear, must: reason", f"hear {D1} reason=", "missed"),
        ("step: hear, must: reason", f"hear {D1}", "undetermined"),
        ('step: decide, must: \'outcome == "维持"\'', f"decide {D1} outcome=维持", "met"),
        ('step: decide, must: \'outcome in ["维持", "撤销"]\'', f"decide {D1} outcome=变更", "missed"),
        ("step: decide, must: 'approved_by == \"负责人\"'", f"decide {D1} approved_by=科长", "missed"),
        ("step: fine, must: amount <= 3000", f"fine {D1} amount=3000", "met"),
        ("step: fine, must: amount <= 3000", f"fine {D1} amount=3000.01", "missed"),
        ("step: hear, must: 'by == \"甲、乙\"'", f"hear {D1} by=甲,乙", "met"),
        ("step: [hear, serve], must: days < 5", f"hear {D1} days=3; serve {D2} days=9", "missed"),
    ],
)  # fmt: skip
def test_verbs_and_states(desk, rule: str, events: str, state: str) -> None:
    plan = desk.plan(f"duties:\n  d: {{label: d, cite: 1, {rule}}}\n", steps=STEPS)
    assert desk.verdicts(plan, f"receive {D0}; {events}", "2024-06-01") == {"d": state}


FIELDS = "fields:\n  due: {label: 应当听证, type: flag}\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"due": True}, {"d": "missed"}), ({"due": False}, {}), ({}, {"d": "undetermined"})],
)
def test_when(desk, fields: dict[str, bool], expected: dict[str, str]) -> None:
    rule = "duties:\n  d: {label: d, require: hear, before: decide, when: due, cite: 1}\n"
    plan = desk.plan(FIELDS + rule, steps=STEPS)
    assert desk.verdicts(plan, f"receive {D0}; decide {D1}", "2024-06-01", **fields) == expected


def test_unknown_when_is_undetermined_even_before_its_trigger(desk) -> None:
    plan = desk.plan(FIELDS + "duties:\n  d: {label: d, require: hear, before: decide, when: due}\n", steps=STEPS)
    assert desk.verdicts(plan, f"receive {D0}", "2024-06-01") == {"d": "undetermined"}


def test_unless(desk) -> None:
    plan = desk.plan("duties:\n  d: {label: d, forbid: decide, unless: done(hear), cite: 1}\n", steps=STEPS)
    assert desk.verdicts(plan, f"receive {D0}; hear {D1}; decide {D2}", "2024-06-01") == {}
    assert desk.verdicts(plan, f"receive {D0}; decide {D2}", "2024-06-01") == {"d": "missed"}


@pytest.mark.parametrize(
    ("opened", "applies"), [("2024-02-29", 0), ("2024-03-01", 1), ("2024-03-31", 1), ("2024-04-01", 0)]
)
def test_since_and_until_go_by_the_opening_day(desk, opened: str, applies: int) -> None:
    rule = "duties:\n  d: {label: d, forbid: fine, since: 2024-03-01, until: 2024-04-01, cite: 1}\n"
    plan = desk.plan(rule, steps=STEPS)
    assert len(desk.verdicts(plan, f"receive {opened}; fine 2024-04-15", "2024-06-01")) == applies


def test_a_missed_duty_is_a_finding_with_its_day(desk) -> None:
    plan = desk.plan("duties:\n  d: {label: d, forbid: fine, cite: 1}\n", steps=STEPS)
    (finding,) = desk.judge(plan, f"receive {D0}; fine {D1}", "2024-06-01").findings
    assert (finding.rule.name, finding.kind, finding.days_late) == ("d", "missed", None)


def test_a_case_without_events_has_no_duties(desk) -> None:
    plan = desk.plan("duties:\n  d: {label: d, forbid: fine, cite: 1}\n", steps=STEPS)
    assert desk.verdicts(plan, f"receive {D0}", "2024-02-01") == {}
