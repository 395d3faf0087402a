"""What was erased: a case's records before the last erasure, and the files they brought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from fadu.store.driver import reading
from fadu.store.models import Document, Event
from fadu.store.reading import events_within, read_events, seq_of


def erasures(cases: Iterable[int]) -> dict[int, int]:
    """Case → seq of its last erasure: the personal values and files of every earlier record are gone."""
    with reading() as cursor:
        return {case: seq for case, seq, act, *_ in read_events(cursor, set(cases)) if act == "erase"}


def withdrawing(document: Document, erasure: int | None) -> bool:
    """Whether the erasure with that seq withdrew the document."""
    return erasure is not None and seq_of(document.event_id) < erasure


def withdrawn_by(document: Document) -> Event | None:
    """The record of the erasure that withdrew a document; None: it can be had."""
    last = Event.objects.filter(events_within(document.case_id, column="pk"), act="erase").order_by("-pk").first()
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
