"""The words in which rows and values are rejected: what was found, where, what is accepted."""

# ruff: noqa: S608 - the SQL is built of our own column names and quoted literals only

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from fadu.exchange import values
from fadu.exchange.dates import ACCEPTED_DATES, time_minute, why_no_date
from fadu.exchange.names import StepNames
from fadu.exchange.schema import HEADERS, chinese_column
from fadu.exchange.staging import Staging


@dataclass(frozen=True, slots=True)
class Row:
    """A rejected row, as written."""

    problem: str
    line: int
    nth: int | None
    case: str | None
    code: str | None
    procedure: str | None
    step: str | None
    date: str | None
    event_id: str | None
    opening: str | None  # first lawful opening day, ISO

    @property
    def found(self) -> str:
        """The cells that were written, for the column 原文 of rejects.csv."""
        cells = (("案号", self.case), ("程序", self.procedure), ("环节", self.step), ("日期", self.date))
        return " ".join(f"{label}={cell}" for label, cell in cells if cell)


def complain_rows(staging: Staging) -> None:
    """Log every row that is not taken."""
    words = _words(staging.request.names)
    query = """SELECT * FROM (SELECT r.rowno, coalesce(r.problem, CASE WHEN c.open_k IS NULL THEN 'no_opening'
          WHEN r.k < c.open_k THEN 'before_opening' END) AS problem, r.line, r.nth, r.case_id, r.code, r.procedure,
          r.step, r.date, r.event_id, strftime(DATE '1970-01-01' + ((c.open_k >> 40)::INTEGER - 200000), '%Y-%m-%d')
        FROM rows r LEFT JOIN cases c ON r.code = c.code AND r.case_id = c.case_id)
      WHERE problem IS NOT NULL ORDER BY rowno"""
    for cells in _fetched(staging.db, query):
        row = Row(*cells[1:])
        column, reason, accepted = words[row.problem](row)
        staging.reject(
            row.problem, staging.place(row.line, row.nth, column), reason,
            case=row.case or "", found=row.found, accepted=accepted,
        )  # fmt: skip


Words = Callable[[Row], tuple[str, str, str]]  # column, reason, accepted


def _words(names: StepNames) -> dict[str, Words]:
    @cache
    def unknown_step(code: str, text: str) -> tuple[str, str, str]:
        near = names.nearest_step(code, text)
        hint = f"，是否「{near}」" if near else ""
        count = f"（该程序接受 {len(names.steps.get(code, {}))} 个环节名称）"
        return "step", f"程序 {code} 没有环节「{text}」{hint}{count}", names.accepted_steps(code)

    @cache
    def unknown_procedure(text: str) -> tuple[str, str, str]:
        near = names.nearest_procedure(text)
        return "procedure", f"没有程序「{text}」{f'，是否「{near}」' if near else ''}", names.accepted_procedures()

    def opening(code: str) -> str:
        steps = names.accepted_steps(code, names.opening.get(code, frozenset()))
        return f"第一个事件须是 {steps}；同一天的按文件中的先后"

    return {
        "no_case": lambda r: ("case_id", "没有写案号", f"每行写明案号（{'、'.join(HEADERS['case_id'])}）"),
        "no_procedure": lambda r: ("procedure", "没有写程序，也没有指定默认程序", names.accepted_procedures()),
        "unknown_procedure": lambda r: unknown_procedure(r.procedure or ""),
        "no_step": lambda r: ("step", "没有写环节", names.accepted_steps(r.code or "")),
        "unknown_step": lambda r: unknown_step(r.code or "", r.step or ""),
        "no_date": lambda r: ("date", "没有写日期", ACCEPTED_DATES),
        "bad_date": lambda r: ("date", why_no_date(r.date or ""), ACCEPTED_DATES),
        "double": lambda r: (
            "event_id", f"办件内事件编号「{r.event_id}」重复，取先出现的一个", "一个办件内事件编号不重复",
        ),
        "no_opening": lambda r: ("step", "办件没有立案性质的环节，整件不取", opening(r.code or "")),
        "before_opening": lambda r: (
            "date", f"「{r.step}」（{r.date}）早于办件的开始（{r.opening}）", opening(r.code or ""),
        ),
    }  # fmt: skip


def complain_values(staging: Staging) -> None:
    """Log values that cannot be read; their events are kept, with the value unknown."""
    typed = {column: read(column) for column, read in values.TYPED.items()}
    typed |= {"time": time_minute("time"), "void": values.flag("void")}
    for column, expression in typed.items():
        query = f"""SELECT rowno, line, nth, case_id, {column} FROM rows
          WHERE problem IS NULL AND {column} IS NOT NULL AND {expression} IS NULL ORDER BY rowno"""
        _complain(staging, column, query, values.ACCEPTED[column])
    recorded = """SELECT rowno, line, nth, case_id, recorded FROM rows JOIN recorded_dates d ON recorded = text
      WHERE problem IS NULL AND d.day IS NULL ORDER BY rowno"""
    _complain(staging, "recorded", recorded, ACCEPTED_DATES)


def _complain(staging: Staging, column: str, query: str, accepted: str) -> None:
    label = chinese_column(column)
    for _, line, nth, case, found in _fetched(staging.db, query):
        why = why_no_date(found) if column == "recorded" else f"「{found}」读不懂"
        staging.reject(
            f"bad_{column}", staging.place(line, nth, column), f"{label}{why}，按未填处理",
            case=case, found=found, accepted=accepted, scope="value",
        )  # fmt: skip


def _fetched(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = db.cursor().execute(query)
    while rows := cursor.fetchmany(2000):
        yield from rows
