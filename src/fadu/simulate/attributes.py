"""Attributes of events: drawn so that every ``must`` of the procedure holds, or so that one does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from random import Random
from typing import Any

from fadu.law.cases import Event
from fadu.law.duties import CompiledDuty
from fadu.law.judge import Plan
from fadu.law.procedures import Procedure, Step
from fadu.simulate.sketch import Sketch, literals, names

REASON = "情况记录在案（模拟）"
HEAD = "行政机关负责人"
CLERK = "承办人员"
HAND = "经办人甲"
SUMS = (200.0, 1000.0, 3000.0, 5000.0, 20000.0)
TRIES = 24


class Attributes:
    """What the events of each step may carry. ``outcomes``: by step, how often it ends how, where that is known.

    ``stirred``: steps that for now end in any way, not mostly in the usual one.
    """

    def __init__(self, plan: Plan, outcomes: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.procedure = plan.procedure
        self.outcomes = outcomes or {}
        self.stirred: Set[str] = frozenset()
        self.musts: dict[str, list[CompiledDuty]] = defaultdict(list)
        for duty in plan.duties:
            if duty.must is not None:
                for step in duty.duty.steps:
                    self.musts[step].append(duty)
        self.caps = {clock.extension.step: clock.extension.span.number
                     for clock in plan.procedure.clocks.values() if clock.extension}
        self.ranges = {step.name: self._range(step) for step in plan.procedure.steps.values()}

    def _range(self, step: Step) -> dict[str, list[Any]]:
        """Attribute → the values to draw from."""
        trees = [duty.duty.must for duty in self.musts[step.name] if duty.duty.must]
        asked = set(step.needs).union(*(names(tree) for tree in trees))
        known = {name: literals(trees, name) for name in asked}
        found: dict[str, list[Any]] = {}
        if step.outcomes or "outcome" in asked:
            found["outcome"] = [*step.outcomes] or known.get("outcome") or ["办结"]
        if step.approved_by or "approved_by" in asked:
            found["approved_by"] = known.get("approved_by") or [step.approved_by or HEAD]
        if step.reason_required or "reason" in asked:
            found["reason"] = [REASON]
        if "by" in asked:
            found["by"] = [(str(value),) for value in known["by"]] or [(step.by or HAND,)]
        if "officers" in asked:
            found["officers"] = [2, 2, 2, 3, *_around(known["officers"])]
        if step.name in self.caps or "days" in asked:
            found["days"] = self._days(step.name, known.get("days", []))
        if "amount" in asked:
            found["amount"] = [*SUMS, *(float(value) for value in _around(known["amount"]))]
        return found

    def _days(self, step: str, marks: list[Any]) -> list[int]:
        cap = self.caps.get(step)
        usual = [10, 15, 30] if cap is None else [max(1, cap // 3), max(1, cap // 2), cap]
        return [day for day in [*(min(day, 60) for day in usual), *_around(marks)] if day > 0]

    def draw(self, step: str, sketch: Sketch, rng: Random) -> Event | None:
        """An event that satisfies every ``must`` that may apply; none if none is found."""
        musts = [duty for duty in self.musts[step] if duty.applies is None or duty.applies(sketch) is not False]
        ranges = self.ranges[step]
        for _ in range(TRIES):
            drawn = {name: rng.choice(values) for name, values in ranges.items()}
            if step in self.outcomes and step not in self.stirred:
                often = self.outcomes[step]
                drawn["outcome"] = rng.choices(list(often), list(often.values()))[0]
            event = Event(step, 0, **drawn)
            if all(duty.must is None or duty.must(event) is True for duty in musts):
                return event
        return None

    def spoiled(self, event: Event, rng: Random) -> Event | None:
        """The event with one attribute changed so that a ``must`` fails; none if there is no such change."""
        musts = self.musts[event.step]
        changes = [change for duty in musts for change in self._changes(event, duty) if _fails(duty, change)]
        return rng.choice(changes) if changes else None

    def _changes(self, event: Event, duty: CompiledDuty) -> Iterator[Event]:
        # A reason left out cannot be told from one not recorded (undetermined), so none is played.
        bad: dict[str, tuple[Any, ...]] = {
            "officers": (1, 0), "approved_by": (CLERK,), "by": ((HAND,),),
            "days": (0, 400), "amount": (0.0, 1e7), "outcome": self.procedure.steps[event.step].outcomes,
        }
        for name in sorted(names(duty.duty.must)):
            for value in bad.get(name, ()):
                yield replace(event, **{name: value})


def _fails(duty: CompiledDuty, event: Event) -> bool:
    return duty.must is not None and duty.must(event) is False


def _around(marks: list[Any]) -> list[int]:
    """Each number and its neighbours, none negative."""
    return [int(mark) + shift for mark in marks if isinstance(mark, int | float) for shift in (0, 1) if mark >= 0]


def texts(procedure: Procedure) -> Iterator[str]:
    """Every text the events of a procedure may carry."""
    yield from (REASON, HEAD, CLERK, HAND, "办结")
    for step in procedure.steps.values():
        yield from (text for text in (step.approved_by, step.by) if text)
    for duty in procedure.duties.values():
        if duty.must is not None:
            for name in sorted(names(duty.must)):
                yield from (value for value in literals([duty.must], name) if isinstance(value, str))
