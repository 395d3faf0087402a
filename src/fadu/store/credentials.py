"""执法证件核验: whether the officers named in a step held a valid enforcement certificate (行政执法证) that day.

A step says in the lawbook (``credential``) under which articles its officers must. They are named in an event's
``by``, and known by that name among the persons of the case's unit, else of its department. Three outcomes: valid,
lacking, unknown; who is in no roster, or of a department whose certificates nobody entered, is unknown, never lacking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet

from fadu.book import Book
from fadu.law.citations import Citation
from fadu.law.explain import Note
from fadu.law.procedures import Step
from fadu.store.histories import STEP_ACTS, Row
from fadu.store.models import Case, Credential, Person, Unit
from fadu.store.standing import standing_events

KIND = "执法证"
"""What the kind of a certificate contains, whatever else it is called: 行政执法证, 北京市行政执法证."""
MANY = 5000
"""Names of one statement."""
_NUMBERED = re.compile(r"[（(][^（()）]*[)）]$")


class Verdict(Enum):
    """What is known of an officer's certificate on a day."""

    VALID = "有效"
    LACKING = "无有效证件"
    UNKNOWN = "无法判断"


@dataclass(frozen=True, slots=True)
class Check:
    """An officer named in an event: ``words`` say why the verdict is not ``VALID``. ``unit``: id of the case's."""

    case: int
    seq: int
    procedure: str
    unit: int
    step: str
    on: date
    officer: str
    verdict: Verdict
    words: str


class _Holding(NamedTuple):
    issued: date
    expires: date | None


class _Known(NamedTuple):
    path: str
    holdings: tuple[_Holding, ...]


class Roster:
    """The persons of some names, with their certificates; read when first asked for, in statements not in their number.

    ``names``: as they stand in events.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {plain_name(name) for name in names}

    def check(self, name: str, path: str, on: date) -> tuple[Verdict, str]:
        """How the officer of that name stands on the day, in a case of the unit at ``path``, and why not valid."""
        known = self._known.get(plain_name(name), ())
        own = [person for person in known if person.path.startswith(path)]
        department = department_of(path)
        own = own or [person for person in known if person.path.startswith(department)]
        if not own:
            return Verdict.UNKNOWN, "不在该单位的人员名册中"
        faults = [_fault(person.holdings, on) for person in own]
        if not any(faults):
            return Verdict.VALID, ""
        if not all(faults):
            return Verdict.UNKNOWN, f"同名的有 {len(own)} 人，证件情况不一"
        if department not in self._kept:
            return Verdict.UNKNOWN, "该单位没有登记过任何人的行政执法证"
        return Verdict.LACKING, faults[0]

    @cached_property
    def _known(self) -> Mapping[str, Sequence[_Known]]:
        names: list[str] = sorted(self._names)
        people: list[tuple[int, str, str]] = []
        for start in range(0, len(names), MANY):
            found = Person.objects.filter(name__in=names[start : start + MANY])
            people += found.values_list("pk", "name", "unit__path")
        held: dict[int, list[_Holding]] = {}
        keys = [key for key, _, _ in people]
        for start in range(0, len(keys), MANY):
            rows = Credential.objects.filter(person__in=keys[start : start + MANY], kind__contains=KIND)
            for person, issued, expires in rows.order_by("issued").values_list("person", "issued", "expires"):
                held.setdefault(person, []).append(_Holding(issued, expires))
        known: dict[str, list[_Known]] = {}
        for key, name, path in people:
            known.setdefault(name, []).append(_Known(path, tuple(held.get(key, ()))))
        return known

    @cached_property
    def _kept(self) -> frozenset[str]:
        """The departments that have entered certificates at all."""
        rows = Credential.objects.filter(kind__contains=KIND).values_list("person__unit__path", flat=True)
        return frozenset(map(department_of, rows.distinct()))


def plain_name(name: str) -> str:
    """A name without the number of a certificate behind it.

    >>> plain_name("张三（11010001）"), plain_name(" 李四 ")
    ('张三', '李四')
    """
    return _NUMBERED.sub("", name.strip()).strip()


def department_of(path: str) -> str:
    """The path of the department or town a unit belongs to; the district's own for the district.

    >>> department_of("MC.HP.HP1."), department_of("MC.HP."), department_of("MC.")
    ('MC.HP.', 'MC.HP.', 'MC.')
    """
    return "".join(f"{code}." for code in path.split(".")[:2] if code)


def _fault(holdings: Sequence[_Holding], on: date) -> str:
    """Why none of the certificates was valid on the day (the last day of one is still valid); empty where one was."""
    if not holdings:
        return "没有登记行政执法证"
    if any(held.issued <= on and (held.expires is None or on <= held.expires) for held in holdings):
        return ""
    ended = [held.expires for held in holdings if held.expires is not None and held.expires < on]
    if ended:
        return f"行政执法证有效至 {max(ended)}，当日已失效"
    return f"行政执法证 {min(held.issued for held in holdings)} 才取得"


def steps_asking(book: Book) -> dict[tuple[str, str], Step]:
    """Procedure and name → the step at which officers must hold a certificate, in its newest version."""
    return {
        (code, step.name): step
        for code in book.codes for version in book.versions(code) for step in version.steps.values() if step.credential
    }  # fmt: skip


def note_of(check: tuple[Verdict, str], officer: str, on: date, cites: tuple[Citation, ...]) -> Note:
    """A verdict that is not ``VALID`` as a sentence with its articles."""
    verdict, words = check
    if verdict is Verdict.UNKNOWN:
        return Note(f"{officer} {on} 有无有效的行政执法证无法判断：{words}")
    return Note(f"{officer} {on} 没有有效的行政执法证：{words}", cites)


def notes_of(rows: Sequence[Row], steps: Mapping[str, Step], path: str) -> list[tuple[Verdict, Note]]:
    """What is to be said of one case's officers, in the order of its events; nothing of those who were valid."""
    gone = {row.corrects for row in rows}
    asking = [
        (row, name) for row in rows
        if row.act in STEP_ACTS and row.step in steps and steps[row.step].credential
        and not row.void and row.seq not in gone
        for name in row.body.get("by", ())
    ]  # fmt: skip
    roster = Roster(name for _, name in asking)
    found: list[tuple[Verdict, Note]] = []
    for row, name in asking:
        verdict, words = roster.check(name, path, row.on)
        if verdict is not Verdict.VALID:
            note = note_of((verdict, words), name, row.on, steps[row.step].credential)
            found.append((verdict, Note(f"{steps[row.step].label}：{note.text}", note.cites)))
    return found


def lacking_of(roster: Roster, step: Step, path: str, by: Sequence[str], on: date) -> tuple[Note, ...]:
    """What to warn of before the step is recorded: its officers who lack a certificate, never who is unknown."""
    if not step.credential:
        return ()
    checks = [(name, roster.check(name, path, on)) for name in by]
    return tuple(note_of(check, name, on, step.credential) for name, check in checks if check[0] is Verdict.LACKING)


def checks_of(cases: QuerySet[Case], book: Book, first: date, last: date) -> list[Check]:
    """Every officer named in a step that asks for a certificate, from ``first`` to ``last``, in the cases."""
    steps = steps_asking(book)
    read = [(event, name) for event in standing_events(cases, steps, (first, last), "by")
            for name in event.body.get("by", ())]  # fmt: skip
    roster = Roster(name for _, name in read)
    paths = dict(Unit.objects.values_list("pk", "path"))
    return [
        Check(event.case, event.seq, event.procedure, event.unit, event.step, event.on, name,
              *roster.check(name, paths[event.unit], event.on))
        for event, name in read
    ]  # fmt: skip
