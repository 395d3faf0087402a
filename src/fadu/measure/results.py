"""What a judged fact set answers: findings row by row, and the cube of states by rule, unit and month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import ibis
from ibis import _

from fadu.law.clocks import State
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty, Procedure
from fadu.measure.engine import RUN_SCHEMA, Backend, Judged, union
from fadu.measure.expressions import Expr, any_of
from fadu.measure.kept import Wanted
from fadu.measure.regular import duty_column
from fadu.measure.script import Script, Stage, run

STATES = {int(state): state.name.lower() for state in State}
DUTY_STATES = {int(state): state.name.lower() for state in DutyState}


def rules(procedure: Procedure) -> list[Clock | Duty]:
    """Clocks then duties: a rule's number in findings and cubes is its place in this list."""
    return [*procedure.clocks.values(), *procedure.duties.values()]


def state_name(rule: Clock | Duty, code: int) -> str:
    """The state's word in answers: kept late running ended early undetermined, met missed pending."""
    return STATES[code] if isinstance(rule, Clock) else DUTY_STATES[code]


def findings(judged: Judged) -> Expr:
    """Every clock overrun and duty missed: case_no, unit, rule (number), start, last, stop (days), state.

    An overrun still open has no stop. Drill-down is this expression filtered, never another one.
    """
    runs, cases, missed = judged.run_table, judged.case_table, int(DutyState.MISSED)
    late = runs.filter((runs.state == int(State.LATE)) | (runs.state == int(State.EARLY)))
    found = late.select("case_no", "unit", "start", "last", "stop", state=late.state.cast("int32"), rule="clock")
    columns = ["case_no", "unit", "rule", "start", "last", "stop", "state"]
    names = _duties(judged.procedure)
    if not names:
        return found.select(*columns)
    some = cases.filter(any_of([cases[name] == missed for name in names]))
    none = ibis.null("int32")
    verdicts = _by_rule(some.select("case_no", "unit", *names), names).filter(_.state == missed)
    return union([found.select(*columns), verdicts.mutate(start=none, last=none, stop=none).select(*columns)])


def cube(judged: Judged, months: Expr) -> Expr:
    """Counts by rule, state, unit and month. A run counts in the month it starts, a duty in that the case opened.

    ``months``: table m_day → month (year × 100 + month). Columns: rule, state, unit, month, n.
    """
    runs, cases, names = judged.run_table, judged.case_table, _duties(judged.procedure)
    columns = ["rule", "state", "unit", "month"]
    begun = runs.inner_join(months, runs.start == months.m_day)
    found = begun.group_by("unit", "month", rule="clock", state=begun.state.cast("int32")).aggregate(n=begun.count())
    found = found.select(*columns, n=found.n.cast("int64"))
    if not names:
        return found
    opened = cases.inner_join(months, cases.opened_day == months.m_day)
    # Cases of one unit and month with the same verdicts are counted once for all duties.
    alike = opened.group_by("unit", "month", *names).aggregate(n=opened.count())
    counted = _by_rule(alike, names).filter(_.state > 0).group_by(*columns).aggregate(n=_.n.sum())
    return union([found, counted.select(*columns, n=counted.n.cast("int64"))])


def _duties(procedure: Procedure) -> dict[str, int]:
    """The column of every duty, with its rule number: clocks come first."""
    return {duty_column(name): number for number, name in enumerate(procedure.duties, start=len(procedure.clocks))}


def _by_rule(table: Expr, names: dict[str, int]) -> Expr:
    """One row for each of the duty columns, in ``rule`` and ``state``; the other columns stay."""
    long = table.pivot_longer(list(names), names_to="rule", names_transform=names.get, values_to="state")
    return long.mutate(rule=long.rule.cast("int16"), state=long.state.cast("int32"))


MONTHS = {"m_day": "int32", "month": "int32"}


def keep_results(backend: Backend, judged: Judged, months: str, name: str) -> None:
    """Store ``NAME_findings`` and ``NAME_cube``. ``months``: name of the stored month table."""

    def write() -> list[Stage]:
        script = Script(name, backend.dialect)
        unbound = replace(judged, run_table=script.table("runs", RUN_SCHEMA),
                          case_table=script.table("cases", judged.case_table.schema()))
        script.keep("findings", findings(unbound))
        script.keep("cube", cube(unbound, ibis.table(MONTHS, name=months)))
        return script.stages

    question = judged.question
    kind = f"results {months}"
    run(Wanted(kind, question.needs, question.words, name, backend.dialect).script(question.as_of, write), backend)


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
