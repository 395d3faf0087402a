"""Who enforces in the fictitious district, with which certificate, and whom they visit; all of it made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

from fadu.acts.moves import NewCase, PartyGiven
from fadu.law.cases import Case as LawCase
from fadu.law.cases import Event as LawEvent
from fadu.law.dates import date_of
from fadu.played.words import COMPANIES, PLACES
from fadu.simulate.plan import SimulationPlan
from fadu.store.credentials import steps_asking
from fadu.store.identity import check_digit_fits
from fadu.store.lawbook import book
from fadu.store.models import Credential, Person

KIND = "行政执法证"
FIRST = date(2019, 3, 1)
ENDS, LATE = 0.06, 0.03
"""Shares of officers whose certificate ends, and is first issued, while the play goes on."""
AGAIN, POOL = 0.2, 300
"""Share of inspections that go to an enterprise often visited; one of those for so many cases of the play."""
LEAST = 6
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Enforcement:
    """Draws officers and enterprises; the same plan gives the same."""

    def __init__(self, plan: SimulationPlan, handlers: dict[int, list[int]]) -> None:
        self._rng = Random(plan.seed)  # noqa: S311 - play, not secrets
        self._asking = frozenset(steps_asking(book()))
        self._often = max(LEAST, plan.cases // POOL)
        self._visited = 0
        names = dict(Person.objects.values_list("pk", "name"))
        self._names = {unit: tuple(names[key] for key in keys) for unit, keys in handlers.items()}
        self._certify(plan, [key for keys in handlers.values() for key in keys])

    def _certify(self, plan: SimulationPlan, officers: list[int]) -> None:
        """Give the officers their certificates: most valid all along."""
        first, span = date_of(plan.first), max(plan.until - plan.first, 2)
        rows = []
        for place, person in enumerate(officers, 1):
            drawn = self._rng.random()
            day = first + timedelta(days=self._rng.randrange(span // 4, span))
            issued, expires = (day, None) if ENDS < drawn < ENDS + LATE else (FIRST, day if drawn < ENDS else None)
            number = f"模拟{place:06}"
            rows.append(Credential(person_id=person, kind=KIND, number=number, issued=issued, expires=expires))
        Credential.objects.bulk_create(rows, 500)

    def named(self, case: LawCase, unit: int) -> list[LawEvent]:
        """The events of the case, with officers of the unit named where a certificate is asked for."""
        return [self._named(event, unit) if (case.procedure, event.step) in self._asking else event
                for event in case.events]  # fmt: skip

    def _named(self, event: LawEvent, unit: int) -> LawEvent:
        names = self._names.get(unit, ())
        return event if event.by or not event.officers else replace(event, by=names[: event.officers])

    def visit(self, new: NewCase) -> NewCase:
        """An inspection with the enterprise it goes to: now and then one that others have visited too."""
        if new.procedure != "inspection":
            return new
        rng = self._rng
        if rng.random() < AGAIN:
            number = rng.randrange(self._often)
        else:
            self._visited += 1
            number = self._often + self._visited
        name, code = enterprise(number)
        fields = {**new.opening.fields, "credit_code": code}
        party = PartyGiven("被检查单位", name, "legal", id_number=code)
        return replace(
            new, opening=replace(new.opening, fields=fields), title=f"检查{name}", parties=(*new.parties, party)
        )


@cache
def enterprise(number: int) -> tuple[str, str]:
    """Name and credit code of an enterprise that is nobody's: of a region that does not exist (999999)."""
    name = f"明川{PLACES[number % len(PLACES)]}{COMPANIES[number // 16 % len(COMPANIES)]}{number}号有限公司（模拟）"
    body = f"91999999MA{number:07d}"
    return name, next(body + sign for sign in _SIGNS if check_digit_fits(body + sign))
