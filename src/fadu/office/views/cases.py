"""One case: timeline, clocks, next lawful steps, parties, proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.advance import advance
from fadu.acts.assign import assign, hand_back
from fadu.acts.errors import ActRefused, Conflict, ReasonNeeded, Unlawful
from fadu.acts.note import note
from fadu.acts.reveal import reveal
from fadu.clock import BEIJING, today
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.law.explain import explain_finding, lines
from fadu.law.judge import Judgement, judge
from fadu.law.procedures import Procedure
from fadu.office.answers import show
from fadu.office.asked import number
from fadu.office.clock_bars import bars, due_chip
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import Standing, StepForm
from fadu.office.moments import in_words, shown
from fadu.store.access import Access
from fadu.store.histories import STEP_ACTS, Row, law_case, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Document, Event, Leaf, Party, Person, Role
from fadu.store.verifying import proof_of

ACTS = {
    "assign": "分派", "hand_back": "退回", "note": "备注", "share": "共享", "unshare": "取消共享",
    "restrict": "改变知悉范围", "attach": "附材料", "issue": "制发文书", "erase": "删除个人信息",
    "amend": "修改内容",
}  # fmt: skip


def case_of(access: Access, case_id: int) -> Case:
    """The case, where the person may see it. Raises ``Http404``: that there is such a case is not said either."""
    found = access.cases().filter(pk=case_id).select_related("unit", "handler").prefetch_related("assignments").first()
    if found is None:
        raise Http404
    return found


@require_GET
def page(request: OfficeRequest, case_id: int) -> HttpResponse:
    """The case as it stands, or as it was known on a day (``?known=``)."""
    return _shown(request, case_of(request.access, case_id))


def _shown(request: OfficeRequest, case: Case, form: StepForm | None = None, refused: ActRefused | None = None,
           status: int = 200) -> HttpResponse:
    rows = rows_of([case.pk])[case.pk]
    day = today()
    known = _day(request.GET.get("known", ""))
    law = law_case(case.number, case.procedure, rows)
    plan = book().plan(book().procedure_for(law, day_of(day)))
    judgement = judge(plan, law, day_of(day), day_of(known) if known else None)
    access = request.access
    may = {verb: access.may(verb, case) for verb in ("advance", "note", "assign", "hand_back", "reveal")}
    offers = [
        form if form is not None and form.step is step else StepForm(step, Standing(plan.procedure, case.fields, day))
        for step in judgement.next_steps
    ] if may["advance"] else []  # fmt: skip
    if form is not None and form.step not in judgement.next_steps:
        offers.insert(0, form)
    content = {
        "case": case, "procedure": plan.procedure, "state": judgement.state, "closed": judgement.closed,
        "bars": bars(judgement), "findings": _findings(judgement), "offers": offers, "may": may, "refused": refused,
        "notes": getattr(refused, "notes", ()), "changes": getattr(refused, "changes", ()), "tried": form,
        "timeline": _timeline(rows, plan.procedure), "parties": _parties(case), "facts": _facts(case, plan.procedure),
        "documents": Document.objects.filter(case=case).order_by("pk"), "known": known,
        "due": due_chip(case.due_on, day), "due_day": in_words(case.due_on) if case.due_on else "",
        "people": _colleagues(case) if may["assign"] else (), "assignments": _assignments(case),
    }  # fmt: skip
    return render(request, "office/case.html", content, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _findings(judgement: Judgement) -> list[list[str]]:
    return [list(lines(explain_finding(found, judgement))) for found in judgement.findings]


def _facts(case: Case, procedure: Procedure) -> list[tuple[str, str]]:
    words = {True: "是", False: "否"}
    return [
        (item.label, words.get(value, f"{value}{item.unit}") if isinstance(value, bool) else f"{value}{item.unit}")
        for name, item in procedure.fields.items() if (value := case.fields.get(name)) is not None
    ]  # fmt: skip


def _parties(case: Case) -> list[dict[str, Any]]:
    found = []
    for party in Party.objects.filter(case=case):
        masked = [(name, label, party.masked(name)) for name, label in Party.NUMBERS.items()]
        found.append({"row": party, "numbers": [item for item in masked if item[2]]})
    return found


def _assignments(case: Case) -> list[str]:
    rows = case.assignments.select_related("person", "unit")
    return [f"{row.get_kind_display()} {row.person.name}" for row in rows if row.person]


def _colleagues(case: Case) -> Sequence[Person]:
    people = Person.objects.filter(is_active=True, unit__path__startswith=case.unit.path, grants__role=Role.HANDLER)
    return list(people.distinct().order_by("unit__path", "login")[:200])


def _timeline(rows: Sequence[Row], procedure: Procedure) -> list[dict[str, Any]]:
    """Newest first: what, when it happened, when it was recorded, by whom, and what was corrected."""
    names = dict(Person.objects.filter(pk__in={row.actor for row in rows}).values_list("pk", "name"))
    corrected = {row.corrects: row.seq for row in rows if row.corrects}
    places = dict(Leaf.objects.filter(event__case_id=rows[0].case).values_list("event__seq", "index")) if rows else {}
    found = []
    for row in reversed(rows):
        step = procedure.steps.get(row.step) if row.act in STEP_ACTS else None
        recorded = row.at.astimezone(BEIJING)
        found.append({
            "seq": row.seq, "on": row.on.isoformat(), "recorded": shown(row.at), "late": recorded.date() > row.on,
            "label": (step.label if step else ACTS.get(row.act, row.act)) + ("（撤销）" if row.void else ""),
            "who": names.get(row.actor or 0, "系统"), "said": _said(row), "corrected": corrected.get(row.seq),
            "corrects": row.corrects, "cites": [cite.formal() for cite in step.cites[:3]] if step else [],
            "place": places.get(row.seq), "warned": row.body.get("warned", []),
        })  # fmt: skip
    return found


def _said(row: Row) -> str:
    body = row.body
    parts = [body.get("outcome"), body.get("reason"), body.get("why"), body.get("note")]
    if body.get("by"):
        parts.append(f"办理人 {'、'.join(body['by'])}")
    if body.get("days"):
        parts.append(f"{body['days']} 日")
    if body.get("approved_by"):
        parts.append(f"{body['approved_by']}批准")
    if body.get("excuse"):
        parts.append(f"说明：{body['excuse']}")
    return "；".join(str(part) for part in parts if part)


@require_POST
def step(request: OfficeRequest, case_id: int, name: str) -> HttpResponse:
    """Record a step; what is refused comes back with what was typed and why."""
    case = case_of(request.access, case_id)
    law = law_case(case.number, case.procedure, rows_of([case.pk])[case.pk])
    procedure = book().procedure_for(law, day_of(today()))
    if name not in procedure.steps:
        raise Http404
    seen = number(request.POST.get("seen"))
    standing = Standing(procedure, case.fields, today())
    form = StepForm(procedure.steps[name], standing, request.POST)
    if not form.is_valid():
        return _shown(request, case, form, status=422)
    try:
        moved = advance(actor_of(request), case.pk, form.move(), seen)
    except ReasonNeeded as refused:
        form = StepForm(procedure.steps[name], standing, request.POST, warned=True)
        return _shown(request, case, form, refused, status=422)
    except (Unlawful, Conflict) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        return _shown(request, case_of(request.access, case_id), form, refused, status=status)
    except ActRefused as refused:
        show(form, refused)
        return _shown(request, case, form, status=422)
    say(request, f"已记录“{procedure.steps[name].label}”" + (f"；{moved.due_on} 到期" if moved.due_on else ""))
    return redirect("case", case_id)


def _done(request: OfficeRequest, case_id: int, words: str, act: Callable[[], object]) -> HttpResponse:
    """Carry an act out and say so, or say why not."""
    case_of(request.access, case_id)
    try:
        act()
    except FaduError as refused:
        say(request, str(refused), "bad")
    else:
        say(request, words)
    return redirect("case", case_id)


@require_POST
def do_note(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Add a remark."""
    text = request.POST.get("text", "")
    return _done(request, case_id, "已记备注", lambda: note(actor_of(request), case_id, text))


@require_POST
def do_assign(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Assign or add a partner."""
    person = Person.objects.filter(pk=number(request.POST.get("person")) or 0).first()
    if person is None:
        say(request, "没有选择人员，未分派", "bad")
        return redirect("case", case_id)
    kind, seen = request.POST.get("kind", "lead"), number(request.POST.get("seen"))
    act = lambda: assign(actor_of(request), case_id, person, kind, seen=seen)  # noqa: E731
    return _done(request, case_id, f"已分派给{person.name}", act)


@require_POST
def do_hand_back(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Give the case back."""
    reason = request.POST.get("reason", "")
    return _done(request, case_id, "已退回，等待重新分派", lambda: hand_back(actor_of(request), case_id, reason))


@require_POST
def do_reveal(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Show one masked number; that it was looked at is kept."""
    case = case_of(request.access, case_id)
    party = Party.objects.filter(case=case, pk=number(request.POST.get("party")) or 0).first()
    name = request.POST.get("name", "")
    if party is None or name not in Party.NUMBERS:
        raise Http404
    try:
        clear = reveal(actor_of(request), case, party, name, request.POST.get("reason", ""))
    except ActRefused as refused:
        say(request, str(refused), "bad")
    else:
        say(request, f"{party.name}的{Party.NUMBERS[name]}：{clear}（本次查看已留痕）", "info")
    return redirect("case", case_id)


@require_GET
def proof(request: OfficeRequest, case_id: int, seq: int) -> HttpResponse:
    """The proof file of a record."""
    case = case_of(request.access, case_id)
    event = Event.objects.filter(case=case, seq=seq).first()
    if event is None:
        raise Http404
    try:
        text = proof_of(event.pk)
    except FaduError as error:
        say(request, str(error), "warn")
        return redirect("case", case_id)
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="proof-{case.pk}-{seq}.json"'
    return answer


urls: list[URLPattern] = [
    path("cases/<int:case_id>/", page, name="case"),
    path("cases/<int:case_id>/steps/<slug:name>/", step, name="step"),
    path("cases/<int:case_id>/note/", do_note, name="case-note"),
    path("cases/<int:case_id>/assign/", do_assign, name="case-assign"),
    path("cases/<int:case_id>/hand-back/", do_hand_back, name="case-hand-back"),
    path("cases/<int:case_id>/reveal/", do_reveal, name="case-reveal"),
    path("cases/<int:case_id>/proof/<int:seq>/", proof, name="proof"),
]
