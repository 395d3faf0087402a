"""Playing one procedure: cases opened on a given day, lawful or not, judged before they are handed on.

Path templates of a version are found once. Each case is then a template dated anew, cut at the
as-of day, placed under the version that binds it, and judged by ``fadu.law``: what is called lawful
here has no finding and no undetermined rule, and what is called unlawful has a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

from fadu.book import Book
from fadu.law.calendars import Calendar
from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import NO_MINUTE, iso
from fadu.law.duties import DutyState
from fadu.law.errors import NoVersion
from fadu.law.judge import Judgement, Plan, judge
from fadu.law.procedures import Clock, Duty, Procedure
from fadu.law.terms import Unit
from fadu.simulate.breaches import Breaker, Played
from fadu.simulate.district import ANY_HABITS, Habits
from fadu.simulate.paths import Pathfinder
from fadu.simulate.sketch import Sketch, names, steps_read
from fadu.simulate.timing import DAY, Frame, Placed, Scheduler, frame_of

TEMPLATES = 160
FREE = 6
"""Of ten paths, how many wander freely; the others are led through some step."""
TRIES_FOR_A_STEP = 150
TRIES_FOR_A_RULE = 25
TRIALS = 4
ATTEMPTS = 14
FULL_LIFE = 40 * 366
"""Days after which every lawful history is complete."""


@dataclass(frozen=True, slots=True)
class Template:
    """A lawful order of steps with its runs."""

    sketch: Sketch
    frame: Frame


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A case played and judged. ``slack``: minutes by which all its times of day may move together."""

    procedure: Procedure
    events: list[Event]
    fields: Mapping[str, FieldValue]
    lawful: bool
    slack: tuple[int, int] = (0, 0)


@dataclass
class Version:
    """One procedure version with its templates. ``thorough``: look longer for paths that bring rare rules into play."""

    plan: Plan
    scheduler: Scheduler
    habits: Habits
    size: int = TEMPLATES
    thorough: bool = False

    @cached_property
    def finder(self) -> Pathfinder:
        """What finds paths of this version, gone as the district goes them."""
        habits = self.habits
        return Pathfinder(self.plan, self._rng("paths"), habits.steps, habits.fields, habits.outcomes,
                          habits.left_open, habits.dates)

    @cached_property
    def breaker(self) -> Breaker:
        return Breaker(self.finder, self.scheduler)

    @cached_property
    def timed(self) -> frozenset[str]:
        """Steps whose time of day clocks of hours use."""
        hourly = [clock for clock in self.plan.procedure.clocks.values()
                  if any(rule.span.unit is Unit.HOUR for rule in clock.terms)]
        steps = {step for clock in hourly for step in (*clock.starts, *clock.stops)}
        return frozenset(steps | set(self.plan.closings)) if hourly else frozenset()

    def _rng(self, purpose: str) -> Random:
        procedure = self.plan.procedure
        return Random(f"{procedure.code}@{procedure.effective_day}:{purpose}")  # noqa: S311

    @cached_property
    def templates(self) -> list[Template]:
        """Lawful paths: most of them free, some through a given step; rare steps are sought until found."""
        finder, rng = self.finder, self._rng("goals")
        steps = list(self.plan.procedure.steps)
        found: list[Template] = []
        weights = [self.habits.steps.get(step, 1.0) for step in steps]
        for turn in range(self.size):
            free = turn % 10 < FREE
            self._add(found, finder.find(() if free else rng.choices(steps, weights)))
        if self.size >= TEMPLATES:
            self._seek_steps(found)
            self._seek_rules(found, rng)
        return found

    def _seek_steps(self, found: list[Template]) -> None:
        """Look for paths through the steps that none takes yet."""
        seen = {step for template in found for step in template.sketch.keys}
        for step in self.plan.procedure.steps:
            for _ in range(0 if step in seen else TRIES_FOR_A_STEP):
                sketch = self.finder.find((step,), any_outcome=True)
                if sketch is not None and self._add(found, sketch):
                    seen.update(sketch.keys)
                    break

    def _seek_rules(self, found: list[Template], rng: Random) -> None:
        """Look for paths on which clocks run and duties are met that none does yet."""
        seen = {name for template in found for name in self.in_play(template)}
        procedure = self.plan.procedure
        rules: list[Clock | Duty] = [*procedure.clocks.values(), *procedure.duties.values()]
        tries = TRIES_FOR_A_RULE * (4 if self.thorough else 1)
        for rule in rules:
            for _ in range(0 if rule.name in seen else tries):
                goals, stirred = _sought(rule, rng)
                sketch = self.finder.find(goals, stirred)
                if sketch is not None and self._add(found, sketch):
                    seen.update(self.in_play(found[-1]))
                    if rule.name in seen:
                        break

    def in_play(self, template: Template) -> set[str]:
        """Clocks that run and duties that are met on a path."""
        judgement = self.finder.judged(template.sketch)
        met = {verdict.duty.name for verdict in judgement.verdicts if verdict.state is DutyState.MET}
        return met | {run.clock.name for run in judgement.runs}

    def _add(self, found: list[Template], sketch: Sketch | None) -> bool:
        """Keep a path that proves lawful on most days."""
        if sketch is None:
            return False
        template = Template(sketch, frame_of(sketch, self.finder))
        rng = self._rng(f"trial {len(found)}")
        kept = sum(self._proves(template, rng) for _ in range(TRIALS)) > TRIALS // 2
        if kept:
            found.append(template)
        return kept

    def _proves(self, template: Template, rng: Random) -> bool:
        procedure = self.plan.procedure
        begin = procedure.effective_day
        end = procedure.ends_day or begin + 1000
        opened = self.scheduler.calendar.roll(rng.randrange(begin, max(end, begin + 1)))
        placed = self.scheduler.place(template.frame, opened, rng)
        if placed is None:
            return False
        events = self.dated(Played(template.sketch.events, placed.times))
        case = Case("", procedure.code, events, fields_of(procedure, template.sketch, placed, opened, rng))
        judgement = judge(self.plan, case, events[-1].day)
        return not judgement.findings and not judgement.undetermined

    def dated(self, played: Played) -> list[Event]:
        """The events with their days, and minutes where clocks of hours use them."""
        timed = self.timed
        return [_dated(event, time // DAY, time % DAY if event.step in timed else NO_MINUTE)
                for event, time in zip(played.events, played.times, strict=True)]


def fields_of(procedure: Procedure, sketch: Sketch, placed: Placed, opened: int,
              rng: Random) -> Mapping[str, FieldValue]:
    """The facts of a case opened on that day. A day that ends a run is named once it starts; any other lies before."""
    limits = {rule.span.field for clock in procedure.clocks.values() for rule in clock.terms}
    fields = {name: value for name, value in sketch.fields.items() if name not in limits}
    for item in procedure.fields.values():
        if item.kind == "date" and item.name not in limits:
            fields[item.name] = iso(opened - rng.randrange(30))
    return {**fields, **{name: iso(day) for name, day in placed.named.items()}}


def _dated(event: Event, day: int, minute: int) -> Event:
    """The event on that day. (``dataclasses.replace`` takes four times as long, and this is done a lot.)"""
    return Event(event.step, day, minute, None, event.by, event.officers, event.days, event.outcome,
                 event.approved_by, event.reason, event.amount)


def _sought(rule: Clock | Duty, rng: Random) -> tuple[list[str], set[str]]:
    """Steps and fields that may bring a rule into play."""
    goals = sorted(steps_read(rule.applies))
    if isinstance(rule, Clock):
        goals.append(rng.choice(rule.starts))
        if rng.random() < 0.5:
            goals.append(rng.choice(rule.stops))
        stirred = names(rule.applies).union(*(names(term.when) for term in rule.terms))
    else:
        goals += [rng.choice(steps) for steps in (rule.after, rule.before) if steps]
        goals += [] if rule.verb == "forbid" else [rng.choice(rule.steps)]
        stirred = names(rule.applies)
    return list(dict.fromkeys(goals)), stirred


class Player:
    """Plays cases of one procedure code under a book, as of ``until``."""

    def __init__(self, book: Book, code: str, until: int, habits: Habits = ANY_HABITS,
                 size: int = TEMPLATES) -> None:
        self.book, self.code, self.until = book, code, until
        self.versions: dict[int, Version] = {}
        for procedure in book.versions(code):
            plan = book.plan(procedure)
            scheduler = Scheduler(plan.calendar, habits.round_the_clock, habits.dates)
            self.versions[procedure.effective_day] = Version(plan, scheduler, habits, size)
        self.round_the_clock = habits.round_the_clock

    @property
    def calendar(self) -> Calendar:
        return next(iter(self.versions.values())).plan.calendar

    def in_force(self, day: int) -> bool:
        """Whether a case may open on that day."""
        try:
            self.book.procedure(self.code, day)
        except NoVersion:
            return False
        return True

    def play(self, opened: int, unlawful: bool, rng: Random) -> Exemplar | None:
        """A case opened on day ``opened`` that is (un)lawful as of ``until``; none where none was found."""
        version = self.versions[self.book.procedure(self.code, opened).effective_day]
        second_best = None
        for _ in range(ATTEMPTS):
            case = self._attempt(version, opened, unlawful, rng)
            if case is None:
                continue
            bound = self._bound(case)
            if bound is not version.plan.procedure:
                version = version if bound is None else self.versions[bound.effective_day]
                continue
            judgement = judge(version.plan, case, self.until)
            if bool(judgement.findings) is unlawful:
                exemplar = self._exemplar(version, judgement)
                if not judgement.undetermined:
                    return exemplar
                second_best = second_best or exemplar
        return second_best

    def _attempt(self, version: Version, opened: int, unlawful: bool, rng: Random) -> Case | None:
        if not version.templates:
            return None
        template = rng.choice(version.templates)
        placed = version.scheduler.place(template.frame, opened, rng)
        if placed is None:
            return None
        played: Played | None = Played(template.sketch.events, placed.times)
        if unlawful:
            played = self._breached(version, template, placed, rng)
        if played is None:
            return None
        events = [event for event in version.dated(played) if event.day <= self.until]
        return Case("", self.code, events, fields_of(version.plan.procedure, template.sketch, placed, opened, rng))

    def _breached(self, version: Version, template: Template, placed: Placed, rng: Random) -> Played | None:
        played = Played(template.sketch.events, placed.times)
        for _ in range(6):
            broken = version.breaker.breach(played, template.frame, placed, rng)
            if broken is not None and broken.events:
                return broken
        return None

    def _bound(self, case: Case) -> Procedure | None:
        try:
            return self.book.procedure_for(case)
        except NoVersion:
            return None

    def _exemplar(self, version: Version, judgement: Judgement) -> Exemplar:
        events = list(judgement.case.events)
        return Exemplar(version.plan.procedure, events, judgement.case.fields, not judgement.findings,
                        self._slack(events, judgement))

    def _slack(self, events: list[Event], judgement: Judgement) -> tuple[int, int]:
        """How far all times of day may move together without changing any elapsed hour or any day."""
        minutes = [event.minute for event in events if event.minute != NO_MINUTE]
        open_hours = any(run.stop is None and run.span is not None and run.span.unit is Unit.HOUR
                         for run in judgement.runs)
        if not minutes or open_hours:
            return (0, 0)
        reach = DAY if self.round_the_clock else 60
        return max(-min(minutes), -reach), min(DAY - 1 - max(minutes), reach)
