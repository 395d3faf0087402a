"""Milestones: one grouped pass over the events of a procedure, one row per case."""

from __future__ import annotations

from typing import Any

import ibis

from fadu.law.dates import DEEMED_BIT, NO_MINUTE
from fadu.measure import columns
from fadu.measure.columns import Needs, Words
from fadu.measure.expressions import Expr, event_scope, expression, no

OUTCOME_RANGE = 1 << 14
"""Outcome codes fit below this, so that key and outcome pack into one integer (no ordered aggregate)."""


def milestones(facts: Expr, needs: Needs, words: Words) -> Expr:
    """First and last key of every step the rules use, counts, last outcomes, what ``must``s came to, fields.

    ``facts``: columns of ``columns.fact_schema``. Result: one row per ``case_no``, with ``unit`` and ``opened`` (key).
    """
    return with_musts(core(facts, needs), facts, needs, words)


def core(facts: Expr, needs: Needs) -> Expr:
    """Milestones without the ``must``s, in one grouped pass."""
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
    grouped = facts.group_by("case_no").aggregate(**aggregates)
    outcomes = {columns.outcome(step): (grouped[columns.outcome(step)] & (OUTCOME_RANGE - 1)).cast("int32")
                for step in sorted(needs.of_step("outcome"))}
    return grouped.mutate(**outcomes) if outcomes else grouped


MUST_BROKEN, MUST_UNKNOWN, MUST_HELD = 3, 2, 1


def with_musts(table: Expr, facts: Expr, needs: Needs, words: Words) -> Expr:
    """Milestones with the worst that each ``must`` came to among its events (null: no such event)."""
    if not needs.musts:
        return table
    codes = needs.step_codes
    steps = sorted({codes[step] for duty in needs.musts for step in duty.steps})
    own = facts.filter(facts.step.isin(steps) & ((facts.key & DEEMED_BIT) == 0))
    worst: dict[str, Any] = {}
    for duty in needs.musts:
        assert duty.must is not None
        holds = expression(duty.must, event_scope(own, words))
        code = ibis.cases((holds, MUST_HELD), (no(holds), MUST_BROKEN), else_=MUST_UNKNOWN)
        worst[columns.must(duty.name)] = code.max(where=own.step.isin([codes[step] for step in duty.steps]))
    found = own.group_by(m_case="case_no").aggregate(**worst)
    return table.left_join(found, table.case_no == found.m_case).drop("m_case")


def key_day(key: Expr) -> Expr:
    """The day of an event key."""
    return (key >> 32).cast("int32")


def key_minute(key: Expr) -> Expr:
    """The minute of an event key, or ``NO_MINUTE``."""
    return (key & NO_MINUTE).cast("int32")
