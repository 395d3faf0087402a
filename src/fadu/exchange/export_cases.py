"""Cases on their way out: what every export is made of, and names of persons made into pseudonyms."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from fadu.law.cases import FieldValue

SIMULATED = "模拟数据"


@dataclass(frozen=True, slots=True)
class ExportEvent:
    """A step made on ``day`` (days since 1970-01-01), at ``minute`` of the day where that is known.

    ``label`` is the step's name on screen. ``by`` are pseudonyms (``pseudonym``), never names. ``documents`` are ids
    of the case's documents that the step issued. Only events that stand: corrections are applied before.
    """

    step: str
    label: str
    day: int
    minute: int | None = None
    recorded: int | None = None
    unit: str = ""
    by: tuple[str, ...] = ()
    officers: int | None = None
    days: int | None = None
    outcome: str | None = None
    approved_by: str | None = None
    reason: str | None = None
    amount: float | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """A document of a case: ``kind`` as the lawbook names it (受理通知书), its number and the day it bears."""

    id: str
    kind: str
    number: str = ""
    day: int | None = None


@dataclass(frozen=True, slots=True)
class ExportCase:
    """A case as it is exported. ``procedure`` and ``unit`` are codes; their labels are what people read."""

    number: str
    procedure: str
    procedure_label: str
    unit: str
    unit_label: str
    title: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    events: tuple[ExportEvent, ...] = ()
    documents: tuple[ExportDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What an export is: its title, lines of (name, text) such as filters and who made it, and whether simulated."""

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    simulated: bool = False


def pseudonym(person: str, key: bytes) -> str:
    """The same person's same mark under one key; without the key it leads back to nobody (HMAC-SHA-256).

    >>> pseudonym("officer-7", b"k" * 32) == pseudonym("officer-7", b"k" * 32) != pseudonym("officer-7", b"j" * 32)
    True
    """
    if len(key) < 16:
        raise ValueError("假名的密钥至少 16 字节")
    digest = hmac.new(key, person.encode(), sha256).digest()
    return "P-" + base64.b32encode(digest[:10]).decode()
