"""What a register that is imported says of a case that is known already: new steps, corrections, amended facts.

What an import said, a later import may correct. What a person recorded or corrected in the office is not overwritten:
where the file still says what it said before, the person's word stands; where it says something else, the row is
returned with both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fadu.acts.import_parties import Said, Statements, parties_news, weigh
from fadu.acts.moves import ATTRIBUTES, LABELS, Move
from fadu.acts.recording import Loaded
from fadu.exchange.case_drafts import CaseDraft
from fadu.law.cases import Event, FieldValue
from fadu.law.dates import NO_MINUTE, date_of
from fadu.law.procedures import Procedure
from fadu.store.histories import NAMING, STEP_ACTS, Row, fields_after
from fadu.store.models import Secret
from fadu.store.reading import event_id
from fadu.store.sealing import unseal

SOURCE = "import"
"""``Actor.source`` of an import; each of its records says so."""

COMPARED = tuple(name for name in ATTRIBUTES if name != "note")


@dataclass
class News:
    """What is to be recorded of the case, in words too; ``against``: what contradicts what persons recorded."""

    moves: list[Move] = field(default_factory=list)
    corrections: list[tuple[Row, Move]] = field(default_factory=list)
    fields: dict[str, FieldValue] = field(default_factory=dict)
    personal: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.moves or self.corrections or self.fields or self.personal)


def by_import(row: Row) -> bool:
    """Whether an import made the record."""
    return bool(row.body.get("source") == SOURCE)


def said_of(loaded: Mapping[int, Loaded]) -> dict[int, dict[str, list[Said]]]:
    """What the records say of title, summary and parties: case → name → each statement in order."""
    found: dict[int, dict[str, list[Said]]] = {}
    rows = {event_id(row.case, row.seq): row for each in loaded.values() for row in each.rows if row.act in NAMING}
    query = Secret.objects.filter(event_id__in=rows, name__in=("title", "summary", "parties")).order_by("event_id")
    for event, name, sealed in query.values_list("event_id", "name", "sealed"):
        said = json.loads(unseal(sealed, f"secret.{name}")), by_import(rows[event])
        found.setdefault(rows[event].case, {}).setdefault(name, []).append(said)
    return found


def compare(found: Loaded, said: Mapping[str, list[Said]], draft: CaseDraft, procedure: Procedure) -> News:
    """What the draft says that the records do not."""
    news = News()
    _compare_unit(news, found, draft)
    _Steps(news, found.rows, procedure).compare(draft.events)
    _compare_fields(news, found.rows, draft, procedure)
    if any(row.act == "erase" for row in found.rows):
        if draft.title or draft.summary or draft.parties:
            news.remarks.append("个人信息已依申请删除，标题、内容、当事人没有再写入")
    else:
        _compare_personal(news, said, draft)
    return news


def _compare_unit(news: News, found: Loaded, draft: CaseDraft) -> None:
    units = [(row.body["unit"], by_import(row)) for row in found.rows if "unit" in row.body]
    if weigh(draft.unit, [*units[:1], *((unit, False) for unit, _ in units[1:])]) in ("new", "against"):
        news.against.append(f"承办单位已登记为“{found.case.unit.name}”，改派请在办件页进行")


def _compare_fields(news: News, rows: Sequence[Row], draft: CaseDraft, procedure: Procedure) -> None:
    for name, value in draft.fields.items():
        known = [
            (fields_after([row])[name], by_import(row)) for row in rows if name in row.body.get("fields", {})
        ]
        label = procedure.fields[name].label if name in procedure.fields else name
        match weigh(value, known):
            case "new":
                news.fields[name] = value
                before = f"{_shown(known[-1][0])} → " if known and known[-1][0] is not None else ""
                news.words.append(f"字段“{label}”（{before}{_shown(value)}）")
            case "against":
                news.against.append(f"字段“{label}”由人登记为“{_shown(known[-1][0])}”，表里是“{_shown(value)}”")


def _compare_personal(news: News, said: Mapping[str, list[Said]], draft: CaseDraft) -> None:
    for name, label, value in (("title", "标题", draft.title), ("summary", "内容", draft.summary)):
        match weigh(value, said.get(name, ())):
            case "new":
                news.personal[name] = value
                news.words.append(f"修改{label}" if said.get(name) else f"补上{label}")
            case "against":
                news.against.append(f"{label}与人登记的不同")
    parties = parties_news(said.get("parties", []), draft.parties)
    news.words += parties.words
    news.against += parties.against
    if parties.words:
        news.personal["parties"] = parties.after


class _Steps:
    """The steps of a case beside those of a draft. A chain is a record and what corrected it, in order."""

    def __init__(self, news: News, rows: Sequence[Row], procedure: Procedure) -> None:
        self.news, self.procedure = news, procedure
        self.chains: dict[str, list[list[Row]]] = {}
        chain_of: dict[int, list[Row]] = {}
        for row in rows:
            if not row.step or row.act not in STEP_ACTS:
                continue
            if row.corrects is None:
                chain_of[row.seq] = [row]
                self.chains.setdefault(row.step, []).append(chain_of[row.seq])
            else:
                chain_of[row.seq] = chain_of[row.corrects]
                chain_of[row.seq].append(row)

    def compare(self, events: Sequence[Event]) -> None:
        """Pair each event with the record it is, and say what differs."""
        waiting: dict[str, list[Event]] = {}
        for event in events:
            waiting.setdefault(event.step, []).append(event)
        for step, some in waiting.items():
            left = self._paired(self.chains.get(step, []), some)
            self._rest(step, [chain for chain in self.chains.get(step, []) if chain not in left[0]], left[1])
        for step, chains in self.chains.items():
            if step not in waiting:
                self._rest(step, chains, [])

    def _paired(self, chains: list[list[Row]], events: Sequence[Event]) -> tuple[list[list[Row]], list[Event]]:
        """Those that agree on the day: with what stands, else with what an import last said. (used, left over)"""
        used: list[list[Row]] = []
        rest = list(events)
        for standing in (True, False):
            for event in list(rest):
                for chain in chains:
                    if chain not in used and _day(chain, standing) == event.day:
                        used.append(chain)
                        rest.remove(event)
                        self._same(chain, event)
                        break
        return used, rest

    def _rest(self, step: str, chains: list[list[Row]], events: list[Event]) -> None:
        """Left over on either side: a day that was changed, a step that is new, a record the file has no more."""
        once = step in self.procedure.steps and self.procedure.steps[step].once
        chains = [chain for chain in chains if not chain[-1].void]
        for event in events:
            chain = next((found for found in chains if by_import(found[0]) or once), None)
            if chain is None:
                self.news.moves.append(move_of(event))
                self.news.words.append(f"补记“{self._label(step)}”（{date_of(event.day)}）")
            else:
                chains.remove(chain)
                self._same(chain, event)
        for chain in chains:
            if by_import(chain[-1]):
                self.news.remarks.append(f"表里没有“{self._label(step)}”（{chain[-1].on}），登记的保留；撤销请在办件页更正")

    def _same(self, chain: list[Row], event: Event) -> None:
        """A record and the event of the file that is the same step: correct what differs."""
        row = chain[-1]
        if row.void:
            self.news.remarks.append(f"“{self._label(row.step)}”（{row.on}）已由人撤销，没有再补记")
            return
        changed: dict[str, Any] = {}
        told = []
        for name, label, value, said in _aspects(chain, event):
            verdict = weigh(value, said)
            if verdict == "new":
                changed[name] = value
                before = _shown(said[-1][0])
                told.append(f"{label}（{before} → {_shown(value)}）" if before else f"{label}（补上 {_shown(value)}）")
            elif verdict == "against":
                self.news.against.append(
                    f"“{self._label(row.step)}”的{label}由人登记为“{_shown(said[-1][0])}”，表里是“{_shown(value)}”"
                )
        if changed:
            self.news.corrections.append((row, _corrected(row, changed)))
            self.news.words.append(f"更正“{self._label(row.step)}”的{'、'.join(told)}")

    def _label(self, step: str) -> str:
        return self.procedure.steps[step].label if step in self.procedure.steps else step


def _day(chain: Sequence[Row], standing: bool) -> int | None:
    """The day that stands, or the one that an import said last where a person has changed it since."""
    if standing:
        return None if chain[-1].void else (chain[-1].on - _EPOCH).days
    said = [row for row in chain if by_import(row)]
    return (said[-1].on - _EPOCH).days if said else None


_EPOCH = date_of(0)


def _aspects(chain: Sequence[Row], event: Event) -> Iterator[tuple[str, str, Any, Statements]]:
    """Everything an event says: its name, its word, what the file gives, what the records said."""
    flags = [by_import(row) for row in chain]
    yield "on", "日期", date_of(event.day), list(zip((row.on for row in chain), flags, strict=True))
    minute = None if event.minute == NO_MINUTE else event.minute
    yield "minute", "时刻", minute, list(zip((row.minute for row in chain), flags, strict=True))
    for name in COMPARED:
        known = [_of_body(row, name) for row in chain]
        yield name, LABELS[name], getattr(event, name), list(zip(known, flags, strict=True))


def _of_body(row: Row, name: str) -> Any:
    value = row.body.get(name)
    if name == "by":
        return tuple(value or ())
    return float(value) if name == "amount" and value is not None else value


def _corrected(row: Row, changed: Mapping[str, Any]) -> Move:
    """The record as it is to stand."""
    given = {name: _of_body(row, name) for name in ATTRIBUTES if row.body.get(name)} | {"on": row.on}
    given |= {"minute": row.minute, **changed}
    if "amount" in given:
        given["amount"] = amount_words(given["amount"])
    return Move(row.step, **given)


def move_of(event: Event, fields: Mapping[str, FieldValue] | None = None) -> Move:
    """An event of a register as it is handed in."""
    return Move(
        event.step, date_of(event.day), None if event.minute == NO_MINUTE else event.minute, event.by, event.officers,
        event.days, event.outcome, event.approved_by, event.reason, amount_words(event.amount), fields=fields or {},
    )  # fmt: skip


def amount_words(amount: float | None) -> str | None:
    """An amount as a record has it, without floats."""
    if amount is None:
        return None
    text = f"{amount:.4f}"
    return text.rstrip("0").rstrip(".")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(value)
    if isinstance(value, float):
        return amount_words(value) or ""
    return "" if value is None else str(value)[:60]
