"""更正: mending a record of a case from its timeline; what it would change is shown before it is recorded."""

from __future__ import annotations

import hashlib

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from fadu.acts.correct import correct, target_of
from fadu.acts.errors import ActRefused, AlreadyRecorded
from fadu.acts.foresee import foresee_correction
from fadu.acts.moves import Move
from fadu.clock import today
from fadu.law.dates import day_of
from fadu.office.answers import show
from fadu.office.asked import number
from fadu.office.case_page import case_of
from fadu.office.changes import Outlook, outlook
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import CorrectionForm, Standing
from fadu.store.histories import law_case, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case


@require_http_methods(["GET", "POST"])
def correction(request: OfficeRequest, case_id: int, seq: int) -> HttpResponse:
    """The record as a form, filled in; ``look`` shows what changes, ``record`` records what was looked at."""
    case = case_of(request.access, case_id)
    if not (may := request.access.may("correct", case)):
        raise PermissionDenied(may.why)
    form = _form(case, seq, request)
    if request.method == "GET":
        return _shown(request, case, form)
    void = "void" in request.POST
    if not void and not form.is_valid():
        return _shown(request, case, form, status=422)
    move = None if void else form.move()
    try:
        seen = outlook(foresee_correction(actor_of(request), case_id, seq, move))
        looked = _digest(move, case.seq)
        if "record" not in request.POST or request.POST.get("looked") != looked:
            changed = "record" in request.POST
            return _shown(request, case, form, {"outlook": seen, "looked": looked, "void": void, "again": changed})
        correct(actor_of(request), case_id, seq, move, request.POST.get("why", ""), number(request.POST.get("seen")))
    except AlreadyRecorded as found:
        say(request, f"已记录，没有重复记录：{found}", "info")
        return redirect("case", case_id)
    except ActRefused as refused:
        show(form, refused)
        return _shown(request, case, form, {"refused": refused, "void": void}, 422)
    say(request, f"已记录更正：第 {seq} 条“{form.step.label}”" + ("已撤销" if void else ""))
    return redirect("case", case_id)


def _form(case: Case, seq: int, request: OfficeRequest) -> CorrectionForm:
    """The form of the record. Raises ``Http404`` where it is no step."""
    rows = rows_of([case.pk])[case.pk]
    row = next((row for row in rows if row.seq == seq), None)
    procedure = book().procedure_for(law_case(case.number, case.procedure, rows), day_of(today()))
    if row is None or row.step not in procedure.steps:
        raise Http404
    form = CorrectionForm(procedure.steps[row.step], Standing(procedure, case.fields, today()), row,
                          request.POST if request.method == "POST" else None)  # fmt: skip
    try:
        target_of(rows, seq)
    except ActRefused as refused:
        form.is_valid()
        form.closed = str(refused)
    return form


def _digest(move: Move | None, seq: int) -> str:
    """What was looked at: the move, and the case as it stood."""
    return hashlib.sha256(f"{seq} {move!r}".encode()).hexdigest()[:32]


def _shown(request: OfficeRequest, case: Case, form: CorrectionForm, more: dict[str, object] | None = None,
           status: int = 200) -> HttpResponse:
    found: Outlook | None = None
    content = {"case": case, "form": form, "outlook": found, "procedure": form.procedure, **(more or {})}
    return render(request, "office/correct.html", content, status=status)


urls: list[URLPattern] = [path("cases/<int:case_id>/correct/<int:seq>/", correction, name="case-correct")]
