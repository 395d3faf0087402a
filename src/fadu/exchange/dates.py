"""Dates and times as files write them: one SQL reading of them, and the words for what is no date."""

# ruff: noqa: S608 - the SQL is built of our own column names and quoted literals only

from __future__ import annotations

import calendar
import re

ACCEPTED_DATES = "2024-02-07、2024/2/7、2024年2月7日、20240207，之后可带时间 14:30"
FIRST_YEAR, LAST_YEAR = 1900, 2199

_WIDE = "translate(text, '０１２３４５６７８９－／：　', '0123456789-/: ')"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})($|[T ])"
_DATE = (
    r"^(\d{4})([-/年])(\d{1,2})([-/月])(\d{1,2})"
    r"(?:[T ]+(\d{1,2})[:时](\d{1,2})分?(?::?\d{1,2}秒?(?:\.\d+)?)? ?(?:Z|[+-]\d{2}:?\d{2})?)?$"
)
_PARTS = "['y', 'a', 'm', 'b', 'd', 'h', 'mi']"


def parsed_dates(texts: str) -> str:
    """SQL: ``text, day, minute`` for each row of the query ``texts``; day is NULL for what is no date."""
    return f"""
    WITH spelled AS (
      SELECT text, regexp_replace(trim(replace({_WIDE}, '日', ' ')), '{_COMPACT}', '\\1-\\2-\\3\\4') AS s FROM ({texts})
    ), parts AS (SELECT text, regexp_extract(s, '{_DATE}', {_PARTS}) AS p FROM spelled
    ), judged AS (
      SELECT text, try_cast(p.y || '-' || p.m || '-' || p.d AS DATE) AS date,
             p.h <> '' AS timed, try_cast(p.h AS INTEGER) AS hour, try_cast(p.mi AS INTEGER) AS min,
             p.a || p.b IN ('--', '//', '年月') AS spelt
      FROM parts
    ) SELECT text, timed,
             CASE WHEN spelt AND year(date) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}
                   AND (NOT timed OR (hour < 24 AND min < 60)) THEN date - DATE '1970-01-01' END::INTEGER AS day,
             CASE WHEN timed THEN hour * 60 + min END::SMALLINT AS minute
      FROM judged"""


def time_minute(column: str) -> str:
    """SQL: minute of the day of a time cell, NULL for what is no time."""
    pattern = r"^(\d{1,2})[:：时](\d{1,2})(?:分|[:：]\d{1,2}(?:\.\d+)?)?$"
    hour, minute = (f"try_cast(regexp_extract({column}, '{pattern}', {i}) AS INTEGER)" for i in (1, 2))
    return f"CASE WHEN {hour} < 24 AND {minute} < 60 THEN {hour} * 60 + {minute} END::SMALLINT"


def why_no_date(text: str) -> str:
    """Why a text is no date, in words."""
    digits = re.findall(r"\d+", text.replace("T", " ").split(" ")[0])
    if len(digits) >= 3 and len(digits[0]) == 4:
        return _why_no_day(text, *(int(d) for d in digits[:3]))
    if len(digits) == 1 and len(digits[0]) == 8:
        return _why_no_day(text, int(digits[0][:4]), int(digits[0][4:6]), int(digits[0][6:]))
    if len(digits) == 3 and len(digits[2]) == 4:
        return f"「{text}」日月次序不明，不能当日期"
    if len(digits) == 3:
        return f"「{text}」年份不是四位，不能当日期"
    return f"「{text}」不是日期"


def _why_no_day(text: str, year: int, month: int, day: int) -> str:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"「{text}」的年份不在 {FIRST_YEAR}–{LAST_YEAR} 之内"
    if not 1 <= month <= 12:
        return f"「{text}」没有 {month} 月"
    if not 1 <= day <= (last := calendar.monthrange(year, month)[1]):
        return f"没有「{text}」这一天：{year} 年 {month} 月只有 {last} 天"
    return f"「{text}」的写法或时间部分不被接受"
