"""Terms as statutes word them, and the spans they resolve to under a statute's own clause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from fadu.law.dates import month_length
from fadu.law.errors import LawbookError
from fadu.law.numerals import chinese_number

EACH_YEAR = 10000


class Unit(IntEnum):
    """What a resolved term counts."""

    WORKING = 0
    CALENDAR = 1
    MONTH = 2
    HOUR = 3
    ANNUAL = 4
    """A fixed calendar date: ``number`` is month * 100 + day of the following year, plus ``EACH_YEAR`` where it is
    the next such date after the start."""
    DATED = 5
    """The day a date field of the case names (载明的日期); ``number`` is 0."""

    @property
    def label(self) -> str:
        return ("工作日", "自然日", "个月", "小时", "次年日期", "载明日期")[self]


@dataclass(frozen=True, slots=True)
class Term:
    """An amount of time in the statute's words: ``number`` and ``word`` (日 工作日 个月 年 小时 次年 每年 载明)."""

    number: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A term whose unit is settled. Months, calendar days and dates named by ``field`` roll where ``rolls``."""

    number: int
    unit: Unit
    rolls: bool = False
    field: str = ""


_DIGITS = r"[0-9]+|[零〇一二三四五六七八九十百千两]+"
_TERM = re.compile(rf"({_DIGITS})\s*(个?工作日|日|天|个?月|年|个?小时)")
_ANNUAL = re.compile(rf"(次年|每年)({_DIGITS})月({_DIGITS})日")
_ACCEPTED = "接受：五日、20个工作日、六十日、三个月、二年、24小时、次年1月31日、每年1月31日"
_WORDS = {"工作日": "工作日", "日": "日", "天": "日", "月": "个月", "年": "年", "小时": "小时"}


def parse_term(text: str) -> Term:
    """Read a term. Raises ``LawbookError`` that says what is accepted.

    >>> parse_term("20个工作日")
    Term(number=20, word='工作日', text='20个工作日')
    >>> parse_term("六十日").number, parse_term("三个月").word, parse_term("次年1月31日").number
    (60, '个月', 131)
    """
    cleaned = text.strip()
    annual = _ANNUAL.fullmatch(cleaned)
    if annual:
        return Term(_annual(cleaned, annual), annual[1], cleaned)
    match = _TERM.fullmatch(cleaned)
    if not match:
        raise LawbookError(f"“{text}”不是期限；{_ACCEPTED}")
    return Term(_number(cleaned, match[1]), _WORDS[match[2].removeprefix("个")], cleaned)


def _number(text: str, digits: str) -> int:
    try:
        number = chinese_number(digits)
    except ValueError as error:
        raise LawbookError(f"“{text}”不是期限：{error}；{_ACCEPTED}") from None
    if number < 1:
        raise LawbookError(f"“{text}”不是期限：至少是一；{_ACCEPTED}")
    return number


def _annual(text: str, match: re.Match[str]) -> int:
    """Month * 100 + day of a date that every year has."""
    month, day = _number(text, match[2]), _number(text, match[3])
    if month > 12 or day > month_length(2023, month):
        raise LawbookError(f"“{text}”不是每年都有的日期；接受：次年1月31日、每年1月31日")
    return month * 100 + day


def resolve(term: Term, working_days: bool, rolls: bool) -> Span:
    """Settle the unit of a term: ``working_days`` says whether its 日 are working days.

    >>> resolve(parse_term("五日"), working_days=True, rolls=True)
    Span(number=5, unit=<Unit.WORKING: 0>, rolls=False, field='')
    >>> resolve(parse_term("二年"), working_days=False, rolls=True)
    Span(number=24, unit=<Unit.MONTH: 2>, rolls=True, field='')
    """
    match term.word:
        case "工作日":
            return Span(term.number, Unit.WORKING)
        case "日" if working_days:
            return Span(term.number, Unit.WORKING)
        case "日":
            return Span(term.number, Unit.CALENDAR, rolls)
        case "个月":
            return Span(term.number, Unit.MONTH, rolls)
        case "年":
            return Span(term.number * 12, Unit.MONTH, rolls)
        case "小时":
            return Span(term.number, Unit.HOUR)
        case "每年":
            return Span(EACH_YEAR + term.number, Unit.ANNUAL)
        case _:
            return Span(term.number, Unit.ANNUAL)
