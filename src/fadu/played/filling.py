"""Puts simulated cases into a district through the same act that records real ones.

Each step is recorded at the moment it happened in the play; the district's units and people are those of the play.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from itertools import chain, islice
from random import Random
from typing import Any

from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.recording import Actor
from fadu.clock import BEIJING
from fadu.law.cases import Case as LawCase
from fadu.law.cases import Event as LawEvent
from fadu.law.dates import NO_MINUTE, date_of
from fadu.played.enforcement import Enforcement
from fadu.played.leading import Leads
from fadu.played.people import BUREAU, People, settle_people
from fadu.played.tables import powers, standards
from fadu.played.words import Writer
from fadu.simulate.casefiles import simulate
from fadu.simulate.plan import SimulationPlan, codes_of
from fadu.store.lawbook import book
from fadu.store.models import Unit

CHUNK = 1000
STANDARDS = "discretion_standard"
"""The register that is not played but laid down, so that it is a table."""
OFFICE_OPENS = 9 * 60
"""The minute a record is made where the play has no time of day."""


@dataclass
class Summary:
    """What was put in."""

    cases: int = 0
    events: int = 0
    units: int = 0
    people: int = 0
    links: int = 0
    password: str = ""
    logins: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return vars(self)


def fill(plan: SimulationPlan, progress: Callable[[int], object] = lambda done: None) -> Summary:
    """Fill the district at hand. Raises ``FaduError`` where it is not a simulated one or has cases already."""
    people = settle_people(secrets.token_urlsafe(9))
    summary = Summary(
        units=Unit.objects.count(), people=people.count, password=people.password, logins=people.logins
    )
    writer, refused = Writer(Random(plan.seed)), Counter[str]()  # noqa: S311 - play, not secrets
    actor, enforcement = Actor(None, "simulate"), Enforcement(plan, people.handlers)
    leads = Leads(Random(plan.seed))  # noqa: S311
    laid, plan = _laid(plan, people)
    played = (_come_of(leads, _facts(case, people, writer, enforcement)) for case in simulate(book(), plan))
    wanted = chain(laid, played)
    while facts := list(islice(wanted, CHUNK)):
        for given, opened in zip(facts, open_with_facts(actor, facts), strict=True):
            if opened.case is None:
                refused[str(opened.refused)] += 1
            else:
                summary.cases += 1
                summary.events += 1 + len(given.then) + bool(given.new.origin)
                summary.links += bool(given.new.origin)
                leads.remember(opened.case.number, given)
        progress(summary.cases + refused.total())
    summary.refused = [f"{words}（{count} 件）" for words, count in refused.most_common(10)]
    return summary


def _laid(plan: SimulationPlan, people: People) -> tuple[list[Facts], SimulationPlan]:
    """The cases that are laid down, and the plan of what else is played: as many less."""
    codes = codes_of(book(), plan)
    if STANDARDS not in codes:
        return [], plan
    bureau, day = people.unit(BUREAU), date_of(plan.first)
    laid = [*standards(bureau, day), *powers(bureau, day)]
    rest = tuple(code for code in codes if code != STANDARDS)
    return laid, replace(plan, procedures=rest, cases=plan.cases and max(plan.cases - len(laid), 1))


def _come_of(leads: Leads, facts: Facts) -> Facts:
    new = facts.new
    return replace(facts, new=replace(new, origin=leads.origin(new.procedure, new.title, new.opening.on)))


def _facts(case: LawCase, people: People, writer: Writer, enforcement: Enforcement) -> Facts:
    unit = people.unit(case.unit)
    moves = [_move(event) for event in enforcement.named(case, unit)]
    told = {name: value for name, value in case.fields.items() if value is not None}
    given = writer.facts(case.procedure, told, moves[0].on.month, {move.step: move for move in moves})
    title, summary = writer.words(case.procedure, given)
    parties = tuple(PartyGiven(*party) for party in writer.parties(case.procedure))
    new = NewCase(
        case.procedure, unit, replace(moves[0], fields=given), title=title, summary=summary, parties=parties,
        handler=people.handler(unit, case.id), simulated=True,
    )  # fmt: skip
    return Facts(enforcement.visit(new), moves[1:], moments=list(_moments(moves)))


def _move(event: LawEvent) -> Move:
    return Move(
        event.step, date_of(event.day), None if event.minute == NO_MINUTE else event.minute, event.by,
        event.officers or None, event.days or None, event.outcome, event.approved_by, event.reason,
        None if event.amount is None else f"{event.amount:.2f}",
    )  # fmt: skip


def _moments(moves: Sequence[Move]) -> Iterator[datetime]:
    """When each was recorded: then, and never before the one recorded before it."""
    last = datetime.min.replace(tzinfo=BEIJING)
    for move in moves:
        minute = OFFICE_OPENS if move.minute is None else move.minute
        moment = datetime.combine(move.on, time(minute // 60, minute % 60), BEIJING)
        last = max(last, moment)
        yield last
