"""写备注: a remark on a case that is no step of the law."""

from __future__ import annotations

import json

from fadu.acts.errors import AlreadyRecorded, Incomplete
from fadu.acts.moves import TEXT_LIMIT
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.store.models import Case, Secret
from fadu.store.reading import event_id
from fadu.store.sealing import unseal


def note(actor: Actor, case: int, text: str, seen: int | None = None) -> Case:
    """Add a remark. It may name people, so the ledger commits to it and can outlive its erasure."""
    if not text.strip():
        raise Incomplete({"text": "备注没有内容"})
    if len(text) > TEXT_LIMIT:
        raise Incomplete({"text": f"备注最多 {TEXT_LIMIT} 字，收到 {len(text)} 字；较长的内容请作为附件上传"})

    def make(found: Loaded) -> Change:
        if _is_last(found, actor, text):
            raise AlreadyRecorded("同样的备注刚刚记过")
        return Change(found.case, [Entry("note", today(), personal={"text": text})])

    return record_on(actor, "note", case, make, seen)


def _is_last(found: Loaded, actor: Actor, text: str) -> bool:
    """Whether the case's last record is the same remark of the same person."""
    last = found.rows[-1]
    if last.act != "note" or last.actor != actor.id:
        return False
    kept = Secret.objects.filter(event_id=event_id(last.case, last.seq), name="text").first()
    return kept is not None and json.loads(unseal(kept.sealed, "secret.text")) == text
