"""更正记录: a mistake is mended by a later record that names the one it corrects; nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace

from fadu.acts.errors import AlreadyRecorded, Incomplete, Unlawful
from fadu.acts.moves import Move
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded, row_of, today_number
from fadu.acts.stepping import check_form, entry_of, judge_after, with_record
from fadu.clock import now
from fadu.store.histories import STEP_ACTS, Row
from fadu.store.lawbook import book
from fadu.store.models import Case, Notification


def correct(actor: Actor, case: int, seq: int, move: Move | None, why: str, seen: int | None = None) -> Case:
    """Replace the record ``seq`` by ``move``, or take it out (``move`` None). ``why`` is kept with the correction.

    What really happened is a fact: it is recorded even where it then shows as a breach. Raises ``NotPermitted``,
    ``Incomplete``, ``Unlawful`` (the case could not be read any more), ``Conflict``.
    """

    def make(found: Loaded) -> Change:
        if not why.strip():
            raise Incomplete({"why": "更正须说明原因"})
        if _is_last(found.rows, actor, seq, move):
            raise AlreadyRecorded(f"第 {seq} 条刚刚已经这样更正")
        target = target_of(found.rows, seq)
        if move is None:
            entry = Entry("correct", target.on, target.step, target.minute, {"why": why}, corrects=seq, void=True)
        else:
            check_form(book().procedure_for(found.law, today_number()), move)
            entry = replace(entry_of(move, "correct", {"why": why}), corrects=seq)
        given = dict(move.fields) if move else {}
        row = row_of(entry, case, found.case.seq + 1, actor, now())
        after = judge_after(with_record(found.law, row, given))
        change = Change(found.case, [entry], after, fields={**found.case.fields, **given})
        if found.case.handler_id and found.case.handler_id != actor.id:
            words = f"{found.case.number}：更正了“{after.plan.procedure.steps[target.step].label}”"
            change.notes.append(Notification(person_id=found.case.handler_id, kind="corrected", words=words))
        return change

    return record_on(actor, "correct", case, make, seen)


def _is_last(rows: list[Row], actor: Actor, seq: int, move: Move | None) -> bool:
    """Whether the case's last record is this very correction, by the same person."""
    last = rows[-1]
    if last.act != "correct" or last.corrects != seq or last.actor != actor.id or last.void != (move is None):
        return False
    said = {name: value for name, value in last.body.items() if name not in ("why", "source")}
    return move is None or ((last.on, last.minute) == (move.on, move.minute) and said == move.body())


def target_of(rows: list[Row], seq: int) -> Row:
    """The record to be corrected. Raises ``Unlawful`` where it is none, or has been corrected already."""
    row = next((row for row in rows if row.seq == seq), None)
    if row is None or not row.step or row.act not in STEP_ACTS or row.void:
        raise Unlawful(f"第 {seq} 条不是可以更正的环节记录")
    later = next((other for other in rows if other.corrects == seq), None)
    if later is not None:
        raise Unlawful(f"第 {seq} 条已由第 {later.seq} 条更正；请更正第 {later.seq} 条")
    return row
