"""Indicators over judged facts: the value, and by the same expression without the aggregation, its rows."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from fadu.law.clocks import State
from fadu.law.conditions import Condition, Name, OfStep
from fadu.law.dates import day_of
from fadu.law.duties import DutyState
from fadu.law.errors import FaduError
from fadu.law.indicators import Indicator
from fadu.law.procedures import Procedure
from fadu.measure.columns import field_column
from fadu.measure.engine import Judged, union
from fadu.measure.expressions import Expr, Scope, case_scope, expression
from fadu.measure.milestones import key_day

_DAY_COLUMNS = {"start": "start", "stop": "stop", "last": "last", "opened": "opened_day", "closed": "closed_day",
                "day": "day"}


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, inclusive, by its name."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed value with what it rests on. ``value`` None: not applicable, or fewer than ``minimum_n``."""

    indicator: Indicator
    period: Period
    unit: str
    value: float | None
    numerator: int
    denominator: int
    rows: int


_QUARTER = re.compile(r"(\d{4})Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def parse_period(text: str) -> Period:
    """``2023``, ``2023Q4``, ``2023-10`` or ``2023-10-01..2023-12-31``.

    >>> period = parse_period("2023Q4")
    >>> period.last - period.first + 1
    92
    """
    if re.fullmatch(r"\d{4}", text):
        return Period(text, day_of(f"{text}-01-01"), day_of(f"{text}-12-31"))
    quarter, month, span = _QUARTER.fullmatch(text), _MONTH.fullmatch(text), _RANGE.fullmatch(text)
    try:
        if quarter:
            year, number = int(quarter[1]), int(quarter[2])
            return Period(text, _month_start(year, number * 3 - 2), _month_end(year, number * 3))
        if month:
            return Period(text, _month_start(int(month[1]), int(month[2])), _month_end(int(month[1]), int(month[2])))
        if span and day_of(span[1]) <= day_of(span[2]):
            return Period(text, day_of(span[1]), day_of(span[2]))
    except ValueError:
        pass
    raise FaduError(f"“{text}”不是期间；接受 2023、2023Q4、2023-10、2023-10-01..2023-12-31")


def _month_start(year: int, month: int) -> int:
    return day_of(date(year, month, 1))


def _month_end(year: int, month: int) -> int:
    return day_of(date(year, month, calendar.monthrange(year, month)[1]))


def population(judged: Judged, indicator: Indicator, facts: Expr | None = None) -> Expr:
    """What the indicator counts in one procedure version, each row with ``period_day``, ``counted`` and ``over``.

    ``over``: in the denominator (or simply counted); ``counted``: in the numerator too.
    """
    table = _subject(judged, indicator, facts)
    scope = _scope(judged, indicator, table)
    day = table[_DAY_COLUMNS[indicator.period_by]]
    if indicator.population is not None:
        table = table.filter(expression(indicator.population, scope).fill_null(False))
        scope = _scope(judged, indicator, table)
    over = ibis.literal(True)
    if indicator.denominator is not None:
        over = expression(indicator.denominator, scope).fill_null(False)
    counted = over
    if indicator.numerator is not None:
        counted = over & expression(indicator.numerator, scope).fill_null(False)
    columns: dict[str, Any] = {"period_day": day, "over": over, "counted": counted}
    columns["value"] = _value(table, indicator)
    return table.mutate(**columns).select("case_no", "unit", "period_day", "over", "counted", "value")


def _subject(judged: Judged, indicator: Indicator, facts: Expr | None) -> Expr:
    procedure = judged.procedure
    if indicator.subject == "run":
        return judged.runs(procedure.clocks[indicator.target], extra=True)
    if indicator.subject == "duty":
        return judged.verdicts(indicator.target, extra=True)
    if indicator.subject == "case":
        return judged.cases()
    if facts is None:
        raise FaduError(f"指标“{indicator.label}”按环节计数，需要事件表")
    code = list(procedure.steps).index(indicator.target)
    events = _with_fields(facts.filter(facts.step == code), facts, procedure)
    return events.mutate(day=key_day(events.key))


def _with_fields(events: Expr, facts: Expr, procedure: Procedure) -> Expr:
    """Events with the fields of their cases, which stand in the first fact of a case only."""
    columns = [field_column(name) for name in procedure.fields]
    if not columns:
        return events
    cases = facts.group_by(m_case="case_no").aggregate(**{name: facts[name].max() for name in columns})
    joined = events.drop(*columns).left_join(cases, events.case_no == cases.m_case)
    return joined.drop("m_case")


def _scope(judged: Judged, indicator: Indicator, table: Expr) -> Scope:
    """Names are the subject's own columns first, then case fields; states are words."""
    own = case_scope(table, judged.procedure.fields, judged.words)

    def column(node: Name | OfStep) -> Expr:
        if isinstance(node, Name) and node.name not in judged.procedure.fields:
            return _own_column(table, node.name)
        return own.column(node)

    def kind(node: Name | OfStep) -> str:
        if isinstance(node, Name) and node.name == "state":
            return "state"
        if isinstance(node, Name) and node.name not in judged.procedure.fields:
            return "date" if node.name in _DAY_COLUMNS else "text"
        return own.kind(node)

    return _StateScope(column, kind, judged.words, indicator.subject)


@dataclass(frozen=True, slots=True)
class _StateScope(Scope):
    subject: str = "run"

    def literal(self, value: bool | float | str, kind: str) -> Expr:
        if kind == "state":
            names = State if self.subject == "run" else DutyState
            known = {state.name.lower(): int(state) for state in names}
            if value not in known:
                raise FaduError(f"“{value}”不是状态；可用：{'、'.join(known)}")
            return ibis.literal(known[str(value)])
        return Scope.literal(self, value, kind)


def _own_column(table: Expr, name: str) -> Expr:
    if name == "days" and "stop" in table.columns:
        return table["stop"] - table["start"]
    if name == "days_late":
        return table["stop"] - table["last"]
    return table[_DAY_COLUMNS.get(name, name)]


def _value(table: Expr, indicator: Indicator) -> Expr:
    if not indicator.value:
        return ibis.null("float64")
    if indicator.subject == "run" and indicator.value in ("days", "days_late"):
        return _own_column(table, indicator.value).cast("float64")
    name = indicator.value if indicator.value in table.columns else f"field_{indicator.value}"
    return table[name].cast("float64")


def rows(tables: Iterable[Expr], period: Period) -> Expr:
    """The rows behind a figure: case_no, unit, period_day, counted, value, of those in the denominator."""
    table = union(tables)
    inside = (table.period_day >= period.first) & (table.period_day <= period.last)
    return table.filter(inside & table.over)


def aggregate(table: Expr, indicator: Indicator, by_unit: bool) -> Expr:
    """One row a unit (or one in all): denominator, numerator, value. ``table`` is what ``rows`` gives."""
    measures: dict[str, Any] = {"denominator": table.count(), "numerator": table.count(where=table.counted)}
    counted = table.filter(table.counted) if indicator.kind in ("quantile", "sum", "mean") else table
    match indicator.kind:
        case "quantile":
            measures = {"denominator": counted.count(), "numerator": counted.count(),
                        "result": counted.value.quantile(indicator.quantile)}
        case "sum":
            measures = {"denominator": counted.count(), "numerator": counted.count(), "result": counted.value.sum()}
        case "mean":
            measures = {"denominator": counted.count(), "numerator": counted.count(), "result": counted.value.mean()}
        case _:
            pass
    if by_unit:
        return counted.group_by("unit").aggregate(**measures)
    return counted.aggregate(**measures)


def figure(indicator: Indicator, period: Period, unit: str, row: dict[str, Any]) -> Figure:
    """A figure from an aggregated row; too few cases give no value."""
    numerator, denominator = int(row["numerator"] or 0), int(row["denominator"] or 0)
    value: float | None
    if indicator.kind == "count":
        value = float(numerator)
    elif indicator.kind == "rate":
        value = numerator / denominator if denominator else None
    else:
        value = None if row["result"] is None or row["result"] != row["result"] else float(row["result"])
    if indicator.kind != "count" and denominator < indicator.minimum_n:
        value = None
    return Figure(indicator, period, unit, value, numerator, denominator,
                  numerator if indicator.kind == "count" else denominator)


def conditions_of(indicators: Iterable[Indicator]) -> tuple[Condition, ...]:
    """Every condition of some indicators, for the columns that judging must keep."""
    return tuple(tree for indicator in indicators for tree in indicator.conditions)


def definition_digest(indicator: Indicator) -> str:
    """SHA-256 of the card as written."""
    return hashlib.sha256(indicator.text.encode()).hexdigest()
