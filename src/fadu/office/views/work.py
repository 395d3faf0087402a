"""我的工作: what is due, what breaks next, what is new; every number opens to exactly the cases it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.list_columns import ALL, clock_label, step_label
from fadu.acts.mark_read import mark_read
from fadu.clock import today
from fadu.law.dates import day_of
from fadu.law.procedures import Clock as LawClock
from fadu.office.articles import cited_on
from fadu.office.asked import number
from fadu.office.case_lists import Asked, asked_for, capped, due_within, known, page_of
from fadu.office.clock_bars import due_chip
from fadu.office.context import OfficeRequest, say
from fadu.office.moments import in_words, shown
from fadu.store.access import READS, Access
from fadu.store.lawbook import book
from fadu.store.models import Assignment, Case, Clock, Notification, Role, Unit

NEXT, LISTED, UNITS = 12, 10, 80
COUNTS = ("open", "week", "late", "today", "unassigned")
BY_UNIT = (("在办", ""), ("本周到期", "week"), ("已超期", "overdue"))
LATE = SafeString(' class="bad-text"')
OVERSEERS = frozenset({Role.ADMINISTRATOR, Role.LEADER, Role.LEGAL_OFFICER})


@dataclass(frozen=True, slots=True)
class Tile:
    """A number and the list that it opens."""

    label: str
    asked: Asked
    tone: str
    value: str

    @property
    def href(self) -> str:
        return listed(self.asked)


def listed(asked: Asked) -> str:
    """The address of the list over all registers."""
    return reverse("register", args=[ALL]) + asked.address()


@require_GET
def work(request: OfficeRequest) -> HttpResponse:
    """The page a day begins with."""
    access, day = request.access, today()
    who = "mine" if access.roles & READS == {Role.HANDLER} else ""
    late = Asked(status="open", due="overdue", who=who, order="due")
    coming = Asked(status="open", who=who, order="due")
    fresh, new = Asked(who="fresh", order="changed"), Asked(status="new", who=who)
    waiting = Asked(status="waiting", who=who)
    open_ = _open_counts(access, who, day)
    given, many_given = _first(access, fresh, day)
    still, many_still = _first(access, waiting, day)
    tiles = _tiles(access, who, _sums(open_) | {"fresh": many_given, "waiting": many_still})
    content = {
        "today": in_words(day), "tiles": tiles, "late": late, "late_href": listed(late),
        "coming": _clocks(_first(access, coming, day, since=day)[0], day), "coming_href": listed(coming),
        "late_rows": _clocks(_first(access, late, day)[0], day),
        "fresh": _assigned(access, given), "fresh_href": listed(fresh),
        "new": [(case, step_label(case.procedure, case.state)) for case in _first(access, new, day)[0]],
        "new_href": listed(new),
        "waiting": _waiting(still), "waiting_href": listed(waiting), "notes": _notes(request),
        "units": _by_unit(access, open_) if access.roles & OVERSEERS else (),
    }  # fmt: skip
    return render(request, "office/work.html", content)


def _tiles(access: Access, who: str, many: Mapping[str, int]) -> list[Tile]:
    """The numbers on top, each of a list."""
    def tile(label: str, tone: str, asked: Asked, name: str) -> Tile:
        return Tile(label, asked, tone, capped(many[name]))

    tiles = [
        tile("已超期", "bad", Asked(status="open", due="overdue", who=who, order="due"), "late"),
        tile("今日到期", "warn", Asked(status="open", due="today", who=who, order="due"), "today"),
        tile("本周到期", "", Asked(status="open", due="week", who=who, order="due"), "week"),
        tile("新分派给我", "", Asked(who="fresh", order="changed"), "fresh"),
        tile("等待别人", "", Asked(status="waiting", who=who), "waiting"),
        tile("在办", "", Asked(status="open", who=who, order="due"), "open"),
    ]
    if access.may("assign"):
        tiles.insert(4, tile("未分派", "warn", Asked(status="open", who="none", order="due"), "unassigned"))
    return tiles


def _sums(open_: Sequence[OpenCount]) -> dict[str, int]:
    """The counts of all units together."""
    return {name: sum(row.counts[place] for row in open_) for place, name in enumerate(COUNTS)}


@dataclass(frozen=True, slots=True)
class OpenCount:
    """Open cases of a unit: how many, by ``COUNTS``."""

    unit: int
    counts: tuple[int, ...]


def _open_counts(access: Access, who: str, day: date) -> list[OpenCount]:
    """The open cases by unit, in one pass over them."""
    found = asked_for(access, "", Asked(status="open", who=who), day).order_by().values_list("unit")
    rows = found.annotate(
        open=Count("pk"), week=Count("pk", filter=due_within("week", day)),
        late=Count("pk", filter=due_within("overdue", day)), today=Count("pk", filter=due_within("today", day)),
        unassigned=Count("pk", filter=Q(handler=None)),
    )  # fmt: skip
    return [OpenCount(unit, tuple(counts)) for unit, *counts in rows]


def _first(access: Access, asked: Asked, day: date, since: date | None = None) -> tuple[list[Case], int]:
    """The first few of a list, and how many it has (as ``known``); ``since``: of what ends on the day or later."""
    found = asked_for(access, "", asked, day)
    if since is not None:
        found = found.filter(due_on__gte=since)
    found, many = known(found)
    return page_of(found, asked, LISTED if since is None else NEXT)[0], many


def _clocks(cases: Sequence[Case], day: date) -> list[dict[str, Any]]:
    """Cases with the clock that ends first, its article, what is left, and their clocks that stand still."""
    still = defaultdict(list)
    for clock in Clock.objects.filter(case__in=[case.pk for case in cases], last_day=None):
        still[clock.case_id].append(clock_label(clock.procedure, clock.name))
    known = _law_clocks(cases)
    return [{
        "case": case, "label": clock_label(case.procedure, case.due_clock), "due": due_chip(case.due_on, day),
        "cites": cited_on(known[case.pk].cites[:1], day_of(day)) if case.pk in known else (),
        "still": still.get(case.pk, ()),
    } for case in cases]  # fmt: skip


def _law_clocks(cases: Sequence[Case]) -> dict[int, LawClock]:
    """The clock that ends first of each case, of the version that binds it."""
    versions = {(item.code, item.effective_day): item for item in book().procedures}
    found = {}
    for case in cases:
        if case.version is None:
            continue
        procedure = versions.get((case.procedure, day_of(case.version)))
        clock = procedure.clocks.get(case.due_clock) if procedure else None
        if clock is not None:
            found[case.pk] = clock
    return found


def _assigned(access: Access, cases: Sequence[Case]) -> list[tuple[Case, str, str]]:
    """Cases given to the person lately: as what, and when."""
    rows = Assignment.objects.filter(person=access.person, case__in=[case.pk for case in cases]).order_by("since")
    given = {row.case_id: row for row in rows}
    return [
        (case, given[case.pk].get_kind_display(), shown(given[case.pk].since)) for case in cases if case.pk in given
    ]


def _waiting(cases: Sequence[Case]) -> list[tuple[Case, str]]:
    """What each case waits for."""
    rows = Clock.objects.filter(case__in=[case.pk for case in cases]).order_by("last_day")
    words = defaultdict(list)
    for row in rows:
        label = clock_label(row.procedure, row.name)
        words[row.case_id].append(f"{label}：" + (
            "中止，不计时" if row.last_day is None else f"等对方，至 {row.last_day.isoformat()}"
        ))  # fmt: skip
    return [(case, "；".join(words[case.pk])) for case in cases]


def _notes(request: OfficeRequest) -> list[dict[str, Any]]:
    rows = Notification.objects.filter(person=request.access.person, read_at=None).order_by("-pk")[:LISTED]
    return [{"row": row, "at": shown(row.at)} for row in rows]


def _by_unit(access: Access, open_: Sequence[OpenCount]) -> list[dict[str, Any]]:
    """Open, near and overdue cases of the units next below, each with all under it; the most overdue first."""
    tops = list(Unit.objects.filter(path__in=access.paths()).values_list("pk", flat=True))
    units = list(Unit.objects.filter(parent__in=tops, active=True).order_by("path")[:UNITS])
    paths = dict(Unit.objects.filter(pk__in=[row.unit for row in open_]).values_list("pk", "path"))
    sums: dict[str, list[int]] = {unit.path: [0] * len(COUNTS) for unit in units}
    for row in open_:
        for unit in units:
            if paths[row.unit].startswith(unit.path):
                sums[unit.path] = [old + new for old, new in zip(sums[unit.path], row.counts, strict=True)]
    late = COUNTS.index("late")
    units.sort(key=lambda unit: (-sums[unit.path][late], -sums[unit.path][0]))
    most = max((counts[late] for counts in sums.values()), default=0) or 1
    shown_ = [(label, due, listed(Asked(status="open", due=due, order="due"))) for label, due in BY_UNIT]
    return [{
        "name": unit.name, "share": round(100 * sums[unit.path][late] / most),
        "counts": format_html_join("", '<td data-label="{}" class="num"><a href="{}"{}>{}</a></td>', (
            (label, f"{href}&unit={unit.pk}", LATE if due == "overdue" and many else "", capped(many))
            for (label, due, href), many in zip(shown_, sums[unit.path], strict=False)
        )),
    } for unit in units]  # fmt: skip


@require_POST
def read(request: OfficeRequest) -> HttpResponse:
    """Mark one of the person's messages as read (``notice``), or all."""
    chosen = number(request.POST.get("notice"))
    many = mark_read(request.access.person, None if chosen is None else [chosen])
    if chosen is None:
        say(request, f"已把 {many} 条消息标为已读")
    return redirect("work")


urls: list[URLPattern] = [path("", work, name="work"), path("read/", read, name="read")]
