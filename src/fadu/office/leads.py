"""未诉先办: leads from the hotline cases a person may see, each with the cases behind it and a task it proposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import QuerySet
from django.db.models.fields.json import KT

from fadu.ahead import Cluster, Complaints, Reach, Repeat, Rise, clusters, reaches, repeats, rises
from fadu.ahead.complaints import codes
from fadu.law.dates import date_of, day_of
from fadu.store.access import Access
from fadu.store.lawbook import book
from fadu.store.models import Case, Link, Party

HOTLINE, TASK = "hotline", "proactive_task"
WEEKS = 26
"""Weeks that are read."""
CALLED_AGAIN = 90
MOST = 20
"""Leads of a kind that are shown, the strongest first."""
SHOWN = 40
"""Cases of a lead that are listed, and named in its task; the newest first."""
ENFORCEMENT = (
    "inspection", "penalty", "penalty_summary", "public_security_case", "seizure", "freezing", "compulsory_execution",
    "no_penalty", "remote_enforcement", "criminal_transfer",
)  # fmt: skip
CALENDAR = "CN"
MANY = 2000
"""Cases that a statement names one by one."""


@dataclass(frozen=True, slots=True)
class Lead:
    """``kind``: as the task's field 线索来源 has it. ``measure``: expected and seen, in words."""

    kind: str
    topic: str
    place: str
    first: date
    last: date
    measure: str
    case_ids: tuple[int, ...]
    point: tuple[float, float] | None = None
    cases: list[Case] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.place}{self.topic}" if self.place else self.topic

    @property
    def more(self) -> int:
        """How many of its cases are not listed."""
        return len(self.case_ids) - len(self.cases)

    @property
    def simulated(self) -> bool:
        return any(case.simulated for case in self.cases)

    @property
    def task(self) -> str:
        """The query string that fills in the form of a new task."""
        numbers = "、".join(case.number for case in self.cases)
        given = {
            "origin": self.cases[0].number if self.cases else "",
            "title": f"{self.title}：{self.kind}", "f-trigger": self.kind, "f-topic": self.topic,
            "f-village": self.place, "f-orders": numbers + (f"等{len(self.case_ids)}件" if self.more else ""),
            "f-problem": f"{self.first.isoformat()} 至 {self.last.isoformat()}，{self.title}：{self.measure}",
        }  # fmt: skip
        if self.point:
            given |= {"f-east": f"{self.point[0]:.0f}", "f-north": f"{self.point[1]:.0f}"}
        return "?" + urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Leads:
    """What was looked at, and the leads by kind. ``weeks``: whole weeks of history."""

    as_of: date
    total: int
    weeks: int
    groups: list[tuple[str, list[Lead], int]]
    """Kind, the leads shown, how many there are."""


def leads_of(access: Access, today: date) -> Leads:
    """Leads from the whole days before ``today``. Only what the person may see is counted."""
    last = today - timedelta(days=1)
    complaints = complaints_of(access, last)
    as_of = day_of(last)
    oldest = int(complaints.day.min(initial=as_of))
    working = np.array([_working(day) for day in range(as_of, oldest - 7, -1)])
    week = (last - timedelta(days=6), last)
    found: list[tuple[str, list[Lead]]] = [
        ("诉求上升", [_rise(rise, week) for rise in rises(complaints, as_of, working)]),
        ("点位聚集", [_cluster(cluster) for cluster in clusters(complaints, as_of)]),
        ("重复来电", [_repeat(repeat) for repeat in repeats(complaints, as_of, within=CALLED_AGAIN)]),
        ("进入执法", [_reach(reach, (date_of(oldest), last)) for reach in reaches(complaints)]),
    ]
    shown = [(kind, leads[:MOST], len(leads)) for kind, leads in found]
    _list_cases(access, [lead for _, leads, _ in shown for lead in leads])
    return Leads(last, len(complaints), (as_of + 1 - oldest) // 7, shown)


def complaints_of(access: Access, last: date) -> Complaints:
    """The hotline cases of the weeks up to ``last`` that the person may see, as columns."""
    found = access.cases().filter(
        procedure=HOTLINE, opened_on__gt=last - timedelta(days=7 * WEEKS), opened_on__lte=last
    ).order_by()  # fmt: skip
    said = [KT(f"fields__{name}") for name in ("village", "topic", "east", "north")]
    rows = list(found.values_list("pk", "opened_on", "unit__name", *said))
    places, place_names = codes([village or unit for _, _, unit, village, *_ in rows])
    topics, topic_names = codes([row[4] for row in rows])
    callers = _callers(found.filter(opened_on__gt=last - timedelta(days=CALLED_AGAIN)))
    reached = _reached(access, last - timedelta(days=7 * WEEKS))
    keys = [row[0] for row in rows]
    return Complaints(
        np.array(keys, dtype=np.int64), np.array([day_of(row[1]) for row in rows], dtype=np.int64), places, topics,
        codes([callers.get(key) for key in keys])[0],
        np.array([(_metres(east), _metres(north)) for *_, east, north in rows], dtype=float).reshape(len(rows), 2),
        np.array([key in reached for key in keys], dtype=bool), _names(place_names), _names(topic_names),
    )  # fmt: skip


def _callers(found: QuerySet[Case]) -> dict[int, str]:
    """By case, what tells its caller from others: the digest of a telephone number, never the number."""
    known = Party.objects.filter(case__in=found.values("pk")).exclude(phone_digest="").order_by("-place")
    return dict(known.values_list("case_id", "phone_digest"))


def _reached(access: Access, after: date) -> set[int]:
    """The hotline cases opened later that a case of enforcement which the person may see says it comes of.

    The links are read first and then their cases by id: asked for both sides in one, SQLite walks all of enforcement
    once a complaint.
    """
    links = Link.objects.filter(
        kind=Link.Kind.ORIGIN, case__procedure__in=ENFORCEMENT, other__procedure=HOTLINE, other__opened_on__gt=after
    )
    pairs = list(links.order_by().values_list("case_id", "other_id"))
    keys = sorted({key for key, _ in pairs})
    seen: set[int] = set()
    for start in range(0, len(keys), MANY):
        seen.update(access.cases().filter(pk__in=keys[start : start + MANY]).order_by().values_list("pk", flat=True))
    return {other for key, other in pairs if key in seen}


def _metres(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _names(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(name) for name in names)


def _working(day: int) -> bool:
    return book().calendars[CALENDAR].is_working(day)


def _rise(rise: Rise, week: tuple[date, date]) -> Lead:
    measure = f"七日预期 {rise.expected:.1f} 件，实有 {rise.observed} 件"
    return Lead("诉求上升", rise.topic, rise.place, *week, measure, rise.cases)


def _cluster(cluster: Cluster) -> Lead:
    measure = f"半径 {cluster.radius:.0f} 米内，同样长短的时间平常 {cluster.usual:.1f} 件，实有 {len(cluster.cases)} 件"
    days = date_of(cluster.first), date_of(cluster.last)
    return Lead("点位聚集", cluster.topic, "、".join(cluster.places), *days, measure, cluster.cases, cluster.centre)


def _repeat(repeat: Repeat) -> Lead:
    measure = f"同一来电人 {CALLED_AGAIN} 日内 {len(repeat.cases)} 件"
    days = date_of(repeat.first), date_of(repeat.last)
    return Lead("重复来电", repeat.topic, "、".join(repeat.places), *days, measure, repeat.cases)


def _reach(reach: Reach, days: tuple[date, date]) -> Lead:
    measure = f"{reach.total} 件中 {len(reach.cases)} 件引出执法办件（{reach.share:.1%}）"
    return Lead("进入执法", reach.topic, "", *days, measure, reach.cases)


def _list_cases(access: Access, leads: Sequence[Lead]) -> None:
    """Fill in the newest cases of each lead."""
    wanted = {key for lead in leads for key in sorted(lead.case_ids)[-SHOWN:]}
    rows = access.cases().filter(pk__in=wanted).only("number", "title", "opened_on", "simulated").in_bulk()
    for lead in leads:
        mine = [rows[key] for key in sorted(lead.case_ids)[-SHOWN:] if key in rows]
        lead.cases[:] = sorted(mine, key=lambda case: (case.opened_on or date.min, case.pk), reverse=True)
