"""Paths: lawful orders of steps, found by playing a procedure forward from its own rules.

A path opens, takes what the rules then ask for (a stop for every clock that runs, what a duty
requires before or after a step), wanders a little, and closes. Nothing here knows any procedure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from random import Random

from fadu.law.cases import Case, Event, FieldValue
from fadu.law.clocks import State
from fadu.law.dates import iso
from fadu.law.duties import CompiledDuty, DutyState
from fadu.law.judge import Judgement, Plan, judge
from fadu.law.procedures import Step
from fadu.law.terms import Span, Unit
from fadu.simulate.attributes import Attributes
from fadu.simulate.sketch import Circumstances, Sketch, counted, names, steps_read

DAYS = {Unit.WORKING: 1.4, Unit.CALENDAR: 1.0, Unit.MONTH: 30.0, Unit.HOUR: 1 / 24}
DUTY_URGENCY = 12.0
LONGEST = 45
DEPTH = 10
ROUNDS = 60
REDRAWS = 4
LONGEST_TIDYING = 8


@dataclass(frozen=True, slots=True)
class Obligation:
    """What has to happen yet: one of ``options``. ``of``: the clock or duty that asks for it.

    ``binding``: without it the path is not lawful (a clock runs on, or a close came too early).
    """

    urgency: float
    options: tuple[str, ...]
    of: str
    is_clock: bool
    binding: bool


@dataclass
class Pathfinder:
    """Finds lawful orders of steps of one procedure version. ``weights``: how usual a step is (1 = average).

    ``usual``: how often a field takes which value; ``outcomes``: how often a step ends how;
    ``left_open``: how often a path does not close; ``dates``: how far ahead a date field names the last day of a run.
    """

    plan: Plan
    rng: Random
    weights: Mapping[str, float] = field(default_factory=dict)
    usual: Mapping[str, Mapping[FieldValue, float]] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    left_open: float = 0.0
    dates: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan = self.plan
        self.day = self._any_day()
        self.attributes = Attributes(plan, self.outcomes)
        self.circumstances = Circumstances(plan.procedure, self.usual)
        self.named = {item.name: iso(self.day) for item in plan.procedure.fields.values() if item.kind == "date"}
        self.applies = {step.name: reader for step, reader in plan.offers}
        self.before: dict[str, list[CompiledDuty]] = defaultdict(list)
        self.limits: dict[str, list[CompiledDuty]] = defaultdict(list)
        for duty in plan.duties:
            for step in duty.duty.before:
                self.before[step].append(duty)
            if duty.duty.verb in ("forbid", "at_most"):
                for step in duty.duty.steps:
                    self.limits[step].append(duty)

    def _any_day(self) -> int:
        """A day on which every clock and duty of the version binds."""
        procedure = self.plan.procedure
        begins = [clock.since for clock in procedure.clocks.values()]
        begins += [duty.since for duty in procedure.duties.values()]
        return max([procedure.effective_day, *(day for day in begins if day is not None)]) + 1

    def find(
        self, goals: Sequence[str] = (), stirred: Set[str] = frozenset(), any_outcome: bool = False
    ) -> Sketch | None:
        """A complete lawful order of steps (through all of ``goals``), or none where this try led nowhere.

        ``stirred``: fields that should take any of their values, not mostly the usual one; ``any_outcome``: so do the
        outcomes that the goals ask about.
        """
        self.attributes.stirred = self._asked_about(goals) if any_outcome else frozenset()
        facts = self.circumstances.draw(self.rng, self._stirred(goals) | stirred)
        sketch = Sketch({**facts, **self.named}, self.day)
        opening = self._pick(self.plan.procedure.openings)
        if goals and self.plan.procedure.steps[goals[0]].opens and self.rng.random() < 0.5:
            opening = goals[0]
        begun = self.achieve(sketch, opening)
        return None if begun is None else self._play(begun, list(goals))

    def _stirred(self, goals: Sequence[str]) -> set[str]:
        """Fields that should take any value, so that the goals may become lawful."""
        procedure = self.plan.procedure
        if goals and self.rng.random() < 0.3:
            return set(procedure.fields)
        ways = {step for goal in goals for step in self._ways_to(goal)}
        return set().union(*(names(procedure.steps[step].applies) for step in ways))

    def _asked_about(self, goals: Sequence[str]) -> frozenset[str]:
        """The steps that the conditions of the goals, and of what leads to them, read."""
        steps = self.plan.procedure.steps
        ways = (step for goal in goals for step in self._ways_to(goal))
        return frozenset(read for step in ways for read in steps_read(steps[step].applies))

    def _ways_to(self, goal: str) -> set[str]:
        """The step and those that may lead to it."""
        found, new = {goal}, [goal]
        while new:
            for step in self.plan.procedure.steps[new.pop()].after:
                if step not in found:
                    found.add(step)
                    new.append(step)
        return found

    def _play(self, sketch: Sketch, wishes: list[str]) -> Sketch | None:
        """Carry the sketch on until nothing is asked for any more, the wishes are fulfilled and it is closed."""
        wander = self._wanderings()
        closes = self.left_open == 0 or self.rng.random() >= self.left_open
        given_up: set[str] = set()
        for _ in range(ROUNDS):
            obligations = self.obligations(sketch)
            if obligations is None or len(sketch.events) > LONGEST:
                return None
            due = [item for item in obligations if item.of not in given_up]
            wish = next((step for step in wishes if step not in sketch.keys), "")
            if wish and (not due or self.rng.random() < (0.2 if wish in self.plan.closings else 0.4)):
                reached = self.achieve(sketch, wish)
                if reached is None and not due:
                    return None
            elif wander and self.rng.random() < 0.4:
                wander -= 1
                reached = self._wander(sketch)
            elif due:
                reached = self._fulfil(sketch, due, given_up, wish)
            elif closes and not sketch.any_done(self.plan.closings):
                reached = self._close(sketch)
                if reached is None:
                    return None
            else:
                return None if self._unfinished(obligations) else sketch
            sketch = reached or sketch
        return None

    def _wanderings(self) -> int:
        count = 0
        while count < 5 and self.rng.random() < 0.45:
            count += 1
        return count

    def _unfinished(self, obligations: list[Obligation]) -> bool:
        return any(item.binding for item in obligations)

    def obligations(self, sketch: Sketch) -> list[Obligation] | None:
        """What the rules still ask for, most urgent first; none where the path is no longer lawful."""
        judgement = self.judged(sketch)
        found: list[Obligation] = []
        for run in judgement.runs:
            if run.state is State.UNDETERMINED:
                return None
            if run.stop is None and run.span is not None and not (run.clock.minimum or run.clock.right):
                found.append(Obligation(self._length(run.span), run.clock.stops, run.clock.name, True, True))
        for verdict in judgement.verdicts:
            duty, state = verdict.duty, verdict.state
            asks = duty.verb == "require" and not duty.before
            if state is DutyState.UNDETERMINED or (state is DutyState.MISSED and not asks):
                return None
            open_yet = state in (DutyState.PENDING, DutyState.MISSED)
            if asks and open_yet and (not duty.after or sketch.any_done(duty.after)):
                found.append(Obligation(DUTY_URGENCY, duty.steps, duty.name, False, state is DutyState.MISSED))
        return sorted(found, key=lambda item: item.urgency)

    def _length(self, span: Span) -> float:
        """About how many days a span is, for putting what is urgent first."""
        return sum(self.dates[span.field]) / 2 if span.field in self.dates else span_days(span)

    def judged(self, sketch: Sketch) -> Judgement:
        """What the law says of the sketch, all of it on one day."""
        case = Case("", self.plan.procedure.code, sketch.events, sketch.fields)
        return judge(self.plan, case, self.day)

    def _fulfil(self, sketch: Sketch, due: list[Obligation], given_up: set[str], wish: str) -> Sketch | None:
        """Meet the most urgent obligation; duties before anything that closes."""
        closings = self.plan.closings
        duties = [item for item in due if not item.is_clock]
        item = due[0]
        options = sorted(self._ordered(item.options), key=lambda option: option != wish)
        for option in options:
            if option in closings and duties:
                if item.is_clock:
                    return self._fulfil(sketch, duties, given_up, wish)
                break
            reached = self.achieve(sketch, option)
            if reached is not None:
                return reached
        given_up.add(item.of)
        return None

    def _close(self, sketch: Sketch) -> Sketch | None:
        for step in self._ordered(self.plan.closings):
            reached = self.achieve(sketch, step)
            if reached is not None:
                return reached
        return None

    def _wander(self, sketch: Sketch) -> Sketch | None:
        """Take a step that is lawful but that nothing asks for."""
        steps = [step for step in self.plan.procedure.steps.values() if self._tempting(step, sketch)]
        if not steps:
            return None
        return self.achieve(sketch, self._pick(tuple(step.name for step in steps)))

    def _tempting(self, step: Step, sketch: Sketch) -> bool:
        """Open now, not a close, not an alternative to what was chosen already."""
        if step.closes or (step.opens and not step.after) or not sketch.any_done(step.after or tuple(sketch.keys)):
            return False
        if step.name in sketch.keys and (step.once or self.rng.random() < 0.8):
            return False
        if self._alternative_taken(step.name, sketch):
            return self.rng.random() < 0.03
        return True

    def _alternative_taken(self, step: str, sketch: Sketch) -> bool:
        procedure = self.plan.procedure
        groups = [clock.stops for clock in procedure.clocks.values()]
        groups += [duty.steps for duty in procedure.duties.values() if duty.verb == "require"]
        return any(step in group and any(other != step and other in sketch.keys for other in group) for group in groups)

    def achieve(self, sketch: Sketch, name: str, trail: tuple[str, ...] = ()) -> Sketch | None:
        """The sketch carried on until ``name`` is taken lawfully, with what must come before it; none if it cannot."""
        step = self.plan.procedure.steps[name]
        if name in trail or len(trail) > DEPTH or (step.once and name in sketch.keys):
            return None
        if not sketch.events:
            return self._open(sketch, step)
        if step.opens and not step.after:
            return None
        trail = (*trail, name)
        ready = sketch
        if step.after and not sketch.any_done(step.after):
            reached = self._one_of(sketch, step.after, trail)
            if reached is None:
                return None
            ready = reached
        if step.once and name in ready.keys:
            return None
        return self._take_prepared(ready, step, trail)

    def _take_prepared(self, sketch: Sketch, step: Step, trail: tuple[str, ...]) -> Sketch | None:
        """Take the step, with some attributes, after what these then make necessary before it."""
        for _ in range(REDRAWS):
            event = self.attributes.draw(step.name, sketch, self.rng)
            if event is None:
                return None
            supposed = sketch.with_event(event)
            if self._forbidden(sketch, step.name, supposed):
                sketch = self._more(sketch, supposed, trail) or sketch
                continue
            ready = self._prepared(sketch, event, trail)
            if ready is not None and step.closes:
                ready = self._tidied(ready, event, trail)
            if ready is not None and not (step.once and step.name in ready.keys) and self._offered(ready, step):
                return ready.with_event(event)
        return None

    def _more(self, sketch: Sketch, supposed: Sketch, trail: tuple[str, ...]) -> Sketch | None:
        """The sketch with one more of a step of which the step about to be taken wants a number (各部门都有意见)."""
        wanted = [step for duty in self.limits[trail[-1]] if duty.applies and duty.applies(supposed) is True
                  for step in counted(duty.duty.applies)]
        return self._one_of(sketch, tuple(wanted), trail) if wanted else None

    def _prepared(self, sketch: Sketch, event: Event, trail: tuple[str, ...]) -> Sketch | None:
        """The sketch with all that duties ask for before the event; what one asks for may call for another."""
        while True:
            supposed = sketch.with_event(event)
            lacking = next((duty for duty in self.before[event.step] if self._lacks(sketch, duty, supposed)), None)
            if lacking is None:
                return sketch
            reached = self._one_of(sketch, lacking.duty.steps, trail)
            if reached is None:
                return None
            sketch = reached

    def _tidied(self, sketch: Sketch, closing: Event, trail: tuple[str, ...]) -> Sketch:
        """The sketch with what duties ask for before it is closed, as far as that can be done.

        What the closing itself makes needless (a document withdrawn is not reported on) is not done.
        """
        for _ in range(LONGEST_TIDYING):
            left = self.obligations(sketch.with_event(closing))
            still = None if left is None else {item.of for item in left}
            due = [item for item in self.obligations(sketch) or ()
                   if not item.is_clock and closing.step not in item.options and (still is None or item.of in still)]
            done = next((reached for item in due if (reached := self._one_of(sketch, item.options, trail))), None)
            if done is None:
                break
            sketch = done
        return sketch

    def _one_of(self, sketch: Sketch, options: tuple[str, ...], trail: tuple[str, ...]) -> Sketch | None:
        for option in self._ordered(options):
            reached = self.achieve(sketch, option, trail)
            if reached is not None:
                return reached
        return None

    def _lacks(self, sketch: Sketch, duty: CompiledDuty, supposed: Sketch) -> bool:
        """Whether the duty asks for something before the step about to be taken (``supposed``: with it taken)."""
        rule = duty.duty
        if sketch.any_done(rule.before) or sketch.any_done(rule.steps):
            return False
        return duty.applies is None or duty.applies(supposed) is not False

    def _open(self, sketch: Sketch, step: Step) -> Sketch | None:
        event = self.attributes.draw(step.name, sketch, self.rng) if step.opens else None
        return None if event is None else sketch.with_event(event)

    def _offered(self, sketch: Sketch, step: Step) -> bool:
        reader = self.applies[step.name]
        return reader is None or reader(sketch) is True

    def _forbidden(self, sketch: Sketch, name: str, supposed: Sketch) -> bool:
        for duty in self.limits[name]:
            if duty.applies is not None and duty.applies(supposed) is False:
                continue
            rule = duty.duty
            if rule.verb == "at_most":
                if sum(len(sketch.keys.get(step, ())) for step in rule.steps) >= rule.limit:
                    return True
            elif not rule.after or sketch.any_done(rule.after):
                return True
        return False

    def _weight(self, name: str) -> float:
        return self.weights.get(name, 0.35 if self.plan.procedure.steps[name].closes else 1.0)

    def _pick(self, options: tuple[str, ...]) -> str:
        return self.rng.choices(options, [self._weight(name) for name in options])[0]

    def _ordered(self, options: tuple[str, ...]) -> list[str]:
        """The options in a random order, the usual ones rather first."""
        if len(options) < 2:
            return list(options)
        return sorted(options, key=lambda name: self.rng.expovariate(1.0) / max(self._weight(name), 1e-6))


def span_days(span: Span) -> float:
    """About how many days a span is, for putting what is urgent first."""
    if span.unit is Unit.DATED:  # the day is the document's own
        return 30.0
    return 200.0 if span.unit is Unit.ANNUAL else span.number * DAYS[span.unit]
