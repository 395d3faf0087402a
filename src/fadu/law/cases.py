"""A case and its history: events folded to what is in force, as known on a day.

The fold removes what was corrected or not yet known, orders by day and then by place, and keys
every event (``dates.event_key``), so that rules compare integers.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from fadu.law.dates import NO_MINUTE, iso
from fadu.law.errors import CaseError
from fadu.law.procedures import Procedure

FieldValue = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Event:
    """A step made: on ``day``, by someone. ``recorded``: the day the system learned of it."""

    step: str
    day: int
    minute: int = NO_MINUTE
    recorded: int | None = None
    by: tuple[str, ...] = ()
    officers: int | None = None
    days: int | None = None
    outcome: str | None = None
    approved_by: str | None = None
    reason: str | None = None
    amount: float | None = None
    id: str | None = None
    corrects: str | None = None
    void: bool = False

    @property
    def known_on(self) -> int:
        """The day it was known: recorded, or the day it happened where that was not kept."""
        return self.day if self.recorded is None else self.recorded


@dataclass(frozen=True, slots=True)
class Case:
    """One matter (办件). Events in the order they were recorded."""

    id: str
    procedure: str
    events: Sequence[Event]
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    unit: str = ""


class History:
    """The events of a case in force on a day, and what the law deems to have happened.

    ``keys[step]`` lists the keys of that step in order. ``event_at(key)`` gives the recorded event.
    """

    __slots__ = ("as_of", "deemed", "events", "fields", "keys")

    def __init__(self, events: Sequence[Event], fields: Mapping[str, FieldValue], as_of: int) -> None:
        self.events = events
        self.fields = fields
        self.as_of = as_of
        self.deemed: list[tuple[str, int]] = []
        keys: dict[str, list[int]] = {}
        place = 0
        for event in events:
            key = event.day << 32 | place | event.minute
            place += _NEXT
            step = event.step
            if step in keys:
                keys[step].append(key)
            else:
                keys[step] = [key]
        self.keys = keys

    def event_at(self, key: int) -> Event:
        return self.events[key >> 12 & 0xFFFFF]

    def first(self, steps: tuple[str, ...]) -> int | None:
        """The key of the first event of any of ``steps``."""
        keys, best = self.keys, None
        for step in steps:
            if step in keys:
                key = keys[step][0]
                if best is None or key < best:
                    best = key
        return best

    def last(self, steps: tuple[str, ...]) -> int | None:
        """The key of the last event of any of ``steps``."""
        keys, best = self.keys, None
        for step in steps:
            if step in keys:
                key = keys[step][-1]
                if best is None or key > best:
                    best = key
        return best

    def next_after(self, steps: tuple[str, ...], key: int) -> int | None:
        """The first event of any of ``steps`` that comes after ``key``."""
        keys, best = self.keys, None
        for step in steps:
            if step in keys:
                known = keys[step]
                if known[-1] > key:
                    found = known[0] if known[0] > key else known[bisect_right(known, key)]
                    if best is None or found < best:
                        best = found
        return best

    def deem(self, step: str, key: int) -> None:
        """Insert a deemed step; the first real event of that step after it is absorbed."""
        known = self.keys.setdefault(step, [])
        index = bisect_right(known, key)
        if index < len(known):
            del known[index]
        insort(known, key)
        self.deemed.append((step, key))


_NEXT = 1 << 12
_BY_DAY = attrgetter("day")


def fold(case: Case, procedure: Procedure, as_of: int, known_on: int | None = None) -> History:
    """The history in force at the end of ``as_of``, as known at the end of ``known_on``.

    Raises ``CaseError`` for a step the procedure does not have, a correction that names no event,
    or an event before the case opens.
    """
    return fold_with(case, procedure, field_defaults(procedure), as_of, known_on)


def field_defaults(procedure: Procedure) -> dict[str, FieldValue]:
    """What the fields of a case are where it does not say (None: unknown)."""
    return {name: item.default for name, item in procedure.fields.items()}


def fold_with(
    case: Case, procedure: Procedure, defaults: Mapping[str, FieldValue], as_of: int, known_on: int | None = None
) -> History:
    """``fold`` with the procedure's ``field_defaults`` at hand."""
    ordered = sorted(standing(case, known_on), key=_BY_DAY)
    if ordered and ordered[-1].day > as_of:
        ordered = [event for event in ordered if event.day <= as_of]
    history = History(ordered, _with_defaults(case.fields, defaults), as_of)
    steps = procedure.steps
    if ordered and not (history.keys.keys() <= steps.keys() and steps[ordered[0].step].opens):
        _refuse_unreadable(case, procedure, ordered)
    return history


def _with_defaults(fields: Mapping[str, FieldValue], defaults: Mapping[str, FieldValue]) -> Mapping[str, FieldValue]:
    if not fields:
        return defaults
    if None in fields.values():
        return {**defaults, **{name: value for name, value in fields.items() if value is not None}}
    return {**defaults, **fields}


def standing(case: Case, known_on: int | None = None) -> Sequence[Event]:
    """The events that stand after corrections, as known at the end of ``known_on``, as recorded.

    Raises ``CaseError`` for a correction that names no event recorded before it.
    """
    events = case.events
    for event in events:
        if event.corrects is not None or event.void:
            return _corrected(case, known_on)
    return events if known_on is None else [event for event in events if event.known_on <= known_on]


def _corrected(case: Case, known_on: int | None) -> list[Event]:
    """Apply corrections in the order they were recorded; a replacement takes the place of what it corrects."""
    found: list[Event | None] = []
    at: dict[str, int] = {}
    for event in _as_recorded(case.events):
        if event.corrects is None:
            if event.void:
                raise CaseError(f"办件 {case.id}：{iso(event.day)} 的撤销（void）没有写明撤销哪个事件；请写 corrects")
            place = len(found)
            found.append(None)
        elif event.corrects in at:
            place = at[event.corrects]
        else:
            raise CaseError(
                f"办件 {case.id}：更正的事件“{event.corrects}”不存在；corrects 应是同一办件中先记录的事件编号"
            )
        if event.id is not None:
            at[event.id] = place
        if known_on is None or event.known_on <= known_on:
            found[place] = None if event.void else event
    return [event for event in found if event is not None]


def _as_recorded(events: Sequence[Event]) -> Iterator[Event]:
    """Originals in their order, then corrections, each after what it corrects.

    A file may list a correction before its target, because it is dated earlier.
    """
    named = {event.id for event in events}
    seen: set[str | None] = set()
    waiting = []
    for event in events:
        if event.corrects is None or event.corrects not in named:
            seen.add(event.id)
            yield event
        else:
            waiting.append(event)
    waiting.sort(key=lambda event: event.known_on)
    while waiting:
        ready = next((event for event in waiting if event.corrects in seen), waiting[0])
        waiting.remove(ready)
        seen.add(ready.id)
        yield ready


def _refuse_unreadable(case: Case, procedure: Procedure, ordered: Sequence[Event]) -> None:
    """Say which event it is that the procedure cannot read."""
    steps = procedure.steps
    for event in ordered:
        if event.step not in steps:
            accepted = "、".join(f"{step.name}（{step.label}）" for step in steps.values())
            raise CaseError(
                f"办件 {case.id}：{iso(event.day)} 的环节“{event.step}”不在程序“{procedure.name}”中；可用：{accepted}"
            )
    if ordered and not steps[ordered[0].step].opens:
        first, opening = ordered[0], "、".join(steps[name].label for name in procedure.openings)
        raise CaseError(
            f"办件 {case.id}：{iso(first.day)} 的“{steps[first.step].label}”早于办件开始；第一个环节应是：{opening}"
        )
