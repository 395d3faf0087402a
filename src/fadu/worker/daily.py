"""What a new day changes: deemed steps, overruns, and who must be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import F

from fadu.acts.assign import legal_officers
from fadu.acts.reproject import reproject
from fadu.clock import now
from fadu.store.lawbook import book
from fadu.store.models import Clock, Notification, Person, Unit

CHUNK = 2000
AHEAD = (3, 1, 0)
"""Days before the last day on which its handler is reminded."""


def sweep(day: date) -> int:
    """Project anew the open cases with a clock whose last day has passed since they were projected; how many.

    Only the passing of a last day changes a projection (a run becomes late, a step is deemed): what has none is left.
    """
    due = Clock.objects.filter(last_day__lt=day, case__projected_on__lte=F("last_day"))
    total, last = 0, 0
    while True:
        keys = list(
            due.filter(case_id__gt=last).order_by("case_id").values_list("case_id", flat=True).distinct()[:CHUNK]
        )
        if not keys:
            return total
        last = keys[-1]
        total += len(reproject(keys, day))


def remind(day: date) -> int:
    """Tell handlers (or, where there is none at work, the unit's legal officers) of what is due in three days,
    tomorrow, today; and both of what is overdue since yesterday. Each once. How many were told."""
    told = 0
    for days in (*AHEAD, -1):
        wanted = Clock.objects.filter(last_day=day + timedelta(days=days), party="agency", case__closed_on=None)
        query = wanted.select_related("case__handler").order_by("pk")
        told += _tell(query.iterator(chunk_size=CHUNK), days)
    return told


def _tell(clocks: Iterable[Clock], days: int) -> int:
    labels = {(item.code, clock.name): clock.label for item in book().procedures for clock in item.clocks.values()}
    officers: dict[int, list[Person]] = {}
    notes, told = [], 0
    for clock in clocks:
        case = clock.case
        label = labels.get((clock.procedure, clock.name), clock.name)
        people = {case.handler.pk} if case.handler and case.handler.is_active else set()
        if not people or days < 0:
            people |= {found.pk for found in _officers(clock, officers)}
        notes += [
            Notification(
                person_id=person, case=case, kind="overdue" if days < 0 else "due", at=now(),
                words=f"{case.number}“{label}”{_when(days)}（{clock.last_day}）",
                key=f"due:{case.pk}:{clock.name}:{clock.started_on}:{clock.last_day}:{days}:{person}",
            )
            for person in sorted(people)
        ]  # fmt: skip
        if len(notes) >= CHUNK:
            told += _save(notes)
            notes = []
    return told + _save(notes)


def _officers(clock: Clock, known: dict[int, list[Person]]) -> list[Person]:
    if clock.unit_id not in known:
        known[clock.unit_id] = legal_officers(Unit.objects.get(pk=clock.unit_id))
    return known[clock.unit_id]


def _save(notes: list[Notification]) -> int:
    """Those not told before; the key of a reminder is the reminder."""
    known = set(Notification.objects.filter(key__in=[note.key for note in notes]).values_list("key", flat=True))
    fresh = [note for note in notes if note.key not in known]
    Notification.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    return len(fresh)


def _when(days: int) -> str:
    return {3: "还有三天到期", 1: "明天到期", 0: "今天到期", -1: "昨天已到期，尚未办理"}[days]
