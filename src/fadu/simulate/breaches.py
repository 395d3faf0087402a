"""Breaches: a lawful history spoiled in one of the ways the rules of its procedure can be broken.

Which rule is then missed is for ``fadu.law.judge`` to say; here only what people do is played:
too late, left out, the wrong person, too early, never finished, not allowed, in the wrong order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from fadu.law.cases import Event
from fadu.law.procedures import Duty
from fadu.law.terms import Unit
from fadu.simulate.attributes import Attributes
from fadu.simulate.paths import Pathfinder, span_days
from fadu.simulate.timing import CLOSES, DAY, OPENS, Frame, Placed, RunFrame, Scheduler

T = TypeVar("T")


@dataclass
class Played:
    """A history being played: events in order and the time of each (minutes)."""

    events: list[Event]
    times: list[int]


Breach = Callable[["Breaker", Played, Frame, Placed, Random], Played | None]


class Breaker:
    """Breaks lawful histories of one procedure version."""

    def __init__(self, finder: Pathfinder, scheduler: Scheduler) -> None:
        procedure = finder.plan.procedure
        self.attributes: Attributes = finder.attributes
        self.scheduler = scheduler
        duties = procedure.duties.values()
        self.required = [duty for duty in duties if duty.verb == "require"]
        self.limited = [duty for duty in duties if duty.verb in ("forbid", "at_most")]

    def breach(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """The history with one thing done wrong; none if the way tried does not fit it."""
        kind = rng.choices(list(WAYS), list(WAYS.values()))[0]
        return kind(self, played, frame, placed, rng)

    def overrun(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """The step that stops a clock comes after the last lawful day; what follows moves with it."""
        run = _any([run for run in frame.runs if not run.minimum], rng)
        if run is None:
            return None
        extra = int(min(rng.expovariate(1.0) * max(span_days(run.span) * 0.4, 0.05), 150) * DAY)
        due = _deadline(run, placed)
        begin = due + 1 + (extra if run.span.unit is Unit.HOUR else extra // DAY * DAY + rng.randrange(OPENS, CLOSES))
        return self._moved(played, run.stop, begin, rng)

    def hurry(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """The step that ends a minimum period comes before the period has run."""
        run = _any([run for run in frame.runs if run.minimum], rng)
        if run is None:
            return None
        earliest = played.times[run.stop - 1]
        latest = self.scheduler.lawful_from(run, played.times[run.start] // DAY, placed.named) * DAY - 1
        if latest < earliest or latest >= played.times[run.stop]:
            return None
        return self._moved(played, run.stop, rng.randint(earliest, latest), rng)

    def stall(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """The case is left lying: nothing happens from the step on that would stop a clock."""
        run = _any([run for run in frame.runs if not run.minimum], rng)
        return None if run is None else Played(played.events[:run.stop], played.times[:run.stop])

    def omit(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """A step that a duty requires is left out."""
        duty = self._met_duty(played, rng)
        if duty is None:
            return None
        kept = [place for place, event in enumerate(played.events) if place == 0 or event.step not in duty.steps]
        if len(kept) == len(played.events):
            return None
        return Played([played.events[place] for place in kept], [played.times[place] for place in kept])

    def postpone(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """A step that must come before another comes after it."""
        duty = self._met_duty(played, rng)
        if duty is None or not duty.before:
            return None
        steps = [event.step for event in played.events]
        triggers = [place for place, step in enumerate(steps) if step in duty.before]
        moving = [place for place, step in enumerate(steps) if place and step in duty.steps]
        if not triggers or not moving or moving[0] > triggers[0]:
            return None
        order = [place for place in range(len(steps)) if place not in moving]
        after = order.index(triggers[0]) + 1
        order[after:after] = moving
        return Played([played.events[place] for place in order], played.times)

    def spoil(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """A step is taken without the officers, approval, reason or length it must have."""
        places = [place for place, event in enumerate(played.events) if self.attributes.musts[event.step]]
        place = _any(places, rng)
        event = None if place is None else self.attributes.spoiled(played.events[place], rng)
        if place is None or event is None:
            return None
        return Played([*played.events[:place], event, *played.events[place + 1:]], played.times)

    def trespass(self, played: Played, frame: Frame, placed: Placed, rng: Random) -> Played | None:
        """A step is taken that is forbidden, or once too often."""
        duty = _any(self.limited, rng)
        if duty is None:
            return None
        steps = [event.step for event in played.events]
        begins = [place for place, step in enumerate(steps) if step in (duty.after or duty.steps)]
        place = begins[-1] if begins else len(steps) - 1
        step = rng.choice(duty.steps)
        like = next((event for event in played.events if event.step == step), None)
        event = like or Event(step, 0, **{name: rng.choice(values) for name, values in
                                          self.attributes.ranges[step].items()})
        times = [*played.times[:place + 1], played.times[place], *played.times[place + 1:]]
        return Played([*played.events[:place + 1], replace(event), *played.events[place + 1:]], times)

    def _met_duty(self, played: Played, rng: Random) -> Duty | None:
        steps = {event.step for event in played.events[1:]}
        return _any([duty for duty in self.required if not steps.isdisjoint(duty.steps)], rng)

    def _moved(self, played: Played, place: int, begin: int, rng: Random) -> Played:
        """Events from ``place`` on, moved so that the first of them comes at ``begin``."""
        shift = begin - played.times[place]
        times = played.times[:place]
        for time in played.times[place:]:
            wanted = max(time + shift, begin, times[-1])
            times.append(wanted if shift < 0 else self.scheduler.later(wanted, rng))
        return Played(played.events, _rising(times))


def _any(options: list[T], rng: Random) -> T | None:
    return rng.choice(options) if options else None


def _deadline(run: RunFrame, placed: Placed) -> int:
    """The last lawful minute of a run."""
    if run.span.unit is Unit.HOUR:
        return placed.times[run.start] + run.span.number * 60
    return (placed.lasts[run] + 1) * DAY - 1


def _rising(times: list[int]) -> list[int]:
    for place in range(1, len(times)):
        times[place] = max(times[place], times[place - 1])
    return times


WAYS: dict[Breach, float] = {
    Breaker.overrun: 46, Breaker.omit: 22, Breaker.spoil: 12, Breaker.hurry: 7, Breaker.stall: 6,
    Breaker.trespass: 4, Breaker.postpone: 3,
}
