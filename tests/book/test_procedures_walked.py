"""Shipped procedures walked at random along their lawful next steps: no walk comes to a dead end."""

from __future__ import annotations

from random import Random

import pytest

from fadu.book import load_book
from fadu.law.cases import Case, Event, FieldValue, History
from fadu.law.dates import iso
from fadu.law.judge import Judgement, Plan, judge
from fadu.law.procedures import Duty, Procedure, Step

BOOK = load_book()
VERSIONS = [pytest.param(found, id=f"{found.code}-{iso(found.effective_day)}") for found in BOOK.procedures]
WALKS, LENGTH = 30, 40


@pytest.mark.parametrize("procedure", VERSIONS)
def test_what_a_duty_asks_before_a_step_on_offer_can_still_be_done(procedure: Procedure) -> None:
    plan, dice = BOOK.plan(procedure), Random(5)
    for _ in range(WALKS):
        for judgement in walk(plan, dice):
            offered = {step.name for step in judgement.next_steps}
            taken = [event.step for event in judgement.history.events]
            assert offered or judgement.closed, f"没有下一步：{taken}"
            for duty in asked(plan, judgement.history):
                if offered & set(duty.before):
                    ways = set().union(*(ways_to(procedure, step) for step in duty.steps))
                    assert ways & offered, f"“{duty.label}”已无法履行：{taken}，可以：{sorted(offered)}"


def walk(plan: Plan, dice: Random) -> list[Judgement]:
    """The judgements of a history that takes one step on offer after another, until nothing is offered."""
    procedure, day = plan.procedure, plan.procedure.effective_day + 1
    fields = facts(procedure, dice)
    opening = dice.choice([step for step in procedure.steps.values() if step.opens and opens(plan, step, fields)])
    events, found = [event(opening, day, dice)], []
    while len(events) < LENGTH:
        judgement = judge(plan, Case("走", procedure.code, tuple(events), fields), day)
        found.append(judgement)
        if not judgement.next_steps:
            break
        events.append(event(dice.choice(judgement.next_steps), day, dice))
    return found


def facts(procedure: Procedure, dice: Random) -> dict[str, FieldValue]:
    found: dict[str, FieldValue] = {}
    for name, item in procedure.fields.items():
        if item.choices:
            found[name] = dice.choice(item.choices)
        elif item.kind == "flag":
            found[name] = dice.random() < 0.4
    return found


def opens(plan: Plan, step: Step, fields: dict[str, FieldValue]) -> bool:
    """Whether the facts fit the opening."""
    reader = {offered.name: reader for offered, reader in plan.offers}[step.name]
    return reader is None or reader(History((), fields, 0)) is not False


def event(step: Step, day: int, dice: Random) -> Event:
    outcome = dice.choice(step.outcomes) if step.outcomes else None
    return Event(step.name, day, outcome=outcome, officers=2, reason="因", approved_by=step.approved_by or None, days=5)


def asked(plan: Plan, history: History) -> list[Duty]:
    """Duties that ask for something before something else, neither of which has happened."""
    open_still = [item for item in plan.duties if item.duty.before and history.first(item.duty.before) is None]
    return [item.duty for item in open_still
            if history.first(item.duty.steps) is None and (item.applies is None or item.applies(history))]  # fmt: skip


def ways_to(procedure: Procedure, step: str) -> set[str]:
    """The step and those it may follow from, directly or not."""
    found, new = {step}, [step]
    while new:
        for before in procedure.steps[new.pop()].after:
            if before not in found:
                found.add(before)
                new.append(before)
    return found


@pytest.mark.parametrize("procedure", VERSIONS)
def test_lists_of_next_steps_stay_short_enough_to_read(procedure: Procedure) -> None:
    """What the law leaves open at once: courts and reconsideration bodies have the longest lists."""
    plan, dice = BOOK.plan(procedure), Random(6)
    sizes = sorted(len(judgement.next_steps) for _ in range(WALKS) for judgement in walk(plan, dice))
    assert sizes[len(sizes) // 2] <= 20 and sizes[-1] <= 30
