"""关联办件: say that a case comes from another, was merged into it, repeats it or has to do with it; take it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fadu.acts.errors import AlreadyRecorded, Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Case, Link


def link(actor: Actor, case: int, number: str, kind: str) -> Case:
    """Link the case to the one of that number. Raises ``Incomplete`` where there is none the person may see."""
    if kind not in Link.Kind.values:
        raise Incomplete({"kind": f"没有这种关联；可用：{'、'.join(Link.Kind.labels)}"})
    other = Origins(actor, [number]).named(number)

    def make(found: Loaded) -> Change:
        if other.pk == found.case.pk:
            raise Incomplete({"number": "不能关联到本件自己"})
        if Link.objects.filter(case=found.case, other=other, kind=kind).exists():
            raise AlreadyRecorded(f"已经关联：{Link.Kind(kind).label} {other.number}")
        if Link.objects.filter(case=other, other=found.case, kind=kind).exists():
            label = Link.Kind(kind).label
            raise Incomplete({"number": f"{other.number} 已经{label}本件，两件不能互为“{label}”"})
        change = Change(found.case, [Entry("link", today(), body={"other": other.number, "kind": kind})])
        change.links.append(Link(other=other, kind=kind))
        return change

    return record_on(actor, "link", case, make)


def unlink(actor: Actor, case: int, number: str, kind: str, reason: str) -> Case:
    """Take a link back; that there was one stays in the records."""
    if not reason.strip():
        raise Incomplete({"reason": "取消关联须说明理由"})

    def make(found: Loaded) -> Change:
        rows = Link.objects.filter(case=found.case, other__number=number, kind=kind)
        ended = list(rows.values_list("pk", flat=True))
        if not ended:
            raise AlreadyRecorded(f"本件没有关联到 {number}")
        body = {"other": number, "kind": kind, "reason": reason.strip()}
        return Change(found.case, [Entry("unlink", today(), body=body)], unlinked=ended)

    return record_on(actor, "link", case, make)


def origin_of(other: Case, at: datetime | None = None) -> tuple[Entry, Link]:
    """The record, and its row, by which a case that is being opened comes from another. ``at``: as of ``Entry``."""
    kind = Link.Kind.ORIGIN
    entry = Entry("link", at.date() if at else today(), body={"other": other.number, "kind": kind.value}, at=at)
    return entry, Link(other=other, kind=kind)


class Origins(dict[str, Case]):
    """The cases of these numbers, read at once. What the person may not see is not told from what is not there."""

    def __init__(self, actor: Actor, numbers: Iterable[str]) -> None:
        wanted = {number.strip() for number in numbers} - {""}
        cases = actor.access.cases() if actor.access else Case.objects.all()
        super().__init__({case.number: case for case in cases.filter(number__in=wanted)} if wanted else {})

    def named(self, number: str) -> Case:
        """The case of that number. Raises ``Incomplete``."""
        found = self.get(number.strip())
        if found is None:
            raise Incomplete({"number": f"没有编号为“{number.strip()[:48]}”的办件，或者您不能查看它；请照抄办件编号"})
        return found
