"""删除个人信息: what a person's data was is gone; that something was recorded, and when, stays provable."""

from __future__ import annotations

from fadu.acts.errors import Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import ERASED, Case, Secret
from fadu.store.reading import events_within


def erase(actor: Actor, case: int, reason: str) -> Case:
    """Erase the sealed values of a case's records, its parties and what search found it by."""
    if not reason.strip():
        raise Incomplete({"reason": "删除个人信息须说明依据（如本人申请、保存期限届满）"})

    def make(found: Loaded) -> Change:
        gone = Secret.objects.filter(events_within(case))
        body = {"reason": reason, "erased": gone.count()}
        change = Change(found.case, [Entry("erase", today(), body=body)], columns={"title": ERASED})
        change.parties, change.words = [], ""
        change.erases = True
        return change

    return record_on(actor, "erase", case, make)
