"""How every record is made: chained, projected, placed in the ledger; one transaction for one case or many.

An act prepares ``Change``s (case, entries, the law's judgement after them) without holding a lock; ``write`` makes
them real where the cases still stand as they were read (compare and set on ``Case.seq``), or raises ``Stale``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from fadu.clock import BEIJING, now
from fadu.law.cases import Case as LawCase
from fadu.law.dates import day_of
from fadu.law.judge import Judgement
from fadu.ledger.hashes import Pair, leaf_pair
from fadu.ledger.leaf import canonical, commit, new_salt
from fadu.store import driver, search, sequence
from fadu.store.access import Access
from fadu.store.driver import Cursor
from fadu.store.histories import Projection, Row, law_case, project, rows_of
from fadu.store.lawbook import procedure_names
from fadu.store.leaves import Record, Standing, documents_of, leaf_text, stamp
from fadu.store.models import ERASED, SEQ_BITS, Assignment, Case, Document, Link, Notification, Party, Secret
from fadu.store.reading import events_within, read_cases
from fadu.store.sealing import seal
from fadu.store.writing import as_moment, clear_clocks, insert, update_cases

_TEXT = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by which door, and from which address (IP). ``access`` None: the system itself (worker)."""

    access: Access | None
    source: str = "office"
    address: str = ""

    @property
    def id(self) -> int | None:
        return self.access.person.pk if self.access else None

    @property
    def login(self) -> str:
        return self.access.person.login if self.access else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to be made. ``personal``: values committed to, sealed apart. ``body`` has no floats."""

    act: str
    on: date
    step: str = ""
    minute: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    corrects: int | None = None
    void: bool = False
    at: datetime | None = None
    """When it was recorded, where that is not now: simulated cases are played into the past."""


@dataclass(slots=True)
class Change:
    """A case, what is to be recorded of it, and what follows.

    ``case.pk`` None: a new case. ``judgement``: the law's view after the entries, None where no step changed.
    ``columns``: what the office's part of the row becomes. The rest are rows that follow from the entries.
    """

    case: Case
    entries: list[Entry]
    judgement: Judgement | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] | None = None
    assignments: list[Assignment] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    """Ids of assignments that end."""
    links: list[Link] = field(default_factory=list)
    unlinked: list[int] = field(default_factory=list)
    """Ids of links that end."""
    parties: list[Party] | None = None
    documents: list[tuple[int, Document]] = field(default_factory=list)
    """Place of the entry among ``entries``, and the document's row without case and event."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Series → the number taken of it (it is in the document already): stale where another took it first."""
    words: str | None = None
    """What full-text search finds the case by, beside its number."""
    notes: list[Notification] = field(default_factory=list)
    erases: bool = False
    """Whether the sealed values of the case's records are erased with it."""

    @property
    def brings_rows(self) -> bool:
        """Whether more follows from it than records and clocks."""
        return bool(
            self.assignments or self.ended or self.links or self.unlinked or self.parties is not None
            or self.documents or self.words is not None or self.notes or self.erases
        )  # fmt: skip


class Stale(Exception):  # noqa: N818 - named as what it is: the case is no longer as it was read
    """Some of the cases have changed since they were read; nothing was written."""


@dataclass(slots=True)
class Loaded:
    """A case as it was read: its row, its events, and as the law reads them."""

    case: Case
    rows: list[Row]
    law: LawCase


def load(cases: Iterable[int]) -> dict[int, Loaded]:
    """The cases by id, with unit, assignments and events."""
    wanted = list(dict.fromkeys(cases))
    with driver.reading() as cursor:
        found, rows = read_cases(cursor, wanted), rows_of(wanted, cursor)
    return {
        key: Loaded(case, rows.get(key, []), law_case(case.number, case.procedure, rows.get(key, [])))
        for key, case in found.items()
    }


def row_of(entry: Entry, case: int, seq: int, actor: Actor, at: datetime) -> Row:
    """The entry as it will be read back."""
    return Row(
        case, seq, entry.act, entry.step, entry.on, entry.minute, at, actor.id, entry.body, entry.corrects, entry.void
    )


def write(actor: Actor, changes: Sequence[Change], at: datetime | None = None) -> list[Change]:
    """Make the changes real, all or none. Raises ``Stale`` where a case has moved on since it was read.

    Afterwards each ``change.case`` has its id, number, seq and head. ``at``: the moment of recording (aware).
    """
    moment = (at or now()).astimezone(UTC)
    ordered = sorted(changes, key=lambda change: change.case.pk or 0)
    with driver.recording() as cursor:
        _open([change.case for change in ordered if change.case.pk is None], moment)
        written = _Batch(actor, moment)
        for change in ordered:
            written.add(change)
        if update_cases(cursor, written.cases) != len(ordered):
            raise Stale
        taken = [item for change in ordered for item in change.numbers.items()]
        if any(sequence.next_number(series) != number for series, number in taken):
            raise Stale
        written.save(cursor, ordered)
        written.follow(cursor, [change for change in ordered if change.brings_rows])
    return list(changes)


def _open(cases: Sequence[Case], moment: datetime) -> None:
    """Give new cases their rows and numbers."""
    if cases:
        for case in cases:
            case.opened_on = case.opened_on or _today(moment)
            case.touched_at, case.projected_on, case.seq = moment, _today(moment), 0
        sequence.number_cases(cases, procedure_names())
        Case.objects.bulk_create(cases, batch_size=500)


def _today(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


class _Batch:
    """Rows of all tables for a run of changes, in the order they are written."""

    def __init__(self, actor: Actor, moment: datetime) -> None:
        self.actor, self.moment, self.today = actor, moment, _today(moment)
        self.person, self.login = actor.id, actor.login
        self.at, self.stamp = as_moment(moment), stamp(moment)
        self.cases: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.leaves: list[tuple[int, Pair]] = []
        self.secrets: list[tuple[Any, ...]] = []
        self.clocks: list[tuple[Any, ...]] = []

    def add(self, change: Change) -> None:
        """Chain the entries to the case's head and project what follows."""
        case, old = change.case, change.case.seq
        for entry in change.entries:
            self._event(case, entry)
        for name, value in change.columns.items():
            setattr(case, name, value)
        if change.fields is not None:
            case.fields = dict(change.fields)
        if change.judgement is not None:
            self._project(case, project(change.judgement))
        case.touched_at, case.projected_on = self.moment, self.today
        fields = _TEXT(case.fields)
        self.cases.append((
            case.version, case.unit_id, case.handler_id, case.title, fields, case.state, case.opened_on,
            case.closed_on, case.due_on, case.due_clock, case.faults, case.secrecy, case.seq, case.head, self.at,
            self.today, case.pk, old,
        ))  # fmt: skip

    def _event(self, case: Case, entry: Entry) -> None:
        case.seq += 1
        key = case.pk << SEQ_BITS | case.seq
        commits = {}
        for name, value in entry.personal.items():
            salt, text = new_salt(), canonical(value).decode()
            commits[name] = commit(salt, name, value)
            self.secrets.append((key, name, salt, seal(text, f"secret.{name}")))
        body, prev = dict(entry.body), bytes(case.head)
        if self.actor.source != "office":
            body["source"] = self.actor.source
        at, stamped = self.at, self.stamp
        if entry.at is not None:
            at, stamped = as_moment(entry.at), stamp(entry.at)
        written, committed = canonical(body).decode(), canonical(commits).decode() if commits else "{}"
        record = Record(entry.act, entry.on, entry.step, entry.minute, entry.corrects, entry.void)
        standing = Standing(case.number, case.seq, stamped, self.login, prev)
        pair = leaf_pair(leaf_text(standing, record, written, committed, documents_of(body)))
        case.head = pair.sm3
        self.leaves.append((key, pair))
        self.events.append((
            key, case.pk, case.seq, entry.act, entry.step, entry.on, entry.minute, at, self.person, written, committed,
            entry.corrects, entry.void, prev, pair.sm3, pair.sha256,
        ))  # fmt: skip

    def _project(self, case: Case, shown: Projection) -> None:
        shown.onto(case)
        for row in shown.clocks:
            self.clocks.append((
                case.pk, case.unit_id, case.procedure, row.name, row.started_on, row.last_day, row.minute, row.party,
                row.provisional,
            ))  # fmt: skip

    def save(self, cursor: Cursor, changes: Sequence[Change]) -> None:
        """The records, their places in the ledger, and the clocks."""
        insert(cursor, "event", self.events)
        insert(cursor, "secret", self.secrets)
        clear_clocks(cursor, [change.case.pk for change in changes if change.judgement is not None])
        insert(cursor, "clock", self.clocks)
        sequence.place(cursor, self.leaves)

    def follow(self, cursor: Cursor, changes: Sequence[Change]) -> None:
        """The other rows that these changes bring along."""
        if not changes:
            return
        for change in changes:
            case = change.case
            if change.erases:
                Secret.objects.filter(events_within(case.pk)).delete()
                # what a material was called may name a person; an official document has its template's title
                Document.objects.filter(case=case, kind=Document.Kind.ATTACHMENT).update(title=ERASED)
            if change.parties is not None and case.seq > len(change.entries):
                Party.objects.filter(case=case).delete()
            for place, document in change.documents:
                document.case_id = case.pk
                document.event_id = case.pk << SEQ_BITS | (case.seq - len(change.entries) + 1 + place)
            for note in change.notes:
                note.case_id, note.at = case.pk, self.moment
                note.key = note.key or f"{case.pk}:{case.seq}:{note.person_id}:{note.kind}"
        self._follow_many(cursor, changes)

    def _follow_many(self, cursor: Cursor, changes: Sequence[Change]) -> None:
        ended = [key for change in changes for key in change.ended]
        if ended:
            Assignment.objects.filter(pk__in=ended).delete()
        insert(cursor, "assignment", [
            (change.case.pk, row.unit_id, row.person_id, row.kind, self.at)
            for change in changes for row in change.assignments
        ])  # fmt: skip
        insert(cursor, "party", [
            (change.case.pk, party.place, party.role, party.kind, party.name, party.id_number_sealed,
             party.phone_sealed, party.address_sealed, party.id_number_digest, party.phone_digest)
            for change in changes for party in change.parties or ()
        ])  # fmt: skip
        unlinked = [key for change in changes for key in change.unlinked]
        if unlinked:
            Link.objects.filter(pk__in=unlinked).delete()
        for change in changes:
            for link in change.links:
                link.case_id = change.case.pk
        Link.objects.bulk_create([link for change in changes for link in change.links], batch_size=500)
        documents = [document for change in changes for _, document in change.documents]
        if documents:
            Document.objects.bulk_create(documents, batch_size=500)
        notes = [note for change in changes for note in change.notes]
        if notes:
            Notification.objects.bulk_create(notes, batch_size=500, ignore_conflicts=True)
        texts = [
            (change.case.pk, f"{change.case.number} {change.words}") for change in changes if change.words is not None
        ]
        if texts:
            search.index(texts)


def today_number(moment: datetime | None = None) -> int:
    """The day number of the moment in Beijing."""
    return day_of(_today(moment or now()))
