"""Projecting cases anew without a new event: where a day has passed, or a notice has moved the days of rest.

The one place that does it. A case that someone records something of meanwhile is left: that act has projected it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from fadu.book import Book
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.store.histories import PROJECTED, Projection, judged, law_case, project, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Clock


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock whose last day is another than it was."""

    name: str
    old: date
    new: date


@dataclass(frozen=True, slots=True)
class Anew:
    """A case, what its row should say, and the clocks that moved."""

    case: Case
    shown: Projection
    moved: tuple[Moved, ...]


def project_anew(keys: Sequence[int], day: date, found: Book | None = None) -> list[Anew]:
    """The cases as of ``day``, under the district's book or another; nothing is written.

    A case that the lawbook no longer reads is left out: ``fadu rebuild --check`` says so.
    """
    law, rows, number, projected = found or book(), rows_of(keys), day_of(day), []
    for case in Case.objects.filter(pk__in=keys).prefetch_related("clocks"):
        try:
            shown = project(judged(law, law_case(case.number, case.procedure, rows.get(case.pk, [])), number))
        except FaduError:
            continue
        projected.append(Anew(case, shown, _moved(case, shown)))
    return projected


def reproject(keys: Sequence[int], day: date) -> list[Anew]:
    """Project the cases anew as of ``day`` and keep it; what was written."""
    found = project_anew(keys, day)
    with transaction.atomic():
        query = Case.objects.select_for_update().filter(pk__in=[anew.case.pk for anew in found])
        seqs = dict(query.order_by("pk").values_list("pk", "seq"))
        kept = [anew for anew in found if seqs.get(anew.case.pk) == anew.case.seq]
        cases, clocks = [anew.case for anew in kept], []
        for anew in kept:
            anew.shown.onto(anew.case)
            anew.case.projected_on = day
            clocks += anew.shown.clocks_of(anew.case)
        Clock.objects.filter(case__in=cases).delete()
        Case.objects.bulk_update(cases, (*PROJECTED, "projected_on"), batch_size=200)
        Clock.objects.bulk_create(clocks, batch_size=500)
    return kept


def _moved(case: Case, shown: Projection) -> tuple[Moved, ...]:
    before = {(clock.name, clock.started_on): clock.last_day for clock in case.clocks.all()}
    found = []
    for row in shown.clocks:
        old = before.get((row.name, row.started_on))
        if old is not None and row.last_day is not None and old != row.last_day:
            found.append(Moved(row.name, old, row.last_day))
    return tuple(found)
