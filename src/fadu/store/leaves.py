"""What a leaf of the ledger says of a record: the same when it is made and when it is verified."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from fadu.ledger.leaf import COMMITMENTS, DOCUMENTS

_quoted = json.encoder.encode_basestring


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
    """The leaf of a record. ``commits``: name → commitment of a personal value kept apart."""
    return {
        "v": 1, "case": standing.number, "seq": standing.seq, "act": record.act, "step": record.step,
        "on": record.on.isoformat(), "minute": record.minute, "at": standing.at, "actor": standing.actor, "body": body,
        "corrects": record.corrects, "void": record.void, "prev": standing.prev.hex(), COMMITMENTS: commits,
        DOCUMENTS: documents_of(body),
    }  # fmt: skip


def leaf_text(standing: Standing, record: Record, body: str, commits: str, documents: Sequence[str] = ()) -> bytes:
    """``canonical`` of ``leaf_content``, put together from the canonical texts of its body and commitments.

    ``documents``: the SM3 hashes (hex) of those the body names.
    """
    return (
        f'{{"act":{_quoted(record.act)},"actor":{_quoted(standing.actor)},"at":"{standing.at}","body":{body}'
        f',"case":{_quoted(standing.number)},"{COMMITMENTS}":{commits},"corrects":{_number(record.corrects)}'
        f',"{DOCUMENTS}":[{",".join(map(_quoted, documents))}],"minute":{_number(record.minute)}'
        f',"on":"{record.on.isoformat()}","prev":"{standing.prev.hex()}","seq":{standing.seq}'
        f',"step":{_quoted(record.step)},"v":1,"void":{"true" if record.void else "false"}}}'
    ).encode()


def documents_of(body: Mapping[str, Any]) -> list[str]:
    """The SM3 hashes (hex) of what the record brings: the body's ``document`` and, of an official one, its ``word``."""
    return [str(body[name]["sm3"]) for name in ("document", "word") if isinstance(body.get(name), Mapping)]


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def stamp(moment: datetime) -> str:
    """A moment as a leaf has it."""
    naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return f"{naive.isoformat(timespec='microseconds')}Z"
