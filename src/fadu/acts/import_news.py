"""What a register that is imported again says of a case that is known: new steps and fields are added.

What contradicts the record is not taken: a record is put right on the case's page, by a correction with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fadu.acts.advance import advance
from fadu.acts.errors import ActRefused
from fadu.acts.moves import LABELS, Move, exact
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.acts.stepping import judge_after
from fadu.clock import today
from fadu.exchange.case_drafts import CaseDraft
from fadu.law.cases import Case as LawCase
from fadu.law.cases import Event, FieldValue, standing
from fadu.law.dates import NO_MINUTE, date_of, iso
from fadu.store.lawbook import book
from fadu.store.models import Party

COMPARED = ("outcome", "days", "officers", "amount", "approved_by", "reason")


def add(actor: Actor, found: Loaded, draft: CaseDraft, why: str) -> tuple[str, bool]:
    """Record what is new of the case; words for it, and whether anything was. Raises ``ActRefused``."""
    fresh, against = compare(found, draft)
    if against:
        raise ActRefused(f"与已登记的不同，没有导入：{'；'.join(against)}。登记有误的，请在办件页更正")
    fields = {
        name: value for name, value in draft.fields.items()
        if value is not None and found.case.fields.get(name) is None
    }  # fmt: skip
    if not fresh and not fields:
        return "", False
    for place, event in enumerate(fresh):
        advance(actor, found.case.pk, replace(move_of(event), fields={} if place else fields, excuse=why))
    if not fresh:
        _amend(actor, found.case.pk, fields, why)
    labels = _labels(draft)
    words = [f"“{labels.get(event.step, event.step)}”（{iso(event.day)}）" for event in fresh]
    words += [f"字段“{labels.get(f'.{name}', name)}”" for name in fields]
    return f"补记{'、'.join(words)}", True


def compare(found: Loaded, draft: CaseDraft) -> tuple[list[Event], list[str]]:
    """The events of the draft that the case has not, and what contradicts the record, in words."""
    labels = _labels(draft)
    fresh: list[Event] = []
    against: list[str] = []
    if found.case.unit.code != draft.unit:
        against.append(f"单位已登记为“{found.case.unit.name}”")
    left: dict[str, list[Event]] = {}
    for event in standing(found.law):
        left.setdefault(event.step, []).append(event)
    for event in draft.events:
        same = next((kept for kept in left.get(event.step, ()) if kept.day == event.day), None)
        if same is None:
            fresh.append(event)
        else:
            left[event.step].remove(same)
            against += _differences(labels.get(event.step, event.step), same, event)
    for event in fresh:
        if left.get(event.step):
            days = "、".join(iso(kept.day) for kept in left[event.step])
            against.append(f"“{labels.get(event.step, event.step)}”已登记的日期是 {days}，表里是 {iso(event.day)}")
    against += _of_case(found, draft, labels)
    return fresh, against


def _differences(label: str, kept: Event, event: Event) -> Iterator[str]:
    for name in COMPARED:
        given, known = getattr(event, name), getattr(kept, name)
        if given is not None and given != known:
            before = "没有写" if known is None else f"是“{_shown(known)}”"
            yield f"“{label}”的{LABELS[name]}登记时{before}，表里是“{_shown(given)}”"
    if event.by and event.by != kept.by:
        yield f"“{label}”的办理人登记为“{'、'.join(kept.by) or '没有写'}”，表里是“{'、'.join(event.by)}”"


def _of_case(found: Loaded, draft: CaseDraft, labels: Mapping[str, str]) -> Iterator[str]:
    for name, value in draft.fields.items():
        known = found.case.fields.get(name)
        if value is not None and known is not None and value != known:
            label = labels.get(f".{name}", name)
            yield f"字段“{label}”已登记为“{_shown(known)}”，表里是“{_shown(value)}”"
    if draft.title and draft.title != found.case.title:
        yield "标题与登记的不同"
    parties = set(Party.objects.filter(case=found.case).values_list("role", "name")) if draft.parties else set()
    strange = [f"{party.role}“{party.name}”" for party in draft.parties if (party.role, party.name) not in parties]
    if strange:
        yield f"登记的当事人里没有{'、'.join(strange)}"


def _amend(actor: Actor, case: int, fields: Mapping[str, FieldValue], why: str) -> None:
    """Fields that no step brought."""
    def make(found: Loaded) -> Change:
        merged = {**found.law.fields, **fields}
        after = judge_after(LawCase(found.law.id, found.law.procedure, found.law.events, merged, found.law.unit))
        body = {"fields": {name: exact(value) for name, value in fields.items()}, "excuse": why}
        entry = Entry("amend", today(), body=body)
        return Change(found.case, [entry], after, fields={**found.case.fields, **fields})

    record_on(actor, "amend", case, make)


def move_of(event: Event) -> Move:
    """An event of a register as it is handed in."""
    return Move(
        event.step, date_of(event.day), None if event.minute == NO_MINUTE else event.minute, event.by, event.officers,
        event.days, event.outcome, event.approved_by, event.reason,
        None if event.amount is None else f"{event.amount:.4f}".rstrip("0").rstrip("."),
    )  # fmt: skip


def _labels(draft: CaseDraft) -> dict[str, str]:
    """The names on screen of steps, and of fields under ``.name``."""
    latest = book().versions(draft.procedure)[-1]
    return {name: step.label for name, step in latest.steps.items()} | {
        f".{name}": item.label for name, item in latest.fields.items()
    }


def _shown(value: object) -> str:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else (
        f"{value:g}" if isinstance(value, float) else str(value)
    )  # fmt: skip
