"""分派: who leads a case (主办), who helps (会办), which unit answers for it; and handing it back (退回)."""

from __future__ import annotations

from fadu.acts.errors import AlreadyRecorded, Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.acts.stepping import judge_before, permit
from fadu.clock import today
from fadu.store.models import Assignment, Case, Notification, Person, Unit

REASON_LIMIT = 2000


def assign(actor: Actor, case: int, person: Person, kind: str = "lead", unit: Unit | None = None,
           seen: int | None = None) -> Case:
    """Let ``person`` lead (``lead``) or help with (``partner``) a case; ``unit``: the unit that now answers for it.

    A case goes to a unit only by the hand of one who may assign there too.
    """
    if kind not in (Assignment.Kind.LEAD, Assignment.Kind.PARTNER):
        raise Incomplete({"kind": f"没有“{kind}”这种分派；可用：主办、会办"})
    if not person.is_active:
        raise Incomplete({"person": f"{person.name}的账号已停用，不能分派"})
    if unit is not None:
        permit(actor, "assign", path=unit.path)

    def make(found: Loaded) -> Change:
        body = {"person": person.login, "kind": kind} | ({"unit": unit.code} if unit else {})
        change = Change(found.case, [Entry("assign", today(), body=body)])
        rows = list(found.case.assignments.all())
        held = any(row.person_id == person.pk and row.kind == kind for row in rows)
        if held and (unit is None or unit.pk == found.case.unit_id):
            raise AlreadyRecorded(f"{person.name}已经是{Assignment.Kind(kind).label}")
        if kind == Assignment.Kind.LEAD:
            change.columns["handler_id"] = person.pk
            change.ended = [row.pk for row in rows if row.kind == kind or row.person_id == person.pk]
        else:
            change.ended = [row.pk for row in rows if row.person_id == person.pk and row.kind == kind]
        if unit is not None:
            change.columns["unit_id"] = unit.pk
            change.judgement = judge_before(found.law)  # its clocks are written anew, as the new unit's
        change.assignments.append(Assignment(person=person, kind=kind))
        label = Assignment.Kind(kind).label
        words = f"{found.case.number} 分派给您{label}：{found.case.title or '（无标题）'}"
        change.notes.append(Notification(person=person, kind="assigned", words=words[:300]))
        return change

    return record_on(actor, "assign", case, make, seen)


def hand_back(actor: Actor, case: int, reason: str, seen: int | None = None) -> Case:
    """Give a case back to be assigned anew. Who took it first stays answerable until then (首接负责)."""
    if not reason.strip():
        raise Incomplete({"reason": "退回须说明理由和依据"})
    if len(reason) > REASON_LIMIT:
        raise Incomplete({"reason": f"理由最多 {REASON_LIMIT} 字"})

    def make(found: Loaded) -> Change:
        if found.case.handler_id is None:
            raise AlreadyRecorded("该办件没有承办人，不必退回")
        entry = Entry("hand_back", today(), body={"reason": reason})
        change = Change(found.case, [entry], columns={"handler_id": None})
        change.ended = [row.pk for row in found.case.assignments.all() if row.kind == Assignment.Kind.LEAD]
        for officer in legal_officers(found.case.unit):
            words = f"{found.case.number} 被退回，请重新分派：{reason}"
            change.notes.append(Notification(person=officer, kind="returned", words=words[:300]))
        return change

    return record_on(actor, "hand_back", case, make, seen)


def legal_officers(unit: Unit) -> list[Person]:
    """The legal officers of a unit or the nearest above it that has one."""
    codes = unit.path.rstrip(".").split(".")
    for depth in range(len(codes), 0, -1):
        found = Person.objects.filter(
            grants__role="legal_officer", grants__unit__path=".".join(codes[:depth]) + ".", is_active=True
        )
        people = list(found.distinct()[:5])
        if people:
            return people
    return []
