"""A history in the making: steps in order, not yet dated, that lawbook conditions can read."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from random import Random

from fadu.law.cases import Event, FieldValue
from fadu.law.conditions import Compare, Condition, Literal, Name, OfStep, Within, walk
from fadu.law.dates import event_key
from fadu.law.procedures import Field, Procedure

LAST_MINUTE = 1439
"""Undated events share one day and its last minute, so that no clock can run out on them."""


class Sketch:
    """Events taken so far. Offers what compiled conditions read: ``keys``, ``fields``, ``event_at``."""

    __slots__ = ("day", "events", "fields", "keys")

    def __init__(self, fields: Mapping[str, FieldValue], day: int) -> None:
        self.events: list[Event] = []
        self.fields = fields
        self.day = day
        self.keys: dict[str, list[int]] = {}

    def copy(self) -> Sketch:
        """A sketch that can be carried on separately."""
        other = Sketch(self.fields, self.day)
        other.events = self.events[:]
        other.keys = {step: keys[:] for step, keys in self.keys.items()}
        return other

    def take(self, event: Event) -> None:
        """Add an event at the end."""
        key = event_key(self.day, len(self.events), LAST_MINUTE)
        self.events.append(replace(event, day=self.day, minute=LAST_MINUTE))
        self.keys.setdefault(event.step, []).append(key)

    def with_event(self, event: Event) -> Sketch:
        """A sketch that goes on with this event."""
        other = self.copy()
        other.take(event)
        return other

    def event_at(self, key: int) -> Event:
        return self.events[key >> 12 & 0xFFFFF]

    def any_done(self, steps: tuple[str, ...]) -> bool:
        return any(step in self.keys for step in steps)


def literals(trees: list[Condition], name: str) -> list[bool | float | str]:
    """Every value the conditions compare ``name`` with."""
    found: list[bool | float | str] = []
    for tree in trees:
        for part in walk(tree):
            match part:
                case Compare(_, Name(known), Literal(value)) if known == name:
                    found.append(value)
                case Within(Name(known), options) if known == name:
                    found += options
                case _:
                    pass
    return list(dict.fromkeys(found))


def names(tree: Condition | None) -> set[str]:
    """The fields (or event attributes) a condition reads."""
    return set() if tree is None else {part.name for part in walk(tree) if isinstance(part, Name)}


def steps_read(tree: Condition | None) -> set[str]:
    """The steps a condition asks about (``done``, ``count``, ``outcome``)."""
    return set() if tree is None else {part.step for part in walk(tree) if isinstance(part, OfStep)}


def _compared_with_a_count(tree: Condition) -> set[str]:
    """The number fields that say how many of a step there should be (联办部门数)."""
    pairs = [(part.left, part.right) for part in walk(tree) if isinstance(part, Compare)]
    pairs += [(right, left) for left, right in pairs]
    return {side.name for side, other in pairs if isinstance(side, Name) and isinstance(other, OfStep)}


def counted(tree: Condition | None) -> set[str]:
    """The steps of which a condition asks how many there are."""
    found = () if tree is None else walk(tree)
    return {part.step for part in found if isinstance(part, OfStep) and part.function == "count"}


def conditions(procedure: Procedure) -> list[Condition]:
    """Every condition on the case in a procedure: of steps, clocks and duties."""
    found: list[Condition | None] = [step.applies for step in procedure.steps.values()]
    found += [duty.applies for duty in procedure.duties.values()]
    for clock in procedure.clocks.values():
        found += [clock.applies, clock.extension.when if clock.extension else None]
        found += [rule.when for rule in clock.terms]
    return [tree for tree in found if tree is not None]


class Circumstances:
    """Draws the fields of a case: mostly the usual (default) values, sometimes any other.

    ``usual``: how often a field takes which value, where that is known; a number then never takes another.
    """

    def __init__(self, procedure: Procedure, usual: Mapping[str, Mapping[FieldValue, float]]) -> None:
        self.usual = usual
        trees = conditions(procedure)
        self.few = {name for tree in trees for name in _compared_with_a_count(tree)}
        self.fields = [item for item in procedure.fields.values() if item.kind not in ("text", "date")]
        self.thresholds = {item.name: [float(value) for value in literals(trees, item.name)
                                       if isinstance(value, int | float)] for item in self.fields}

    def draw(self, rng: Random, stirred: Set[str]) -> dict[str, FieldValue]:
        """``stirred``: fields that should take any of their values, not mostly the usual one."""
        return {item.name: self._value(item, rng, item.name in stirred) for item in self.fields}

    def _value(self, item: Field, rng: Random, stirred: bool) -> FieldValue:
        if item.name in self.usual and (not stirred or item.kind == "number"):
            weights = self.usual[item.name]
            drawn = rng.choices(list(weights), list(weights.values()))[0]
            return float(str(drawn)) if item.kind == "number" else drawn  # a key of a TOML table is always text
        if item.default is not None and not stirred and rng.random() < _USUAL[item.kind]:
            return item.default
        if item.kind == "choice":
            return rng.choice(item.choices)
        if item.kind == "flag":
            return rng.random() < 0.5
        if item.name in self.few:
            return float(rng.choice((1, 1, 2, 2, 3)))
        marks = [mark for mark in self.thresholds[item.name] if mark > 0]
        if marks and rng.random() < 0.7:
            mark = rng.choice(marks)
            return float(round(mark * rng.choice((0.4, 0.8, 1.0, 1.3, 2.0))) or mark)
        return float(rng.choice((1, 2, 3, 5, 8)) * 10 ** rng.choice((2, 3, 3, 4)))


_USUAL = {"choice": 0.7, "flag": 0.88, "number": 0.4}
