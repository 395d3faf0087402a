"""One case against the law: state, next lawful steps, runs of every clock, duties, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fadu.law.calendars import Calendar
from fadu.law.cases import Case, Event, FieldValue, History, field_defaults, fold_with
from fadu.law.clocks import CompiledClock, Run, State, compile_clock, judge_clock
from fadu.law.conditions import Condition, Name, OfStep, Reader, Value, compile_condition
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, deemed_key
from fadu.law.duties import CompiledDuty, DutyState, Verdict, judge_duty, missed_by
from fadu.law.procedures import Clock, Duty, Procedure, Step

_LATE, _EARLY, _MISSED = State.LATE, State.EARLY, DutyState.MISSED
_MISSED_RUN = (_LATE, _EARLY)
_SETTLED_OPEN = (State.UNDETERMINED, State.LAPSED)
_new = tuple.__new__  # half the cost of calling the class


class Finding(NamedTuple):
    """A duty missed or a clock overrun (问题), with what it rests on. Days are day numbers."""

    rule: Clock | Duty
    kind: str
    """``late`` (stopped or still open after the last day), ``early`` or ``missed``."""
    start: int | None
    last_day: int | None
    stop: int | None
    """The day it was stopped; None where a clock is still open."""
    until: int
    """The day up to which lateness counts: ``stop``, or the day of judgement."""

    @property
    def days_late(self) -> int | None:
        """Days past the last lawful day (late), or short of it (early, negative); None for a duty."""
        return None if self.last_day is None else self.until - self.last_day


@dataclass(frozen=True, slots=True)
class Plan:
    """A procedure with its conditions compiled and the calendar it runs on: judges cases."""

    procedure: Procedure
    calendar: Calendar
    lapsing: tuple[CompiledClock, ...]
    others: tuple[CompiledClock, ...]
    duties: tuple[CompiledDuty, ...]
    closings: tuple[str, ...]
    missable: Mapping[str, tuple[tuple[int, CompiledDuty], ...]]
    """Step → duties, with their places, that cannot be missed before it or another such step has happened."""
    offers: tuple[tuple[Step, Reader | None], ...]
    defaults: Mapping[str, FieldValue]


class Judgement:
    """What the law says of a case as of a day. Runs and verdicts are judged when they are first asked for."""

    __slots__ = ("_closings", "_lapsing", "_missed", "_runs", "_verdicts", "case", "history", "plan")

    def __init__(self, plan: Plan, case: Case, history: History) -> None:
        """Judges the clocks whose lapse may take a step: the history is whole from the beginning."""
        self.plan = plan
        self.case = case
        self.history = history
        self._lapsing, self._closings = _judge_lapsing(plan, history)
        self._runs: list[Run] | None = None
        self._verdicts: list[Verdict] | None = None
        self._missed: list[Verdict] | None = None

    @property
    def runs(self) -> list[Run]:
        """The runs of all clocks: first of those whose lapse the law lets take a step, in the order of the file."""
        if self._runs is None:
            self._runs = self._lapsing + _judge_others(self.plan, self.history, self._closings)
        return self._runs

    @property
    def verdicts(self) -> list[Verdict]:
        """The duties that apply, in the order of the file."""
        if self._verdicts is None:
            self._verdicts = _judge_duties(self.plan.duties, self.history, self._closings)
        return self._verdicts

    @property
    def missed(self) -> list[Verdict]:
        """The missed among ``verdicts``, found by judging only the duties that can be by now."""
        if self._missed is None:
            self._missed = _judge_missable(self.plan, self.history, self._closings)
        return self._missed

    @property
    def findings(self) -> list[Finding]:
        """Every clock overrun and duty missed, in the order of the procedure."""
        as_of = self.history.as_of
        found = []
        for run in self.runs:
            if run.state in _MISSED_RUN:
                kind = "late" if run.state is _LATE else "early"
                stop = None if run.stop is None else run.stop >> 32
                until = as_of if stop is None else stop
                found.append(_new(Finding, (run.clock, kind, run.start >> 32, run.last_day, stop, until)))
        for verdict in self.missed:
            day = None if verdict.key is None else verdict.key >> 32
            found.append(_new(Finding, (verdict.duty, "missed", None, None, day, as_of if day is None else day)))
        return found

    @property
    def undetermined(self) -> list[Clock | Duty]:
        """Rules the recorded facts do not settle: the third outcome beside kept and missed."""
        rules: list[Clock | Duty] = [run.clock for run in self.runs if run.state is State.UNDETERMINED]
        return rules + [verdict.duty for verdict in self.verdicts if verdict.state is DutyState.UNDETERMINED]

    @property
    def running(self) -> list[Run]:
        """Runs that nothing has stopped and that still ask for something: not those of rights that lapsed."""
        return [run for run in self.runs if run.stop is None and run.state not in _SETTLED_OPEN]

    @property
    def state(self) -> Step | None:
        """The last step taken, deemed ones included."""
        last: tuple[int, str] | None = None
        for step, keys in self.history.keys.items():
            if keys and (last is None or keys[-1] > last[0]):
                last = (keys[-1], step)
        return self.plan.procedure.steps[last[1]] if last else None

    @property
    def closed(self) -> bool:
        return bool(self._closings)

    @property
    def next_steps(self) -> list[Step]:
        """The steps that are lawful now."""
        closed = self._closings[0] if self._closings else None
        return [step for step, applies in self.plan.offers if _lawful(step, applies, self.history, closed)]

    def may_take(self, step: Step) -> bool:
        """Whether a step of that name is among ``next_steps``; it may be of another version, or of a book read anew."""
        closed = self._closings[0] if self._closings else None
        return any(
            _lawful(offered, applies, self.history, closed)
            for offered, applies in self.plan.offers if offered.name == step.name
        )  # fmt: skip


def _lawful(step: Step, applies: Reader | None, history: History, closed: int | None) -> bool:
    """Whether the step may be taken now; once the case is closed, only what follows the closing may."""
    keys = history.keys
    if not keys:
        return step.opens
    if (step.opens and not step.after) or (step.once and step.name in keys):
        return False
    if closed is not None and not any(keys[name][-1] >= closed for name in step.after if name in keys):
        return False
    if step.after and not any(name in keys for name in step.after):
        return False
    return applies is None or applies(history) is not False


def compile_procedure(procedure: Procedure, calendar: Calendar) -> Plan:
    """Prepare a procedure for judging. Cheap; keep the result and judge many cases."""
    lenient = procedure.pause_on_last_day
    duties = tuple(_compile_duty(duty) for duty in procedure.duties.values())
    missable: dict[str, list[tuple[int, CompiledDuty]]] = {}
    for place, compiled in enumerate(duties):
        for step in missed_by(compiled.duty, procedure.closings):
            missable.setdefault(step, []).append((place, compiled))
    clocks = [compile_clock(clock, calendar, lenient, _on_history) for clock in procedure.clocks.values()]
    return Plan(
        procedure=procedure,
        calendar=calendar,
        lapsing=tuple(item for item in clocks if item.clock.lapse and item.clock.lapse.deem),
        others=tuple(item for item in clocks if not (item.clock.lapse and item.clock.lapse.deem)),
        duties=duties,
        closings=procedure.closings,
        missable={step: tuple(places) for step, places in missable.items()},
        offers=tuple((step, _on_history(step.applies)) for step in procedure.steps.values()),
        defaults=field_defaults(procedure),
    )


def judge(plan: Plan, case: Case, as_of: int, known_on: int | None = None) -> Judgement:
    """Judge one case at the end of ``as_of`` (a day number), as known at the end of ``known_on``.

    Raises ``CaseError`` where the case is not a case of this procedure.
    """
    return Judgement(plan, case, fold_with(case, plan.procedure, plan.defaults, as_of, known_on))


def judge_clocks(plan: Plan, history: History) -> list[Run]:
    """The runs of all clocks, as ``Judgement.runs``; the history gets the steps the law takes."""
    runs, closings = _judge_lapsing(plan, history)
    return runs + _judge_others(plan, history, closings)


def closed_by(plan: Plan, history: History) -> list[int]:
    """The keys of what closed the case, in order."""
    keys = history.keys
    found: list[int] = []
    for step in plan.closings:
        if step in keys:
            found += keys[step]
    if len(found) > 1:
        found.sort()
    return found


def _judge_lapsing(plan: Plan, history: History) -> tuple[list[Run], list[int]]:
    """The runs of the clocks whose lapse the law lets take a step; the steps it takes enter the history.

    With it what closed the case, those steps included.
    """
    runs: list[Run] = []
    closings = closed_by(plan, history)
    for compiled in plan.lapsing:
        found = judge_clock(compiled, history, closings)
        if found:
            runs += found
            if _deem(found, history):
                closings = closed_by(plan, history)
    return runs, closings


def _judge_others(plan: Plan, history: History, closings: list[int]) -> list[Run]:
    keys = history.keys
    runs: list[Run] = []
    for compiled in plan.others:
        for step in compiled.clock.starts:
            if step in keys:
                runs += judge_clock(compiled, history, closings)
                break
    return runs


def _judge_duties(duties: Sequence[CompiledDuty], history: History, closings: list[int]) -> list[Verdict]:
    if not history.events:
        return []
    opened = history.events[0].day
    found = [judge_duty(duty, history, closings, opened) for duty in duties]
    return [verdict for verdict in found if verdict is not None]


def _judge_missable(plan: Plan, history: History, closings: list[int]) -> list[Verdict]:
    """The duties missed, in the order of the file."""
    found: dict[int, Verdict] = {}
    for step in history.keys:
        for place, duty in plan.missable.get(step, ()):
            verdict = judge_duty(duty, history, closings, history.events[0].day)
            if verdict is not None and verdict.state is _MISSED:
                found[place] = verdict
    return [found[place] for place in sorted(found)]


def _deem(runs: list[Run], history: History) -> bool:
    """Let the law take the step nobody took, once, and say whether; nothing is deemed where it has happened before."""
    keys = [_deemed_at(run) for run in runs if run.state.overrun]
    lapse = runs[0].clock.lapse if keys else None
    if lapse is not None:
        key = min(keys)
        known = history.keys.get(lapse.deem)
        if not known or known[0] > key:
            history.deem(lapse.deem, key)
            return True
    return False


def _deemed_at(run: Run) -> int:
    """Right after the start, or at the end of the last day."""
    assert run.clock.lapse is not None and run.last_day is not None
    return run.start & ~0xFFF | DEEMED_BIT | NO_MINUTE if run.clock.lapse.on_start else deemed_key(run.last_day)


def _compile_duty(duty: Duty) -> CompiledDuty:
    must = compile_condition(duty.must, _event_reader) if duty.must else None
    return CompiledDuty(duty, _on_history(duty.applies), must)


def _on_history(tree: Condition | None) -> Reader | None:
    return None if tree is None else compile_condition(tree, _history_reader)


def _history_reader(node: Name | OfStep) -> Reader:
    if isinstance(node, Name):
        name = node.name
        return lambda history: history.fields.get(name)
    step = node.step
    if node.function == "done":
        return lambda history: step in history.keys
    if node.function == "count":
        return lambda history: len(history.keys.get(step, ()))
    return lambda history: _last_outcome(history, step)


def _last_outcome(history: History, step: str) -> Value:
    """The outcome last recorded for the step."""
    for key in reversed(history.keys.get(step, [])):
        if not key & DEEMED_BIT:
            outcome = history.event_at(key).outcome
            if outcome is not None:
                return outcome
    return None


def _event_reader(node: Name | OfStep) -> Reader:
    name = node.name if isinstance(node, Name) else node.step
    if name == "reason":
        return lambda event: None if event.reason is None else bool(event.reason.strip())
    if name == "by":
        return lambda event: "、".join(event.by) or None
    return lambda event: _attribute(event, name)


def _attribute(event: Event, name: str) -> Value:
    value: Value = getattr(event, name)
    return value


