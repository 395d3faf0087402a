"""Opening a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from fadu.acts.errors import ActRefused, Incomplete, ReasonNeeded
from fadu.acts.moves import LABELS, Move, NewCase, PartyGiven
from fadu.acts.register import register
from fadu.clock import today
from fadu.law.dates import day_of, iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Field, Procedure
from fadu.office.answers import show
from fadu.office.articles import cited_on
from fadu.office.asked import number, words
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import FIELD, case_fields, field_of
from fadu.office.once import new_token, once
from fadu.office.related import known_numbers
from fadu.store import search
from fadu.store.access import Access
from fadu.store.lawbook import book
from fadu.store.models import Case, Party, Role, Unit

ABOUT = ("unit", "step", "on", "time", "title", "secrecy", "summary")
MORE = ("approved_by", "reason", "excuse")
MOST_PARTIES = 20
GROUPS = (
    ("情况", ("choice", "text")), ("日期和数量", ("date", "number")), ("是否", ("flag",)),
)  # fmt: skip
"""Heading, and the kinds of fields that stand under it."""


class PartyForm(forms.Form):
    """One party; a row without a name is nobody."""

    role = forms.CharField(label="身份", required=False, max_length=20, widget=forms.TextInput({"list": "roles"}))
    name = forms.CharField(label="名称", required=False, max_length=120)
    kind = forms.ChoiceField(label="类型", choices=Party.Kind.choices, required=False)
    id_number = forms.CharField(label="证件号", required=False, max_length=40)
    phone = forms.CharField(label="电话", required=False, max_length=40)
    address = forms.CharField(label="住址", required=False, max_length=300)

    def given(self) -> PartyGiven | None:
        """The party, or None. After ``is_valid``."""
        data = self.cleaned_data
        if not data["name"].strip():
            return None
        numbers = {name: data[name].strip() for name in Party.NUMBERS}
        return PartyGiven(data["role"].strip(), data["name"].strip(), data["kind"] or Party.Kind.NATURAL, **numbers)

    def clean(self) -> dict[str, Any]:
        """A row with anything in it must say who it is, and as what."""
        data = super().clean() or {}
        said = [label for name, label in Party.NUMBERS.items() if data.get(name)]
        if said and not data.get("name"):
            self.add_error("name", f"填了{'、'.join(said)}，还须填写名称；不是当事人的，清空这一行")
        if data.get("name") and not data.get("role"):
            self.add_error("role", "请填写身份，如申请人、被申请人")
        return data


class OpenForm(forms.Form):
    """A new case: what it is about, its first step, its fields. ``proposed``: what is filled in for a start."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label=None)
    step = forms.ChoiceField(label="第一个环节")
    on = forms.DateField(label="日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label="时刻", required=False, widget=forms.TimeInput({"type": "time"}))
    title = forms.CharField(label="标题", max_length=200)
    summary = forms.CharField(
        label="内容", required=False, max_length=20_000, widget=forms.Textarea({"rows": 4}),
        help_text="最多两万字；更长的材料登记后作为附件上传",
    )  # fmt: skip
    secrecy = forms.TypedChoiceField(label="知悉范围", choices=Case.Secrecy.choices, coerce=int, initial=0)
    approved_by = forms.CharField(label=LABELS["approved_by"], required=False, max_length=100)
    reason = forms.CharField(label=LABELS["reason"], required=False, max_length=20_000)
    excuse = forms.CharField(
        label="补录的理由", required=False, max_length=2000, help_text="日期在今天之前的，写明为什么现在才登记"
    )

    def __init__(self, procedure: Procedure, access: Access, data: Any = None,
                 proposed: Mapping[str, str] | None = None) -> None:
        super().__init__(data, initial=dict(proposed or {}))
        self.procedure = procedure
        openings = [procedure.steps[name] for name in procedure.openings]
        self.fields["step"].choices = [(step.name, step.label) for step in openings]  # type: ignore[attr-defined]
        self.fields["on"].initial = today()
        self.fields["unit"].queryset = units_of(access)  # type: ignore[attr-defined]
        self.fields["unit"].initial = access.person.unit_id
        if not any(step.approved_by for step in openings):
            del self.fields["approved_by"]
        if not any(step.reason_required for step in openings):
            del self.fields["reason"]
        for item in procedure.fields.values():
            self.fields[FIELD + item.name] = field_of(item)

    def about(self) -> list[forms.BoundField]:
        """Fields of the case itself."""
        return [self[name] for name in (*ABOUT, *MORE) if name in self.fields]

    def facts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The procedure's own fields, in groups."""
        def within(kinds: tuple[str, ...]) -> list[Field]:
            return [item for item in self.procedure.fields.values() if item.kind in kinds]

        found = [(heading, [self[FIELD + item.name] for item in within(kinds)]) for heading, kinds in GROUPS]
        return [(heading, fields) for heading, fields in found if fields]

    def new(self, parties: tuple[PartyGiven, ...], origin: str) -> NewCase:
        """What was filled in, as the act takes it."""
        given = self.cleaned_data
        time = given.get("time")
        minute = None if time is None else time.hour * 60 + time.minute
        move = Move(
            given["step"], given["on"], minute, approved_by=given.get("approved_by") or None,
            reason=given.get("reason") or None, fields=case_fields(self.procedure, given), excuse=given["excuse"],
        )  # fmt: skip
        return NewCase(
            self.procedure.code, given["unit"].pk, move, given["title"], given["summary"], parties, given["secrecy"],
            origin=origin,
        )  # fmt: skip


def units_of(access: Access) -> Any:
    """The units in which the person may open cases."""
    found = Unit.objects.none()
    for path_ in access.paths(frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})):
        found = found | Unit.objects.filter(path__startswith=path_, active=True)
    return found


@require_http_methods(["GET", "POST"])
def opening(request: OfficeRequest, procedure: str) -> HttpResponse:
    """The form of a new case; twice the same form opens one case. ``more`` adds a row for a party.

    The address may propose what is filled in: title, content and the fields of the case (``f-…``).
    """
    may = request.access.may("register")
    if not may:
        raise PermissionDenied(may.why)
    try:
        version = book().procedure(procedure, day_of(today()))
    except FaduError as error:
        raise Http404 from error
    posted = request.POST if request.method == "POST" else None
    form, rows = OpenForm(version, request.access, posted, _proposed(request, version)), _party_rows(version, posted)
    if posted is None:
        return _shown(request, form, rows)
    if "more" in posted:
        return _shown(request, _unchecked(form), [_unchecked(row) for row in rows])
    if not all([form.is_valid(), *(row.is_valid() for row in rows)]):
        return _shown(request, form, rows, {}, 422)
    parties = tuple(party for row in rows if (party := row.given()))
    same = [] if posted.get("another") else _open_of(request.access, version, parties)
    if same:
        return _shown(request, form, rows, {"same": same}, 422)
    return _opened(request, form, rows, form.new(parties, words(posted.get("origin"), 48)))


def _proposed(request: OfficeRequest, procedure: Procedure) -> dict[str, str]:
    names = ("title", "summary", *(FIELD + name for name in procedure.fields))
    return {name: request.GET[name] for name in names if name in request.GET}


def _opened(request: OfficeRequest, form: OpenForm, rows: list[PartyForm], new: NewCase) -> HttpResponse:
    """Open the case, once."""
    refused: ActRefused | None = None
    try:
        pk, fresh = once(request, lambda: int(register(actor_of(request), new).pk))
    except Incomplete as error:
        show(form, error)
    except ReasonNeeded as error:
        form.add_error("excuse", str(error))
    except ActRefused as error:
        refused = error
    else:
        case = Case.objects.get(pk=pk)
        if fresh:
            say(request, f"已登记 {case.number}" + (f"；{case.due_on} 到期" if case.due_on else ""))
        else:
            say(request, f"这份表单已经登记为 {case.number}，没有重复登记", "info")
        return redirect("case", pk)
    return _shown(request, form, rows, {"refused": refused}, 422)


def _party_rows(procedure: Procedure, posted: Any) -> list[PartyForm]:
    """A row for each part that must be played, or as many as were posted; one more where it was asked for."""
    if posted is None:
        roles = [role.name for role in _roles(procedure) if not role.optional] or [""]
        return [PartyForm(prefix=f"p{place}", initial={"role": role}) for place, role in enumerate(roles)]
    many = min(max(number(posted.get("parties")) or 1, 1) + ("more" in posted), MOST_PARTIES)
    return [PartyForm(posted, prefix=f"p{place}") for place in range(many)]


def _roles(procedure: Procedure) -> Any:
    return book().documents.roles.get(procedure.code, ())


def _unchecked(form: Any) -> Any:
    """The form with what was typed, and nothing said of what is wrong with it: it is not done yet."""
    form._errors = {}
    return form


def _open_of(access: Access, procedure: Procedure, parties: tuple[PartyGiven, ...]) -> list[Case]:
    """Open cases of the procedure that one of the parties has already, by name or number; those the person may see."""
    found: dict[int, Case] = {}
    for name in dict.fromkeys(party.name for party in parties):
        open_now = access.cases().filter(procedure=procedure.code, closed_on=None)
        cases = search.found_by(open_now, name)
        same = Party.objects.filter(name=name, case__in=cases).values("case")
        found |= {case.pk: case for case in Case.objects.filter(pk__in=same).select_related("unit").order_by("-pk")[:5]}
    known = Party.objects.filter(known_numbers(parties)).values("case")
    cases = access.cases().filter(procedure=procedure.code, closed_on=None, pk__in=known)
    found |= {case.pk: case for case in cases.select_related("unit").order_by("-pk")[:5]}
    return list(found.values())[:5]


def _shown(request: OfficeRequest, form: OpenForm, rows: list[PartyForm], more: dict[str, Any] | None = None,
           status: int = 200) -> HttpResponse:
    version = form.procedure
    content = {
        "form": form, "procedure": version, "form_id": request.POST.get("form_id") or new_token(), "rows": rows,
        "roles": [role.name for role in _roles(version)], "effective": iso(version.effective_day),
        "may_add": len(rows) < MOST_PARTIES,
        "origin": words(request.POST.get("origin") or request.GET.get("origin"), 48),
        "cites": [cite for name in version.openings[:1]
                  for cite in cited_on(version.steps[name].cites, version.effective_day)],
        **(more or {}),
    }  # fmt: skip
    return render(request, "office/open.html", content, status=status)


urls: list[URLPattern] = [path("registers/<slug:procedure>/new/", opening, name="open-case")]
