"""日历: last days and hearings by month, over the days of rest and of work made up for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET

from fadu.acts.list_columns import ALL
from fadu.clock import today
from fadu.law.calendars import Calendar
from fadu.law.dates import add_months, date_of, day_of, month_length
from fadu.office.asked import number
from fadu.office.case_lists import Asked, asked_for, capped, counted
from fadu.office.context import OfficeRequest
from fadu.office.hearings import hearing_fields, hearing_on
from fadu.office.moments import WEEKDAYS
from fadu.office.views.registers import units_of
from fadu.store.lawbook import book
from fadu.store.models import Case

CALENDAR = "CN"
COUNTED = 20_000
"""Last days of a month that are counted in one go; days beyond are counted one by one, up to the cap."""
HEARINGS = 500


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the page. ``kind``: rest, off (a holiday), made (worked in exchange) or empty; ``name``: why."""

    date: date
    kind: str
    name: str
    within: bool
    today: bool
    due: str = ""
    hearings: tuple[tuple[Case, str], ...] = ()
    due_href: str = ""
    hearing_href: str = ""

    @property
    def weekday(self) -> str:
        return WEEKDAYS[self.date.weekday()]


@require_GET
def calendar(request: OfficeRequest) -> HttpResponse:
    """A month (``month=2024-03``) of the cases the person sees, of one unit (``unit``) or all."""
    known, unit = book().calendars[CALENDAR], number(request.GET.get("unit"))
    first = _month(request.GET.get("month", ""), known)
    found = asked_for(request.access, "", Asked(unit=unit), today())
    days = list(_days(first, found, unit, known))
    last = date_of(add_months(day_of(first), 1) - 1)
    content = {
        "weeks": [days[place : place + 7] for place in range(0, len(days), 7)], "weekdays": WEEKDAYS,
        "month": f"{first.year}年{first.month}月", "now": f"{first:%Y-%m}", "unit": unit,
        "units": units_of(request.access), "before": _beside(first, -1, unit, known),
        "after": _beside(first, 1, unit, known), "back": _address(today().replace(day=1), unit),
        "provisional": known.provisional(day_of(last)), "hearings": bool(hearing_fields()),
    }  # fmt: skip
    return render(request, "office/calendar.html", content)


def _month(text: str, known: Calendar) -> date:
    """The first day of the month asked for; of this one where it cannot be or the calendar does not know it."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today().replace(day=1)
    return first if _knows(known, first) else today().replace(day=1)


def _knows(known: Calendar, first: date) -> bool:
    """Whether the calendar knows the month and the weeks it begins and ends in."""
    return known.first + 7 <= day_of(first) and day_of(first) + 42 <= known.last


def _beside(first: date, months: int, unit: int | None, known: Calendar) -> str:
    other = date_of(add_months(day_of(first), months))
    return _address(other, unit) if _knows(known, other) else ""


def _address(first: date, unit: int | None) -> str:
    return f"?month={first:%Y-%m}" + (f"&unit={unit}" if unit is not None else "")


def _days(first: date, found: QuerySet[Case], unit: int | None, known: Calendar) -> Iterator[Day]:
    """The days of the month's weeks, Monday to Sunday."""
    begin = first - timedelta(days=first.weekday())
    end = first + timedelta(days=month_length(first.year, first.month) - 1)
    end += timedelta(days=6 - end.weekday())
    due, hearings = _due(found, begin, end), _hearings(found, begin, end)
    for place in range((end - begin).days + 1):
        day = begin + timedelta(days=place)
        kind, name = _kind(known, day)
        asked = Asked(unit=unit, order="due")
        where = reverse("register", args=[ALL])
        yield Day(
            day, kind, name, day.month == first.month, day == today(), due.get(day, ""),
            tuple(hearings.get(day, ())), where + asked.but(day=day).address(),
            where + asked.but(hearing=day).address(),
        )  # fmt: skip


def _kind(known: Calendar, day: date) -> tuple[str, str]:
    number_ = day_of(day)
    name = known.name(number_)
    if known.is_working(number_):
        return ("made", name) if name else ("", "")
    return ("rest", "") if name in ("周六", "周日") else ("off", name)


def _due(found: QuerySet[Case], first: date, last: date) -> dict[date, str]:
    """How many open cases have a clock of the agency's that ends on each day, up to a cap."""
    ends = found.filter(
        closed_on=None, clocks__party="agency", clocks__last_day__range=(first, last)
    ).order_by("clocks__last_day").values_list("clocks__last_day", "pk").distinct()  # fmt: skip
    read = [day for day, _ in ends[:COUNTED] if day is not None]
    days = {day: capped(many) for day, many in Counter(read).items()}
    if len(read) == COUNTED:
        cut = read[-1]
        for place in range((last - cut).days + 1):
            day = cut + timedelta(days=place)
            days[day] = counted(ends.filter(clocks__last_day=day))
    return {day: many for day, many in days.items() if many != "0"}


def _hearings(found: QuerySet[Case], first: date, last: date) -> dict[date, list[tuple[Case, str]]]:
    """The hearings of each day, and what each is called."""
    fields = hearing_fields()
    held: dict[date, list[tuple[Case, str]]] = {}
    for case in found.filter(hearing_on(first, last)).order_by("pk")[:HEARINGS] if fields else ():
        for code, name, label in fields:
            text: Any = case.fields.get(name)
            if code == case.procedure and text and first.isoformat() <= text <= last.isoformat():
                held.setdefault(date.fromisoformat(text), []).append((case, label))
    return held


urls: list[URLPattern] = [path("calendar/", calendar, name="calendar")]
