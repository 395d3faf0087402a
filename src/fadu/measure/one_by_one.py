"""Judging few cases of a fact table one by one: the rows the scripts would write, without planning a query."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import ibis
import pyarrow as pa

from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, iso, key_day
from fadu.law.judge import Judgement, compile_procedure, judge
from fadu.measure import columns
from fadu.measure.columns import Needs, Words
from fadu.measure.engine import DEEMED_SCHEMA, RUN_SCHEMA, Question
from fadu.measure.regular import duty_column

FEW = 1_500
"""Cases up to which judging one by one is quicker than planning the queries."""


def judge_rows(question: Question, facts: pa.Table) -> dict[str, pa.Table]:
    """``runs``, ``cases`` and ``deemed`` of the cases in ``facts`` (ordered by case and key)."""
    plan = compile_procedure(question.procedure, question.calendar)
    needs = question.needs
    clocks = list(question.procedure.clocks)
    runs: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    deemed: list[dict[str, Any]] = []
    for number, rows in groupby(facts.to_pylist(), key=itemgetter("case_no")):
        events = list(rows)
        unit = max((row["unit"] for row in events if row["unit"] is not None), default=None)
        judgement = judge(plan, case_of(events, question, str(number)), question.as_of)
        for run in judgement.runs:
            known = run.state.name != "UNDETERMINED"
            runs.append({
                "case_no": number, "unit": unit, "clock": clocks.index(run.clock.name), "start": run.start_day,
                "stop": run.stop_day, "last": run.last_day if known else None, "state": int(run.state),
            })
        for step, key in judgement.history.deemed:
            deemed.append({"case_no": number, "clock": _deemer(judgement, step, clocks), "day": key_day(key)})
        cases.append({"case_no": number, "unit": unit, **_case_row(judgement, needs, question.words, events)})
    return {
        "runs": pa.Table.from_pylist(runs, ibis.schema(RUN_SCHEMA).to_pyarrow()),
        "cases": pa.Table.from_pylist(cases),
        "deemed": pa.Table.from_pylist(deemed, ibis.schema(DEEMED_SCHEMA).to_pyarrow()),
    }


def case_of(rows: list[dict[str, Any]], question: Question, name: str) -> Case:
    """A case from its facts: texts are decoded, so that conditions read them."""
    words, steps = question.words, list(question.procedure.steps)
    fields: dict[str, FieldValue] = {}
    for name, item in question.procedure.fields.items():
        values = [row[columns.field_column(name)] for row in rows if row[columns.field_column(name)] is not None]
        if values:
            value = max(values)
            text = item.kind in ("choice", "text")
            fields[name] = words.text(value) if text else iso(value) if item.kind == "date" else value
    unit = max((row["unit"] for row in rows if row["unit"] is not None), default=None)
    return Case(name, question.procedure.code, [_event(row, steps, words) for row in rows], fields, words.text(unit))


def _event(row: dict[str, Any], steps: list[str], words: Words) -> Event:
    by = words.text(row.get("by"))
    reason = row.get("reason")
    return Event(
        step=steps[row["step"]], day=row["key"] >> 32, minute=row["key"] & NO_MINUTE, days=row.get("days"),
        officers=row.get("officers"), outcome=words.text(row.get("outcome")) or None,
        approved_by=words.text(row.get("approved_by")) or None, by=(by,) if by else (),
        reason=None if reason is None else "有" if reason else "", amount=row.get("amount"),
    )


def _deemer(judgement: Judgement, step: str, clocks: list[str]) -> int:
    """The clock whose lapse deemed the step."""
    procedure = judgement.plan.procedure
    names = [name for name, clock in procedure.clocks.items() if clock.lapse and clock.lapse.deem == step]
    late = [run.clock.name for run in judgement.runs if run.clock.name in names and run.state.overrun]
    return clocks.index((late or names)[0])


def _case_row(judgement: Judgement, needs: Needs, words: Words, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The columns of ``Regular.cases``."""
    history, procedure = judgement.history, judgement.plan.procedure
    closed = history.first(procedure.closings)
    found: dict[str, Any] = {"opened_day": rows[0]["key"] >> 32, "closed_day": None if closed is None else closed >> 32}
    for name in procedure.fields:
        values = [row[columns.field_column(name)] for row in rows if row[columns.field_column(name)] is not None]
        found[columns.field_column(name)] = max(values, default=None)
    for name in needs.shown:
        found[name] = _shown(name, history, words)
    states = {verdict.duty.name: int(verdict.state) for verdict in judgement.verdicts}
    return found | {duty_column(name): states.get(name, 0) for name in procedure.duties}


def _shown(name: str, history: Any, words: Words) -> int | None:
    kind, _, step = name.partition("_")
    keys = history.keys.get(step, [])
    if kind == "first":
        return keys[0] if keys else None
    if kind == "count":
        return len(keys)
    told = [history.event_at(key).outcome for key in keys if not key & DEEMED_BIT]
    outcomes = [outcome for outcome in told if outcome is not None]
    return words.lookup(outcomes[-1]) if outcomes else None
