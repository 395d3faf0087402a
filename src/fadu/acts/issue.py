"""制发文书: an official document of a case, numbered without gaps, kept as PDF and as Word file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fadu.acts.attach import Handed, described, keep
from fadu.acts.errors import ActRefused, AlreadyRecorded, Incomplete
from fadu.acts.moves import TEXT_LIMIT
from fadu.acts.office_record import record_on
from fadu.acts.papers import (
    Paper,
    issued_of,
    marks_of,
    number_in,
    paper_of,
    series_of,
    unit_setting,
    values_of,
)
from fadu.acts.recording import Actor, Change, Entry, Loaded
from fadu.clock import now, today
from fadu.law.errors import FaduError
from fadu.report.filling import IncompleteDocumentError, fill
from fadu.report.official import OfficialDocument
from fadu.report.typeset import to_pdf
from fadu.report.word import to_docx
from fadu.store.models import Case, Counter, Document, Setting

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
UNIT = "单位."


@dataclass(frozen=True, slots=True)
class Writing:
    """A document to be issued: its template's key, the record it is about (``Paper.about``), what was filled in."""

    template: str
    about: int
    filled: Mapping[str, str]


def issue(actor: Actor, case: int, writing: Writing, seen: int | None = None) -> Case:
    """Issue it; again, it is the next version under the same number.

    Raises ``Incomplete`` with a fault at every key that is wanted or wrong, ``AlreadyRecorded`` where the newest
    version was made from the same words, and what ``record_on`` raises.
    """
    filled = {name: text.strip() for name, text in writing.filled.items() if text.strip()}
    long = {name: f"最多 {TEXT_LIMIT} 字，收到 {len(text)} 字；较长的内容请作为附件上传"
            for name, text in filled.items() if len(text) > TEXT_LIMIT}  # fmt: skip
    if long:
        raise Incomplete(long)
    written = record_on(actor, "issue", case, lambda found: _change(found, writing, filled), seen)
    _remember(actor, written, filled)
    return written


def _change(found: Loaded, writing: Writing, filled: dict[str, str]) -> Change:
    """The record, with both files made."""
    paper = paper_of(found, writing.template, writing.about)
    versions = [each for each in issued_of(found.case)
                if (each.template, each.about) == (writing.template, writing.about)]  # fmt: skip
    before = versions[-1].pdf if versions else None
    numbers: dict[str, int] = {}
    number = before.number if before else ""
    if not before and paper.template.number:
        series, year = series_of(paper)
        numbers[series] = _next(series)
        number = number_in(paper, year, numbers[series])
    document = _filled(paper, filled, number)
    rows = [_row(paper, media, content) for media, content in ((PDF, _pdf(document)), (WORD, to_docx(document)))]
    if before and before.sha256 == rows[0].sha256:  # equal documents give equal bytes
        raise AlreadyRecorded(f"《{paper.template.title}》第 {before.version} 版内容相同，已经制发")
    for row in rows:
        row.version, row.number = (before.version if before else 0) + 1, number
    body = {"about": paper.about, "document": described(rows[0]), "word": described(rows[1])}
    personal = {"document_title": paper.template.title, "filled": filled}
    entry = Entry("issue", today(), body=body, personal=personal)
    return Change(found.case, [entry], documents=[(0, row) for row in rows], numbers=numbers)


def _next(series: str) -> int:
    """The number that is next; taken when the record is written, or else all is made anew."""
    last = Counter.objects.filter(name=series).values_list("last", flat=True).first()
    return (last or 0) + 1


def _filled(paper: Paper, filled: Mapping[str, str], number: str) -> OfficialDocument:
    try:
        return fill(paper.template, {**filled, **values_of(paper, number, whole=True)}, marks=marks_of(paper))
    except IncompleteDocumentError as error:
        faults = {slot.key: f"请填写{slot.label}" for slot in error.missing}
        labels = {ask.label: ask.name for ask in paper.template.asks.values()}
        for words in error.wrong:
            label = words.partition("”")[0].removeprefix("“")
            faults[labels.get(label, "")] = words
        raise Incomplete(faults) from error


def _pdf(document: OfficialDocument) -> bytes:
    try:
        return to_pdf(document)
    except FaduError as error:
        raise ActRefused(f"没有制发：{error}") from error


def _row(paper: Paper, media: str, content: bytes) -> Document:
    row = keep(Handed(paper.template.title, media, content))
    row.kind, row.template = Document.Kind.OFFICIAL, paper.template.key
    return row


def _remember(actor: Actor, case: Case, filled: Mapping[str, str]) -> None:
    """Keep what was written of the unit where nothing is kept, so that its next document need not ask again.

    What is kept already is changed by ``unit_papers`` only, which not everyone may.
    """
    told = {name.removeprefix(UNIT): text for name, text in filled.items() if name.startswith(UNIT)}
    if not told:
        return
    name = unit_setting(case.unit)
    kept = Setting.objects.filter(name=name).first()
    value = {**told, **(kept.value if kept else {})}
    Setting.objects.update_or_create(
        name=name, defaults={"value": value, "changed_at": now(), "changed_by_id": actor.id}
    )
