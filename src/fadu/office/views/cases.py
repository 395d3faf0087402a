"""One case: its page, its next steps, who works on it, its proofs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.advance import Step, advance
from fadu.acts.assign import assign, hand_back
from fadu.acts.errors import ActRefused, AlreadyRecorded, Conflict, ReasonNeeded, Unlawful
from fadu.acts.foresee import foresee
from fadu.acts.moves import Move
from fadu.acts.note import note
from fadu.acts.reply import reply
from fadu.acts.reveal import reveal
from fadu.clock import now, today
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.office.answers import show
from fadu.office.asked import number
from fadu.office.case_page import Tried, case_of, content_of_page
from fadu.office.changes import outlook
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import Standing, StepForm
from fadu.office.moments import shown
from fadu.store.histories import law_case, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Event, Party, Person
from fadu.store.reading import events_within
from fadu.store.verifying import proof_of


@require_GET
def page(request: OfficeRequest, case_id: int) -> HttpResponse:
    """The case as it stands, or as it was known on a day (``?known=``); ``?step=`` opens that step's form."""
    return shown_page(request, case_of(request.access, case_id), Tried(step=request.GET.get("step", "")))


def shown_page(request: OfficeRequest, case: Case, tried: Tried, status: int = 200) -> HttpResponse:
    """The page, with a form that came back."""
    content = content_of_page(request.access, case, _day(request.GET.get("known", "")), tried)
    return render(request, "office/case.html", content, status=status)


@require_GET
def printed(request: OfficeRequest, case_id: int) -> HttpResponse:
    """The case on paper: everything unfolded, no forms."""
    case = case_of(request.access, case_id)
    content = content_of_page(request.access, case, _day(request.GET.get("known", "")), Tried())
    return render(request, "office/case_print.html", {**content, "printed": shown(now())})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_POST
def step(request: OfficeRequest, case_id: int, name: str) -> HttpResponse:
    """Record a step, or (``look``) show what it would do; what is refused comes back with what was typed and why."""
    case = case_of(request.access, case_id)
    law = law_case(case.number, case.procedure, rows_of([case.pk])[case.pk])
    procedure = book().procedure_for(law, day_of(today()))
    if name not in procedure.steps:
        raise Http404
    standing = Standing(procedure, case.fields, today())
    form = StepForm(procedure.steps[name], standing, request.POST)
    if not form.is_valid():
        return shown_page(request, case, Tried(form), 422)
    try:
        if "look" in request.POST:
            return _looked(request, case, form, standing)
        moved = advance(actor_of(request), case.pk, form.move(), number(request.POST.get("seen")))
    except ReasonNeeded as refused:
        form = StepForm(procedure.steps[name], standing, request.POST, warned=True)
        return shown_page(request, case, Tried(form, refused), 422)
    except Conflict as refused:
        whole = StepForm(procedure.steps[name], Standing(procedure, {}, today()), request.POST)
        if whole.is_valid() and _recorded_already(request, case_id, whole.move()):
            say(request, f"已记录“{procedure.steps[name].label}”，没有重复记录", "info")
            return redirect("case", case_id)
        return shown_page(request, case_of(request.access, case_id), Tried(form, refused), 409)
    except Unlawful as refused:
        return shown_page(request, case, Tried(form, refused), 422)
    except ActRefused as refused:
        show(form, refused)
        return shown_page(request, case, Tried(form), 422)
    say(request, f"已记录“{procedure.steps[name].label}”" + (f"；{moved.due_on} 到期" if moved.due_on else ""))
    return redirect("case", case_id)


def _looked(request: OfficeRequest, case: Case, form: StepForm, standing: Standing) -> HttpResponse:
    found = foresee(actor_of(request), [Step(case.pk, form.move())])[0]
    if isinstance(found, ActRefused):
        raise found
    seen = outlook(found)
    if seen.warnings:
        form = StepForm(form.step, standing, request.POST, warned=True)
        form.full_clean()
        if not request.POST.get("excuse"):
            form.errors.pop("excuse", None)  # asked for now, not a fault yet
    return shown_page(request, case, Tried(form, outlook=seen))


def _recorded_already(request: OfficeRequest, case_id: int, move: Move) -> bool:
    """Whether the person has recorded this very step since the page was shown: a second click, or sent again."""
    seen = number(request.POST.get("seen")) or 0
    said = move.body()
    for row in rows_of([case_id])[case_id]:
        if row.seq <= seen or row.act != "advance" or row.actor != request.access.person.pk:
            continue
        kept = {name: value for name, value in row.body.items() if name not in ("excuse", "warned", "source")}
        if (row.step, row.on, row.minute, kept) == (move.step, move.on, move.minute, said):
            return True
    return False


def carry_out(request: OfficeRequest, case_id: int, words: str, act: Callable[[], object]) -> HttpResponse:
    """Carry an act out and say so, or say why not; what is there already is not recorded again."""
    case_of(request.access, case_id)
    try:
        act()
    except AlreadyRecorded as found:
        say(request, f"已记录，没有重复记录：{found}", "info")
    except FaduError as refused:
        say(request, str(refused), "bad")
    else:
        say(request, words)
    return redirect("case", case_id)


@require_POST
def do_note(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Add a remark."""
    text = request.POST.get("text", "")
    return carry_out(request, case_id, "已记备注", lambda: note(actor_of(request), case_id, text))


@require_POST
def do_reply(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Answer as one who helps."""
    opinion, text = request.POST.get("opinion", ""), request.POST.get("text", "")
    act = lambda: reply(actor_of(request), case_id, opinion, text)  # noqa: E731
    return carry_out(request, case_id, "已反馈，主办已收到消息", act)


@require_POST
def do_assign(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Assign or add a partner."""
    person = Person.objects.filter(pk=number(request.POST.get("person")) or 0).first()
    if person is None:
        say(request, "没有选择人员，未分派", "bad")
        return redirect("case", case_id)
    kind, case = request.POST.get("kind", "lead"), case_of(request.access, case_id)
    if kind == "lead" and not person.unit.path.startswith(case.unit.path):
        say(request, f"{person.name}是{person.unit.name}的人员，只能会办；主办须是{case.unit.name}的承办人", "bad")
        return redirect("case", case_id)
    held = any(row.person_id == person.pk and row.kind == kind for row in case.assigned)
    seen = None if held else number(request.POST.get("seen"))
    act = lambda: assign(actor_of(request), case_id, person, kind, seen=seen)  # noqa: E731
    return carry_out(request, case_id, f"已分派给{person.name}", act)


@require_POST
def do_hand_back(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Give the case back."""
    reason = request.POST.get("reason", "")
    return carry_out(request, case_id, "已退回，等待重新分派", lambda: hand_back(actor_of(request), case_id, reason))


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
    event = Event.objects.filter(events_within(case.pk, column="pk"), seq=seq).first()
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
    path("cases/<int:case_id>/print/", printed, name="case-print"),
    path("cases/<int:case_id>/steps/<slug:name>/", step, name="step"),
    path("cases/<int:case_id>/note/", do_note, name="case-note"),
    path("cases/<int:case_id>/reply/", do_reply, name="case-reply"),
    path("cases/<int:case_id>/assign/", do_assign, name="case-assign"),
    path("cases/<int:case_id>/hand-back/", do_hand_back, name="case-hand-back"),
    path("cases/<int:case_id>/reveal/", do_reveal, name="case-reveal"),
    path("cases/<int:case_id>/proof/<int:seq>/", proof, name="proof"),
]
