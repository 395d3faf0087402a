"""执法核验: what lies between cases of enforcement, computed when asked for, of the cases the person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from fadu.clock import today
from fadu.law.dates import date_of, day_of, month_length
from fadu.office.asked import number
from fadu.store.access import Access
from fadu.store.credentials import Check, Verdict, checks_of, department_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Unit


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked at: days, both included, and a unit with all below it where one was chosen."""

    first: date
    last: date
    unit: Unit | None = None

    @classmethod
    def of(cls, query: Any) -> Period:
        """From an address (``first``, ``last``, ``unit``); this year up to today where it says nothing or nonsense."""
        day = today()
        first, last = _day(query.get("first")) or day.replace(month=1, day=1), _day(query.get("last")) or day
        unit = Unit.objects.filter(pk=number(query.get("unit")) or 0).first()
        return cls(min(first, last), max(first, last), unit)

    def within(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """Those of the unit."""
        if self.unit is None:
            return cases
        below = Unit.objects.filter(path__startswith=self.unit.path)
        return cases.filter(unit__in=list(below.values_list("pk", flat=True)))

    def address(self, **more: Any) -> str:
        """The query string of the same, with some of it changed."""
        given = {"first": self.first, "last": self.last, "unit": self.unit and self.unit.pk, **more}
        return "?" + urlencode({name: value for name, value in given.items() if value})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


# Certificates -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """How often officers were named, by verdict. ``address``: where the rows are, without ``show``."""

    name: str
    address: str
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    months: list[Count] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.verdicts.values())

    @property
    def lacking(self) -> int:
        return self.verdicts[Verdict.LACKING]

    @property
    def unknown(self) -> int:
        return self.verdicts[Verdict.UNKNOWN]


@dataclass(frozen=True, slots=True)
class Listed:
    """A check as it is listed; ``label``: the step's name."""

    check: Check
    case: Case
    label: str


def certificates(access: Access, period: Period) -> list[Check]:
    """Every officer named, within the period, in a step that asks for a certificate."""
    return checks_of(period.within(access.cases()), book(), period.first, period.last)


def by_unit_and_month(checks: Iterable[Check], period: Period) -> list[Count]:
    """By department, or where one was chosen by its units, with the months of each; the most lacking first."""
    units = {unit.pk: unit for unit in Unit.objects.all()}
    tops = {unit.path: unit for unit in units.values()}
    found: dict[int, Count] = {}
    months: dict[tuple[int, date], Count] = {}
    for check in sorted(checks, key=lambda check: check.on):
        unit = units[check.unit]
        unit = unit if period.unit else tops.get(department_of(unit.path), unit)
        month = check.on.replace(day=1)
        if unit.pk not in found:
            found[unit.pk] = Count(unit.name, period.address(unit=unit.pk))
        if (unit.pk, month) not in months:
            first, last = max(month, period.first), min(_end(month), period.last)
            part = Count(f"{month:%Y-%m}", period.address(unit=unit.pk, first=first, last=last))
            months[unit.pk, month] = part
            found[unit.pk].months.append(part)
        for count in (found[unit.pk], months[unit.pk, month]):
            count.verdicts[check.verdict] += 1
    return sorted(found.values(), key=lambda count: (-count.lacking, -count.unknown, count.name))


def _end(month: date) -> date:
    return date_of(day_of(month) + month_length(month.year, month.month) - 1)


def listed(access: Access, checks: Sequence[Check]) -> list[Listed]:
    """Each with its case and the name of its step."""
    cases = access.cases().select_related("unit").in_bulk(sorted({check.case for check in checks}))
    labels = {(version.code, step.name): step.label
              for code in {check.procedure for check in checks} for version in book().versions(code)
              for step in version.steps.values()}  # fmt: skip
    return [Listed(check, cases[check.case], labels[check.procedure, check.step])
            for check in checks if check.case in cases]  # fmt: skip
