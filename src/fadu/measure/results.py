"""What a judged fact set answers: findings row by row, and the cube of states by rule, unit and month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis

from fadu.law.clocks import State
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty, Procedure
from fadu.measure.engine import Judged, union
from fadu.measure.expressions import Expr
from fadu.measure.regular import duty_column

STATES = {int(state): state.name.lower() for state in State}
DUTY_STATES = {int(state): state.name.lower() for state in DutyState}


def rules(procedure: Procedure) -> list[Clock | Duty]:
    """Clocks then duties: a rule's number in findings and cubes is its place in this list."""
    return [*procedure.clocks.values(), *procedure.duties.values()]


def rule_number(procedure: Procedure, name: str) -> int:
    return [rule.name for rule in rules(procedure)].index(name)


def state_name(rule: Clock | Duty, code: int) -> str:
    """The state's word in answers: kept late running ended early undetermined, met missed pending."""
    return STATES[code] if isinstance(rule, Clock) else DUTY_STATES[code]


def findings(judged: Judged) -> Expr:
    """Every clock overrun and duty missed: case_no, unit, rule (number), start, last, stop (days), state.

    An overrun still open has no stop. Drill-down is this expression filtered, never another one.
    """
    found = []
    for clock in judged.procedure.clocks.values():
        table = judged.runs(clock)
        missed = table.filter(table.state.isin([int(State.LATE), int(State.EARLY)]))
        number = rule_number(judged.procedure, clock.name)
        found.append(missed.select("case_no", "unit", "start", "last", "stop", "state",
                                   rule=ibis.literal(number, "int16")))
    none = ibis.null("int32")
    for duty in judged.procedure.duties.values():
        table = judged.verdicts(duty.name)
        missed = table.filter(table.state == int(DutyState.MISSED))
        number = rule_number(judged.procedure, duty.name)
        found.append(missed.select("case_no", "unit", "state", start=none, last=none, stop=none,
                                   rule=ibis.literal(number, "int16")))
    columns = ["case_no", "unit", "rule", "start", "last", "stop", "state"]
    return union(table.select(*columns) for table in found)


def cube(judged: Judged, months: Expr) -> Expr:
    """Counts by rule, state, unit and month. A run counts in the month it starts, a duty in that the case opened.

    ``months``: table day → month (year × 100 + month). Columns: rule, state, unit, month, n.
    """
    found = []
    for clock in judged.procedure.clocks.values():
        table = judged.runs(clock)
        counted = table.group_by("unit", "state", day="start").aggregate(n=table.count())
        found.append(counted.mutate(rule=ibis.literal(rule_number(judged.procedure, clock.name), "int16")))
    cases = judged.cases()
    for duty in judged.procedure.duties:
        name = duty_column(duty)
        table = cases.filter(cases[name] > 0).select("unit", state=cases[name].cast("int8"), day="opened_day")
        counted = table.group_by("unit", "state", "day").aggregate(n=table.count())
        found.append(counted.mutate(rule=ibis.literal(rule_number(judged.procedure, duty), "int16")))
    columns = ["rule", "state", "unit", "day", "n"]
    table = union(part.select(*columns) for part in found)
    joined = table.inner_join(months, table.day == months.m_day)
    return joined.group_by("rule", "state", "unit", "month").aggregate(n=joined.n.sum())


@dataclass(frozen=True, slots=True)
class Count:
    """One cell of a summary."""

    procedure: str
    version: int
    rule: str
    state: str
    unit: str
    month: int
    n: int


def counts(judged: Judged, rows: list[dict[str, Any]]) -> Iterator[Count]:
    """Cube rows with names."""
    procedure = judged.procedure
    order = rules(procedure)
    for row in rows:
        rule = order[row["rule"]]
        yield Count(procedure.code, procedure.effective_day, rule.name, state_name(rule, row["state"]),
                    judged.words.text(row["unit"]), row["month"], int(row["n"]))
