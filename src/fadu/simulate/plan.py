"""What to simulate, and how it is divided into independent pieces of work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fadu.book import Book
from fadu.law.calendars import Calendar, weekday
from fadu.law.dates import date_of, iso
from fadu.law.errors import FaduError
from fadu.simulate.district import District, Habits

PIECE = 100_000
"""Cases of one piece of work, unless one day alone has more."""
LONG_REST = 5
EDGE = 3


@dataclass(frozen=True)
class SimulationPlan:
    """What to play: either ``cases`` or ``events`` (about so many), from day ``first`` until ``until`` (day numbers).

    ``unlawful``: share of cases with at least one finding. ``procedures``: codes or names; empty = all.
    ``sampled``: of each procedure only as many as the district says its office takes in. ``variety``: about how many
    distinct histories one procedure may have; more cases repeat them, at other units and times of day. ``size``:
    path templates sought of each procedure version.
    """

    first: int
    until: int
    cases: int = 0
    events: int = 0
    seed: int = 1
    unlawful: float = 0.08
    procedures: tuple[str, ...] = ()
    district: Path | None = None
    variety: int = 24_000
    size: int = 160
    sampled: bool = False

    def __post_init__(self) -> None:
        if self.until < self.first:
            raise FaduError(f"截止日 {iso(self.until)} 早于开始日 {iso(self.first)}")
        if not 0.0 <= self.unlawful <= 1.0:
            raise FaduError(f"违法率 {self.unlawful} 不在 0 与 1 之间")
        if (self.cases > 0) == (self.events > 0):
            raise FaduError("件数（cases）与事件数（events）应写且只写一个，且大于零")

    @property
    def days(self) -> range:
        return range(self.first, self.until + 1)


@dataclass(frozen=True)
class Piece:
    """Cases of one procedure opened on ``days`` of one month; their numbers begin at ``first_case``."""

    code: str
    number: int
    """Place among the pieces of the same procedure and month."""
    days: tuple[int, ...]
    counts: tuple[int, ...]
    first_case: int

    @property
    def month(self) -> str:
        return iso(self.days[0])[:7]

    @property
    def cases(self) -> int:
        return sum(self.counts)


def codes_of(book: Book, plan: SimulationPlan) -> list[str]:
    """The codes asked for, in the order of the book. Raises ``LawbookError`` for an unknown one."""
    if not plan.procedures:
        return book.codes
    asked = {book.versions(name)[0].code for name in plan.procedures}
    return [code for code in book.codes if code in asked]


def generator(plan: SimulationPlan, *purpose: str | int) -> np.random.Generator:
    """The random numbers of one purpose: the same for a seed, whatever else is drawn."""
    return np.random.default_rng([plan.seed & 0xFFFFFFFF, plan.seed >> 32 & 0xFFFFFFFF,
                                  *(crc32(str(word).encode()) for word in purpose)])


def day_weights(calendar: Calendar, district: District, habits: Habits, days: range) -> NDArray[np.float64]:
    """How many cases arrive on each day, relatively: season, weekday, holidays."""
    edges = _edges(calendar, days)
    return np.array([_weight(calendar, district, habits, day, day in edges) for day in days], np.float64)


def _weight(calendar: Calendar, district: District, habits: Habits, day: int, edge: bool) -> float:
    weight = (habits.months or district.months)[date_of(day).month - 1] * district.weekdays[weekday(day)]
    if not calendar.is_working(day):
        return weight * habits.rest_days
    return weight * district.holiday_edge if edge and not habits.round_the_clock else weight


def _edges(calendar: Calendar, days: range) -> set[int]:
    """Working days next to a long holiday (春节、国庆)."""
    found: set[int] = set()
    rest: list[int] = []
    for day in range(max(days.start - 20, calendar.first), min(days.stop + 20, calendar.last)):
        if not calendar.is_working(day):
            rest.append(day)
        elif rest:
            if len(rest) >= LONG_REST:
                before, after = calendar.ordinal(rest[0]), calendar.ordinal(rest[-1])
                found.update(calendar.days[max(before - EDGE, 0):before])
                found.update(calendar.days[after:after + EDGE])
            rest = []
    return found


def pieces(counts: dict[str, NDArray[np.int64]], plan: SimulationPlan) -> Iterator[Piece]:
    """Divide the arrivals by procedure, month and size. Case numbers are dense over all pieces."""
    number = 0
    for code, by_day in counts.items():
        serial: dict[str, int] = {}
        for days in _stretches(by_day, plan.first):
            month = iso(days[0])[:7]
            count = tuple(int(by_day[day - plan.first]) for day in days)
            yield Piece(code, serial.get(month, 0), days, count, number)
            serial[month] = serial.get(month, 0) + 1
            number += sum(count)


def _stretches(by_day: NDArray[np.int64], first: int) -> Iterator[tuple[int, ...]]:
    """Days with arrivals, in runs of one month and about ``PIECE`` cases."""
    days: list[int] = []
    size, month = 0, ""
    for offset in np.flatnonzero(by_day).tolist():
        day, count = first + offset, int(by_day[offset])
        this = iso(day)[:7]
        if days and (this != month or size + count > PIECE):
            yield tuple(days)
            days, size = [], 0
        days.append(day)
        size, month = size + count, this
    if days:
        yield tuple(days)
