"""督办提醒: ask whoever works on a case to attend to it; that one was asked stays with the case."""

from __future__ import annotations

from fadu.acts.assign import REASON_LIMIT, legal_officers
from fadu.acts.errors import Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Case, Notification


def remind(actor: Actor, case: int, words: str = "", seen: int | None = None) -> Case:
    """Remind the handler, or the unit's legal officers where there is none. Raises ``NotPermitted``, ``Incomplete``.

    Who may assign a case may also ask after it.
    """
    if len(words) > REASON_LIMIT:
        raise Incomplete({"words": f"提醒的内容最多 {REASON_LIMIT} 字，收到 {len(words)} 字"})

    def make(found: Loaded) -> Change:
        told = [found.case.handler_id] if found.case.handler_id else [one.pk for one in legal_officers(found.case.unit)]
        if not told:
            raise Incomplete({"": f"{found.case.number} 没有承办人，{found.case.unit.name}也没有法制员，无人可以提醒"})
        due = f"，期限 {found.case.due_on.isoformat()}" if found.case.due_on and not found.case.closed_on else ""
        said = f"：{words.strip()}" if words.strip() else ""
        notice = f"督办 {found.case.number} {found.case.title or '（无标题）'}{due}{said}"
        personal = {"text": words.strip()} if words.strip() else {}
        change = Change(found.case, [Entry("remind", today(), personal=personal)])
        change.notes += [Notification(person_id=person, kind="remind", words=notice[:300]) for person in told]
        return change

    return record_on(actor, "assign", case, make, seen)
