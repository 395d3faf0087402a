"""The official documents a case may have: which template goes with which of its records, and what the records give.

A document is about a step that was taken: its dates, last days and articles are those of that step's day, however
late it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from fadu.acts.errors import ActRefused
from fadu.acts.recording import Loaded
from fadu.book.documents import DocumentTemplate
from fadu.law.cases import Event, standing
from fadu.law.dates import date_of
from fadu.law.judge import Judgement
from fadu.report.filling import CaseFacts, Party, fill, goes_with, values_for, wanted
from fadu.report.official import OfficialDocument, official_number
from fadu.store.histories import judged
from fadu.store.lawbook import book
from fadu.store.models import Assignment, Case, Document, Secret, Setting, Unit
from fadu.store.models import Event as EventRow
from fadu.store.models import Party as PartyRow
from fadu.store.sealing import unseal


@dataclass(frozen=True)
class Named:
    """Who is named in the documents of a case: read once for all of them, when the first asks."""

    case: Case

    @cached_property
    def unit(self) -> dict[str, str]:
        return _unit_facts(self.case.unit)

    @cached_property
    def handlers(self) -> tuple[str, ...]:
        return _handlers(self.case)

    @cached_property
    def parties(self) -> tuple[PartyRow, ...]:
        return tuple(self.case.parties.all())


@dataclass(frozen=True, slots=True)
class Paper:
    """A template, and the record of the case it is about: ``about`` is that record's first seq, through corrections."""

    found: Loaded
    template: DocumentTemplate
    about: int
    event: Event
    judgement: Judgement
    named: Named

    @property
    def step(self) -> str:
        """The label of the step it is about."""
        return self.judgement.plan.procedure.steps[self.event.step].label


@dataclass(frozen=True, slots=True)
class Issued:
    """One version of a document that was issued: its two files."""

    template: str
    about: int
    pdf: Document
    word: Document


def papers_of(found: Loaded) -> Iterator[Paper]:
    """Every document that goes with a record that stands, the newest record first."""
    judgements: dict[int, Judgement] = {}
    named = Named(found.case)
    for event in reversed(standing(found.law)):
        if event.day not in judgements:
            judgements[event.day] = judged(book(), found.law, event.day)
        judgement = judgements[event.day]
        about = _first_seq(found, int(event.id or 0))
        for template in book().documents.of_step(judgement.plan.procedure, event.step):
            paper = Paper(found, template, about, event, judgement, named)
            if template.when is None or goes_with(template, values_of(paper)):
                yield paper


def paper_of(found: Loaded, template: str, about: int) -> Paper:
    """One of them. Raises ``ActRefused`` where it does not go with the case as it stands."""
    for paper in papers_of(found):
        if paper.template.key == template and paper.about == about:
            return paper
    title = book().documents.get(template).title
    raise ActRefused(
        f"《{title}》不能随第 {about} 条记录制发：该环节没有记录、已经撤销，或者情况不适用；请在办件页重新选择"
    )


def _first_seq(found: Loaded, seq: int) -> int:
    corrects = {row.seq: row.corrects for row in found.rows if row.corrects}
    while seq in corrects:
        seq = corrects[seq]
    return seq


def values_of(paper: Paper, number: str = "", whole: bool = False) -> dict[str, str]:
    """What the records give. Addresses are masked unless it is the ``whole`` document that is being issued."""
    case = paper.found.case
    facts = CaseFacts(
        number=case.number, title=case.title, unit=paper.named.unit, district=settings.DISTRICT.name,
        event=paper.event, handlers=paper.named.handlers or paper.event.by, document_number=number,
        parties=tuple(
            Party(row.role, row.name, row.get_kind_display(), row.masked("id_number"),
                  row.clear("address") if whole else row.masked("address"))
            for row in paper.named.parties
        ),
    )  # fmt: skip
    return values_for(facts, paper.judgement, paper.template)


def _unit_facts(unit: Unit) -> dict[str, str]:
    """What is kept of the unit (``unit_papers``); its name, where it has no other as an organ."""
    kept = Setting.objects.filter(name=unit_setting(unit)).first()
    found = dict(kept.value) if kept else {}
    return {"名称": unit.name, **found, "代字": numbering_unit(unit).short}


def unit_setting(unit: Unit) -> str:
    """The name under which a unit's address, telephone and so on are kept for its next document."""
    return f"document_unit:{unit.code}"


def numbering_unit(unit: Unit) -> Unit:
    """The unit whose row of numbers is used: itself, or the nearest above it that has code letters."""
    while not unit.short and unit.parent is not None:
        unit = unit.parent
    return unit


def _handlers(case: Case) -> tuple[str, ...]:
    kinds = (Assignment.Kind.LEAD, Assignment.Kind.PARTNER)
    rows = Assignment.objects.select_related("person").filter(case=case, kind__in=kinds).order_by("pk")
    return tuple(row.person.name for row in rows if row.person)


def issued_of(case: Case) -> list[Issued]:
    """The documents issued of a case, every version, oldest first."""
    rows: dict[int, list[Document]] = {}
    for row in Document.objects.filter(case=case, kind=Document.Kind.OFFICIAL).order_by("pk"):
        rows.setdefault(row.event_id, []).append(row)
    bodies = dict(EventRow.objects.filter(pk__in=rows).values_list("pk", "body"))
    return [
        Issued(pair[0].template, json.loads(bodies[event])["about"], *pair)
        for event, pair in rows.items() if len(pair) == 2
    ]  # fmt: skip


def filled_before(paper: Paper) -> dict[str, str]:
    """What was filled in of the case's earlier documents, where it answers a question of this one."""
    case, template = paper.found.case, paper.template
    own: dict[str, str] = {}
    other: dict[str, str] = {}
    keys = {issued.pdf.event_id: issued for issued in issued_of(case)}
    for event, sealed in Secret.objects.filter(event__in=keys, name="filled").order_by("event_id").values_list(
        "event_id", "sealed"
    ):
        issued, filled = keys[event], json.loads(unseal(sealed, "secret.filled"))
        if (issued.template, issued.about) == (template.key, paper.about):
            own |= filled
            continue
        asked = book().documents.get(issued.template).asks
        other |= {
            name: value for name, value in filled.items()
            if name not in asked or (name in template.asks and template.asks[name].label == asked[name].label)
        }  # fmt: skip
    return {**other, **own}


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it would be; ``lacking``: the keys of what is still to be filled in."""

    document: OfficialDocument
    lacking: tuple[str, ...]


def draft_of(paper: Paper, filled: Mapping[str, str]) -> Draft:
    """The document as far as it is known, addresses masked, marked as a draft; its number, where it has one already."""
    kept = [each.pdf.number for each in issued_of(paper.found.case)
            if (each.template, each.about) == (paper.template.key, paper.about)]  # fmt: skip
    values = {**filled, **values_of(paper, kept[-1] if kept else "")}
    marks = ("草稿，住址在正式文书中为全文", *marks_of(paper))
    document = fill(paper.template, values, draft=True, marks=marks)
    return Draft(document, tuple(slot.key for slot in wanted(paper.template, values)))


def marks_of(paper: Paper) -> tuple[str, ...]:
    """What stands on every page."""
    return ("模拟数据",) if paper.found.case.simulated else ()


def series_of(paper: Paper) -> tuple[str, int]:
    """The row of numbers of the unit, the kind of document and the year of its day; and that year."""
    year = date_of(paper.event.day).year
    return f"document:{numbering_unit(paper.found.case.unit).code}:{paper.template.number}:{year}", year


def number_in(paper: Paper, year: int, number: int) -> str:
    """The number as the document bears it. Raises ``ActRefused`` where the unit has no code letters."""
    unit = numbering_unit(paper.found.case.unit)
    if not unit.short:
        raise ActRefused(f"{unit.name}没有发文简称，不能编文号；请系统管理员在“人员”的单位里填写发文简称后再制发")
    return official_number(unit.short, paper.template.number, year, number)
