"""Lists of cases: what is asked for, in which order, a page of it by key (never by counting), how many up to a cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from fadu.clock import now
from fadu.law.procedures import Procedure
from fadu.office.asked import number, words
from fadu.office.hearings import hearing_on
from fadu.store import search
from fadu.store.access import Access
from fadu.store.models import Assignment, Case, Clock, Unit

PAGE = 50
COUNTED = 1000
NEAR = 10_000
"""Ids of cases among which a search looks first."""
NEW_DAYS = 7
"""Days for which a case or an assignment is new."""

STATUS = (("open", "在办"), ("closed", "已办结"), ("faults", "有问题"), ("waiting", "等待别人"), ("new", "七日内新收"))
DUE = (("overdue", "已超期"), ("today", "今日到期"), ("week", "本周到期"), ("3", "三日内"), ("7", "七日内"))
WHO = (("mine", "我承办的"), ("fresh", "新分派给我的"), ("none", "未分派"))
ORDER = (("", "新的在前"), ("due", "先到期的在前"), ("changed", "最近变动的在前"))
OPEN = ("open", "waiting", "new")
"""Of ``STATUS``: only open cases have it."""
_ONE_OF = {"status": dict(STATUS), "due": dict(DUE), "who": dict(WHO), "order": dict(ORDER)}
_UNSHOWN = ("head", *(f"handler__{name}" for name in (
    "password", "phone_sealed", "id_number_sealed", "totp_sealed", "subject", "last_login",
)))  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """What a list's address asks for. ``procedure``: of the list over all registers; ``before``: where a page begins.

    ``day``: a clock of the agency ends on it; ``hearing``: a hearing is set for it.
    """

    unit: int | None = None
    procedure: str = ""
    state: str = ""
    status: str = ""
    due: str = ""
    who: str = ""
    day: date | None = None
    hearing: date | None = None
    text: str = ""
    order: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    before: str = ""

    @classmethod
    def of(cls, query: Any, procedure: Procedure | None) -> Asked:
        """From a query string; what it does not know is left out. ``procedure`` None: the list over all."""
        given = {name: query.get(name, "") for name in ("procedure", "state", "before", *_ONE_OF)}
        chosen = {name: given[name] if given[name] in known else "" for name, known in _ONE_OF.items()}
        return cls(
            unit=number(query.get("unit")),
            procedure="" if procedure else words(given["procedure"], 40),
            state=given["state"] if procedure and given["state"] in procedure.steps else "",
            day=_day(query.get("day")), hearing=_day(query.get("hearing")), text=words(query.get("q")),
            fields=_choices(query, procedure), before=words(given["before"], 60), **chosen,
        )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether only cases that are still open are asked for."""
        return self.status in OPEN or bool(self.due or self.day) or self.who in ("none", "fresh")

    def address(self, **changed: Any) -> str:
        """The query string of the same with some of it changed; the page begins anew."""
        given = {
            "unit": self.unit, "procedure": self.procedure, "state": self.state, "status": self.status,
            "due": self.due, "who": self.who, "day": self.day and self.day.isoformat(),
            "hearing": self.hearing and self.hearing.isoformat(), "q": self.text, "order": self.order,
            **{f"f-{name}": value for name, value in self.fields.items()}, **changed,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def but(self, **changed: Any) -> Asked:
        """The same with some of it changed."""
        return replace(self, before="", **changed)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _choices(query: Any, procedure: Procedure | None) -> dict[str, str]:
    fields = procedure.fields if procedure else {}
    return {
        name: value for name, item in fields.items()
        if item.kind == "choice" and (value := query.get(f"f-{name}")) in item.choices
    }  # fmt: skip


def asked_for(access: Access, procedure: str, asked: Asked, today: date, above: int | None = None) -> QuerySet[Case]:
    """The cases asked for that the person may see. ``procedure`` empty: of every register.

    ``above``: of a search that finds many, those with a greater id.
    """
    found = access.cases()
    code = procedure or asked.procedure
    if code:
        found = found.filter(procedure=code)
    if asked.unit is not None:
        unit = Unit.objects.filter(pk=asked.unit).first()
        below = Unit.objects.filter(path__startswith=unit.path).values_list("pk", flat=True) if unit else ()
        found = found.filter(unit__in=list(below))
    if asked.state:
        found = found.filter(state=asked.state)
    for name, value in asked.fields.items():
        found = found.filter(**{f"fields__{name}": value})
    found = found.filter(narrowed(asked, access, today))
    if asked.running:  # said once: PostgreSQL thinks the cases the fewer each time it reads this
        found = found.filter(closed_on=None)
    if asked.day:
        ends = Clock.objects.filter(case=OuterRef("pk"), last_day=asked.day, party="agency")
        found = found.filter(Exists(ends))
    if asked.hearing:
        found = found.filter(hearing_on(asked.hearing))
    return search.found_by(found, asked.text, above)


def narrowed(asked: Asked, access: Access, today: date) -> Q:
    """The condition of the facets: status, due and who; of open cases, where they are ``Asked.running``."""
    return _status(asked.status, today) & due_within(asked.due, today) & _who(asked.who, access)


def _status(status: str, today: date) -> Q:
    match status:
        case "closed":
            return Q(closed_on__isnull=False)
        case "faults":
            return Q(faults__gt=0)
        case "waiting":  # no clock of the agency's counts; one stands still, or runs for another
            return Q(Exists(Clock.objects.filter(case=OuterRef("pk"))), due_on=None)
        case "new":
            return Q(opened_on__gte=today - timedelta(days=NEW_DAYS))
    return Q()


def _who(who: str, access: Access) -> Q:
    match who:
        case "mine":
            return Q(handler=access.person)
        case "none":
            return Q(handler=None)
        case "fresh":
            since = now() - timedelta(days=NEW_DAYS)
            given = Assignment.objects.filter(person=access.person, since__gte=since).exclude(kind="shared")
            return Q(pk__in=given.values("case"))
    return Q()


def due_within(due: str, today: date) -> Q:
    """The condition of ``Asked.due``, of open cases."""
    if not due:
        return Q()
    if due == "overdue":
        return Q(due_on__lt=today)
    days = {"today": 0, "week": 6 - today.weekday()}.get(due)
    return Q(due_on__range=(today, today + timedelta(days=int(due) if days is None else days)))


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a list that is in order by one column and then by id. ``by`` empty: by id alone, newest first.

    What is in order by its last day is open: ``closed_on`` stands before, as in the index, which gives the order so.
    """

    found: QuerySet[Case]
    by: str = ""

    @property
    def ordered(self) -> QuerySet[Case]:
        """The cases in order, with what a row shows of their unit and handler."""
        by = {"": ("-pk",), "due_on": ("closed_on", "due_on", "pk"), "touched_at": ("-touched_at", "-pk")}[self.by]
        return self.found.order_by(*by).select_related("unit", "handler").defer(*_UNSHOWN)

    def after(self, value: int, key: int) -> Part:
        """What comes after the row with this key. Raises ``OverflowError``, ``ValueError``: no row has it."""
        match self.by:
            case "due_on":
                due = date.fromordinal(value)
                later = Q(due_on__gte=due) & (Q(due_on__gt=due) | Q(pk__gt=key))
            case "touched_at":
                at = _EPOCH + timedelta(microseconds=value)
                later = Q(touched_at__lte=at) & (Q(touched_at__lt=at) | Q(pk__lt=key))
            case _:
                later = Q(pk__lt=key)
        return Part(self.found.filter(later), self.by)

    def key(self, case: Case) -> str:
        """The key of a row: what it is ordered by as a number, and its id."""
        value = 0
        if self.by == "due_on" and case.due_on:
            value = case.due_on.toordinal()
        elif self.by == "touched_at":
            value = (case.touched_at - _EPOCH) // timedelta(microseconds=1)
        return f"{value}-{case.pk}"


def parts(found: QuerySet[Case], asked: Asked) -> list[Part]:
    """The list in its order, laid end to end: where it is by last day, what has none to keep comes after."""
    if asked.order == "due":
        # As a bound: PostgreSQL sees that a later one makes it idle, and does not think the cases the fewer for both.
        counting, rest = Q(due_on__gte=date.min), Q(due_on=None)
        if not asked.running:
            counting, rest = counting & Q(closed_on=None), rest | Q(closed_on__isnull=False)
        return [Part(found.filter(counting), "due_on"), Part(found.filter(rest))]
    return [Part(found, "touched_at" if asked.order == "changed" else "")]


def known(found: QuerySet[Case]) -> tuple[QuerySet[Case], int]:
    """The cases, and how many they are, up to one more than ``COUNTED``.

    What is no more than that is found once, in no order, and then named by id: no database is led to read a million
    rows in the order wanted for the few that are asked for.
    """
    keys = list(found.order_by().values_list("pk", flat=True)[: COUNTED + 1])
    return found if len(keys) > COUNTED else Case.objects.filter(pk__in=keys), len(keys)


def page_of(found: QuerySet[Case], asked: Asked, size: int = 0) -> tuple[list[Case], str]:
    """A page (of ``PAGE``, or so many), and where the next one begins (``Asked.before``); empty: that was the last."""
    size = size or PAGE
    rows: list[Case] = []
    keys: list[str] = []
    for place, part in _left(found, asked):
        for case in part.ordered[: size + 1 - len(rows)]:
            rows.append(case)
            keys.append(f"{place}-{part.key(case)}")
        if len(rows) > size:
            return rows[:size], keys[size - 1]
    return rows, ""


def listed(access: Access, procedure: str, asked: Asked, today: date) -> tuple[list[Case], str, str]:
    """A page and where the next one begins (as ``page_of``), and how many there are, as far as that was counted.

    What a search finds is looked for among the newest first: where they fill the page, that the district has a hundred
    times as many is nothing to it.
    """
    if asked.text and not asked.order:
        newest = number(asked.before.rpartition("-")[2]) or Case.objects.aggregate(newest=Max("pk"))["newest"] or 0
        near = asked_for(access, procedure, asked, today, above=max(0, newest - NEAR))
        cases, more = page_of(near, asked)
        if more:
            return cases, more, f"{PAGE}+"
    found, many = known(asked_for(access, procedure, asked, today))
    if many > COUNTED and asked.text:
        found = asked_for(access, procedure, asked, today, above=0)
    return *page_of(found, asked), capped(many)


def _left(found: QuerySet[Case], asked: Asked) -> Iterator[tuple[int, Part]]:
    """The parts that are still to be shown; the first from where the page begins."""
    laid = parts(found, asked)
    numbers = [number(text) for text in asked.before.split("-")]
    match numbers:
        case [int(place), int(value), int(key)] if place < len(laid):
            try:
                laid[place] = laid[place].after(value, key)
            except (OverflowError, ValueError):
                place = 0
        case _:
            place = 0
    yield from list(enumerate(laid))[place:]


def keys_of(found: QuerySet[Case], asked: Asked, most: int | None = None) -> list[int]:
    """The ids of the list from its beginning, in its order, at most so many."""
    keys: list[int] = []
    for part in parts(found, asked):
        ordered = part.ordered.values_list("pk", flat=True)
        keys += ordered if most is None else ordered[: most - len(keys)]
    return keys


def counted(found: QuerySet[Any]) -> str:
    """How many, up to a thousand."""
    return capped(found.order_by()[: COUNTED + 1].count())


def capped(many: int) -> str:
    """
    >>> capped(7), capped(1001)
    ('7', '1000+')
    """
    return f"{COUNTED}+" if many > COUNTED else str(many)
