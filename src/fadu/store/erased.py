"""What was erased: a case's records before the last erasure, and the files they brought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from fadu.store.models import SEQ_BITS, Document, Event

_SEQ = (1 << SEQ_BITS) - 1


def erasures(cases: Iterable[int]) -> dict[int, int]:
    """Case → seq of its last erasure: the personal values and files of every earlier record are gone."""
    found = Event.objects.filter(case_id__in=set(cases), act="erase").order_by("id")
    return dict(found.values_list("case_id", "seq"))


def withdrawing(document: Document, erasure: int | None) -> bool:
    """Whether the erasure with that seq withdrew the document."""
    return erasure is not None and document.event_id & _SEQ < erasure


def withdrawn_by(document: Document) -> Event | None:
    """The record of the erasure that withdrew a document; None: it can be had."""
    last = Event.objects.filter(case_id=document.case_id, act="erase").order_by("-id").first()
    return last if last is not None and withdrawing(document, last.seq) else None


def withdrawn_files(case: int) -> Iterator[str]:
    """The hashes of the case's withdrawn files that no other document still has."""
    erasure = erasures([case]).get(case)
    gone = {row.sha256 for row in Document.objects.filter(case_id=case) if withdrawing(row, erasure)}
    for digest in sorted(gone):
        if not any(_stands(Document.objects.filter(sha256=digest))):
            yield digest


def _stands(rows: QuerySet[Document]) -> Iterator[bool]:
    held = list(rows)
    known = erasures(row.case_id for row in held)
    return (not withdrawing(row, known.get(row.case_id)) for row in held)
