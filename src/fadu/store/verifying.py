"""The ledger as this district stores it, for ``fadu.ledger.verdicts``; proofs of single events; and closed figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from fadu.law.errors import FaduError
from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import SM3, Pair
from fadu.ledger.leaf import canonical, read_canonical
from fadu.ledger.notes import Verifier
from fadu.ledger.proof import Named, Subject, make_proof
from fadu.ledger.records import CaseRecord, CheckpointRecord, DocumentRecord, EventRecord, Sealed
from fadu.ledger.tree import Node as TreeNode
from fadu.ledger.verdicts import Fault, Verdict, verify
from fadu.store.checkpoints import make_checkpoint, signer
from fadu.store.erased import erasures, withdrawing
from fadu.store.leaves import Record, Standing, leaf_content, stamp
from fadu.store.models import Case, Checkpoint, Document, Event, Figure, Node, Person, Secret, Tree
from fadu.store.one_view import one_view
from fadu.store.reading import events_within
from fadu.store.sealing import unseal
from fadu.store.sequence import Stored

CHUNK = 2000
COLUMNS = (
    "id", "case_id", "seq", "act", "step", "occurred_on", "minute", "recorded_at", "actor_id", "body", "commits",
    "corrects", "void", "prev", "sm3", "sha256", "leaf__index",
)  # fmt: skip


def document_path(sha256: str) -> Path:
    """Where the bytes of a document lie."""
    return Path(settings.DISTRICT.documents) / sha256[:2] / sha256


class StoredLedger:
    """``fadu.ledger.records.Source`` over the store."""

    def __init__(self) -> None:
        self._logins = dict(Person.objects.values_list("pk", "login"))

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return str(settings.DISTRICT.origin)

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """The district's own key."""
        return [signer().verifier]

    def events(self) -> Iterator[EventRecord]:
        """By place in the ledger, then those that have none."""
        placed = Event.objects.filter(leaf__isnull=False).order_by("leaf__index")
        yield from self._read(placed.values_list(*COLUMNS).iterator(CHUNK))
        yield from self._read(Event.objects.filter(leaf=None).order_by("id").values_list(*COLUMNS).iterator(CHUNK))

    def cases(self) -> Iterator[CaseRecord]:
        """Every case with its events."""
        last = 0
        while True:
            query = Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "number", "seq", "head")
            part = list(query[:CHUNK])
            if not part:
                return
            last = part[-1][0]
            found = Event.objects.filter(events_within(part[0][0], last, "pk"))
            rows = found.order_by("pk").values_list(*COLUMNS)
            events: dict[str, list[EventRecord]] = {}
            for record in self._read(rows.iterator(CHUNK)):
                events.setdefault(record.case, []).append(record)
            for _, number, seq, head in part:
                yield CaseRecord(number, seq, bytes(head), events.get(number, []))

    def stored_nodes(self, level: int) -> Iterator[TreeNode]:
        """The nodes of a level."""
        found = Node.objects.filter(level=level).order_by("index").values_list("index", "sm3", "sha256")
        return (TreeNode(level, index, Pair(bytes(sm3), bytes(sha256))) for index, sm3, sha256 in found.iterator(CHUNK))

    def node_count(self) -> int:
        """On all levels."""
        return Node.objects.count()

    def frontier(self) -> bytes | None:
        """As stored; nothing that reads, where the size beside it is another."""
        tree = Tree.objects.filter(pk=1).first()
        if tree is None:
            return None
        edge = bytes(tree.frontier)
        return edge if int.from_bytes(edge[:8], "big") == tree.size else b""

    def checkpoints(self) -> Iterator[CheckpointRecord]:
        """In the order in which they were made."""
        found = Checkpoint.objects.order_by("pk").values_list("size", "note")
        return (CheckpointRecord(size, note) for size, note in found)

    def documents(self) -> Iterator[DocumentRecord]:
        """Each once."""
        last = 0
        while part := list(Document.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
            last = part[-1].pk
            yield from self._documents(part)

    def _documents(self, part: Sequence[Document]) -> Iterator[DocumentRecord]:
        known = erasures(document.case_id for document in part)
        for document in part:
            record = self.record_of(document.event_id)
            path = document_path(document.sha256)
            erased = withdrawing(document, known.get(document.case_id))
            yield DocumentRecord(
                f"文书“{document.title}”（{document.sha256[:12]}…）", document.sm3, record.data if record else None,
                _chunks(path) if path.exists() else None, erased,
            )  # fmt: skip

    def record_of(self, event: int) -> EventRecord | None:
        """One event."""
        return next(self._read(Event.objects.filter(pk=event).values_list(*COLUMNS)), None)

    def _read(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[EventRecord]:
        batch: list[tuple[Any, ...]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == CHUNK:
                yield from self._records(batch)
                batch = []
        yield from self._records(batch)

    def _records(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[EventRecord]:
        numbers = dict(Case.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "number"))
        secrets = _secrets([row[0] for row in rows if row[10] != "{}"])
        erased = erasures(row[1] for row in rows if row[10] != "{}" and row[0] not in secrets)
        for row in rows:
            yield self._record(row, numbers[row[1]], secrets.get(row[0], {}), row[2] < erased.get(row[1], 0))

    def _record(self, row: tuple[Any, ...], number: str, secrets: dict[str, Sealed], erased: bool) -> EventRecord:
        key, _, seq, act, step, on, minute, at, actor, body, commits, corrects, void, prev, sm3, sha256, index = row
        names, content = _parsed(commits), _parsed(body)
        record = Record(act, on, step, minute, corrects, bool(void))
        standing = Standing(number, seq, stamp(at), self._logins.get(actor, ""), bytes(prev))
        data = canonical(leaf_content(standing, record, content, names))
        sealed = tuple(secrets.get(name) or Sealed(name, b"", None, erased=erased) for name in names)
        return EventRecord(
            key, number, seq, data, bytes(prev), Pair(bytes(sm3), bytes(sha256)), index, sealed, _aware(at)
        )


def _parsed(text: str) -> Any:
    """The JSON of a column; what is not the text that was written stands as it is: its hash differs."""
    try:
        return read_canonical(text.encode())
    except LedgerError:
        return {"": text}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _secrets(events: Sequence[int]) -> dict[int, dict[str, Sealed]]:
    found: dict[int, dict[str, Sealed]] = {}
    for event, name, salt, sealed in Secret.objects.filter(event_id__in=events).values_list(
        "event_id", "name", "salt", "sealed"
    ):
        try:
            value = Sealed(name, bytes(salt), json.loads(unseal(sealed, f"secret.{name}")))
        except FaduError as error:
            value = Sealed(name, bytes(salt), None, fault=str(error))
        found.setdefault(event, {})[name] = value
    return found


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def verify_store(published: Sequence[str] = ()) -> list[Verdict]:
    """The three verdicts; closed figures count under integrity. ``published``: checkpoints that others have kept."""
    with one_view():
        integrity, *others = verify(StoredLedger(), published)
        found = list(figure_faults())
        counts = {**integrity.counts, "figures": Figure.objects.count()}
    return [
        Verdict(integrity.name, integrity.total + len(found), (*integrity.faults, *found)[:100], counts), *others
    ]


def figures_digest(figures: Iterable[Figure]) -> str:
    """What the journal records of the figures closed together: SM3 of their canonical rows."""
    rows = [[row.indicator, row.period, row.unit, row.value, canonical(row.receipt).decode()] for row in figures]
    return SM3.digest(canonical(sorted(rows))).hex()


def figure_faults() -> Iterator[Fault]:
    """Figures that are not what the journal recorded when their period closed."""
    for event in Event.objects.filter(act="close_period").order_by("id"):
        recorded = _parsed(event.body).get("figures")
        if figures_digest(Figure.objects.filter(event=event)) != recorded:
            yield Fault(f"关账记录 {event.seq}", "其中的数字与关账时的记录不符，有数字被改动、增加或删除")


def proof_of(event: int) -> str:
    """The proof file of an event that has its place, personal values not disclosed. Raises ``FaduError``."""
    ledger = StoredLedger()
    record = ledger.record_of(event)
    if record is None or record.index is None:
        raise FaduError("这条记录还没有入账，稍后（一秒之内）再取证明")
    checkpoint = make_checkpoint()
    assert checkpoint is not None  # noqa: S101 - there is an event in the ledger
    document = Document.objects.filter(event_id=event).first()
    named = Named(document.title, document.sm3) if document else None
    subject = Subject(record.index, record.data, (), named)
    return make_proof(subject, checkpoint.note, [signer().verifier.text], Stored())


