"""What a leaf of the ledger says of a record: the same when it is made and when it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from fadu.ledger.leaf import COMMITMENTS, DOCUMENTS


class Record(NamedTuple):
    """What a record says beside its body."""

    act: str
    on: date
    step: str
    minute: int | None
    corrects: int | None
    void: bool


class Standing(NamedTuple):
    """Where a record stands: its case's number, its place there, when and by whom it was made, and after what.

    ``at``: ``stamp``; ``prev``: the SM3 leaf hash of the record before.
    """

    number: str
    seq: int
    at: str
    actor: str
    prev: bytes


def leaf_content(
    standing: Standing, record: Record, body: Mapping[str, Any], commits: Mapping[str, str]
) -> dict[str, Any]:
    """The leaf of a record. ``commits``: name → commitment of a personal value kept apart.

    Its documents are the body's ``document`` and, of an official one, the same in ``word``.
    """
    documents = [body[name]["sm3"] for name in ("document", "word") if isinstance(body.get(name), Mapping)]
    return {
        "v": 1, "case": standing.number, "seq": standing.seq, "act": record.act, "step": record.step,
        "on": record.on.isoformat(), "minute": record.minute, "at": standing.at, "actor": standing.actor, "body": body,
        "corrects": record.corrects, "void": record.void, "prev": standing.prev.hex(), COMMITMENTS: commits,
        DOCUMENTS: documents,
    }  # fmt: skip


def stamp(moment: datetime) -> str:
    """A moment as a leaf has it."""
    naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return f"{naive.isoformat(timespec='microseconds')}Z"
