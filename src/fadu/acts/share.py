"""共享: let someone from outside (人大、检察院、法院 …) see one case, and take it back; 改变知悉范围."""

from __future__ import annotations

from fadu.acts.errors import AlreadyRecorded, Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Assignment, Case, Notification, Person


def share(actor: Actor, case: int, person: Person, reason: str, seen: int | None = None) -> Case:
    """Let ``person`` see the case."""
    if not reason.strip():
        raise Incomplete({"reason": "共享须说明用途"})

    def make(found: Loaded) -> Change:
        if any(row.person_id == person.pk for row in found.case.assignments.all()):
            raise AlreadyRecorded(f"{person.name}已经可以查看该办件")
        change = Change(found.case, [Entry("share", today(), body={"person": person.login, "reason": reason})])
        change.assignments.append(Assignment(person=person, kind=Assignment.Kind.SHARED))
        change.notes.append(Notification(person=person, kind="shared", words=f"{found.case.number} 已共享给您查看"))
        return change

    return record_on(actor, "share", case, make, seen)


def unshare(actor: Actor, case: int, person: Person, seen: int | None = None) -> Case:
    """Take the sharing back."""

    def make(found: Loaded) -> Change:
        shared = Assignment.Kind.SHARED
        ended = [row.pk for row in found.case.assignments.all() if row.person_id == person.pk and row.kind == shared]
        if not ended:
            raise AlreadyRecorded(f"该办件没有共享给{person.name}")
        return Change(found.case, [Entry("unshare", today(), body={"person": person.login})], ended=ended)

    return record_on(actor, "share", case, make, seen)


def restrict(actor: Actor, case: int, secrecy: int, reason: str, seen: int | None = None) -> Case:
    """Set who may know of the case (``Case.Secrecy``)."""
    if secrecy not in Case.Secrecy.values:
        raise Incomplete({"secrecy": f"没有这个知悉范围；可用：{'、'.join(Case.Secrecy.labels)}"})
    if not reason.strip():
        raise Incomplete({"reason": "改变知悉范围须说明理由"})

    def make(found: Loaded) -> Change:
        if found.case.secrecy == secrecy:
            raise AlreadyRecorded(f"知悉范围已经是“{Case.Secrecy(secrecy).label}”")
        body = {"secrecy": secrecy, "reason": reason}
        return Change(found.case, [Entry("restrict", today(), body=body)], columns={"secrecy": secrecy})

    return record_on(actor, "restrict", case, make, seen)
