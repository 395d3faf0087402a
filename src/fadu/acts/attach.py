"""附材料: a file put into a case. Its bytes lie under their hash; the hash is in the ledger."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fadu.acts.errors import AlreadyRecorded, Incomplete
from fadu.acts.office_record import record_on
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import today
from fadu.law.errors import FaduError
from fadu.ledger.hashes import SM3
from fadu.store.erased import withdrawn_by
from fadu.store.models import Case, Document, Event
from fadu.store.verifying import document_path

SIZE_LIMIT = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as it is handed in."""

    title: str
    media: str
    content: bytes


def attach(actor: Actor, case: int, document: Handed, seen: int | None = None) -> Case:
    """Put a material into the case's file; under a title that is there already, it is the next version of it.

    Raises ``AlreadyRecorded`` where it is the newest version, byte for byte.
    """
    if not document.content:
        raise Incomplete({"file": f"“{document.title}”是空文件"})
    if len(document.content) > SIZE_LIMIT:
        raise Incomplete({"file": f"文件最大 {SIZE_LIMIT >> 20} MB，收到 {len(document.content) >> 20} MB"})
    row = keep(document)

    def make(found: Loaded) -> Change:
        kind = Document.Kind.ATTACHMENT
        earlier = Document.objects.filter(case=found.case, kind=kind, title=row.title).order_by("-version").first()
        if earlier is not None and earlier.sha256 == row.sha256 and withdrawn_by(earlier) is None:
            raise AlreadyRecorded(f"“{row.title}”第 {earlier.version} 版就是这个文件")
        row.version, row.kind = (earlier.version if earlier else 0) + 1, kind
        entry = Entry("attach", today(), body={"document": described(row)}, personal={"document_title": row.title})
        return Change(found.case, [entry], documents=[(0, row)])

    written = record_on(actor, "attach", case, make, seen)
    if not document_path(row.sha256).exists():  # it was withdrawn from another case meanwhile
        keep(document)
    return written


def reuse(actor: Actor, case: int, document: Document, seen: int | None = None) -> Case:
    """Put a material that is in another case into this one as well: the same file, kept once, under the same hash.

    Raises ``Incomplete`` where it was withdrawn or may not be seen by the person, ``AlreadyRecorded`` if it is here.
    """
    source = actor.access.case(document.case_id) if actor.access else document.case
    if source is None or withdrawn_by(document) is not None:
        raise Incomplete({"document": "没有这份材料，或者您不能查看它所在的办件"})
    content_of(document)  # gone or changed: better said now than found in a dispute

    def make(found: Loaded) -> Change:
        same = Document.objects.filter(case=found.case, sha256=document.sha256).first()
        if same is not None:
            raise AlreadyRecorded(f"“{same.title}”就是这个文件，已在本件里")
        kept = {name: getattr(document, name) for name in ("title", "media", "size", "sha256", "sm3")}
        kind = Document.Kind.ATTACHMENT
        version = Document.objects.filter(case=found.case, kind=kind, title=document.title).count() + 1
        row = Document(**kept, kind=kind, version=version)
        body = {"document": described(row), "from": source.number}
        return Change(found.case, [Entry("attach", today(), body=body, personal={"document_title": row.title})],
                      documents=[(0, row)])  # fmt: skip

    return record_on(actor, "attach", case, make, seen)


def described(row: Document) -> dict[str, Any]:
    """What the ledger's leaf says of a document."""
    return {
        "media": row.media, "sha256": row.sha256, "sm3": row.sm3, "size": row.size, "version": row.version,
        "template": row.template, "number": row.number,
    }  # fmt: skip


def keep(document: Handed) -> Document:
    """Write the bytes under their hash, whole or not at all; the row to be. The same bytes are kept once."""
    digest = hashlib.sha256(document.content).hexdigest()
    path = document_path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(document.content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    return Document(
        title=document.title[:200], media=document.media, size=len(document.content), sha256=digest,
        sm3=SM3.digest(document.content).hex(),
    )  # fmt: skip


def content_of(document: Document) -> bytes:
    """The bytes of a document. Raises ``FaduError`` where they were withdrawn, or are not there as recorded."""
    erasure = withdrawn_by(document)
    if erasure is not None:
        raise FaduError(withdrawn_words(erasure))
    try:
        content = document_path(document.sha256).read_bytes()
    except FileNotFoundError:
        raise FaduError(f"“{document.title}”的文件不在了；请从备份恢复（{document.sha256[:12]}…）") from None
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise FaduError(f"“{document.title}”的内容与登记的摘要不符，文件可能被改动；请从备份恢复")
    return content


def withdrawn_words(erasure: Event) -> str:
    """Why a file can no longer be had, and by which record."""
    reason = json.loads(erasure.body).get("reason", "")
    return (
        f"文件已随个人信息删除撤下：{erasure.occurred_on.isoformat()} 第 {erasure.seq} 条记录，依据：{reason}。"
        "文件的散列仍在账本里，可以证明曾有这个文件"
    )
