"""Hearings that are set for a day (听证、开庭): the date fields that the lawbook marks as appointments."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from fadu.store.lawbook import book


def hearing_fields() -> list[tuple[str, str, str]]:
    """(procedure, field, label) of every appointment, in any version."""
    found = {
        (procedure.code, item.name): item.label for procedure in book().procedures
        for item in procedure.fields.values() if item.appointment
    }  # fmt: skip
    return [(code, name, label) for (code, name), label in found.items()]


def hearing_on(first: date, last: date | None = None) -> Q:
    """Open cases with a hearing on the day, or from the first day to the last."""
    days = Q(pk__in=())
    for code, name, _ in hearing_fields():
        since, until = f"fields__{name}__gte", f"fields__{name}__lte"
        days |= Q(procedure=code, **{since: first.isoformat(), until: (last or first).isoformat()})
    return days & Q(closed_on=None)
