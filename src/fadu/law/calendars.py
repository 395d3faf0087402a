"""Working-day calendars: integer ordinals, looked up once.

``ordinal(d)`` is the number of working days up to and including day ``d`` since the calendar's
first day, so a span of working days is a subtraction. Beyond ``published_until`` the calendar
follows weekends and the holidays the statute fixes; days found there are *provisional*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from fadu.law.dates import iso
from fadu.law.errors import NoVersion


@dataclass(frozen=True, slots=True)
class Notice:
    """The yearly notice that fixed the holidays of a year."""

    year: int
    citation: str
    certainty: str


class Calendar:
    """Working days of one jurisdiction from ``first`` to ``last`` (day numbers, inclusive).

    >>> from fadu.law.dates import day_of
    >>> week = Calendar.weekly("CN", day_of("2024-01-01"), day_of("2024-12-31"))
    >>> iso(week.add_working_days(day_of("2024-02-07"), 5))
    '2024-02-14'
    """

    SATURDAY: ClassVar[int] = 5

    def __init__(
        self,
        code: str,
        working: bytes | bytearray,
        first: int,
        published_until: int,
        names: dict[int, str] | None = None,
        notices: Iterable[Notice] = (),
    ) -> None:
        self.code = code
        self.first = first
        self.last = first + len(working) - 1
        self.published_until = published_until
        self.working = bytes(working)
        self.names = names or {}
        self.notices = {notice.year: notice for notice in notices}
        ordinals: list[int] = []
        days: list[int] = []
        count = 0
        for offset, flag in enumerate(self.working):
            if flag:
                count += 1
                days.append(first + offset)
            ordinals.append(count)
        self.ordinals = ordinals
        self.days = days

    @classmethod
    def weekly(cls, code: str, first: int, last: int, published_until: int | None = None) -> Calendar:
        """Monday to Friday, no holidays."""
        working = bytes(weekday(day) < cls.SATURDAY for day in range(first, last + 1))
        return cls(code, working, first, last if published_until is None else published_until)

    def ordinal(self, day: int) -> int:
        """Working days up to and including ``day``."""
        if self.first <= day <= self.last:
            return self.ordinals[day - self.first]
        return self._outside(day)

    def is_working(self, day: int) -> bool:
        """Whether people work on ``day``. Raises ``NoVersion`` outside the calendar's years."""
        if self.first <= day <= self.last:
            return self.working[day - self.first] == 1
        return self._outside(day)

    def add_working_days(self, day: int, count: int) -> int:
        """The ``count``-th working day after ``day`` (the day itself is not counted; ``count`` from 1)."""
        if self.first <= day <= self.last:
            index = self.ordinals[day - self.first] + count - 1
            if index < len(self.days):
                return self.days[index]
            return self._outside(self.last + 1)
        return self._outside(day)

    def roll(self, day: int) -> int:
        """``day``, or the first working day after it where it is a rest day (民事诉讼法85(3))."""
        if self.first <= day <= self.last:
            return day if self.working[day - self.first] else self.add_working_days(day, 1)
        return self._outside(day)

    def provisional(self, day: int) -> bool:
        """Whether the result rests on a year whose notice is not out yet."""
        return day > self.published_until

    def name(self, day: int) -> str:
        """Why ``day`` is a rest day, or ``调休上班``; empty on an ordinary working day."""
        known = self.names.get(day, "")
        if known:
            return known
        if not self.is_working(day):
            return "周六" if weekday(day) == self.SATURDAY else "周日" if weekday(day) > self.SATURDAY else "休假日"
        return "调休上班" if weekday(day) >= self.SATURDAY else ""

    def _outside(self, day: int) -> NoReturn:
        raise NoVersion(f"日历“{self.code}”只有 {iso(self.first)} 至 {iso(self.last)}，没有 {iso(day)}")


def weekday(day: int) -> int:
    """0 = Monday … 6 = Sunday.

    >>> from fadu.law.dates import day_of
    >>> weekday(day_of("2024-02-18"))
    6
    """
    return (day + 3) % 7
