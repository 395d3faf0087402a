"""办理环节: record the next step of a case, or of ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fadu.acts.errors import ActRefused, Conflict, NotPermitted
from fadu.acts.moves import Move
from fadu.acts.recording import Actor, Change, Loaded, Stale, load, row_of, write
from fadu.acts.stepping import (
    check_form,
    doubts_of,
    entry_of,
    judge_after,
    judge_before,
    officers_of,
    permit,
    settle,
    with_record,
)
from fadu.clock import BEIJING, now
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.store.credentials import Roster
from fadu.store.histories import Row
from fadu.store.lawbook import book
from fadu.store.models import Case, Notification, Person

TRIES = 8
"""How often a record that names no state of the case is made anew after others were first."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move on a case. ``seen``: the ``Case.seq`` the person looked at; None: whatever it is by now."""

    case: int
    move: Move
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ``Step``: the case as it now is, or why not."""

    case: Case | None
    refused: ActRefused | None = None


def advance(actor: Actor, case: int, move: Move, seen: int | None = None) -> Case:
    """Record one step. Raises ``NotPermitted``, ``Incomplete``, ``Unlawful``, ``ReasonNeeded`` or ``Conflict``."""
    outcome = advance_all(actor, [Step(case, move, seen)])[0]
    if outcome.case is None:
        raise outcome.refused or ActRefused("没有记录")
    return outcome.case


def advance_all(actor: Actor, steps: Sequence[Step]) -> list[Outcome]:
    """Record many steps, set-wise: the same permission, law and leaves as one by one, and the same result.

    What is refused does not hold up the rest. Steps of one case are taken in the order given.
    """
    outcomes: dict[int, Outcome] = {}
    for _ in range(TRIES):
        open_places = [place for place in range(len(steps)) if place not in outcomes]
        if not open_places:
            break
        try:
            _round(actor, steps, open_places, outcomes)
        except Stale:
            for place in open_places:
                outcomes.pop(place, None)
    return [outcomes.get(place, _BUSY) for place in range(len(steps))]


_BUSY = Outcome(None, ActRefused("该办件正被许多人同时办理，本次没有记录；请稍后再试"))


def _round(actor: Actor, steps: Sequence[Step], places: Sequence[int], outcomes: dict[int, Outcome]) -> None:
    loaded = load(steps[place].case for place in places)
    roster = officers_of(steps[place].move for place in places)
    at = now()
    changes: dict[int, Change] = {}
    for place in places:
        step = steps[place]
        found = loaded.get(step.case)
        try:
            if found is None:
                raise NotPermitted("没有这个办件，或者您不能查看它")
            if step.case not in changes:
                check_seen(found, step)
            change = _prepare(actor, found, step.move, changes.get(step.case), roster)
        except ActRefused as refused:
            outcomes[place] = Outcome(None, refused)
        except FaduError as error:
            outcomes[place] = Outcome(None, ActRefused(str(error)))
        else:
            changes[step.case] = change
            outcomes[place] = Outcome(found.case)
    if changes:
        write(actor, list(changes.values()), at)


def check_seen(found: Loaded, step: Step) -> None:
    """Raises ``Conflict`` where others recorded something after the person looked."""
    if step.seen is None or step.seen == found.case.seq:
        return
    raise Conflict(found.case.number, changes_since(found.case, found.rows, step.seen))


def changes_since(case: Case, rows: Sequence[Row], seen: int) -> list[str]:
    """What was recorded after ``seen``, in words: when, who, what."""
    later = [row for row in rows if row.seq > seen]
    names = dict(Person.objects.filter(pk__in=[row.actor for row in later]).values_list("pk", "name"))
    steps = book().versions(case.procedure)[-1].steps
    return [
        f"{row.at.astimezone(BEIJING):%m月%d日%H:%M} {names.get(row.actor or 0, '系统')}"
        f"记录了“{steps[row.step].label if row.step in steps else row.act}”"
        for row in later
    ]


def _prepare(actor: Actor, found: Loaded, move: Move, earlier: Change | None, roster: Roster) -> Change:
    """The change of one step, added to what earlier steps of the same run have prepared."""
    case, law = found.case, found.law
    permit(actor, "advance", case)
    before = judge_before(law) if earlier is None else earlier.judgement
    check_form(before.plan.procedure if before else book().procedure(case.procedure, day_of(move.on)), move)
    seq = case.seq + (len(earlier.entries) if earlier else 0) + 1
    entry = entry_of(move)
    after = judge_after(with_record(law, row_of(entry, case.pk, seq, actor, now()), move.fields))
    recorded = settle(before, after, move, doubts_of(roster, after, move, case.unit.path))
    if recorded:
        entry = entry_of(move, extra=recorded)
    change = earlier or Change(case, [])
    change.entries.append(entry)
    change.judgement = after
    change.fields = {**(change.fields or case.fields), **move.fields}
    found.law = after.case
    if case.handler_id and case.handler_id != actor.id:
        label = after.plan.procedure.steps[move.step].label
        note = Notification(person_id=case.handler_id, kind="step", words=f"{case.number}：记录了“{label}”")
        change.notes.append(note)
    return change
