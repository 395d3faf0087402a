"""Reads the yearly notice of holidays (节假日安排的通知), as it is worded, and lays it over a calendar.

Nothing is guessed: a date that belongs to no verb, a weekday that is not the date's, a count that does not add up is
a fault, told in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from fadu.law.calendars import Calendar, Notice, weekday
from fadu.law.dates import date_of, day_of, iso
from fadu.law.errors import FaduError

WEEKDAYS = "一二三四五六日"
LONGEST = 20_000
"""Characters of a notice."""

_WIDTH = str.maketrans("（）０１２３４５６７８９：；，－—～–", "()0123456789:;,至至至至")
_DATE = (
    r"(?:(?P<year{n}>\d{{4}})年)?(?:(?P<month{n}>\d{{1,2}})月)?(?P<day{n}>\d{{1,2}})日(?:\((?P<note{n}>[^()]*)\))?"
)
_FIRST, _LAST = _DATE.format(n=1), _DATE.format(n=2)
_SPAN = re.compile(rf"{_FIRST}(?:(?:起)?(?:至|到){_LAST})?")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_VERB = re.compile(r"(放假|补休|上班)(?:调休)?(?:(\d{1,2})天)?")
_LISTED = re.compile(r"(?:、|,|和|及|与|以及|\s)*")
_BEFORE_VERB = re.compile(r"(?:,|\s|均|都|仍|正常|照常|安排)*")
_EXCEPTED = re.compile(r"除|不含|不包括|不计")
_COUNT = re.compile(r"共(\d{1,2})天")
_HEAD = re.compile(r"\s*(?:[一二三四五六七八九十]+、|\d+[.、])?\s*(?P<name>[\u4e00-\u9fff、]{2,16}?):")
_NAME = re.compile(r"(元旦|春节|清明节?|劳动节|端午节?|中秋节?|国庆节)")
_SETTLED = re.compile(r"\d{4}年|共?\d{1,2}天|^\s*\d+[.、]|〔\d+〕\d+号")
_DIGITS = re.compile(r"\d+[号日月\d./-]*|[一二三四五六七八九十]+月[一二三四五六七八九十]+[日号]")
_SIGNED = re.compile(r"\s*(?:.{2,20}(?:政府|办公厅|办公室))?\s*\d{4}年\d{1,2}月\d{1,2}日(?:\([^()]*\))?\s*")
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The holidays of one year: days off, each with its holiday, and the days of rest that are worked."""

    year: int
    off: tuple[tuple[int, str], ...]
    work: tuple[int, ...]

    @property
    def first(self) -> int:
        """The first day it settles; a notice may reach into December of the year before."""
        return min(day_of(f"{self.year}-01-01"), *(day for day, _ in self.off), *self.work)

    @property
    def last(self) -> int:
        return day_of(f"{self.year}-12-31")


class UnclearNoticeError(FaduError):
    """A notice that cannot be read without guessing; ``faults``: each place, and what it should say."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = tuple(faults)


def read_notice(text: str, year: int) -> Arrangement:
    """The arrangement a notice states. Raises ``UnclearNoticeError`` with every place that is not plain.

    >>> read = read_notice("一、元旦：1月1日（周五）至3日（周日）放假，共3天。1月9日（周六）上班。", 2027)
    >>> [(iso(day), name) for day, name in read.off][0], [iso(day) for day in read.work]
    (('2027-01-01', '元旦'), ['2027-01-09'])
    """
    reading = _Reading(year)
    plain = _ISO.sub(r"\1年\2月\3日", text[:LONGEST].replace("\u3000", " ")).translate(_WIDTH)
    for line in re.split(r"[\n。;]", plain):
        reading.sentence(line)
    reading.agree()
    if reading.faults:
        raise UnclearNoticeError(reading.faults)
    return Arrangement(year, tuple(sorted(reading.off.items())), tuple(sorted(reading.work)))


def missing_holidays(arrangement: Arrangement, calendar: Calendar) -> list[tuple[int, str]]:
    """Days that the calendar knows as holidays of that year and the arrangement does not let people off on."""
    off = dict(arrangement.off)
    expected = [day for day in calendar.names if date_of(day).year == arrangement.year and not calendar.is_working(day)]
    return [(day, calendar.names[day]) for day in sorted(expected) if day not in off]


def arranged(calendar: Calendar, arrangement: Arrangement, citation: str = "") -> Calendar:
    """The calendar with one year as its notice arranges it, published to the end of that year."""
    working, names = bytearray(calendar.working), dict(calendar.names)
    for day in range(day_of(f"{arrangement.year}-01-01"), arrangement.last + 1):
        working[day - calendar.first] = weekday(day) < Calendar.SATURDAY
        names.pop(day, None)
    for day, name in arrangement.off:
        working[day - calendar.first], names[day] = 0, name
    for day in arrangement.work:
        working[day - calendar.first] = 1
        names.pop(day, None)
    notices = [*calendar.notices.values(), *([Notice(arrangement.year, citation, "text")] if citation else [])]
    published = max(calendar.published_until, arrangement.last)
    return Calendar(calendar.code, working, calendar.first, published, names, notices)


@dataclass
class _Reading:
    """What was read so far, and what could not be."""

    year: int
    name: str = ""
    off: dict[int, str] = field(default_factory=dict)
    work: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    said: int | None = None
    """The day read last: a 日 without 月 that follows it in a list is of its month (4月11日、12日)."""

    def sentence(self, text: str) -> None:
        """One sentence: dates, each with the verb that follows it."""
        if found := _HEAD.match(text):
            self.name = found["name"]
        elif found := _NAME.search(text):
            self.name = found[1]
        spans = list(_SPAN.finditer(text))
        if _VERB.search(text) and (left := _DIGITS.search(_SETTLED.sub("", _SPAN.sub("", text)))):
            self.faults.append(f"“{left[0]}”没有看懂；日期写作 1月1日、1月1日至3日 或者 {self.year}-01-01")
        if not spans or _SIGNED.fullmatch(text):
            return
        let_off: list[int] = []
        for verb, dated in _governed(text, spans):
            days = [day for span in dated for day in self._days(span)]
            if verb == "上班":
                self._worked(days)
            elif verb:
                self._let_off(days)
                let_off += days
            else:
                words = "".join(span[0] for span in dated)
                told = "每个日期后面应直接写“放假”“补休”或者“上班”，不写“除外”“不上班”一类的话"
                self.faults.append(f"“{words}”没有写明放假还是上班；{told}")
        counts = [int(number) for number in _COUNT.findall(text)]
        counts += [int(found[2]) for found in _VERB.finditer(text) if found[2]]
        if let_off and counts and len(let_off) not in counts:
            self.faults.append(f"“{text.strip()}”写的是共 {counts[0]} 天，列出的日期是 {len(let_off)} 天；请核对")

    def agree(self) -> None:
        """What must hold of the whole."""
        if not self.off and not self.faults:
            self.faults.append("没有读到放假的日期；请粘贴通知的正文，如“元旦：1月1日（周五）至3日（周日）放假，共3天”")
        for day in sorted(self.work & self.off.keys()):
            self.faults.append(f"{iso(day)} 既写了放假，又写了上班")
        first, last = day_of(f"{self.year - 1}-12-01"), day_of(f"{self.year}-12-31")
        outside = [day for day in (*self.off, *self.work) if not first <= day <= last]
        for day in sorted(outside):
            self.faults.append(f"{iso(day)} 不属于 {self.year} 年的安排；通知只安排当年和上一年 12 月的日子")

    def _let_off(self, days: list[int]) -> None:
        for day in days:
            if day in self.off:
                self.faults.append(f"{iso(day)} 写了两次放假")
            self.off[day] = self.name or "放假"

    def _worked(self, days: list[int]) -> None:
        for day in days:
            if weekday(day) < Calendar.SATURDAY:
                self.faults.append(f"{iso(day)} 是周{WEEKDAYS[weekday(day)]}，本来就上班；调休上班的应是周六、周日")
            self.work.add(day)

    def _days(self, span: re.Match[str]) -> list[int]:
        """The days of a date or a range; none, and a fault, where it is no date or leaves something open."""
        begun = self._day(span, 1, None)
        if begun is None or not span["day2"]:
            return [] if begun is None else [begun]
        ended = self._day(span, 2, begun)
        if ended is None:
            return []
        if ended < begun:
            self.faults.append(f"“{span[0]}”的止日在起日之前；跨年的请写明两个日期的年份")
            return []
        if ended - begun > 31:
            self.faults.append(f"“{span[0]}”有 {ended - begun + 1} 天，不像一个假期；请核对")
            return []
        return list(range(begun, ended + 1))

    def _day(self, span: re.Match[str], place: int, after: int | None) -> int | None:
        before = None if after is None else date_of(after)
        month = span[f"month{place}"] or (before.month if before else None) or self._month(span)
        if not month:
            self.faults.append(f"“{span[0]}”没有写月份")
            return None
        year = int(span[f"year{place}"] or (before.year if before else self.year))
        try:
            found = day_of(date(year, int(month), int(span[f"day{place}"])))
        except ValueError:
            self.faults.append(f"“{span[0]}”不是日期：{year} 年没有 {month} 月 {span[f'day{place}']} 日")
            return None
        self.said = found
        told = _WEEKDAY.search(span[f"note{place}"] or "")
        if told and WEEKDAYS.index(told[1].replace("天", "日")) != weekday(found):
            actual = WEEKDAYS[weekday(found)]
            self.faults.append(f"“{span[0]}”写的是周{told[1]}，{iso(found)} 是周{actual}；请核对年份和日期")
        return found

    def _month(self, span: re.Match[str]) -> int | None:
        listed = span.string[: span.start()].rstrip().endswith(("、", "和", "及"))
        return date_of(self.said).month if listed and self.said is not None else None


def _governed(text: str, spans: list[re.Match[str]]) -> Iterator[tuple[str, list[re.Match[str]]]]:
    """Dates that stand together, with the verb right behind them; "" where that is not plain."""
    waiting: list[re.Match[str]] = []
    before = text[: spans[0].start()]
    for place, span in enumerate(spans):
        waiting.append(span)
        following = spans[place + 1].start() if place + 1 < len(spans) else len(text)
        between = text[span.end() : following]
        verbs = list(_VERB.finditer(between))
        if not verbs and place + 1 < len(spans) and _LISTED.fullmatch(between):
            continue
        plain = len(verbs) == 1 and _BEFORE_VERB.fullmatch(between[: verbs[0].start()])
        yield (verbs[0][1] if plain and not _EXCEPTED.search(before) else ""), waiting
        waiting, before = [], between
