"""登记办件: open a case with its first step, its parties and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fadu.acts.errors import ActRefused, Incomplete, Unlawful
from fadu.acts.link import Origins, origin_of
from fadu.acts.moves import Move, NewCase, PartyGiven, check_new
from fadu.acts.recording import Actor, Change, Entry, row_of, write
from fadu.acts.stepping import (
    check_form,
    doubts_of,
    entry_of,
    judge_after,
    officers_of,
    permit,
    settle,
    with_record,
)
from fadu.clock import now
from fadu.law.cases import Case as LawCase
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.store.lawbook import book
from fadu.store.models import Assignment, Case, Notification, Party, Person, Unit


def register(actor: Actor, new: NewCase, then: Sequence[Move] = ()) -> Case:
    """Open a case. ``then``: further steps that have already happened. Raises as ``advance`` does."""
    return register_all(actor, [(new, then)])[0]


def register_all(actor: Actor, given: Sequence[tuple[NewCase, Sequence[Move]]]) -> list[Case]:
    """Open many cases set-wise, all or none. Raises the first refusal."""
    units = Unit.objects.in_bulk([new.unit for new, _ in given])
    people = Person.objects.in_bulk([new.handler for new, _ in given if new.handler])
    changes = []
    for new, then in given:
        if new.unit not in units:
            raise Incomplete({"unit": "没有这个单位，请重新选择"})
        permit(actor, "register", path=units[new.unit].path)
        changes.append(opening_of(actor, new, then, units[new.unit], people.get(new.handler or 0)))
    write(actor, changes)
    return [change.case for change in changes]


def opening_of(actor: Actor, new: NewCase, then: Sequence[Move], unit: Unit, handler: Person | None) -> Change:
    """The change that opens a case, the law's answer to each of its steps included."""
    check_new(new)
    try:
        procedure = book().procedure(new.procedure, day_of(new.opening.on))
    except FaduError as error:
        raise ActRefused(str(error)) from error
    case = case_of(new, unit, handler)
    law = LawCase(new.number or "新办件", new.procedure, [], {})
    before: Judgement | None = None
    entries: list[Entry] = []
    at, roster = now(), officers_of((new.opening, *then))
    for move in (new.opening, *then):
        procedure = before.plan.procedure if before else procedure
        check_form(procedure, move)
        if before is None and not procedure.steps[move.step].opens:
            opening = "、".join(procedure.steps[name].label for name in procedure.openings)
            raise Unlawful(f"“{procedure.steps[move.step].label}”不能作为第一个环节；应先有：{opening}")
        entry = entry_of(move, "advance" if entries else "register")
        after = judge_after(with_record(law, row_of(entry, 0, len(entries) + 1, actor, at), move.fields))
        recorded = settle(before, after, move, doubts_of(roster, after, move, unit.path))
        if recorded:
            entry = replace(entry, body={**entry.body, **recorded})
        entries.append(entry if entries else complete_opening(entry, new, unit, handler))
        case.fields = {**case.fields, **move.fields}
        law, before = after.case, after
    change = follow(new, Change(case, entries, before, fields=case.fields), handler)
    if new.origin:
        record, row = origin_of(Origins(actor, [new.origin]).named(new.origin))
        change.entries.append(record)
        change.links.append(row)
    if handler is not None and handler.pk != actor.id:
        words = f"新分派给您：{new.title or '办件'}"
        change.notes.append(Notification(person=handler, kind="assigned", words=words))
    return change


def case_of(new: NewCase, unit: Unit, handler: Person | None) -> Case:
    """The row of a case that is about to be opened."""
    return Case(
        number=new.number, procedure=new.procedure, unit=unit, title=new.title, handler=handler,
        secrecy=new.secrecy, simulated=new.simulated, opened_on=new.opening.on, fields={},
    )  # fmt: skip


def complete_opening(entry: Entry, new: NewCase, unit: Unit, handler: Person | None) -> Entry:
    """The opening entry with all that the case's row is projected from."""
    body = {**entry.body, "unit": unit.code, "procedure": new.procedure}
    body |= {"secrecy": new.secrecy} if new.secrecy else {}
    body |= {"simulated": True} if new.simulated else {}
    body |= {"handler": handler.login} if handler else {}
    personal: dict[str, Any] = {}
    if new.title:
        personal["title"] = new.title
    if new.summary:
        personal["summary"] = new.summary
    if new.parties:
        personal["parties"] = [party_value(party) for party in new.parties]
    return replace(entry, body=body, personal=personal)


def follow(new: NewCase, change: Change, handler: Person | None) -> Change:
    """The rows a new case brings along: parties, words to search, who leads it."""
    change.parties = [Party.of(place, party_value(party)) for place, party in enumerate(new.parties)]
    change.words = " ".join((new.title, new.summary, *(party.name for party in new.parties)))
    if handler is not None:
        change.assignments.append(Assignment(person=handler, kind=Assignment.Kind.LEAD))
    return change


def party_value(party: PartyGiven) -> dict[str, str]:
    """A party as it is committed to."""
    given = {name: getattr(party, name) for name in ("role", "name", "kind", *Party.NUMBERS)}
    return {name: value for name, value in given.items() if value}
