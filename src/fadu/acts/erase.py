"""删除个人信息: what a person's data was is gone; that something was recorded, and when, stays provable."""

from __future__ import annotations

from fadu.acts.errors import Incomplete
from fadu.acts.moves import TEXT_LIMIT
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.acts.tracing import trace
from fadu.clock import today
from fadu.store.erased import withdrawn_files
from fadu.store.models import ERASED, Case, Document, Secret, Trace
from fadu.store.reading import events_within
from fadu.store.verifying import document_path

KIND = "erase"


def erase(actor: Actor, case: int, reason: str, seen: int | None = None) -> Case:
    """Erase the sealed values of a case's records, its parties, what search found it by, and withdraw its files.

    The hashes of the files stay in the ledger; their bytes go, unless another case holds the same file.
    """
    reason = reason.strip()
    if not reason:
        raise Incomplete({"reason": "删除个人信息须说明依据（如本人申请、保存期限届满）"})
    if len(reason) > TEXT_LIMIT:
        raise Incomplete({"reason": f"最多 {TEXT_LIMIT} 字，收到 {len(reason)} 字"})

    def make(found: Loaded) -> Change:
        gone = Secret.objects.filter(events_within(case))
        files = Document.objects.filter(case_id=case).count()
        body = {"reason": reason, "erased": gone.count(), "files": files}
        change = Change(found.case, [Entry("erase", today(), body=body)], columns={"title": ERASED})
        change.parties, change.words = [], ""
        change.erases = True
        # kept before it is done: killed between record and files, the worker finds by it what is left to do
        trace(actor, KIND, f"{found.case.number}，依据：{reason}", found.case)
        return change

    erased = record_on(actor, "erase", case, make, seen)
    remove_files(case)
    return erased


def remove_files(case: int) -> int:
    """Delete the bytes of the case's withdrawn files; how many were there. Done again, it does nothing."""
    many = 0
    for digest in withdrawn_files(case):
        path = document_path(digest)
        many += path.exists()
        path.unlink(missing_ok=True)
    return many


def sweep_erased() -> int:
    """What an erasure that was killed half-way left: its files; how many."""
    cases = Trace.objects.filter(kind=KIND, case__isnull=False).values_list("case_id", flat=True).distinct()
    return sum(remove_files(case) for case in list(cases) if case is not None)
