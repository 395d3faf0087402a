"""A ledger kept in memory, with everything a store has: to be read, proved from, verified and tampered with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import groupby

from fadu.ledger.checkpoint import Checkpoint
from fadu.ledger.ed25519 import COSIGNATURE, Ed25519Signer
from fadu.ledger.hashes import Pair, leaf_pair
from fadu.ledger.leaf import canonical, commit, document_hash
from fadu.ledger.notes import sign_note
from fadu.ledger.records import NO_EVENT, CaseRecord, CheckpointRecord, DocumentRecord, EventRecord, Sealed
from fadu.ledger.tree import Frontier, Node, Reader

ORIGIN = "example.org/ledger"
LEDGER_KEY = Ed25519Signer.from_seed(ORIGIN, bytes(range(32)))
WITNESS_KEY = Ed25519Signer.from_seed("example.org/witness", bytes(range(1, 33)), COSIGNATURE)
STRANGER_KEY = Ed25519Signer.from_seed("example.org/stranger", bytes(range(2, 34)))
BEIJING = timezone(timedelta(hours=8))
START = datetime(2024, 2, 7, 9, 30, tzinfo=BEIJING)


class Rows(Reader):
    """Leaves and stored nodes, and how many rows were read of them."""

    def __init__(self, leaves: list[Pair], nodes: list[Node]) -> None:
        self._leaves = leaves
        self._nodes = {(node.level, node.index): node.pair for node in nodes}
        self.read = 0
        self.asked = 0

    def leaves(self, start: int, stop: int) -> list[Pair]:
        self.asked += 1
        found = self._leaves[start:stop]
        self.read += len(found)
        return found

    def node(self, level: int, index: int) -> Pair:
        self.read += 1
        return self._nodes[level, index]


def grown(leaves: list[Pair]) -> tuple[Frontier, Rows]:
    """The tree of these leaves, and what a store would keep of it."""
    tree, nodes = Frontier().extend(leaves)
    return tree, Rows(leaves, nodes)


def numbered(count: int) -> list[Pair]:
    return [leaf_pair(b"%d" % number) for number in range(count)]


@dataclass
class Case:
    """What a case row states of its events."""

    seq: int = 0
    head: bytes = NO_EVENT


@dataclass
class Kept:
    """A ledger as stored. Its lists may be changed by hand, which is what the tests do."""

    records: list[EventRecord] = field(default_factory=list)
    states: dict[str, Case] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    edge: bytes | None = None
    notes: list[CheckpointRecord] = field(default_factory=list)
    papers: list[DocumentRecord] = field(default_factory=list)
    origin: str = ORIGIN
    verifiers: tuple = (LEDGER_KEY.verifier, WITNESS_KEY.verifier)
    tree: Frontier = field(default_factory=Frontier)
    clock: datetime = START

    def record(self, case: str, body: dict, sealed: dict | None = None, papers: tuple[bytes, ...] = ()) -> EventRecord:
        """One event, as an act would write it."""
        state = self.states.setdefault(case, Case())
        kept = tuple(Sealed(name, _salt(name, len(self.records)), value) for name, value in (sealed or {}).items())
        content = {"case": case, "seq": state.seq + 1, "prev": state.head.hex(), "body": body}
        if kept:
            content["commitments"] = {each.name: commit(each.salt, each.name, each.value) for each in kept}
        if papers:
            content["documents"] = [document_hash([paper]) for paper in papers]
        data = canonical(content)
        pair = leaf_pair(data)
        index = self.tree.size
        event = EventRecord(index + 1, case, state.seq + 1, data, state.head, pair, index, kept, self.clock)
        self.tree, made = self.tree.append(pair)
        self.records.append(event)
        self.nodes += made
        self.edge = self.tree.to_bytes()
        self.states[case] = Case(state.seq + 1, pair.sm3)
        where = f"办件 {case} 第 {event.seq} 个事件的文书"
        self.papers += [DocumentRecord(where, document_hash([paper]), data, [paper]) for paper in papers]
        self.clock += timedelta(minutes=1)
        return event

    def checkpoint(self, *signers: Ed25519Signer) -> str:
        """A signed checkpoint of the ledger as it is now."""
        stated = Checkpoint(ORIGIN, self.tree.size, self.tree.root(), self.clock.isoformat())
        note = sign_note(stated.text, signers or [LEDGER_KEY])
        self.notes.append(CheckpointRecord(stated.size, note))
        return note

    @property
    def rows(self) -> Rows:
        return Rows([each.stored for each in self.records if each.stored and each.index is not None], self.nodes)

    def change(self, position: int, **changed) -> None:
        """Replace fields of an event by hand."""
        self.records[position] = replace(self.records[position], **changed)

    # -- as a `Source` --------------------------------------------------------------------------------------------

    def events(self):
        last = len(self.records) + 1
        return iter(sorted(self.records, key=lambda each: last if each.index is None else each.index))

    def cases(self):
        ordered = sorted(self.records, key=lambda each: (each.case, each.seq))
        found = {case: list(events) for case, events in groupby(ordered, key=lambda each: each.case)}
        for case, state in self.states.items():
            yield CaseRecord(case, state.seq, state.head, iter(found.get(case, [])))

    def stored_nodes(self, level: int):
        return iter(sorted(node for node in self.nodes if node.level == level))

    def node_count(self) -> int:
        return len(self.nodes)

    def frontier(self) -> bytes | None:
        return self.edge

    def checkpoints(self):
        return iter(self.notes)

    def documents(self):
        return iter(self.papers)


def _salt(name: str, number: int) -> bytes:
    """A salt that the tests can foresee."""
    return leaf_pair(f"{name} {number}".encode()).sm3


def office(events: int = 700, cases: int = 40) -> Kept:
    """A ledger of several tiles, with personal values, documents and a checkpoint every 100 events."""
    kept = Kept()
    for number in range(events):
        sealed = {"姓名": f"某{number}", "电话": f"1380000{number:04}"} if number % 7 == 0 else None
        papers = (f"第 {number} 号决定书".encode(),) if number % 11 == 0 else ()
        kept.record(f"A-{number % cases:03}", {"step": "receive", "number": number}, sealed, papers)
        if number % 100 == 99:
            kept.checkpoint()
    return kept
