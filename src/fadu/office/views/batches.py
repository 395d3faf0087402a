"""Acts on many cases of a list: choose, look ahead, confirm, and what became of each; and the reminder of one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.remind import remind
from fadu.clock import today
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.office import batches
from fadu.office.asked import number, words
from fadu.office.batches import KINDS, MOST, Chosen, Giving, Told
from fadu.office.case_page import case_of
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import Standing, StepForm
from fadu.office.views.opening import units_of
from fadu.office.views.registers import version_of
from fadu.store.lawbook import book
from fadu.store.models import Person, Unit

DONE = "batches"
_OWN = {"csrfmiddlewaretoken", "stage", "token"}
KEPT = 10
"""Batches remembered of a session: a second click shows what the first did."""


@dataclass
class Plan:
    """What is to be done to the chosen, as the page shows it. ``do`` None: something is still to be filled in."""

    content: dict[str, Any] = field(default_factory=dict)
    told: list[Told] | None = None
    do: Callable[[], list[Told]] | None = None


@require_POST
def batch(request: OfficeRequest, procedure: str) -> HttpResponse:
    """Nothing is recorded before ``confirm``; the same form twice is carried out once."""
    version_of(procedure)
    verb, token = request.POST.get("act", ""), request.POST.get("token", "")
    if verb not in KINDS:
        raise Http404
    may = request.access.may(verb)
    if not may:
        raise PermissionDenied(may.why)
    if token and token in request.session.get(DONE, {}):
        say(request, "这份表单已经办理过，没有重复办理；下面是当时的结果", "info")
        return redirect("batch-done", procedure, token)
    keys = request.POST.getlist("case")
    chosen = batches.chosen_of(request.access, keys)
    if not chosen or len(keys) > MOST:
        found = f"选择了 {len(keys)} 件，一次最多 {MOST} 件" if chosen else "没有选择办件，请在列表左侧勾选"
        say(request, found, "bad")
        return redirect("register", procedure)
    plan = PLANS[verb](request, chosen)
    if plan.do is not None and request.POST.get("stage") == "confirm" and token:
        _keep(request, token, KINDS[verb], plan.do())
        return redirect("batch-done", procedure, token)
    will = sum(told.tone == "ok" for told in plan.told or ())
    content = {
        "code": procedure, "verb": verb, "label": KINDS[verb], "chosen": chosen, "token": secrets.token_urlsafe(12),
        "ready": plan.do is not None, "rows": _rows(chosen, plan.told), "will": will, "without": len(chosen) - will,
        "given": _given(request.POST), **plan.content,
    }  # fmt: skip
    return render(request, "office/batch.html", content)


def _given(post: QueryDict) -> list[tuple[str, str]]:
    """What was handed in, to be handed in again when it is confirmed."""
    return [(name, value) for name, values in post.lists() for value in values if name not in _OWN]


def _rows(chosen: Sequence[Chosen], told: Sequence[Told] | None) -> list[tuple[Chosen, Told | None]]:
    said = {item.case: item for item in told or ()}
    return [(one, said.get(one.case.pk)) for one in chosen]


def _keep(request: OfficeRequest, token: str, label: str, told: Sequence[Told]) -> None:
    done = {**request.session.get(DONE, {}), token: {"label": label, "told": [asdict(item) for item in told]}}
    request.session[DONE] = dict(list(done.items())[-KEPT:])


@require_GET
def done(request: OfficeRequest, procedure: str, token: str) -> HttpResponse:
    """What became of each case of a batch."""
    version_of(procedure)
    kept = request.session.get(DONE, {}).get(token)
    if kept is None:
        raise Http404
    counts = [sum(told["tone"] == tone for told in kept["told"]) for tone in ("ok", "mute", "bad")]
    return render(request, "office/batch_done.html", {"code": procedure, "counts": counts, **kept})


def _assign(request: OfficeRequest, chosen: Sequence[Chosen]) -> Plan:
    post, actor = request.POST, actor_of(request)
    units = list(units_of(request.access))
    unit = next((unit for unit in units if unit.pk == number(post.get("unit"))), None)
    people = _people(chosen, unit)
    person = next((person for person in people if person.pk == number(post.get("person"))), None)
    kind = "partner" if post.get("kind") == "partner" else "lead"
    plan = Plan({"people": people, "units": units, "person": person, "kind": kind, "unit": unit})
    if post.get("stage") and person is None:
        plan.content["missing"] = "没有选择人员"
    elif person is not None and post.get("stage") in ("preview", "confirm"):
        giving = Giving(person, kind, unit)
        plan.told = batches.foresee_assign(actor, chosen, giving)
        plan.do = lambda: batches.do_assign(actor, chosen, giving)
    return plan


def _people(chosen: Sequence[Chosen], unit: Unit | None) -> list[Person]:
    return batches.handlers_under({unit.path} if unit else {one.case.unit.path for one in chosen})


def _remind(request: OfficeRequest, chosen: Sequence[Chosen]) -> Plan:
    text, actor = request.POST.get("text", "").strip(), actor_of(request)
    plan = Plan({"text": text})
    if len(text) > batches.WORDS:
        plan.content["missing"] = f"催办的内容最多 {batches.WORDS} 字，收到 {len(text)} 字"
    elif request.POST.get("stage") in ("preview", "confirm"):
        plan.told = batches.foresee_remind(actor, chosen)
        plan.do = lambda: batches.do_remind(actor, chosen, text)
    return plan


def _advance(request: OfficeRequest, chosen: Sequence[Chosen]) -> Plan:
    codes = {one.case.procedure for one in chosen}
    if len(codes) > 1:
        return Plan({"missing": f"选中的办件属于 {len(codes)} 种程序；批量办理环节须是同一程序，请按程序筛选后再选"})
    post, actor = request.POST, actor_of(request)
    procedure = book().procedure(codes.pop(), day_of(today()))
    plan = Plan({"steps": batches.steps_for(chosen), "step": post.get("step", "")})
    if post.get("step") not in procedure.steps:
        return plan
    form = _step_form(post, chosen, procedure)
    plan.content["form"] = form
    if form.is_bound and form.is_valid():
        move = form.move()
        plan.told, asks = batches.foresee_advance(actor, chosen, move)
        if asks and not move.excuse:
            plan.content["form"] = _step_form(post, chosen, procedure, warned=True)
            plan.content["missing"] = "部分办件须写明理由才能记录（见下表）；写明后再预览"
        plan.do = lambda: batches.do_advance(actor, chosen, move)
    return plan


def _step_form(post: Any, chosen: Sequence[Chosen], procedure: Procedure, warned: bool = False) -> StepForm:
    standing = Standing(procedure, batches.known_fields(chosen, procedure), today())
    given = post if post.get("stage") in ("preview", "confirm") and post.get("form") == post.get("step") else None
    return StepForm(procedure.steps[post["step"]], standing, given, warned)


PLANS: dict[str, Callable[[OfficeRequest, Sequence[Chosen]], Plan]] = {
    "assign": _assign, "advance": _advance, "remind": _remind,
}  # fmt: skip


@require_POST
def do_remind(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Remind of one case (``text``, ``seen``), from its page."""
    case_of(request.access, case_id)
    try:
        remind(actor_of(request), case_id, words(request.POST.get("text"), 20_000), number(request.POST.get("seen")))
    except FaduError as refused:
        say(request, str(refused), "bad")
    else:
        say(request, "已催办，计入办件记录")
    return redirect(reverse("case", args=[case_id]))


urls: list[URLPattern] = [
    path("registers/<slug:procedure>/batch/", batch, name="batch"),
    path("registers/<slug:procedure>/batch/<slug:token>/", done, name="batch-done"),
    path("cases/<int:case_id>/remind/", do_remind, name="case-remind"),
]
