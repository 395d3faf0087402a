"""The lawbook of this district, read once a process, with the holiday years it has loaded since."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from fadu.book import Book, load_book
from fadu.book.overlay import laid_over
from fadu.law.calendars import Calendar
from fadu.law.dates import day_of
from fadu.store.models import HolidayYear

_kept: dict[str, tuple[tuple[int, ...], Book]] = {}


def book() -> Book:
    """The district's book. A holiday year loaded by another process is noticed at the next call after ``forget``."""
    if "book" not in _kept:
        years = list(HolidayYear.objects.order_by("year"))
        _kept["book"] = tuple(year.year for year in years), _read(years)
    return _kept["book"][1]


def procedure_names() -> dict[str, str]:
    """The procedures' Chinese names by code, newest version's."""
    found = book()
    return {procedure.code: procedure.name for procedure in found.procedures}


def forget() -> None:
    """Read anew at the next call."""
    _kept.clear()


def _read(years: list[HolidayYear]) -> Book:
    folder = settings.DISTRICT.lawbook
    found = load_book(laid_over(Path(folder), settings.DISTRICT.folder / "lawbook-read") if folder else None)
    for year in years:
        found.calendars["CN"] = with_year(found.calendars["CN"], year)
    return found


def with_year(calendar: Calendar, year: HolidayYear) -> Calendar:
    """The calendar with one year as its notice arranges it, published to the end of that year."""
    working, names = bytearray(calendar.working), dict(calendar.names)
    first, last = day_of(f"{year.year}-01-01"), day_of(f"{year.year}-12-31")
    for day in range(first, last + 1):
        working[day - calendar.first] = (day - _MONDAY) % 7 < Calendar.SATURDAY
        names.pop(day, None)
    for text in year.off:
        working[day_of(text) - calendar.first], names[day_of(text)] = 0, "放假"
    for text in year.work:
        working[day_of(text) - calendar.first] = 1
    return Calendar(
        calendar.code, working, calendar.first, max(calendar.published_until, last), names, calendar.notices.values()
    )


_MONDAY = day_of("2024-01-01")
