"""我的工作: what is due, what breaks next, what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.mark_read import mark_read
from fadu.clock import today
from fadu.office.case_lists import counted, shown_rows
from fadu.office.clock_bars import due_chip
from fadu.office.context import OfficeRequest
from fadu.office.moments import in_words, shown
from fadu.office.views.registers import labels
from fadu.store.lawbook import book
from fadu.store.models import Clock, Notification, Role

NEXT, LISTED, UNITS = 12, 10, 60
OVERSEERS = frozenset({Role.ADMINISTRATOR, Role.LEADER})


@require_GET
def work(request: OfficeRequest) -> HttpResponse:
    """The page a day begins with."""
    access, day = request.access, today()
    mine = access.cases().filter(closed_on=None)
    if access.roles == {Role.HANDLER}:
        mine = mine.filter(handler=access.person)
    week = day + timedelta(days=7)
    tiles = [
        ("已超期", counted(mine.filter(due_on__lt=day)), "bad"),
        ("今日到期", counted(mine.filter(due_on=day)), "warn"),
        ("七日内到期", counted(mine.filter(due_on__range=(day, week))), ""),
        ("在办", counted(mine), ""),
    ]
    coming = mine.filter(due_on__gte=day).order_by("due_on", "pk").select_related("unit", "handler")[:NEXT]
    late = mine.filter(due_on__lt=day).order_by("-due_on", "-pk").select_related("unit", "handler")[:LISTED]
    fresh = mine.filter(opened_on__gte=day - timedelta(days=7)).order_by("-pk").select_related("unit", "handler")
    content = {
        "tiles": tiles, "coming": _due(coming), "late": _due(late),
        "fresh": shown_rows(fresh[:LISTED], labels(), day), "today": in_words(day),
        "waiting": _waiting(mine), "notes": _notes(request),
        "units": _by_unit(request) if access.roles & OVERSEERS else (),
    }  # fmt: skip
    return render(request, "office/work.html", content)


def _due(cases: Any) -> list[dict[str, Any]]:
    """Cases with the clock that ends first, its article, and what is left."""
    clocks = {(item.code, clock.name): clock for item in book().procedures for clock in item.clocks.values()}
    found = []
    for case in cases:
        clock = clocks.get((case.procedure, case.due_clock))
        cite = clock.cites[0].formal() if clock and clock.cites else ""
        label = clock.label if clock else case.due_clock
        found.append({"case": case, "label": label, "cite": cite, "due": due_chip(case.due_on, today())})
    return found


def _waiting(mine: Any) -> list[dict[str, Any]]:
    """Clocks that run for others, or stand still."""
    names = {(item.code, clock.name): clock.label for item in book().procedures for clock in item.clocks.values()}
    newest = mine.order_by("-pk").values("pk")[:2000]
    rows = Clock.objects.filter(Q(last_day=None) | ~Q(party="agency"), case__in=newest)
    return [
        {"case": row.case, "label": names.get((row.procedure, row.name), row.name),
         "why": "中止，不计时" if row.last_day is None else f"等对方，至 {row.last_day.isoformat()}"}
        for row in rows.select_related("case").order_by("-pk")[:LISTED]
    ]  # fmt: skip


def _notes(request: OfficeRequest) -> list[dict[str, Any]]:
    rows = Notification.objects.filter(person=request.access.person, read_at=None).order_by("-pk")[:LISTED]
    return [{"row": row, "at": shown(row.at)} for row in rows]


def _by_unit(request: OfficeRequest) -> list[dict[str, Any]]:
    """Open and overdue cases of each unit below, the most overdue first."""
    day = today()
    rows = (
        request.access.cases().filter(closed_on=None).values("unit_id", "unit__name").order_by()
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)),
                  week=Count("pk", filter=Q(due_on__range=(day, day + timedelta(days=7)))))
    )  # fmt: skip
    found = sorted(rows, key=lambda row: (-row["late"], -row["open"]))[:UNITS]
    most = max((row["late"] for row in found), default=0) or 1
    return [{**row, "share": round(100 * row["late"] / most)} for row in found]


@require_POST
def read(request: OfficeRequest) -> HttpResponse:
    """Mark the person's messages as read."""
    mark_read(request.access.person)
    return redirect("work")


urls: list[URLPattern] = [path("", work, name="work"), path("read/", read, name="read")]

