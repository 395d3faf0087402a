"""入企检查次数: how often inspectors came to one enterprise, and how soon again; of the cases a person may see.

A visit is an inspection task, on the day it was first carried out on the spot; a recheck is not one. Joint inspections
(联合检查) of one enterprise on one day are one visit, as 北京市优化营商环境条例70 asks from 2024-11-29 on; before
that it is this page's own measure, as the text of that time is not held. How soon is too soon is the district's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from fadu.office.enforcement import Period
from fadu.store.access import Access
from fadu.store.identity import digest
from fadu.store.models import Case, Party
from fadu.store.sealing import mask
from fadu.store.standing import standing_events

INSPECTION, VISIT = "inspection", "inspect"
SOON = 30
"""Days within which a further visit is told."""
LONG_AGO = date(1949, 1, 1)
JOINT, REMOTE = "联合检查", "非现场检查"


@dataclass(slots=True)
class Visit:
    """One visit: its day, and its cases; more than one where it was joint."""

    on: date
    joint: bool
    cases: list[int]
    units: set[int]


@dataclass(frozen=True, slots=True)
class Pair:
    """A visit to the enterprise called ``name``, and the next, ``days`` later."""

    name: str
    before: Visit
    after: Visit

    @property
    def days(self) -> int:
        return (self.after.on - self.before.on).days


@dataclass(slots=True)
class Enterprise:
    """An enterprise known by the digest of its number (``key``), with the visits of the period and what came soon."""

    key: str
    name: str
    visits: list[Visit] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    @property
    def units(self) -> int:
        """How many units came."""
        return len(set[int]().union(*(visit.units for visit in self.visits)))


@dataclass(frozen=True, slots=True)
class Visits:
    """The enterprises, those visited again soon first. ``unknown``: visits to nobody knows whom."""

    enterprises: list[Enterprise]
    unknown: list[Visit]

    @property
    def total(self) -> int:
        return sum(len(one.visits) for one in self.enterprises)

    @property
    def pairs(self) -> list[Pair]:
        """All of them, the latest first."""
        found = (pair for one in self.enterprises for pair in one.pairs)
        return sorted(found, key=lambda pair: pair.after.on, reverse=True)


def visits_of(access: Access, period: Period) -> Visits:
    """The visits within the period; a pair counts by its later visit, whenever the earlier was."""
    cases = period.within(access.cases()).filter(procedure=INSPECTION)
    known = _subjects(cases)
    rows = cases.values_list("pk", KT("fields__mode"))
    modes = {key: str(mode) for key, mode in rows.order_by()}
    found: dict[str, Enterprise] = {}
    seen: set[int] = set()
    unknown: list[Visit] = []
    for event in standing_events(cases, {(INSPECTION, VISIT)}, (LONG_AGO, period.last)):
        if event.case in seen or modes.get(event.case) == REMOTE:
            continue
        seen.add(event.case)
        visit = Visit(event.on, modes.get(event.case) == JOINT, [event.case], {event.unit})
        key, name = known.get(event.case, ("", ""))
        if key:
            found.setdefault(key, Enterprise(key, name)).visits.append(visit)
        elif event.on >= period.first:
            unknown.append(visit)
    for one in found.values():
        _within(one, period.first)
    enterprises = [one for one in found.values() if one.visits]
    return Visits(sorted(enterprises, key=lambda one: (-len(one.pairs), -len(one.visits), one.name)), unknown)


def _subjects(cases: QuerySet[Case]) -> dict[int, tuple[str, str]]:
    """Case → whom it went to: the digest of the enterprise's number, and what it is called on screen."""
    found: dict[int, tuple[str, str]] = {}
    for case, code in cases.order_by().values_list("pk", KT("fields__credit_code")):
        key = digest(code or "", "id_number")
        if key:
            found[case] = (key, mask(code, "id_number"))
    parties = Party.objects.filter(case__in=cases.order_by().values("pk")).order_by("case_id", "place")
    for case, name, kind, number, phone in parties.values_list(
        "case_id", "name", "kind", "id_number_digest", "phone_digest"
    ):
        key = number or phone
        if key and (case not in found or found[case][0] == key):
            found[case] = (key, name if kind == Party.Kind.LEGAL else f"{name[:1]}**")
    return found


def _within(one: Enterprise, first: date) -> None:
    """Unite what was one visit, pair it with the next, and keep what lies in the period."""
    visits: list[Visit] = []
    for visit in sorted(one.visits, key=lambda visit: (visit.on, not visit.joint, visit.cases)):
        last = visits[-1] if visits else None
        if last and last.on == visit.on and last.joint and visit.joint:
            last.cases += visit.cases
            last.units |= visit.units
        else:
            visits.append(visit)
    one.pairs = [pair for before, after in pairwise(visits)
                 if after.on >= first and (pair := Pair(one.name, before, after)).days <= SOON]  # fmt: skip
    one.visits = [visit for visit in visits if visit.on >= first]


def cases_of(access: Access, visits: Iterable[Visit]) -> dict[int, Case]:
    """The cases of the visits by id, with their units."""
    keys: Sequence[int] = sorted({key for visit in visits for key in visit.cases})
    return access.cases().select_related("unit").in_bulk(keys)
