"""台账: the cases of a procedure, or of all, as a list people work in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.list_columns import ALL, Column, choose_columns, chosen_columns, columns_of, step_label
from fadu.clock import today
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.office.asked import number, words
from fadu.office.batches import KINDS
from fadu.office.case_lists import (
    DUE,
    ORDER,
    STATUS,
    WHO,
    Asked,
    asked_for,
    capped,
    due_within,
    listed,
    narrowed,
)
from fadu.office.columns import shown_rows
from fadu.office.context import OfficeRequest, say
from fadu.office.screens import screens_of
from fadu.store.access import Access
from fadu.store.lawbook import book
from fadu.store.models import SavedFilter, Unit

FILTERS = 30
READ = 10_000
"""Open cases that are read to count what the facets would show."""
OPEN_FACETS = ("open", "new")
"""Of ``STATUS``: what the columns of an open case settle."""
UNITS = 400
FIELD_FILTERS = 6


def newest(code: str) -> Procedure:
    """The newest version of a procedure. Raises ``Http404``."""
    try:
        return book().versions(code)[-1]
    except FaduError as error:
        raise Http404 from error


def version_of(code: str) -> Procedure | None:
    """The procedure of a register's address; None: the list over all. Raises ``Http404``."""
    return None if code == ALL else newest(code)


def units_of(access: Access) -> list[tuple[int, str]]:
    """The units whose cases the person sees, for choosing one: id and name."""
    below = Q(pk__in=())
    for top in access.paths():
        below |= Q(path__startswith=top)
    return list(Unit.objects.filter(below).order_by("path").values_list("pk", "name")[:UNITS])


@require_GET
def registers(request: OfficeRequest) -> HttpResponse:
    """All registers, with how many cases of each are open and overdue: one pass over what is open."""
    access, day = request.access, today()
    late = Count("pk", filter=due_within("overdue", day))
    grouped = asked_for(access, "", Asked(status="open"), day).order_by().values_list("procedure")
    many = {code: counts for code, *counts in grouped.annotate(open=Count("pk"), late=late)}
    rows = [{
        "procedure": newest(code),
        **dict(zip(("open", "late"), map(capped, many.get(code, (0, 0))), strict=True)),
    } for code in book().codes]  # fmt: skip
    return render(request, "office/registers.html", {"rows": rows, "may_open": access.may("register")})


@require_GET
def register(request: OfficeRequest, procedure: str) -> HttpResponse:
    """One register, or the list over all: filters, a page of rows in the chosen columns, the way on."""
    version = version_of(procedure)
    asked, access, day = Asked.of(request.GET, version), request.access, today()
    columns = chosen_columns(access.person, version)
    cases, more, many = listed(access, version.code if version else "", asked, day)
    chosen = request.GET.get("chosen") == "all"
    may = {verb: access.may(verb) for verb in ("register", *KINDS)}
    content = {
        "procedure": version, "code": procedure, "asked": asked, "columns": columns,
        "rows": shown_rows(cases, columns, day), "count": many,
        "next": asked.address(before=more) if more else "", "first": asked.address() if asked.before else "",
        "facets": list(_facets(access, procedure, asked)), "orders": _links(asked, "order", ORDER),
        "units": units_of(access), "may": may, "acts": [(verb, label) for verb, label in KINDS.items() if may[verb]],
        "filters": SavedFilter.objects.filter(person=access.person, procedure=procedure).order_by("name"),
        "export": reverse("export-choices", args=[procedure]) + asked.address(), "query": asked.address(),
        "chosen": chosen, "choose": asked.address(before=asked.before, chosen="" if chosen else "all"),
        "choices": _choices(version, asked), "procedures": [] if version else [newest(code) for code in book().codes],
        "every_column": _every_column(version, columns), "kept": _kept(asked),
        "without_day": asked.address(day=None), "without_hearing": asked.address(hearing=None),
        "screens": screens_of(procedure),
    }  # fmt: skip
    return render(request, "office/register.html", content)


Link = tuple[str, str, bool, str]
"""Words, address, whether it is chosen, how many."""


def _links(asked: Asked, name: str, choices: Sequence[tuple[str, str]]) -> list[Link]:
    chosen = getattr(asked, name)
    return [
        (shown, asked.address(**{name: "" if value == chosen else value}), value == chosen, "")
        for value, shown in choices
    ]


def _facets(access: Access, procedure: str, asked: Asked) -> Iterator[tuple[str, list[Link]]]:
    """The facets, with how many open cases each would show."""
    many = _open_counts(access, "" if procedure == ALL else procedure, asked)
    for label, name, choices in (("状态", "status", STATUS), ("期限", "due", DUE), ("承办", "who", WHO)):
        links = _links(asked, name, choices)
        yield label, [
            (*link[:3], many.get(f"{name}_{value}", "")) for link, (value, _) in zip(links, choices, strict=True)
        ]


def _open_counts(access: Access, code: str, asked: Asked) -> dict[str, str]:
    """How many each facet would show, where that is a matter of open cases alone: counted in one pass over them.

    None where something is asked for that no index has, or where more are open than are read at once.
    """
    if asked.text or asked.fields or asked.hearing or asked.status not in ("", *OPEN_FACETS):
        return {}
    day = today()
    counts = {
        f"{name}_{value}": Count("pk", filter=narrowed(asked.but(**{name: value}), access, day))
        for name, choices in (("status", STATUS), ("due", DUE), ("who", WHO)) for value, _ in choices
        if name == "due" or value in OPEN_FACETS or (name == "who" and (asked.due or asked.status or value != "mine"))
    }  # fmt: skip
    wide = asked_for(access, code, asked.but(status="open", due="", who=""), day).order_by()
    found = wide[: READ + 1].aggregate(read=Count("pk"), **counts)
    return {} if found.pop("read") > READ else {name: capped(many) for name, many in found.items()}


def _choices(version: Procedure | None, asked: Asked) -> list[tuple[Any, str, str]]:
    fields = version.fields if version else {}
    return [
        (item, f"f-{name}", asked.fields.get(name, "")) for name, item in fields.items() if item.kind == "choice"
    ][:FIELD_FILTERS]


def _kept(asked: Asked) -> list[tuple[str, str]]:
    """What the form of the search keeps of the rest that is asked for."""
    held = {
        "status": asked.status, "due": asked.due, "who": asked.who, "order": asked.order,
        "day": asked.day and asked.day.isoformat(), "hearing": asked.hearing and asked.hearing.isoformat(),
    }  # fmt: skip
    return [(name, value) for name, value in held.items() if value]


def _every_column(version: Procedure | None, columns: Sequence[Column]) -> list[tuple[Column, bool]]:
    shown = {column.name for column in columns}
    return [(column, column.name in shown) for column in columns_of(version).values()]


def asked_in_words(version: Procedure | None, asked: Asked) -> list[tuple[str, str]]:
    """What is asked for, as a person reads it."""
    unit = Unit.objects.filter(pk=asked.unit).first() if asked.unit is not None else None
    step = step_label(version.code, asked.state) if version and asked.state else ""
    said = [
        ("程序", newest(asked.procedure).name if asked.procedure in book().codes else asked.procedure),
        ("单位", f"{unit.name}及下属单位" if unit else ""), ("环节", step),
        ("状态", dict(STATUS).get(asked.status, "")), ("期限", dict(DUE).get(asked.due, "")),
        ("承办", dict(WHO).get(asked.who, "")),
        ("到期日", asked.day.isoformat() if asked.day else ""),
        ("听证、开庭日", asked.hearing.isoformat() if asked.hearing else ""), ("查找", asked.text),
        *((version.fields[name].label, value) for name, value in asked.fields.items() if version),
    ]  # fmt: skip
    return [(name, text) for name, text in said if text] or [("筛选", "全部")]


@require_POST
def save_filter(request: OfficeRequest, procedure: str) -> HttpResponse:
    """Keep the filter at hand under a name, or drop one."""
    version, person = version_of(procedure), request.access.person
    mine = SavedFilter.objects.filter(person=person, procedure=procedure)
    query = Asked.of(QueryDict(request.POST.get("query", "")[1:1000]), version).address()
    if request.POST.get("drop"):
        gone = mine.filter(pk=number(request.POST.get("drop")) or 0)
        say(request, f"已删除筛选“{'、'.join(gone.values_list('name', flat=True))}”")
        gone.delete()
        return redirect(reverse("register", args=[procedure]) + query)
    name = words(request.POST.get("name"), 40)
    if not name:
        say(request, "没有保存：筛选须有名称", "bad")
    elif mine.count() >= FILTERS and not mine.filter(name=name).exists():
        say(request, f"没有保存：一个台账最多保存 {FILTERS} 个筛选，请先删除不用的", "bad")
    else:
        SavedFilter.objects.update_or_create(
            person=person, procedure=procedure, name=name, defaults={"query": query}
        )
        say(request, f"已保存筛选“{name}”")
    return redirect(reverse("register", args=[procedure]) + query)


@require_POST
def save_columns(request: OfficeRequest, procedure: str) -> HttpResponse:
    """Keep the columns chosen for this list."""
    version = version_of(procedure)
    choose_columns(request.access.person, version, request.POST.getlist("column") if "keep" in request.POST else ())
    query = Asked.of(QueryDict(request.POST.get("query", "")[1:1000]), version).address()
    return redirect(reverse("register", args=[procedure]) + query)


urls: list[URLPattern] = [
    path("registers/", registers, name="registers"),
    path("registers/<slug:procedure>/", register, name="register"),
    path("registers/<slug:procedure>/filters/", save_filter, name="save-filter"),
    path("registers/<slug:procedure>/columns/", save_columns, name="save-columns"),
]
