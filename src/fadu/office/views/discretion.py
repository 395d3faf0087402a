"""裁量基准: the grid, the calculator over it, and the look-up of a party's earlier punishments (首违)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from fadu.clock import today
from fadu.law.dates import day_of
from fadu.office.articles import cited_on
from fadu.office.asked import number, words
from fadu.office.case_page import case_of
from fadu.office.context import OfficeRequest, for_readers
from fadu.office.discretion import (
    APPLIED,
    FOUND,
    SPARED,
    STANDARD,
    UNLISTED,
    Tier,
    earlier,
    grid_of,
    money,
    of_number,
    of_parties,
    published,
)
from fadu.store.lawbook import book
from fadu.store.models import Case, Party

USERS = "裁量基准由办理和查看办件的人员使用"


class FineForm(forms.Form):
    """A fine to be put beside a tier."""

    fine = forms.DecimalField(
        label="拟罚款（元）", required=False, min_value=0, max_value=10**12, decimal_places=2,
        help_text="不填只看幅度",
    )  # fmt: skip


@require_GET
def discretion(request: OfficeRequest) -> HttpResponse:
    """The grid of one version (``standard``); ``act`` and ``tier`` chosen: the range, and how ``fine`` stands to it.

    ``origin``: the number of the case it is asked for.
    """
    access, asked = for_readers(request, USERS), request.GET
    tiers = published(access)
    versions = list(dict.fromkeys(tier.standard for tier in tiers))
    version = asked.get("standard", "") if asked.get("standard") in versions else versions[0] if versions else ""
    grid, act = grid_of(tiers, version), words(asked.get("act"))
    origin = access.cases().filter(number=words(asked.get("origin"), 48)).first()
    form = FineForm(asked if "fine" in asked else None, initial={"fine": origin.fields.get("fine") if origin else None})
    choices = grid.of(act)
    chosen = next((tier for tier in choices if tier.case == number(asked.get("tier"))), None)
    return render(request, "office/discretion.html", {
        "grid": grid, "versions": versions, "act": act, "choices": choices, "chosen": chosen, "form": form,
        "origin": origin, "answer": _answer(chosen, form, origin) if chosen else None, "unlisted": UNLISTED,
        "may_open": access.may("register"), "applied": APPLIED, "register": STANDARD,
        "simulated": any(tier.simulated for tier in tiers),
    })  # fmt: skip


def _answer(tier: Tier, form: FineForm, origin: Case | None) -> dict[str, Any]:
    fine = float(form.cleaned_data["fine"]) if form.is_valid() and form.cleaned_data["fine"] is not None else None
    rule = book().versions(APPLIED)[-1].duties
    day = day_of(today())
    return {
        "beside": "" if fine is None else tier.beside(fine), "fine": "" if fine is None else money(fine),
        "cites": cited_on(book().versions(STANDARD)[-1].steps["publish"].cites, day),
        "why": cited_on(dict.fromkeys((*rule["explained"].cites, *rule["discussed"].cites)), day),
        "address": tier.proposed(fine, origin.number if origin else ""),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def first_offence(request: OfficeRequest) -> HttpResponse:
    """What a party was punished for before: of the number posted, or of the parties of a case (``case``).

    The number is never part of the address.
    """
    access, given = for_readers(request, USERS), request.POST if request.method == "POST" else request.GET
    key = number(given.get("case"))
    case = case_of(access, key) if key else None
    act, typed = words(given.get("act")), words(request.POST.get("number"), 40)
    parties = list(Party.objects.filter(case=case)) if case else []
    who = of_number(typed) if typed else of_parties(parties)
    tiers = published(access)
    content: dict[str, Any] = {
        "case": case, "act": act, "acts": list(dict.fromkeys(tier.act for tier in tiers)),
        "listed": [tier for tier in tiers if act and tier.act == act and tier.listed != UNLISTED],
        "known": any(tier.act == act for tier in tiers), "most": FOUND, "spared": SPARED, "typed": typed,
        "parties": [party.name for party in parties], "short": who is None,
        "cites": cited_on(book().versions("no_penalty")[-1].steps["query"].cites, day_of(today())),
    }  # fmt: skip
    if who is not None and (typed or parties):
        content["found"] = earlier(access, who, act, case.pk if case else 0)
    return render(request, "office/first_offence.html", content)


urls: list[URLPattern] = [
    path("discretion/", discretion, name="discretion"),
    path("discretion/first-offence/", first_offence, name="first-offence"),
]
