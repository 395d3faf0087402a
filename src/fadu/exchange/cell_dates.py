"""Dates and times as units write them in cells. A date that could be two days is doubted, never chosen."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from fadu.exchange.cells import Cell, Doubt, tidy
from fadu.exchange.dates import FIRST_YEAR, LAST_YEAR, why_no_date
from fadu.law.dates import chinese, date_of, day_of
from fadu.law.numerals import chinese_number

ACCEPTED = "2023-01-05、2023/1/5、2023.1.5、2023年1月5日、二〇二三年一月五日、20230105，之后可带时间 14:30"
ACCEPTED_TIMES = "14:30、14时30分、下午2:30"
_EPOCH = datetime(1899, 12, 30)
_SERIALS = range(18_264, 109_576)  # 1950-01-01 … 2199-12-31: below it stands a year (2023.1), not a day count
_MARKS = str.maketrans({
    "–": "-", "—": "-", "‑": "-", "−": "-", "‐": "-", "。": ".", "·": ".", "•": ".", "、": ".", "，": ".", ",": ".",
    "○": "〇", "◯": "〇", "零": "〇", "号": "日",
})  # fmt: skip
_CLOCK = (
    r"(?P<part>上午|下午|晚上|夜间|凌晨|早上|中午|am|pm)?\s*(?P<h>\d{1,2})\s*[:时点]\s*(?P<mi>\d{1,2}|半|整)?\s*分?"
    r"(?::?\d{1,2}(?:\.\d+)?秒?)?"
)
_WEEKDAY = r"(?:\s*\(?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])\)?)?"
_DATE = re.compile(
    r"(?P<y>\d{4})\s*(?P<a>[-/.年])\s*(?P<m>\d{1,2}|元)\s*(?P<b>[-/.月])\s*(?P<d>\d{1,2})\s*日?\.?" + _WEEKDAY
    + r"(?:[T\s]*" + _CLOCK + r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?", re.I,
)  # fmt: skip
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2}):?(\d{2})(?::?\d{2})?)?")
_N = "一二三四五六七八九"
_WRITTEN_OUT = re.compile(rf"([〇{_N}]{{4}})年([{_N}十元]{{1,3}})月([{_N}十廿卅]{{1,4}})日?")
_TIME = re.compile(_CLOCK, re.I)
_NO_YEAR = re.compile(r"(\d{1,2})月(\d{1,2})日?")
_NO_DAY = re.compile(r"(?:19|20)\d\d(?:[-/.年]\d{1,2}月?|\d\d)")
_BARE_NO_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}")
_SERIAL_TEXT = re.compile(r"[2-9]\d{4}(?:\.\d+)?")
_ANY_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
_LUNAR = re.compile(r"农历|正月|腊月|冬月|初[一二三四五六七八九十]")
_WEEKDAYS = "一二三四五六日"
_MORNING = {hour: hour for hour in range(12)}
_AFTERNOON = {hour: hour + 12 for hour in range(1, 12)}
_EVENING = {hour: hour + 12 for hour in range(5, 12)}
_HALVES = {
    "上午": _MORNING, "早上": _MORNING, "凌晨": _MORNING, "am": _MORNING | {12: 0},
    "中午": {11: 11, 12: 12, 1: 13, 2: 14}, "下午": _AFTERNOON, "pm": _AFTERNOON | {12: 12},
    "晚上": _EVENING, "夜间": _EVENING,
}  # fmt: skip
"""Part of the day → the hours that may follow it, and which they are; 晚上12点 is of two days, so it is none."""


class Moment(NamedTuple):
    """A civil day (days since 1970-01-01), and the minute of the day where one was written."""

    day: int
    minute: int | None = None


def read_date(cell: Cell, shift: int = 0, year: int | None = None) -> Moment | Doubt:
    """The moment a cell means.

    ``shift`` is added to bare day counts (1904 system). ``year`` is what someone answered for dates that have none.

    >>> read_date("２０２３年１月５日　下午2:30")
    Moment(day=19362, minute=870)
    >>> read_date("1月5日").reason
    '「1月5日」没有写年'
    """
    if isinstance(cell, datetime):
        return _moment(cell.date(), cell.hour * 60 + cell.minute if cell.time() != time() else None, tidy(cell))
    if isinstance(cell, date):
        return _moment(cell, None, tidy(cell))
    if isinstance(cell, bool | time | timedelta) or cell is None:
        return Doubt("bad_date", f"「{tidy(cell)}」不是日期", ACCEPTED)
    if isinstance(cell, int | float):
        if int(cell) + shift in _SERIALS:
            return read_date(_EPOCH + timedelta(days=cell + shift, seconds=0.5 if cell % 1 else 0))
        return _read_text(tidy(cell), year)
    return _read_text(tidy(cell), year)


def _moment(day: date, minute: int | None, found: str) -> Moment | Doubt:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return Doubt("bad_date", f"「{found}」的年份不在 {FIRST_YEAR}–{LAST_YEAR} 之内", ACCEPTED)
    return Moment(day_of(day), minute)


@lru_cache(maxsize=1 << 16)
def _read_text(text: str, year: int | None) -> Moment | Doubt:
    spelled = unicodedata.normalize("NFKC", text).translate(_MARKS).strip().strip("'\"")
    if found := _DATE.fullmatch(spelled):
        return _of_parts(text, found)
    if found := _COMPACT.fullmatch(spelled):
        return _with_clock(text, tuple(map(int, found.group(1, 2, 3))), found[4], found[5])
    if found := _WRITTEN_OUT.fullmatch(spelled.replace(" ", "")):
        return _of_numerals(text, found)
    if found := _NO_YEAR.fullmatch(spelled.replace(" ", "")):
        if year is not None:
            return _with_clock(text, (year, int(found[1]), int(found[2])))
        return Doubt("ambiguous_date", f"「{text}」没有写年", ACCEPTED, "写全年月日，或在对应里指定这一列是哪一年")
    return _doubt(text, spelled)


def _of_parts(text: str, found: re.Match[str]) -> Moment | Doubt:
    if (found["a"] + found["b"]) not in ("--", "//", "..", "年月"):
        return Doubt("bad_date", f"「{text}」的写法前后不一致", ACCEPTED)
    if found["zone"] and found["zone"].replace(":", "") != "+0800":
        return Doubt("ambiguous_date", f"「{text}」写的不是北京时间", ACCEPTED, "改写为北京时间的日期")
    month = 1 if found["m"] == "元" else int(found["m"])
    moment = _with_clock(text, (int(found["y"]), month, int(found["d"])))
    if isinstance(moment, Doubt):
        return moment
    if found["weekday"]:
        real = _WEEKDAYS[date_of(moment.day).weekday()]
        if real != found["weekday"].replace("天", "日"):
            return Doubt("ambiguous_date", f"「{text}」：{chinese(moment.day)}是星期{real}", ACCEPTED, "核对是哪一天")
    if found["h"] is None:
        return moment
    minute = _minute(found)
    if minute is None:
        return Doubt("bad_date", f"「{text}」的时间部分不是一天里的时刻", ACCEPTED)
    return Moment(moment.day, minute or None)  # midnight is what programs write where there is no time


def _with_clock(text: str, ymd: tuple[int, ...], hour: str | None = None, minute: str | None = None) -> Moment | Doubt:
    y, m, d = ymd
    try:
        day = date(y, m, d)
    except ValueError:
        return Doubt("bad_date", why_no_date(f"{y}-{m}-{d}").replace(f"{y}-{m}-{d}", text), ACCEPTED)
    if hour is None:
        return _moment(day, None, text)
    at = int(hour) * 60 + int(minute or 0)
    if int(hour) > 23 or int(minute or 0) > 59:
        return Doubt("bad_date", f"「{text}」的时间部分不是一天里的时刻", ACCEPTED)
    return _moment(day, at or None, text)


def _of_numerals(text: str, found: re.Match[str]) -> Moment | Doubt:
    digits = found[1].translate({ord(c): str(i) for i, c in enumerate("〇一二三四五六七八九")})
    day_text = re.sub("卅十?", "三十", re.sub("廿十?", "二十", found[3]))
    try:
        month = 1 if found[2] == "元" else chinese_number(found[2])
        return _with_clock(text, (int(digits), month, chinese_number(day_text)))
    except ValueError:
        return Doubt("bad_date", f"「{text}」不是日期", ACCEPTED)


def _minute(found: re.Match[str]) -> int | None:
    hour = int(found["h"])
    minute = {"半": 30, "整": 0, None: 0}.get(found["mi"])
    minute = int(found["mi"]) if minute is None else minute
    part = (found["part"] or "").lower()
    if part:
        hour = _HALVES[part].get(hour, hour if part in ("下午", "pm", "晚上", "夜间") and hour > 12 else -1)
    return hour * 60 + minute if 0 <= hour < 24 and minute < 60 else None


def _doubt(text: str, spelled: str) -> Doubt:
    if _LUNAR.search(spelled):
        return Doubt("ambiguous_date", f"「{text}」像是农历日期", ACCEPTED, "改写为公历日期")
    dates = _ANY_DATE.findall(spelled)
    if len(dates) > 1:
        return Doubt("ambiguous_date", f"「{text}」写了不止一个日期", ACCEPTED, "只写这个环节的那一天")
    if _SERIAL_TEXT.fullmatch(spelled) and int(float(spelled)) in _SERIALS:
        like = chinese(day_of((_EPOCH + timedelta(days=int(float(spelled)))).date()))
        reason = f"「{text}」像是 Excel 的日期序号（{like}），但它是文本"
        return Doubt("ambiguous_date", reason, ACCEPTED, "把这一列设为日期格式后再存，或写成日期")
    if _NO_DAY.fullmatch(spelled):
        return Doubt("ambiguous_date", f"「{text}」没有写日", ACCEPTED, "写全年月日")
    if _BARE_NO_YEAR.fullmatch(spelled):
        return Doubt("ambiguous_date", f"「{text}」没有写年", ACCEPTED, "写全年月日")
    return Doubt("bad_date", why_no_date(text), ACCEPTED)


def read_time(cell: Cell) -> int | Doubt:
    """The minute of the day a cell means.

    >>> read_time("下午3点半"), read_time(0.4)
    (930, 576)
    """
    if isinstance(cell, datetime | time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, timedelta) and timedelta(0) <= cell < timedelta(days=1):
        return int(cell.total_seconds()) // 60
    if isinstance(cell, float) and 0 <= cell < 1:
        return int(cell * 1440 + 1e-6)
    text = tidy(cell)
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    minute = _minute(found) if found else None
    if minute is None:
        return Doubt("bad_time", f"「{text}」不是一天里的时刻", ACCEPTED_TIMES)
    return minute
