"""单位资料: what official documents say of a unit, kept by administrator and legal officer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from fadu.acts.errors import ActRefused
from fadu.acts.papers import numbering_unit, unit_setting
from fadu.acts.unit_papers import FACTS, VERB, papers_of_units, set_unit_papers, unit_papers
from fadu.law.errors import FaduError
from fadu.office.answers import show
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.moments import shown
from fadu.store.access import VERBS
from fadu.store.models import Setting, Unit

MOST = 400
SHOWN = ("名称", "地址", "电话", "负责人")
"""Of ``FACTS``: what the list shows."""


class UnitPapersForm(forms.Form):
    """``FACTS`` as fields."""

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        for name, (label, most, hint) in FACTS.items():
            self.fields[name] = forms.CharField(label=label, max_length=most, required=False, help_text=hint)


@require_GET
def units(request: OfficeRequest) -> HttpResponse:
    """The units whose documents the person keeps, and what is still empty."""
    _may(request)
    below = Q(pk__in=())
    for top in request.access.paths(VERBS[VERB][1]):
        below |= Q(path__startswith=top)
    kept_by = Unit.objects.filter(below, active=True).select_related("parent__parent__parent")
    found = list(kept_by.order_by("path")[:MOST])
    rows = [{"unit": unit, "depth": unit.path.count(".") - 1, "letters": numbering_unit(unit).short,
             "facts": [(FACTS[name][0], kept[name]) for name in SHOWN],
             "empty": sum(not text for name, text in kept.items() if name != "名称")}
            for unit, kept in zip(found, papers_of_units(found), strict=True)]  # fmt: skip
    return render(request, "office/unit_papers.html", {"rows": rows, "all": len(FACTS) - 1})


@require_http_methods(["GET", "POST"])
def unit(request: OfficeRequest, key: int) -> HttpResponse:
    """One unit's."""
    found = Unit.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    _may(request, found.path)
    form = UnitPapersForm(request.POST or None, unit_papers(found))
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_unit_papers(actor_of(request), found, form.cleaned_data)
        except ActRefused as error:
            show(form, error)
        except FaduError as error:
            form.add_error(None, str(error))
        else:
            labels = "、".join(FACTS[name][0] for name in changed)
            say(request, f"{found.name}的{labels}已保存，以后制发的文书照此填写" if changed else "没有改动", "ok")
            return redirect("unit-papers")
    kept = Setting.objects.filter(name=unit_setting(found)).select_related("changed_by").first()
    return render(request, "office/unit_papers_form.html", {
        "form": form, "unit": found, "kept": kept, "at": shown(kept.changed_at) if kept else "",
    }, status=422 if form.errors else 200)  # fmt: skip


def _may(request: OfficeRequest, path: str = "") -> None:
    answer = request.access.may(VERB, path=path)
    if not answer:
        raise PermissionDenied(answer.why)


urls: list[URLPattern] = [
    path("units/", units, name="unit-papers"),
    path("units/<int:key>/", unit, name="unit-papers-change"),
]
