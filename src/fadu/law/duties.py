"""Duties: what the procedure requires or forbids of a history, judged by first, last and count."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from fadu.law.cases import History
from fadu.law.conditions import Reader, needed
from fadu.law.dates import DEEMED_BIT
from fadu.law.procedures import Duty


class DutyState(IntEnum):
    """How a duty stands. The numbers are those of the columnar path (0: does not apply)."""

    MET = 1
    MISSED = 2
    PENDING = 3
    UNDETERMINED = 5

    @property
    def label(self) -> str:
        return ("", "已履行", "未履行", "尚未到时", "", "无法判断")[self]


# Plain names: in CPython 3.11 reading a member from its class is slow.
_MET, _MISSED, _PENDING, _ = DutyState
_new = tuple.__new__  # half the cost of calling the class


class Verdict(NamedTuple):
    """A duty judged. ``key``: the event that decides it, where there is one."""

    duty: Duty
    state: DutyState
    key: int | None = None


class CompiledDuty:
    """A duty with its conditions as closures, how it is judged, and the verdicts that need no event ready made."""

    __slots__ = ("applies", "dated", "duty", "judge", "met", "must", "pending", "undetermined")

    def __init__(self, duty: Duty, applies: Reader | None, must: Reader | None) -> None:
        self.duty = duty
        self.applies = applies
        self.must = must
        self.dated = duty.since is not None or duty.until is not None
        self.judge = _way(duty)
        self.met = Verdict(duty, DutyState.MET)
        self.pending = Verdict(duty, DutyState.PENDING)
        self.undetermined = Verdict(duty, DutyState.UNDETERMINED)


def judge_duty(compiled: CompiledDuty, history: History, closings: list[int], opened: int) -> Verdict | None:
    """The duty's verdict; ``None`` where it does not apply. ``opened``: the day the case opened.

    ``closings``: the keys of what closed the case, in order.
    """
    if compiled.dated and not _binds(compiled.duty, opened):
        return None
    if compiled.applies is not None:
        applies = compiled.applies(history)
        if not applies:
            return compiled.undetermined if applies is None else None
    return compiled.judge(compiled, history, closings)


def _binds(duty: Duty, day: int) -> bool:
    return (duty.since is None or day >= duty.since) and (duty.until is None or day < duty.until)


def _way(duty: Duty) -> Callable[[CompiledDuty, History, list[int]], Verdict]:
    """How a duty of that verb is judged."""
    if duty.verb == "require":
        return _before if duty.before else _after if duty.after else _ever
    return {"must": _must, "forbid": _forbid, "at_most": _at_most}[duty.verb]


def missed_by(duty: Duty, closings: tuple[str, ...]) -> tuple[str, ...]:
    """Steps one of which must have happened before the duty can be missed: the rarer of those it hangs on."""
    applies = needed(duty.applies) if duty.applies else ()
    if duty.verb == "require":
        return applies or duty.before or duty.after or closings
    return applies or duty.steps


def _before(compiled: CompiledDuty, history: History, _: list[int]) -> Verdict:
    """Something must come before the first of something else."""
    duty = compiled.duty
    trigger = history.first(duty.before)
    if trigger is None:
        return compiled.pending
    done = history.first(duty.steps)
    return _new(Verdict, (duty, _MET if done is not None and done < trigger else _MISSED, trigger))


def _after(compiled: CompiledDuty, history: History, closings: list[int]) -> Verdict:
    """Something must follow the last of something else, before the case closes."""
    duty = compiled.duty
    trigger = history.last(duty.after)
    if trigger is None:
        return compiled.pending
    done = history.last(duty.steps)
    if done is not None and done > trigger:
        return _new(Verdict, (duty, _MET, done))
    closed = closings[-1] if closings else None
    return _new(Verdict, (duty, _MISSED if closed is not None and closed > trigger else _PENDING, closed))


def _ever(compiled: CompiledDuty, history: History, closings: list[int]) -> Verdict:
    duty = compiled.duty
    done = history.first(duty.steps)
    if done is not None:
        return _new(Verdict, (duty, _MET, done))
    return _new(Verdict, (duty, _MISSED, closings[0])) if closings else compiled.pending


def _forbid(compiled: CompiledDuty, history: History, _: list[int]) -> Verdict:
    duty = compiled.duty
    done = history.last(duty.steps)
    if not duty.after:
        return compiled.met if done is None else _new(Verdict, (duty, _MISSED, done))
    trigger = history.first(duty.after)
    if trigger is None:
        return compiled.pending
    return _new(Verdict, (duty, _MISSED if done is not None and done > trigger else _MET, done))


def _at_most(compiled: CompiledDuty, history: History, _: list[int]) -> Verdict:
    duty, keys = compiled.duty, history.keys
    count = 0
    for step in duty.steps:
        if step in keys:
            count += len(keys[step])
    if not count:
        return compiled.pending
    return _new(Verdict, (duty, _MET if count <= duty.limit else _MISSED, history.last(duty.steps)))


def _must(compiled: CompiledDuty, history: History, _: list[int]) -> Verdict:
    """Every recorded event of the step has the attributes; deemed ones have none and are passed over."""
    keys, must = history.keys, compiled.must
    verdict = compiled.pending
    for step in compiled.duty.steps:
        for key in keys.get(step, ()):
            if key & DEEMED_BIT:
                continue
            holds = must(history.event_at(key)) if must else None
            if holds is None:
                verdict = compiled.undetermined
            elif not holds:
                return _new(Verdict, (compiled.duty, _MISSED, key))
            elif verdict is compiled.pending:
                verdict = compiled.met
    return verdict
