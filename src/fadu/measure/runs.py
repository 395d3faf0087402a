"""What both columnar paths share: how a run is settled once its start, end and last day are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import ibis

from fadu.law.clocks import State
from fadu.law.conditions import Name
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, deemed_key
from fadu.law.duties import DutyState
from fadu.law.procedures import Clock, Duty
from fadu.law.terms import Span, Unit
from fadu.measure import columns
from fadu.measure.expressions import Expr, Scope, any_of, expression, no
from fadu.measure.milestones import MUST_BROKEN, MUST_HELD, MUST_UNKNOWN, key_day, key_minute

Branches = list[tuple[Expr, Expr]]

UNKNOWN_TERM = -1
NO_TERM = -2


def earliest(parts: list[Expr]) -> Expr:
    """The least of several keys, ignoring those that are null."""
    if not parts:
        return ibis.null("int64")
    return parts[0] if len(parts) == 1 else ibis.least(*parts)


def latest(parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else ibis.greatest(*parts)


def after(keys: Expr, start: Expr) -> Expr:
    """The key where it comes after ``start``, else null."""
    return (keys > start).ifelse(keys, ibis.null("int64"))


def choose(branches: list[tuple[Expr, Expr]], otherwise: Expr) -> Expr:
    """CASE WHEN … THEN … ELSE: the first branch that holds."""
    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


def applies(clock: Clock | Duty, scope: Scope) -> Expr:
    """Whether the rule applies: true, false or null (unknown)."""
    return ibis.literal(True) if clock.applies is None else expression(clock.applies, scope)


def term_index(clock: Clock, scope: Scope) -> Expr:
    """Index into ``clock.terms`` of the term that binds; ``UNKNOWN_TERM`` or ``NO_TERM``."""
    branches: list[tuple[Expr, Expr]] = []
    for index, rule in enumerate(clock.terms):
        if rule.when is None:
            return choose(branches, ibis.literal(index))
        holds = expression(rule.when, scope)
        branches += [(holds.isnull(), ibis.literal(UNKNOWN_TERM)), (holds, ibis.literal(index))]
    return choose(branches, ibis.literal(NO_TERM))


def binding_span(clock: Clock, index: int) -> Span:
    """The span as the calendar table holds it: a minimum period does not roll unless it must be exceeded."""
    span = clock.terms[index].span
    return replace(span, rolls=False) if clock.minimum and not clock.beyond else span


def named_day(clock: Clock, term: Expr, scope: Scope) -> Expr:
    """The day that the case's own date field gives a run (null: another term binds, or the field is not filled in)."""
    dated = [(term == index, scope.column(Name(rule.span.field)).cast("int32"))
             for index, rule in enumerate(clock.terms) if rule.span.unit is Unit.DATED]
    return choose(dated, ibis.null("int32"))


def with_rolled(table: Expr, days: Expr) -> Expr:
    """The table, with ``named_rolled``: ``named`` moved off a rest day."""
    side = days.select(n_day="day", named_rolled="rolled")
    return table.left_join(side, table.named == side.n_day).drop("n_day")


def named_last(table: Expr, span: Span) -> Expr:
    """The day the case names, rolled where the span does."""
    return table.named_rolled if span.rolls else table.named


@dataclass(frozen=True, slots=True)
class Course:
    """A run's columns: keys of its start and end, whether a closing step ended it, day of the end, last lawful
    day, index of the term that binds, and whether a minimum period was lawfully shortened."""

    start: Expr
    end: Expr
    ended: Expr
    end_day: Expr
    last: Expr
    term: Expr
    shortened: Expr


def ending(stop: Expr, closed: Expr) -> tuple[Expr, Expr]:
    """The key that ends a run, and whether it is a closing step rather than a stop."""
    ended = (closed.notnull() & (stop.isnull() | (closed < stop)))
    return ended.ifelse(closed, stop), ended


def state(clock: Clock, course: Course, as_of: int) -> Expr:
    """State code of a run (``law.clocks.State``); all terms of the clock.

    ``last`` is null where the facts do not settle the term, or the calendar does not reach the day.
    """
    if clock.minimum:
        return _minimum_state(course)
    judged_on = course.end_day.fill_null(as_of)
    branches = [(course.last.isnull(), _code(State.UNDETERMINED))]
    branches += _hour_branches(clock, course, as_of)
    branches += [(judged_on > course.last, _overrun(clock, course)), (course.end.isnull(), _code(State.RUNNING)),
                 (course.ended, _code(State.ENDED))]
    return choose(branches, _code(State.KEPT))


def _overrun(clock: Clock, course: Course) -> Expr:
    """A right not used by its last day has lapsed; everything else is late."""
    late = _code(State.LATE)
    return (course.end.isnull() | course.ended).ifelse(_code(State.LAPSED), late) if clock.right else late


def is_overrun(state: Expr) -> Expr:
    """Whether the last day has passed without the stop (``law.clocks.State.overrun``)."""
    return (state == int(State.LATE)) | (state == int(State.LAPSED))


def _code(value: State | DutyState) -> Expr:
    return ibis.literal(int(value), "int8")


def _minimum_state(course: Course) -> Expr:
    return choose(
        [
            (course.last.isnull(), _code(State.UNDETERMINED)),
            (course.end.isnull(), _code(State.RUNNING)),
            (course.ended, _code(State.ENDED)),
            ((course.end_day >= course.last) | course.shortened, _code(State.KEPT)),
        ],
        _code(State.EARLY),
    )


def _hour_branches(clock: Clock, course: Course, as_of: int) -> Branches:
    """Elapsed minutes decide where the binding term is in hours; other terms fall through."""
    hours = [(i, rule.span.number * 60) for i, rule in enumerate(clock.terms) if rule.span.unit is Unit.HOUR]
    if not hours:
        return []
    limit = choose([(course.term == i, ibis.literal(minutes)) for i, minutes in hours], ibis.null("int64"))
    end = course.end.fill_null((as_of + 1) << 32)
    base = (key_day(end) - key_day(course.start)).cast("int64") * 1440
    begun, done = key_minute(course.start), key_minute(end)
    soonest = base + _known(done, 0) - _known(begun, 1439)
    longest = base + _known(done, 1439) - _known(begun, 0)
    return [
        (soonest > limit, _overrun(clock, course)),
        ((longest > limit) & course.end.notnull(), _code(State.UNDETERMINED)),
        (limit.notnull() & course.end.isnull(), _code(State.RUNNING)),
        (limit.notnull() & course.ended, _code(State.ENDED)),
        (limit.notnull(), _code(State.KEPT)),
    ]


def _known(minute: Expr, otherwise: int) -> Expr:
    return (minute == NO_MINUTE).ifelse(otherwise, minute)


def hour_last_day(span: Span, start: Expr) -> Expr:
    """The day an hour term ends."""
    return (key_day(start) + (_known(key_minute(start), 1439) + span.number * 60) // 1440).cast("int32")


def deemed(clock: Clock, start: Expr, last: Expr) -> Expr:
    """Key of what the lapse of the run deems to happen."""
    if clock.lapse is not None and clock.lapse.on_start:
        return (start >> 12 << 12) + (DEEMED_BIT | NO_MINUTE)
    return (last.cast("int64") << 32) + deemed_key(0)


def duty_state(duty: Duty, table: Expr, scope: Scope, closings: tuple[str, ...]) -> Expr:
    """State code of a duty (0: does not apply) over milestones."""
    does = applies(duty, scope)
    outside = []
    if duty.since is not None:
        outside.append(key_day(table.opened) < duty.since)
    if duty.until is not None:
        outside.append(key_day(table.opened) >= duty.until)
    verb = {"require": _require, "forbid": _forbid, "at_most": _at_most, "must": _must}[duty.verb]
    branches = [(any_of(outside), ibis.literal(0, "int8"))] if outside else []
    if duty.applies is not None:
        branches += [(does.isnull(), _code(DutyState.UNDETERMINED)), (no(does), ibis.literal(0, "int8"))]
    return choose([*branches, *verb(duty, table, closings)], _code(DutyState.PENDING))


def _firsts(table: Expr, steps: tuple[str, ...]) -> Expr:
    return earliest([table[columns.first(step)] for step in steps])


def _lasts(table: Expr, steps: tuple[str, ...]) -> Expr:
    return latest([table[columns.last(step)] for step in steps]) if steps else ibis.null("int64")


def _require(duty: Duty, table: Expr, closings: tuple[str, ...]) -> Branches:
    met, missed, pending = _code(DutyState.MET), _code(DutyState.MISSED), _code(DutyState.PENDING)
    if duty.before:
        trigger, done = _firsts(table, duty.before), _firsts(table, duty.steps)
        return [(trigger.isnull(), pending), (done < trigger, met), (trigger.notnull(), missed)]
    if duty.after:
        trigger, done = _lasts(table, duty.after), _lasts(table, duty.steps)
        closed = _lasts(table, closings)
        return [(trigger.isnull(), pending), (done > trigger, met), (closed > trigger, missed)]
    return [(_firsts(table, duty.steps).notnull(), met), (_firsts(table, closings).notnull(), missed)]


def _forbid(duty: Duty, table: Expr, closings: tuple[str, ...]) -> Branches:
    met, missed = _code(DutyState.MET), _code(DutyState.MISSED)
    done = _lasts(table, duty.steps)
    if not duty.after:
        return [(done.isnull(), met), (done.notnull(), missed)]
    trigger = _firsts(table, duty.after)
    return [(trigger.isnull(), _code(DutyState.PENDING)), (done > trigger, missed), (trigger.notnull(), met)]


def _at_most(duty: Duty, table: Expr, closings: tuple[str, ...]) -> Branches:
    total = reduce(lambda left, right: left + right, [table[columns.count(step)] for step in duty.steps])
    return [(total > duty.limit, _code(DutyState.MISSED)), (total > 0, _code(DutyState.MET))]


def _must(duty: Duty, table: Expr, closings: tuple[str, ...]) -> Branches:
    worst = table[columns.must(duty.name)]
    return [
        (worst == MUST_BROKEN, _code(DutyState.MISSED)),
        (worst == MUST_UNKNOWN, _code(DutyState.UNDETERMINED)),
        (worst == MUST_HELD, _code(DutyState.MET)),
    ]
