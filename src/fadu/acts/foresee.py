"""先看依法结果: what the law would say of a step or of a correction, before anything is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fadu.acts.advance import Step, check_seen
from fadu.acts.correct import target_of
from fadu.acts.errors import ActRefused, NotPermitted
from fadu.acts.law_answer import LawAnswer
from fadu.acts.moves import Move
from fadu.acts.recording import Actor, Entry, Loaded, load, row_of, today_number
from fadu.acts.stepping import (
    answer_to,
    check_form,
    doubts_of,
    entry_of,
    judge_after,
    judge_before,
    officers_of,
    permit,
    with_record,
)
from fadu.clock import now
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.store.credentials import Roster
from fadu.store.lawbook import book


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The case before and after; ``answer``: what the law says to the step (empty for a correction: it is a fact)."""

    before: Judgement
    after: Judgement
    answer: LawAnswer


def foresee(actor: Actor, steps: Sequence[Step]) -> list[Foreseen | ActRefused]:
    """What ``advance_all`` would make of steps of different cases now, or why it would not look at them."""
    loaded = load(step.case for step in steps)
    roster = officers_of(step.move for step in steps)
    return [_foreseen(actor, loaded.get(step.case), step, roster) for step in steps]


def _foreseen(actor: Actor, found: Loaded | None, step: Step, roster: Roster) -> Foreseen | ActRefused:
    move = step.move
    try:
        permitted = _permitted(actor, "advance", found)
        check_seen(permitted, step)
        before = _before(permitted)
        check_form(before.plan.procedure, move)
        row = row_of(entry_of(move), step.case, permitted.case.seq + 1, actor, now())
        after = judge_after(with_record(permitted.law, row, move.fields))
    except ActRefused as refused:
        return refused
    except FaduError as error:
        return ActRefused(str(error))
    doubts = doubts_of(roster, after, move, permitted.case.unit.path)
    return Foreseen(before, after, answer_to(before, after, move, doubts))


def foresee_correction(actor: Actor, case: int, seq: int, move: Move | None) -> Foreseen:
    """What correcting the record ``seq`` would do; ``move`` None: taking it out. Raises as ``correct`` does."""
    found = _permitted(actor, "correct", load([case]).get(case))
    target = target_of(found.rows, seq)
    if move is None:
        entry = Entry("correct", target.on, target.step, target.minute, corrects=seq, void=True)
    else:
        check_form(book().procedure_for(found.law, today_number()), move)
        entry = replace(entry_of(move, "correct"), corrects=seq)
    row = row_of(entry, case, found.case.seq + 1, actor, now())
    after = judge_after(with_record(found.law, row, move.fields if move else {}))
    return Foreseen(_before(found), after, LawAnswer())


def _permitted(actor: Actor, verb: str, found: Loaded | None) -> Loaded:
    if found is None:
        raise NotPermitted("没有这个办件，或者您不能查看它")
    permit(actor, verb, found.case)
    return found


def _before(found: Loaded) -> Judgement:
    before = judge_before(found.law)
    assert before is not None  # noqa: S101 - a case has the step that opened it
    return before
