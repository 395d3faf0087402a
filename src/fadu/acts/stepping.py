"""Preparing a step: permission, the form, the law's answer. Shared by the acts that move a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fadu.acts.errors import Incomplete, NotPermitted, ReasonNeeded, Unlawful
from fadu.acts.law_answer import LawAnswer, ask
from fadu.acts.moves import Move, check_move
from fadu.acts.recording import Actor, Entry, today_number
from fadu.clock import today
from fadu.law.cases import Case as LawCase
from fadu.law.cases import FieldValue
from fadu.law.errors import FaduError
from fadu.law.explain import Note
from fadu.law.judge import Judgement
from fadu.law.procedures import Procedure
from fadu.store.access import VERBS
from fadu.store.credentials import Roster, lacking_of
from fadu.store.histories import Row, judged, law_event
from fadu.store.lawbook import book
from fadu.store.models import Case


def permit(actor: Actor, verb: str, case: Case | None = None, path: str = "") -> None:
    """Raises ``NotPermitted`` with the reason. The system itself may; an unknown verb may not."""
    if actor.access is None:
        return
    answer = actor.access.may(verb, case, path)
    if not answer:
        raise NotPermitted(f"没有权限{VERBS[verb][0]}：{answer.why}")


def judge_before(found: LawCase) -> Judgement | None:
    """The case as it stands today, before anything is added; None where it has no step yet."""
    return judged(book(), found, today_number()) if found.events else None


def judge_after(found: LawCase) -> Judgement:
    """The case with what is to be recorded. Raises ``Unlawful`` where the procedure cannot read it."""
    as_of = max(today_number(), max((event.day for event in found.events), default=0))
    try:
        return judged(book(), found, as_of)
    except FaduError as error:
        raise Unlawful(str(error)) from error


def with_record(found: LawCase, row: Row, fields: Mapping[str, FieldValue]) -> LawCase:
    """The case as the law reads it with one more record, which sets ``fields``."""
    return LawCase(
        found.id, found.procedure, [*found.events, law_event(row)], {**found.fields, **fields}, found.unit
    )


def check_form(procedure: Procedure, move: Move) -> None:
    """Raises ``Incomplete`` where the form lacks something the step must say."""
    faults = check_move(move, procedure, today())
    if faults:
        raise Incomplete(faults)


def settle(before: Judgement | None, after: Judgement, move: Move, doubts: Sequence[Note] = ()) -> dict[str, Any]:
    """The law's answer, turned into what is recorded of it. Raises ``Unlawful`` or ``ReasonNeeded``."""
    return settled(answer_to(before, after, move, doubts), after, move)


def settled(answer: LawAnswer, after: Judgement, move: Move) -> dict[str, Any]:
    """The same of an answer at hand."""
    step = after.plan.procedure.steps[move.step]
    if answer.refused:
        raise Unlawful(f"依法不能办理“{step.label}”", answer.refused)
    if not answer.warnings:
        return {}
    if not move.excuse.strip():
        raise ReasonNeeded(answer.warnings)
    return {"excuse": move.excuse.strip(), "warned": answer.names}


def answer_to(before: Judgement | None, after: Judgement, move: Move, doubts: Sequence[Note] = ()) -> LawAnswer:
    """The law's answer to the move; ``doubts``: what else needs a reason, told first."""
    answer = ask(before, after, after.plan.procedure.steps[move.step], move.on, today())
    return replace(answer, warnings=(*doubts, *answer.warnings)) if doubts else answer


def officers_of(moves: Iterable[Move]) -> Roster:
    """Those the moves name, to be asked for their certificates; read once for all, where a step asks for it."""
    return Roster(name for move in moves for name in move.by)


def doubts_of(roster: Roster, after: Judgement, move: Move, path: str) -> tuple[Note, ...]:
    """The officers of the move, in a case of the unit at ``path``, who held no valid certificate that day."""
    return lacking_of(roster, after.plan.procedure.steps[move.step], path, move.by, move.on)


def entry_of(move: Move, act: str = "advance", extra: dict[str, Any] | None = None) -> Entry:
    """The record of a move."""
    return Entry(act, move.on, move.step, move.minute, {**move.body(), **(extra or {})})
