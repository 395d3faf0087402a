"""催办: ask whoever works on a case to attend to it; that one was asked stays with the case."""

from __future__ import annotations

from fadu.acts.assign import REASON_LIMIT, legal_officers
from fadu.acts.errors import Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Case, Notification, Person


def remind(actor: Actor, case: int, words: str = "", seen: int | None = None) -> Case:
    """Remind the handler, or the unit's legal officers where there is none to tell.

    Raises ``NotPermitted``; ``Incomplete`` where the case is closed or nobody can be told; ``Conflict``.
    """
    if len(words) > REASON_LIMIT:
        raise Incomplete({"words": f"催办的内容最多 {REASON_LIMIT} 字，收到 {len(words)} 字"})

    def make(found: Loaded) -> Change:
        told, said = told_of(found.case), words.strip()
        due = f"，期限 {found.case.due_on.isoformat()}" if found.case.due_on else ""
        notice = f"催办 {found.case.number} {found.case.title or '（无标题）'}{due}{f'：{said}' if said else ''}"
        entry = Entry("remind", today(), body={"told": sorted(one.login for one in told)},
                      personal={"text": said} if said else {})  # fmt: skip
        notes = [Notification(person=one, kind="remind", words=notice[:300]) for one in told]
        return Change(found.case, [entry], notes=notes)

    return record_on(actor, "remind", case, make, seen)


def told_of(case: Case) -> list[Person]:
    """Whom a reminder of the case reaches. Raises ``Incomplete`` where it is closed or reaches nobody."""
    if case.closed_on is not None:
        raise Incomplete({"": f"{case.number} 已于 {case.closed_on.isoformat()} 办结，不再催办"})
    told = [case.handler] if case.handler and case.handler.is_active else legal_officers(case.unit)
    if not told:
        raise Incomplete({"": f"{case.number} 没有承办人，{case.unit.name}和它的上级也没有法制员，无人可以催办"})
    return told
