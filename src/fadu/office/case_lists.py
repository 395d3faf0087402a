"""Lists of cases: what is asked for, a page of it by key (never by counting), and how a row is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from fadu.law.procedures import Procedure
from fadu.office.asked import number, words
from fadu.office.clock_bars import due_chip
from fadu.store import search
from fadu.store.access import Access
from fadu.store.models import Case, Unit

PAGE = 50
COUNTED = 1000
DUE = (("overdue", "已超期"), ("today", "今日到期"), ("3", "三日内"), ("7", "七日内"))
STATUS = (("open", "在办"), ("closed", "已办结"), ("faults", "有问题"), ("mine", "我承办的"))


@dataclass(frozen=True)
class Asked:
    """What a register's address asks for."""

    unit: int | None = None
    state: str = ""
    status: str = ""
    due: str = ""
    text: str = ""
    before: int | None = None
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: Any, procedure: Procedure) -> Asked:
        """From a query string; what it does not know is left out."""
        states = procedure.steps
        status, due = query.get("status", ""), query.get("due", "")
        return cls(
            number(query.get("unit")), query.get("state", "") if query.get("state") in states else "",
            status if status in dict(STATUS) else "", due if due in dict(DUE) else "", words(query.get("q")),
            number(query.get("before")),
            {
                name: value for name, item in procedure.fields.items()
                if item.kind == "choice" and (value := query.get(f"f-{name}")) in item.choices
            },
        )  # fmt: skip

    def address(self, **changed: Any) -> str:
        """The query string of the same with some of it changed; the page begins anew."""
        given = {
            "unit": self.unit, "state": self.state, "status": self.status, "due": self.due, "q": self.text,
            **{f"f-{name}": value for name, value in self.fields.items()}, **changed,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class ListRow:
    """A case in a list. ``due``: tone and words."""

    case: Case
    state: str
    due: tuple[str, str]


def asked_for(access: Access, procedure: Procedure, asked: Asked, today: date) -> QuerySet[Case]:
    """The cases asked for that the person may see, newest first."""
    found = access.cases().filter(procedure=procedure.code)
    if asked.unit is not None:
        unit = Unit.objects.filter(pk=asked.unit).first()
        found = found.filter(unit__path__startswith=unit.path) if unit else found.none()
    if asked.state:
        found = found.filter(state=asked.state)
    for name, value in asked.fields.items():
        found = found.filter(**{f"fields__{name}": value})
    found = found.filter(_status(asked.status, access), _due(asked.due, today))
    condition = search.condition(asked.text) if asked.text else None
    if condition is not None:
        sql, parameters = condition
        found = found.filter(pk__in=RawSQL(f"SELECT rowid FROM store_words WHERE {sql}", parameters))  # noqa: S608, S611
    return found.order_by("-pk")


def _status(status: str, access: Access) -> Q:
    match status:
        case "open":
            return Q(closed_on=None)
        case "closed":
            return Q(closed_on__isnull=False)
        case "faults":
            return Q(faults__gt=0)
        case "mine":
            return Q(handler=access.person, closed_on=None)
    return Q()


def _due(due: str, today: date) -> Q:
    if not due:
        return Q()
    running = Q(closed_on=None)
    if due == "overdue":
        return running & Q(due_on__lt=today)
    days = 0 if due == "today" else int(due)
    return running & Q(due_on__range=(today, today + timedelta(days=days)))


def page_of(found: QuerySet[Case], before: int | None) -> tuple[list[Case], int | None]:
    """A page, and the key the next one begins before; None: that was the last."""
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("unit", "handler")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def counted(found: QuerySet[Any]) -> str:
    """How many, up to a thousand."""
    many = found.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if many > COUNTED else str(many)


def shown_rows(cases: Iterable[Case], labels: dict[tuple[str, str], str], today: date) -> list[ListRow]:
    """Cases as a list shows them."""
    return [
        ListRow(case, labels.get((case.procedure, case.state), case.state),
                due_chip(None if case.closed_on else case.due_on, today))
        for case in cases
    ]  # fmt: skip
