"""Milestones: one grouped pass over the events of a procedure, one row per case."""

from __future__ import annotations

from typing import Any

from fadu.law.dates import DEEMED_BIT, NO_MINUTE
from fadu.measure import columns
from fadu.measure.columns import Needs, Words
from fadu.measure.expressions import Expr, event_scope, expression

OUTCOME_RANGE = 1 << 14
"""Outcome codes fit below this, so that key and outcome pack into one integer (no ordered aggregate)."""


def milestones(facts: Expr, needs: Needs, words: Words) -> Expr:
    """First and last key of every step the rules use, counts, last outcomes, broken ``must``s, fields.

    ``facts``: columns of ``columns.fact_schema``. Result: one row per ``case_no``, with ``unit`` and ``opened`` (key).
    """
    codes = needs.step_codes
    aggregates: dict[str, Any] = {"unit": facts.unit.max(), "opened": facts.key.min()}
    for step in sorted(needs.firsts):
        aggregates[columns.first(step)] = facts.key.min(where=facts.step == codes[step])
    for step in sorted(needs.lasts):
        aggregates[columns.last(step)] = facts.key.max(where=facts.step == codes[step])
    for step in sorted(needs.counts):
        aggregates[columns.count(step)] = facts.count(where=facts.step == codes[step])
    for step in sorted(needs.of_step("outcome")):
        told = (facts.step == codes[step]) & facts.outcome.notnull()
        aggregates[columns.outcome(step)] = (facts.key * OUTCOME_RANGE + facts.outcome).max(where=told)
    for item in needs.fields():
        aggregates[columns.field_column(item.name)] = facts[columns.field_column(item.name)].max()
    for duty in needs.musts:
        aggregates |= _must(facts, duty.name, duty.must, [codes[step] for step in duty.steps], words)
    grouped = facts.group_by("case_no").aggregate(**aggregates)
    outcomes = {columns.outcome(step): grouped[columns.outcome(step)] & (OUTCOME_RANGE - 1)
                for step in needs.of_step("outcome")}
    return grouped.mutate(**outcomes) if outcomes else grouped


def _must(facts: Expr, name: str, must: Any, codes: list[int], words: Words) -> dict[str, Any]:
    recorded = facts.step.isin(codes) & ((facts.key & DEEMED_BIT) == 0)
    holds = expression(must, event_scope(facts, words))
    return {
        columns.broken(name): facts.count(where=recorded & ~holds),
        columns.unknown(name): facts.count(where=recorded & holds.isnull()),
        columns.seen(name): facts.count(where=recorded),
    }


def key_day(key: Expr) -> Expr:
    """The day of an event key."""
    return (key >> 32).cast("int32")


def key_minute(key: Expr) -> Expr:
    """The minute of an event key, or ``NO_MINUTE``."""
    return (key & NO_MINUTE).cast("int32")
