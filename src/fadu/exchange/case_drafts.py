"""Cases as read from a register, not yet recorded; and the rows that were returned, each with its reason."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from fadu.exchange.sheet_mapping import Target
from fadu.law.cases import Event, FieldValue
from fadu.law.dates import NO_MINUTE

_BRACKETS = str.maketrans("［【〖〔([{﹝", "〔〔〔〔〔〔〔〔") | str.maketrans("］】〗〕)]}﹞", "〕〕〕〕〕〕〕〕")
_OWN_NUMBER = re.compile(r"[\W\d_第号]*")


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party of a case, by role (申请人, 当事人, …). Personal data: keep it where it is encrypted."""

    role: str
    name: str
    identity: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case that may be recorded: checked against the procedure version that binds it.

    ``key`` is the same for the same case in any file; ``digest`` changes when anything of the case changes. A case
    whose key and digest are known is left alone; one whose digest differs has changed.
    """

    procedure: str
    version: int
    """Effective day of the version that bound it."""
    number: str
    unit: str
    title: str
    summary: str
    fields: Mapping[str, FieldValue]
    parties: tuple[PartyDraft, ...]
    events: tuple[Event, ...]
    """In order: by day, then as the procedure orders its steps (or as the rows stood)."""
    sheet: str
    rows: tuple[int, ...]
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row was returned. ``column`` is a letter, empty for the whole row."""

    sheet: str
    row: int
    column: str
    label: str
    kind: str
    found: str
    reason: str
    accepted: str = ""
    rule: str = ""
    advice: str = ""

    @property
    def place(self) -> str:
        """``处罚台账!F12``, or the row."""
        return f"{self.sheet}!{self.column}{self.row}" if self.column else f"{self.sheet} 第 {self.row} 行"

    def __str__(self) -> str:
        parts = [self.reason, *(f"{word}：{text}" for word, text in
                 (("接受", self.accepted), ("依据", self.rule), ("请", self.advice)) if text)]  # fmt: skip
        return f"{self.place}: " + "；".join(parts)


@dataclass(frozen=True, slots=True)
class Held:
    """Rows without a fault of their own, returned with the faulty row of the same case: no case is taken in part."""

    number: str
    rows: tuple[int, ...]
    because: int


@dataclass(frozen=True)
class Result:
    """What a mapping made of a table. Every data row is in a draft, has a fault, is held, or equals an earlier one."""

    sheet: str
    rows: int
    drafts: tuple[CaseDraft, ...]
    faults: tuple[RowFault, ...]
    held: tuple[Held, ...] = ()
    equal: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    letters: Mapping[Target, str] = field(default_factory=dict)
    """Target → the letter of its column, for faults that are found later."""

    def fault(self, draft: CaseDraft, target: Target, kind: str, reason: str, rule: str = "") -> RowFault:
        """A fault found after reading (the law refuses a step), placed at the cell it comes from."""
        column = self.letters.get(target, "")
        return RowFault(self.sheet, draft.rows[0], column, target.label(), kind, "", reason, rule=rule)


def case_key(procedure: str, number: str, unit: str) -> str:
    """The identity of a case in any file: its register and number, brackets and widths made alike.

    A number without letters or words (12, 2023-12) is one unit's own, so that the unit is part of it.

    >>> case_key("penalty", "京怀罚【２０２３】12号", "a") == case_key("penalty", "京怀罚〔2023〕12号", "b")
    True
    >>> case_key("penalty", "2023-12", "a") == case_key("penalty", "2023-12", "b")
    False
    """
    own = unit if is_own_number(number) else ""
    return sha256("\0".join((procedure, _plain_number(number), own)).encode()).hexdigest()


def is_own_number(number: str) -> bool:
    """Whether a number has neither letters nor words, so that another unit may have the same.

    >>> is_own_number("2023-12号"), is_own_number("京怀罚〔2023〕12号")
    (True, False)
    """
    return _OWN_NUMBER.fullmatch(_plain_number(number)) is not None


def _plain_number(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).translate(_BRACKETS).split()).casefold()


def content_digest(unit: str, texts: tuple[str, str], fields: Mapping[str, FieldValue],
                   parties: tuple[PartyDraft, ...], events: tuple[Event, ...]) -> str:  # fmt: skip
    """SHA-256 of everything a register says of a case, whatever the order of its columns and rows."""
    content = {
        "unit": unit, "title": texts[0], "summary": texts[1], "fields": dict(fields),
        "parties": sorted([p.role, p.name, p.identity, p.phone, p.address] for p in parties),
        "events": sorted(map(_event, events), key=repr),
    }  # fmt: skip
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _event(event: Event) -> list[object]:
    minute = None if event.minute == NO_MINUTE else event.minute
    return [event.day, minute, event.step, list(event.by), event.officers, event.days, event.outcome, event.approved_by,
            event.reason, event.amount]  # fmt: skip
