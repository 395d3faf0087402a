"""补录、导入: cases whose steps have already happened, many at once.

What happened is recorded as it was, under permission and form like any other act; the law is asked once a case, at the
end, and what it finds stands on the case. A fact is never refused for being a breach, only for being unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fadu.acts.errors import ActRefused, Incomplete
from fadu.acts.link import Origins, origin_of
from fadu.acts.moves import Move, NewCase, check_move, check_new
from fadu.acts.recording import Actor, Change, Entry, row_of, write
from fadu.acts.register import case_of, complete_opening, follow
from fadu.acts.stepping import judge_after, permit
from fadu.clock import now, today
from fadu.law.cases import Case as LawCase
from fadu.law.cases import Event, FieldValue
from fadu.law.errors import FaduError
from fadu.store.histories import law_event
from fadu.store.lawbook import book
from fadu.store.models import Case, Person, Unit


@dataclass(frozen=True, slots=True)
class Facts:
    """A case and the steps it has gone through. ``why``: where the facts come from; kept with each record.

    ``moments``: when each step was recorded — of simulated cases only, which are played into the past.
    """

    new: NewCase
    then: Sequence[Move] = ()
    why: str = ""
    moments: Sequence[datetime] = field(default=())


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of one ``Facts``."""

    case: Case | None
    refused: ActRefused | None = None


def open_with_facts(actor: Actor, given: Sequence[Facts]) -> list[Opened]:
    """Record the cases set-wise, in one transaction; the unreadable ones are returned with the reason."""
    units = Unit.objects.in_bulk({facts.new.unit for facts in given})
    people = Person.objects.in_bulk({facts.new.handler for facts in given if facts.new.handler})
    origins = Origins(actor, (facts.new.origin for facts in given))
    allowed: dict[str, ActRefused | None] = {}
    found: list[Opened] = []
    changes: list[Change] = []
    moment = now()
    for facts in given:
        try:
            unit = units.get(facts.new.unit)
            if unit is None:
                raise Incomplete({"unit": "没有这个单位，请核对单位名称"})
            _permitted(actor, unit, allowed)
            change = _change(actor, facts, unit, people, moment)
            if facts.new.origin:
                record, row = origin_of(
                    origins.named(facts.new.origin), facts.moments[-1] if facts.moments else None
                )
                change.entries.append(record)
                change.links.append(row)
        except FaduError as error:
            found.append(Opened(None, error if isinstance(error, ActRefused) else ActRefused(str(error))))
        else:
            changes.append(change)
            found.append(Opened(change.case))
    if changes:
        write(actor, changes, moment)
    return found


def _permitted(actor: Actor, unit: Unit, allowed: dict[str, ActRefused | None]) -> None:
    """``permit``, asked once a unit."""
    if unit.path not in allowed:
        try:
            permit(actor, "register", path=unit.path)
            allowed[unit.path] = None
        except ActRefused as refused:
            allowed[unit.path] = refused
    refusal = allowed[unit.path]
    if refusal is not None:
        raise refusal


def _change(actor: Actor, facts: Facts, unit: Unit, people: Mapping[int, Person], moment: datetime) -> Change:
    new = facts.new
    check_new(new)
    if facts.moments and not new.simulated:
        raise ActRefused("只有模拟数据可以写明记录时间；真实办件的记录时间是登记的时刻")
    case = case_of(new, unit, people.get(new.handler or 0))
    entries: list[Entry] = []
    events: list[Event] = []
    fields: dict[str, FieldValue] = {}
    why = {"excuse": facts.why} if facts.why else {}
    for place, move in enumerate((new.opening, *facts.then)):
        at = facts.moments[place] if facts.moments else None
        act, body = "advance" if place else "register", {**move.body(), **why}
        entry = Entry(act, move.on, move.step, move.minute, body, at=at)
        entries.append(entry if place else complete_opening(entry, new, unit, case.handler))
        events.append(law_event(row_of(entry, 0, place + 1, actor, at or moment)))
        fields |= move.fields
    law = LawCase(new.number or "新办件", new.procedure, events, fields)
    procedure = book().procedure_for(law)  # a later step may have turned it, and brought the version's fields
    for move in (new.opening, *facts.then):
        if faults := check_move(move, procedure, today(), happened=True):
            raise Incomplete(faults)
    return follow(new, Change(case, entries, judge_after(law), fields=fields), case.handler)
