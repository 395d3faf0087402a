"""会办反馈: what a helping unit answers to the one that leads: it agrees, agrees with changes, does not, or reports."""

from __future__ import annotations

from fadu.acts.assign import legal_officers
from fadu.acts.errors import Incomplete, NotPermitted
from fadu.acts.moves import TEXT_LIMIT
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Assignment, Case, Notification

OPINIONS = ("同意", "修改后同意", "不同意", "反馈办理情况")


def reply(actor: Actor, case: int, opinion: str, text: str, seen: int | None = None) -> Case:
    """Answer as one who helps with the case; who leads it is told. The words may name people and are sealed.

    A later answer of the same person stands beside the earlier ones; the last counts.
    """
    text = text.strip()
    if opinion not in OPINIONS:
        raise Incomplete({"opinion": f"没有“{opinion[:20]}”这种意见；可用：{'、'.join(OPINIONS)}"})
    if not text and opinion != OPINIONS[0]:
        raise Incomplete({"text": f"“{opinion}”须写明内容"})
    if len(text) > TEXT_LIMIT:
        raise Incomplete({"text": f"最多 {TEXT_LIMIT} 字，收到 {len(text)} 字；较长的内容请作为附件上传"})

    def make(found: Loaded) -> Change:
        if not helps(actor, found.case):
            raise NotPermitted("会办反馈由该办件的会办人员提出；您不是会办人员，可以写备注")
        entry = Entry("reply", today(), body={"opinion": opinion}, personal={"text": text} if text else {})
        change = Change(found.case, [entry])
        name = actor.access.person.name if actor.access else ""
        words = f"{found.case.number} {name}会办反馈：{opinion}"
        handler = found.case.handler
        told = [handler] if handler and handler.is_active else legal_officers(found.case.unit)
        change.notes += [Notification(person=person, kind="reply", words=words[:300]) for person in told]
        return change

    return record_on(actor, "reply", case, make, seen)


def helps(actor: Actor, case: Case) -> bool:
    """Whether the person helps with the case."""
    partner = Assignment.Kind.PARTNER
    return any(row.person_id == actor.id and row.kind == partner for row in case.assigned)
