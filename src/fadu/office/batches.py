"""What is done to many cases of a list at once: chosen, foreseen one by one, carried out, told one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from fadu.acts.advance import Step, advance_all
from fadu.acts.assign import REASON_LIMIT, assign
from fadu.acts.errors import ActRefused, Conflict, ReasonNeeded
from fadu.acts.foresee import Foreseen, foresee
from fadu.acts.list_columns import clock_label, step_label
from fadu.acts.moves import Move
from fadu.acts.recording import Actor
from fadu.acts.remind import remind, told_of
from fadu.acts.stepping import permit, settled
from fadu.clock import today
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.law.procedures import Step as LawStep
from fadu.office.asked import number
from fadu.store.access import Access
from fadu.store.histories import judged, law_case, project, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Person, Role, Unit

MOST = 200
"""Cases of one batch."""
PEOPLE = 400
"""Persons offered to be given a case."""
WORDS = REASON_LIMIT

KINDS = {"assign": "分派", "advance": "办理环节", "remind": "催办"}
"""What can be done to many: verb → its name on the button."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case that was ticked, and its ``seq`` when it was."""

    case: Case
    seen: int

    @property
    def key(self) -> str:
        return f"{self.case.pk}-{self.seen}"


@dataclass(frozen=True, slots=True)
class Told:
    """What will become, or became, of one case. ``tone``: ok; mute: nothing to do; bad: refused."""

    case: int
    number: str
    tone: str
    words: str

    @classmethod
    def refused(cls, case: Case, error: FaduError) -> Told:
        return cls(case.pk, case.number, "bad", str(error))


@dataclass(frozen=True, slots=True)
class Giving:
    """An assignment of many: to whom, as what, and the unit that is to answer from now on."""

    person: Person
    kind: str = "lead"
    unit: Unit | None = None


def chosen_of(access: Access, keys: Sequence[str]) -> list[Chosen]:
    """The cases behind ``case-seq`` keys that the person may see, in the order given; at most ``MOST``."""
    seen: dict[int, int] = {}
    for key in keys[:MOST]:
        match [number(text) for text in key.split("-")]:
            case [int(case), int(seq)]:
                seen.setdefault(case, seq)
    found = access.cases().filter(pk__in=seen).select_related("unit", "handler").prefetch_related("assignments")
    rows = {case.pk: case for case in found}
    return [Chosen(rows[key], seq) for key, seq in seen.items() if key in rows]


def steps_for(chosen: Sequence[Chosen]) -> list[tuple[LawStep, int]]:
    """The steps that are lawful next for some of the cases, with for how many; those of most first."""
    rows, day, count = rows_of(one.case.pk for one in chosen), day_of(today()), Counter[str]()
    known: dict[str, LawStep] = {}
    for one in chosen:
        try:
            judgement = judged(book(), law_case(one.case.number, one.case.procedure, rows.get(one.case.pk, [])), day)
        except FaduError:
            continue  # what the lawbook no longer reads says so when it is foreseen
        for step in judgement.next_steps:
            known.setdefault(step.name, step)
            count[step.name] += 1
    return [(known[name], many) for name, many in count.most_common()]


def known_fields(chosen: Sequence[Chosen], procedure: Procedure) -> dict[str, Any]:
    """Fields that some of the cases have already: a step of many does not set them."""
    return {
        name: value for name in procedure.fields
        for one in chosen if (value := one.case.fields.get(name)) is not None
    }  # fmt: skip


def handlers_under(paths: Iterable[str]) -> list[Person]:
    """The handlers of the units at the paths and below."""
    below = Q(pk__in=())
    for path in paths:
        below |= Q(unit__path__startswith=path)
    found = Person.objects.filter(below, is_active=True, grants__role=Role.HANDLER)
    return list(found.select_related("unit").distinct().order_by("unit__path", "login")[:PEOPLE])


def foresee_advance(actor: Actor, chosen: Sequence[Chosen], move: Move) -> tuple[list[Told], bool]:
    """What the step makes of each case, or the article by which it is refused; and whether a reason is asked for."""
    found = foresee(actor, [Step(one.case.pk, move, one.seen) for one in chosen])
    told, asks = [], False
    for one, seen in zip(chosen, found, strict=True):
        try:
            told.append(_will_be(one.case, seen, move))
        except ActRefused as refused:
            told.append(Told.refused(one.case, refused))
            asks |= isinstance(refused, ReasonNeeded)
    return told, asks


def _will_be(case: Case, seen: Foreseen | ActRefused, move: Move) -> Told:
    """Raises ``ActRefused`` as the act will."""
    if isinstance(seen, ActRefused):
        raise seen
    settled(seen.answer, seen.after, move)
    shown = project(seen.after)
    before, after = step_label(case.procedure, case.state) or "尚未开始", step_label(case.procedure, shown.state)
    clock = clock_label(case.procedure, shown.due_clock)
    ends = f"；此后{clock}至 {shown.due_on.isoformat()}" if shown.due_on else ""
    return Told(case.pk, case.number, "ok", f"{before} → {after}{ends}")


def do_advance(actor: Actor, chosen: Sequence[Chosen], move: Move) -> list[Told]:
    """Record the step of all cases at once; what is refused does not hold up the rest."""
    outcomes = advance_all(actor, [Step(one.case.pk, move, one.seen) for one in chosen])
    return [
        Told.refused(one.case, outcome.refused or ActRefused("没有记录")) if outcome.case is None
        else Told(one.case.pk, one.case.number, "ok",
                  f"已记录“{step_label(one.case.procedure, move.step)}”"
                  + (f"，{outcome.case.due_on.isoformat()} 到期" if outcome.case.due_on else ""))
        for one, outcome in zip(chosen, outcomes, strict=True)
    ]  # fmt: skip


def foresee_assign(actor: Actor, chosen: Sequence[Chosen], giving: Giving) -> list[Told]:
    """Who will work on each case, or why not."""
    return list(_each(chosen, lambda one: _assigned(actor, one, giving)))


def _assigned(actor: Actor, one: Chosen, giving: Giving) -> Told:
    case, person = one.case, giving.person
    _may(actor, "assign", one)
    unit = giving.unit or case.unit
    if giving.unit is not None:
        permit(actor, "assign", path=unit.path)
    if not person.unit.path.startswith(unit.path):
        raise ActRefused(f"{person.name}是{person.unit.name}的人员，不在{unit.name}及其下属单位；请选本单位的承办人")
    label = "主办" if giving.kind == "lead" else "会办"
    if unit == case.unit and any(row.person_id == person.pk and row.kind == giving.kind
                                 for row in case.assignments.all()):  # fmt: skip
        return Told(case.pk, case.number, "mute", f"已由{person.name}{label}，不变")
    moved = f"，由{case.unit.name}移交{unit.name}" if unit != case.unit else ""
    before = f"（原承办人{case.handler.name}）" if case.handler and giving.kind == "lead" else ""
    return Told(case.pk, case.number, "ok", f"由{person.name}{label}{before}{moved}")


def do_assign(actor: Actor, chosen: Sequence[Chosen], giving: Giving) -> list[Told]:
    """Assign the cases."""
    def done(one: Chosen) -> Told:
        will = _assigned(actor, one, giving)
        if will.tone == "ok":
            assign(actor, one.case.pk, giving.person, giving.kind, giving.unit, one.seen)
        return will

    return list(_each(chosen, done))


def foresee_remind(actor: Actor, chosen: Sequence[Chosen]) -> list[Told]:
    """Whom the reminder will reach, or why not."""
    def will(one: Chosen) -> Told:
        _may(actor, "remind", one)
        told = "、".join(person.name for person in told_of(one.case))
        return Told(one.case.pk, one.case.number, "ok", f"通知{told}，催办计入办件记录")

    return list(_each(chosen, will))


def do_remind(actor: Actor, chosen: Sequence[Chosen], words: str) -> list[Told]:
    """Remind of the cases."""
    def done(one: Chosen) -> Told:
        remind(actor, one.case.pk, words, one.seen)
        return Told(one.case.pk, one.case.number, "ok", f"已通知{'、'.join(who.name for who in told_of(one.case))}")

    return list(_each(chosen, done))


def _may(actor: Actor, verb: str, one: Chosen) -> None:
    """Raises ``NotPermitted``, or ``Conflict`` where others recorded something since the case was ticked."""
    permit(actor, verb, one.case)
    if one.seen != one.case.seq:
        raise Conflict(one.case.number, ["请回到列表重新选择"])


def _each(chosen: Iterable[Chosen], tell: Callable[[Chosen], Told]) -> Iterator[Told]:
    for one in chosen:
        try:
            yield tell(one)
        except FaduError as error:
            yield Told.refused(one.case, error)
