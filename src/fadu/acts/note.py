"""写备注: a remark on a case that is no step of the law."""

from __future__ import annotations

from fadu.acts.errors import Incomplete
from fadu.acts.moves import TEXT_LIMIT
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry
from fadu.clock import today
from fadu.store.models import Case


def note(actor: Actor, case: int, text: str, seen: int | None = None) -> Case:
    """Add a remark. It may name people, so the ledger commits to it and can outlive its erasure."""
    if not text.strip():
        raise Incomplete({"text": "备注没有内容"})
    if len(text) > TEXT_LIMIT:
        raise Incomplete({"text": f"备注最多 {TEXT_LIMIT} 字，收到 {len(text)} 字；较长的内容请作为附件上传"})
    return record_on(
        actor, "note", case, lambda found: Change(found.case, [Entry("note", today(), personal={"text": text})]), seen
    )
