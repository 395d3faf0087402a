"""The one table every reader gives: its columns, and the headers by which files name them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pyarrow as pa

_FIELDS: list[pa.Field[Any]] = [
    pa.field("case_id", pa.string(), nullable=False),
    pa.field("procedure", pa.string(), nullable=False),
    pa.field("unit", pa.string()),
    pa.field("step", pa.string(), nullable=False),
    pa.field("day", pa.int32(), nullable=False),  # days since 1970-01-01, local civil date
    pa.field("seq", pa.int32(), nullable=False),  # position in the case: by day, then as written (if corrected: so)
    pa.field("minute", pa.int16()),
    pa.field("recorded", pa.int32()),
    pa.field("by", pa.string()),
    pa.field("officers", pa.int16()),
    pa.field("days", pa.int16()),
    pa.field("outcome", pa.string()),
    pa.field("approved_by", pa.string()),
    pa.field("reason", pa.string()),
    pa.field("amount", pa.float64()),
    pa.field("event_id", pa.string()),
    pa.field("corrects", pa.string()),
    pa.field("void", pa.bool_(), nullable=False),
    pa.field("fields", pa.string()),  # JSON object of the case's fields, on its first event only
]
EVENT_SCHEMA = pa.schema(_FIELDS)

CASE_COLUMNS = ("case_id", "procedure", "unit")
EVENT_COLUMNS = (
    "step", "date", "time", "recorded", "by", "officers", "days", "outcome", "approved_by", "reason",
    "amount", "event_id", "corrects", "void",
)  # fmt: skip
COLUMNS = CASE_COLUMNS + EVENT_COLUMNS
REQUIRED = ("case_id", "step", "date")

HEADERS: dict[str, tuple[str, ...]] = {
    "case_id": ("案号", "办件编号", "案件编号", "文号", "case", "case_id", "case id", "caseid"),
    "procedure": ("程序", "办理程序", "事项类型", "procedure"),
    "unit": ("单位", "承办单位", "办理单位", "unit"),
    "step": ("环节", "事件", "步骤", "activity", "step"),
    "date": ("日期", "发生日期", "办理日期", "date", "occurred_on", "timestamp"),
    "time": ("时间", "发生时间", "time"),
    "recorded": ("记录日期", "录入日期", "登记日期", "recorded_at", "recorded"),
    "by": ("经办人", "办理人", "承办人", "by", "resource"),
    "officers": ("执法人员数", "人员数", "officers"),
    "days": ("天数", "延长天数", "days"),
    "outcome": ("结果", "办理结果", "outcome"),
    "approved_by": ("批准人", "审批人", "approved_by"),
    "reason": ("理由", "原因", "reason"),
    "amount": ("金额", "amount"),
    "event_id": ("事件编号", "event_id", "id"),
    "corrects": ("更正", "更正事件", "corrects"),
    "void": ("作废", "撤回", "void"),
}


def plain(text: str) -> str:
    """A name as compared: no surrounding space, half-width, lower case, one space between words.

    >>> plain(" 案号　")
    '案号'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


_BY_HEADER = {plain(name): column for column, names in HEADERS.items() for name in (*names, column)}


def column_of(header: str) -> str | None:
    """The event column a header names, or None."""
    return _BY_HEADER.get(plain(header))


def chinese_column(column: str) -> str:
    """The first Chinese header of a column, for messages."""
    return HEADERS[column][0] if column in HEADERS else column


def accepted_headers(columns: tuple[str, ...] = REQUIRED) -> str:
    return "；".join(f"{chinese_column(c)}（{'、'.join(HEADERS[c][1:])}）" for c in columns)
