"""What the page of a case shows: made from its records, its judgement and what the person may do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.urls import NoReverseMatch, reverse

from fadu.acts.errors import ActRefused
from fadu.acts.papers import issued_of, papers_of
from fadu.acts.recording import Actor, Loaded
from fadu.acts.reply import OPINIONS, helps
from fadu.clock import BEIJING, today
from fadu.exchange.paragraphs import READABLE
from fadu.law.dates import day_of, iso
from fadu.law.explain import explain_finding, lines
from fadu.law.judge import Judgement, judge
from fadu.law.procedures import Procedure, Step
from fadu.office.articles import cited
from fadu.office.changes import Outlook
from fadu.office.clock_bars import bars, due_chip
from fadu.office.forms import Standing, StepForm, UploadForm
from fadu.office.moments import in_words, shown
from fadu.office.next_steps import in_order
from fadu.office.related import elsewhere, links_of, same_parties
from fadu.office.screens import screens_of
from fadu.store.access import Access
from fadu.store.credentials import Verdict, notes_of
from fadu.store.erased import withdrawing
from fadu.store.histories import STEP_ACTS, Row, law_case, rows_of
from fadu.store.identity import check_digit_fits
from fadu.store.lawbook import book
from fadu.store.models import Assignment, Case, Document, Leaf, Link, Party, Person, Role, Secret
from fadu.store.reading import events_within, seq_of
from fadu.store.sealing import masked_text, unseal

ACTS = {
    "assign": "分派", "hand_back": "退回", "note": "备注", "share": "共享", "unshare": "取消共享",
    "restrict": "改变知悉范围", "attach": "附材料", "issue": "制发文书", "erase": "删除个人信息", "remind": "催办",
    "link": "关联", "unlink": "取消关联", "transfer": "机构改革转入", "reply": "会办反馈",
}  # fmt: skip
VERBS = (
    "advance", "note", "assign", "hand_back", "reveal", "issue", "attach", "correct", "share", "restrict", "erase",
    "link",
)  # fmt: skip
HANDLERS = 200
"""Of a group, as many as can be chosen from."""


def case_of(access: Access, case_id: int) -> Case:
    """The case, where the person may see it. Raises ``Http404``: that there is such a case is not said either."""
    found = access.case(case_id)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that came back: with what was refused, or with what it would change. ``step``: asked for by address."""

    form: StepForm | None = None
    refused: ActRefused | None = None
    outlook: Outlook | None = None
    step: str = ""
    upload: UploadForm | None = None


def content_of_page(access: Access, case: Case, known: date | None, tried: Tried) -> dict[str, Any]:
    """The page's content; ``known``: as it was known at the end of that day."""
    rows = rows_of([case.pk])[case.pk]
    day = today()
    law = law_case(case.number, case.procedure, rows)
    plan = book().plan(book().procedure_for(law, day_of(day)))
    judgement = judge(plan, law, day_of(day), day_of(known) if known else None)
    may = {verb: access.may(verb, case) for verb in VERBS}
    parties = list(Party.objects.filter(case=case))
    files, erased = _files(case), next((row for row in reversed(rows) if row.act == "erase"), None)
    erasure = erased.seq if erased else None  # the files are gone, whatever was known before
    if known:
        rows = [row for row in rows if row.at.astimezone(BEIJING).date() <= known]
    papers = _papers(Loaded(case, rows, law)) if may["issue"] and not known else {"first": [], "rest": []}
    return {
        "case": case, "procedure": plan.procedure, "state": judgement.state, "closed": judgement.closed,
        "unit_then": case.unit.named_on(case.opened_on) if case.opened_on else case.unit.name,
        "bars": bars(judgement), "findings": _findings(judgement), "may": may, "known": known,
        "credentials": _credentials(rows, plan.procedure, case),
        **_offers(case, judgement, tried, bool(may["advance"]) and not known),
        "refused": tried.refused, "notes": getattr(tried.refused, "notes", ()),
        "changes": getattr(tried.refused, "changes", ()), "tried": tried.form, "outlook": tried.outlook,
        "timeline": _timeline(rows, judgement, files, erasure, _remarks(access, case)), "parties": _parties(parties),
        "replies": _replies(case, rows) if _inside(access) else (),
        "opinions": OPINIONS if _asked_to_reply(access, case) and not known else (),
        "facts": _facts(case, plan.procedure),
        "due": due_chip(case.due_on, day), "due_day": in_words(case.due_on) if case.due_on else "",
        "people": _handlers(case) if may["assign"] else (), "assignments": _assignments(case),
        "papers": papers, "issued": _issued(case, erasure),
        "attachments": _attachments(files, erasure, elsewhere(access, case, files)),
        "erasure": erased and {"seq": erased.seq, "on": erased.on.isoformat(), "reason": erased.body.get("reason", "")},
        "upload": tried.upload or UploadForm(_titles([row for row in files if not withdrawing(row, erasure)])),
        "outsiders": _outsiders(case) if may["share"] else (),
        "links": links_of(access, case), "known_parties": same_parties(access, case, parties),
        "link_kinds": Link.Kind.choices, "openable": _openable(access),
        "shared": _shared(case), "secrecies": Case.Secrecy.choices, "remind": _address("case-remind", case.pk),
        "readable": READABLE, "comparable": sum(row.media in READABLE for row in files) > 1,
        "screens": screens_of(case.procedure) if _inside(access) else (),
    }  # fmt: skip


def _offers(case: Case, judgement: Judgement, tried: Tried, may: bool) -> dict[str, Any]:
    """The forms of the next steps: the ordinary ones, the one asked for; the rest as links."""
    if not may:
        return {"offers": [], "rest": []}
    at = Standing(judgement.plan.procedure, case.fields, today())
    first, rest = in_order(judgement)
    steps = judgement.plan.procedure.steps
    asked = tried.form.step.name if tried.form else tried.step
    if asked in steps and steps[asked] not in first and (tried.form or steps[asked] in rest):
        first = [steps[asked], *first]
    offers = [
        {
            "form": tried.form if tried.form and tried.form.step is step else StepForm(step, at),
            "cites": cited(step.cites, judgement), "open": step.name == asked,
        }
        for step in first
    ]  # fmt: skip
    return {"offers": offers, "rest": [step for step in rest if step.name != asked]}


def _findings(judgement: Judgement) -> list[list[str]]:
    return [list(lines(explain_finding(found, judgement))) for found in judgement.findings]


def _credentials(rows: Sequence[Row], procedure: Procedure, case: Case) -> list[tuple[bool, str]]:
    """Whether it is a finding or cannot be told, and in words, for each officer not known to have been certified."""
    said = notes_of(rows, procedure.steps, case.unit.path)
    return [(verdict is Verdict.LACKING, next(lines(note))) for verdict, note in said]


def _facts(case: Case, procedure: Procedure) -> list[tuple[str, str]]:
    words = {True: "是", False: "否"}
    found = []
    for name, item in procedure.fields.items():
        value = case.fields.get(name)
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        found.append((item.label, words[value] if isinstance(value, bool) else f"{value}{item.unit}"))
    return found


def _parties(parties: Sequence[Party]) -> list[dict[str, Any]]:
    found = []
    for party in parties:
        masked = [(name, label, party.masked(name)) for name, label in Party.NUMBERS.items()]
        misfit = check_digit_fits(party.clear("id_number")) is False
        found.append({"row": party, "numbers": [item for item in masked if item[2]], "misfit": misfit})
    return found


def _asked_to_reply(access: Access, case: Case) -> bool:
    """Whether the person helps with the case, and may answer."""
    return helps(Actor(access), case) and bool(access.may("reply", case))


def _replies(case: Case, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Who helps with the case, and what was last answered, by whom helps no more too."""
    told = {row.actor: row for row in rows if row.act == "reply"}
    held = Assignment.objects.select_related("person__unit").filter(case=case, kind=Assignment.Kind.PARTNER)
    people = {row.person.pk: row.person for row in held if row.person}
    people |= Person.objects.select_related("unit").in_bulk([key for key in told if key and key not in people])
    return [
        {"person": person, "told": key in told, "opinion": told[key].body["opinion"] if key in told else "",
         "on": told[key].on.isoformat() if key in told else "", "seq": told[key].seq if key in told else 0}
        for key, person in people.items()
    ]  # fmt: skip


def _inside(access: Access) -> bool:
    """Whether the person reads cases by a role: what an office says among itself is not for those outside."""
    return bool(access.paths())


def _remarks(access: Access, case: Case) -> dict[int, str]:
    """Seq → the words of a remark or an answer, numbers of persons in them masked."""
    if not _inside(access):
        return {}
    found = Secret.objects.filter(events_within(case.pk), event__act__in=("note", "reply"), name="text")
    return {
        seq_of(event): masked_text(json.loads(unseal(sealed, "secret.text")))
        for event, sealed in found.values_list("event_id", "sealed")
    }


def _assignments(case: Case) -> list[str]:
    kinds = (Assignment.Kind.LEAD, Assignment.Kind.PARTNER)
    rows = Assignment.objects.select_related("person", "unit").filter(case=case, kind__in=kinds)
    return [f"{row.get_kind_display()} {row.person.name}" for row in rows if row.person]


def _openable(access: Access) -> list[tuple[str, str]]:
    """The procedures of which the person may open a case: code and name."""
    if not access.may("register"):
        return []
    return [(code, book().versions(code)[-1].name) for code in book().codes]


def _shared(case: Case) -> list[Person]:
    rows = Assignment.objects.select_related("person__unit").filter(case=case, kind=Assignment.Kind.SHARED)
    return [row.person for row in rows if row.person]


def _handlers(case: Case) -> list[tuple[str, list[Person]]]:
    """Who may be given the case: the unit's own handlers, who lead or help; those of other units, who help."""
    people = Person.objects.filter(is_active=True, grants__role=Role.HANDLER).select_related("unit").distinct()
    own = Q(unit__path__startswith=case.unit.path)
    groups = ("本单位", people.filter(own)), ("其他单位（会办）", people.exclude(own))
    return [(name, list(found.order_by("unit__path", "login")[:HANDLERS])) for name, found in groups]


def _outsiders(case: Case) -> Sequence[Person]:
    """Those to whom the case can be shared: they see no case but what is shared with them."""
    day = today()
    held = Q(grants__role=Role.EXTERNAL, grants__since__lte=day) & (
        Q(grants__until=None) | Q(grants__until__gte=day)
    )
    seen = [row.person_id for row in case.assigned if row.person_id]
    people = Person.objects.filter(held, is_active=True).exclude(pk__in=seen)
    return list(people.select_related("unit").distinct().order_by("unit__path", "login")[:200])


def _files(case: Case) -> list[Document]:
    return list(Document.objects.filter(case=case).order_by("pk"))


def _titles(files: Sequence[Document]) -> list[str]:
    return list(dict.fromkeys(row.title for row in files if row.kind == Document.Kind.ATTACHMENT))


def _attachments(
    files: Sequence[Document], erasure: int | None, elsewhere: Mapping[str, Sequence[Case]]
) -> list[dict[str, Any]]:
    """Each title with its newest version and the earlier ones; those withdrawn each by itself."""
    held = [row for row in files if row.kind == Document.Kind.ATTACHMENT]
    found = [{"row": row, "earlier": [], "gone": True} for row in held if withdrawing(row, erasure)]
    held = [row for row in held if not withdrawing(row, erasure)]
    for title in _titles(held):
        rows = [row for row in held if row.title == title]
        found.append({
            "row": rows[-1], "earlier": rows[-2::-1], "elsewhere": elsewhere.get(rows[-1].sha256, ())[:5],
        })  # fmt: skip
    return found


def _issued(case: Case, erasure: int | None) -> list[dict[str, Any]]:
    """Each official document with its newest version and the earlier ones, the newest document first."""
    rows: dict[tuple[str, int], list[Any]] = {}
    for issued in issued_of(case):
        rows.setdefault((issued.template, issued.about), []).append(issued)
    return [
        {"last": each[-1], "name": each[-1].template.partition("/")[2], "gone": withdrawing(each[-1].pdf, erasure),
         "earlier": [old for old in each[-2::-1] if not withdrawing(old.pdf, erasure)]}
        for each in reversed(rows.values())
    ]  # fmt: skip


def _papers(found: Loaded) -> dict[str, list[Any]]:
    """The documents that can be issued: those of the record made last, and the rest."""
    papers = list(papers_of(found))
    newest = max((row.seq for row in found.rows if row.step and row.act in STEP_ACTS and not row.void), default=0)
    root = next((row.corrects or row.seq for row in found.rows if row.seq == newest), newest)
    shown = [
        {"title": paper.template.title, "name": paper.template.name, "about": paper.about, "step": paper.step,
         "on": iso(paper.event.day), "last": paper.about == root}
        for paper in papers
    ]  # fmt: skip
    return {"first": [row for row in shown if row["last"]], "rest": [row for row in shown if not row["last"]]}


def _address(name: str, *given: Any) -> str:
    try:
        return reverse(name, args=given)
    except NoReverseMatch:  # served without that page
        return ""


def _timeline(rows: Sequence[Row], judgement: Judgement, files: Sequence[Document],
              erasure: int | None, remarks: Mapping[int, str]) -> list[dict[str, Any]]:  # fmt: skip
    """Newest first: what, when it happened, when it was recorded, by whom, its documents, and what was corrected."""
    names = dict(Person.objects.filter(pk__in={row.actor for row in rows}).values_list("pk", "name"))
    corrected = {row.corrects: row.seq for row in rows if row.corrects}
    places = _places(rows[0].case) if rows else {}
    steps, found = judgement.plan.procedure.steps, []
    for row in reversed(rows):
        step = steps.get(row.step) if row.act in STEP_ACTS else None
        recorded = row.at.astimezone(BEIJING)
        found.append({
            "seq": row.seq, "on": row.on.isoformat(), "recorded": shown(row.at), "late": recorded.date() > row.on,
            "label": _label(row, step), "who": names.get(row.actor or 0, "系统"),
            "said": _said(row), "remark": remarks.get(row.seq, ""),
            "corrected": corrected.get(row.seq), "corrects": row.corrects, "warned": row.body.get("warned", []),
            "cites": cited(step.cites[:3], judgement) if step else [], "place": places.get(row.seq),
            "files": [file for file in files if seq_of(file.event_id) == row.seq],
            "gone": erasure is not None and row.seq < erasure,
            "mendable": step is not None and not row.void and row.seq not in corrected,
        })  # fmt: skip
    return found


def _places(case: int) -> dict[int, int]:
    """Where the case's records stand in the ledger, by ``seq``."""
    found = Leaf.objects.filter(events_within(case)).values_list("event_id", "index")
    return {seq_of(event): index for event, index in found}


def _label(row: Row, step: Step | None) -> str:
    return (step.label if step else ACTS.get(row.act, row.act)) + ("（撤销）" if row.void else "")


def _linked(body: Mapping[str, Any]) -> str:
    """What a record of a link says: 源自 …."""
    return f"{Link.Kind(body['kind']).label} {body['other']}" if "other" in body and "kind" in body else ""


def _said(row: Row) -> str:
    body = row.body
    parts = [_linked(body), *(body.get(name) for name in ("outcome", "opinion", "basis", "reason", "why", "note"))]
    if body.get("by"):
        parts.append(f"办理人 {'、'.join(body['by'])}")
    if body.get("days"):
        parts.append(f"{body['days']} 日")
    if body.get("amount"):
        parts.append(f"{body['amount']} 元")
    if body.get("approved_by"):
        parts.append(f"{body['approved_by']}批准")
    if body.get("excuse"):
        parts.append(f"说明：{body['excuse']}")
    return "；".join(str(part) for part in parts if part)


