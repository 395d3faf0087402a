"""What `fadu.ledger.verdicts` is fed: small records of what is stored, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fadu.ledger.hashes import Pair
from fadu.ledger.notes import Verifier
from fadu.ledger.tree import Node

NO_EVENT = b""
"""The ``prev`` of a case's first event, and the ``head`` of a case without events."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal value kept apart from the leaf that commits to it.

    ``erased``: by decision, so that salt and value are gone. ``fault``: why it could not be unsealed, in words.
    """

    name: str
    salt: bytes
    value: Any
    erased: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as it is stored.

    ``position``: its row, for words only. ``seq``: its number in the case, from 1. ``data``: the leaf, made anew from
    the columns that people read. ``prev``: the SM3 leaf hash of the case's event before. ``stored``: the leaf's hashes
    as they were written with the event; None: it has none. ``index``: its place in the ledger; None: not sequenced yet.
    ``sealed``: one for each commitment of the leaf. ``recorded_at`` (aware) tells a late event from a forgotten one.
    """

    position: int
    case: str
    seq: int
    data: bytes
    prev: bytes
    stored: Pair | None
    index: int | None
    sealed: tuple[Sealed, ...] = ()
    recorded_at: datetime | None = None

    @property
    def where(self) -> str:
        return f"办件 {self.case} 第 {self.seq} 个事件（记录 {self.position}）"


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case with all its events in order of ``seq``, and the number and SM3 leaf hash of the last that it states."""

    case: str
    seq: int
    head: bytes
    events: Iterable[EventRecord]


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """A signed checkpoint as it is stored, and the size under which it is filed."""

    size: int
    note: str


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of an event: the SM3 hash (hex) filed for it, the event's leaf, and its bytes.

    ``leaf``: None where no event brings it. ``chunks``: None where the file is not there; ``erased``: by decision.
    """

    where: str
    sm3: str
    leaf: bytes | None
    chunks: Iterable[bytes] | None
    erased: bool = False


class Source(Protocol):
    """A ledger as it is stored. Every stream may be asked for more than once, and none is held in memory."""

    @property
    def origin(self) -> str:
        """The ledger's name in its checkpoints."""
        ...

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """The ledger's public keys, old ones too, and those of its witnesses."""
        ...

    def events(self) -> Iterable[EventRecord]:
        """Every event: those with an index in its order, then those without."""
        ...

    def cases(self) -> Iterable[CaseRecord]:
        """Every case, each once."""
        ...

    def stored_nodes(self, level: int) -> Iterable[Node]:
        """The stored nodes of a level, in order of index."""
        ...

    def node_count(self) -> int:
        """How many nodes are stored, on all levels."""
        ...

    def frontier(self) -> bytes | None:
        """The stored frontier; None: there is none."""
        ...

    def checkpoints(self) -> Iterable[CheckpointRecord]:
        """Every checkpoint, in the order in which they were made."""
        ...

    def documents(self) -> Iterable[DocumentRecord]:
        """Every document, once for each event that brings it."""
        ...
