"""Official documents and attachments of a case: writing, issuing, uploading, handing out."""

from __future__ import annotations

from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fadu.acts.attach import SIZE_LIMIT, Handed, attach, content_of
from fadu.acts.errors import ActRefused, AlreadyRecorded, Conflict
from fadu.acts.issue import PDF, WORD, Writing, issue
from fadu.acts.papers import Paper, draft_of, filled_before, issued_of, paper_of
from fadu.acts.recording import load
from fadu.acts.tracing import trace
from fadu.acts.unit_papers import SEAL, unit_papers
from fadu.exchange.attachments import inspect_attachment
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.office.answers import show
from fadu.office.articles import cited
from fadu.office.asked import number
from fadu.office.case_page import Tried, case_of
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import PaperForm, UploadForm
from fadu.office.views.cases import shown_page
from fadu.report.parts import parts_of
from fadu.report.typeset import to_pdf
from fadu.store.models import Case, Document

SUFFIXES = {
    PDF: ".pdf", WORD: ".docx", "application/ofd": ".ofd", "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx", "application/vnd.ms-excel": ".xls",
    "text/csv": ".csv", "text/plain": ".txt", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif",
    "image/bmp": ".bmp", "image/tiff": ".tif",
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def paper(request: OfficeRequest, case_id: int, name: str, about: int) -> HttpResponse:
    """One document: its questions, how it reads so far; ``pdf`` shows the page, ``issue`` issues it."""
    case = case_of(request.access, case_id)
    if not (may := request.access.may("issue", case)):
        raise PermissionDenied(may.why)
    found = _paper(request, case, name, about)
    if found is None:
        return redirect("case", case_id)
    if request.method == "GET":
        return _written(request, found, PaperForm(found, initial=filled_before(found)))
    form = PaperForm(found, request.POST)
    if not form.is_valid():
        return _written(request, found, form, status=422)
    if "pdf" in request.POST:
        return _pdf(request, found, form)
    if "issue" not in request.POST:
        return _written(request, found, form)
    writing = Writing(found.template.key, about, form.filled())
    try:
        issue(actor_of(request), case_id, writing, number(request.POST.get("seen")))
    except AlreadyRecorded as same:
        say(request, f"已记录，没有重复制发：{same}", "info")
    except Conflict as refused:
        return _after_conflict(request, _paper(request, case, name, about) or found, form, refused)
    except ActRefused as refused:
        show(form, refused)
        return _written(request, found, form, status=422)
    else:
        issued = issued_of(case)[-1].pdf
        version = f"，第 {issued.version} 版" if issued.version > 1 else ""
        say(request, f"已制发《{issued.title}》{issued.number}{version}")
    return redirect("case", case_id)


def _paper(request: OfficeRequest, case: Case, name: str, about: int) -> Paper | None:
    """The document, or None after it was said why there is none. Raises ``Http404`` for no such template."""
    try:
        return paper_of(load([case.pk])[case.pk], f"{case.procedure}/{name}", about)
    except ActRefused as refused:
        say(request, str(refused), "bad")
        return None
    except FaduError as error:
        raise Http404 from error


def _after_conflict(request: OfficeRequest, found: Paper, form: PaperForm, refused: Conflict) -> HttpResponse:
    """Others have been at the case; where it was this very document, it is there already."""
    kept = [each for each in issued_of(found.found.case)
            if (each.template, each.about) == (found.template.key, found.about)]  # fmt: skip
    asks, told = found.template.asks.keys(), filled_before(found)
    if kept and {key: told[key] for key in asks & told.keys()} == {
        key: text for key, text in form.filled().items() if key in asks
    }:
        say(request, f"已记录，没有重复制发：《{kept[-1].pdf.title}》{kept[-1].pdf.number}", "info")
        return redirect("case", found.found.case.pk)
    form.add_error(None, str(refused))
    return _written(request, found, form, status=409)


def _written(request: OfficeRequest, found: Paper, form: PaperForm, status: int = 200) -> HttpResponse:
    filled = form.filled() if form.is_bound and form.is_valid() else {
        name: str(value) for name, value in form.initial.items() if value
    }  # fmt: skip
    draft = draft_of(found, filled)
    before = [each for each in issued_of(found.found.case)
              if (each.template, each.about) == (found.template.key, found.about)]  # fmt: skip
    content = {
        "case": found.found.case, "paper": found, "form": form, "parts": parts_of(draft.document),
        "before": before[-1:], "seal": unit_papers(found.found.case.unit)[SEAL],
        "keeps": request.access.may("unit_papers", path=found.found.case.unit.path),
        "lacking": [form.fields[key].label if key in form.fields else key for key in draft.lacking],
        "procedure": found.judgement.plan.procedure, "on": iso(found.event.day),
        "cites": cited(found.judgement.plan.procedure.steps[found.event.step].cites, found.judgement),
    }  # fmt: skip
    return render(request, "office/paper.html", content, status=status)


def _pdf(request: OfficeRequest, found: Paper, form: PaperForm) -> HttpResponse:
    try:
        content = to_pdf(draft_of(found, form.filled()).document)
    except FaduError as error:
        form.add_error(None, f"不能排版：{error}")
        return _written(request, found, form, status=422)
    answer = HttpResponse(content, content_type=PDF)
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(found.template.title + '（草稿）.pdf')}"
    return answer


@require_POST
def upload(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Put a file into the case, or a new version of one."""
    case = case_of(request.access, case_id)
    if not (may := request.access.may("attach", case)):
        raise PermissionDenied(may.why)
    kind = Document.Kind.ATTACHMENT
    titles = list(dict.fromkeys(Document.objects.filter(case=case, kind=kind).values_list("title", flat=True)))
    form = UploadForm(titles, request.POST, request.FILES)
    if form.is_valid():
        try:
            handed = _handed(form)
            attach(actor_of(request), case_id, handed)
        except AlreadyRecorded as found:
            say(request, f"已记录，没有重复上传：{found}", "info")
            return redirect("case", case_id)
        except FaduError as refused:
            show(form, refused)
            if not form.errors:
                form.add_error("file", str(refused))
        else:
            say(request, f"已上传“{handed.title}”")
            return redirect("case", case_id)
    return shown_page(request, case, Tried(upload=form), 422)


def _handed(form: UploadForm) -> Handed:
    """The file, looked into. Raises ``FileError``."""
    file, given = form.cleaned_data["file"], form.cleaned_data
    if file.size > SIZE_LIMIT:
        raise ActRefused(f"文件最大 {SIZE_LIMIT >> 20} MB，收到 {file.size >> 20} MB；请压缩图片或者分成几个文件")
    content = file.read()
    found = inspect_attachment(content, file.name or "")
    return Handed(given["of"] or given["title"].strip() or found.stem, found.media, content)


@require_GET
def download(request: OfficeRequest, case_id: int, document: int) -> HttpResponse:
    """Hand a file out to someone who may see its case; that it was handed out is kept."""
    case = case_of(request.access, case_id)
    row = Document.objects.filter(case=case, pk=document).first()
    if row is None:
        raise Http404
    try:
        content = content_of(row)
    except FaduError as error:
        say(request, str(error), "bad")
        return redirect("case", case_id)
    trace(actor_of(request), "download", f"{case.number} “{row.title}”{row.number} 第 {row.version} 版", case)
    name = f"{row.title}{row.number and ' ' + row.number}{'' if row.version == 1 else f' 第{row.version}版'}"
    answer = HttpResponse(content, content_type=row.media)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name + SUFFIXES.get(row.media, ''), safe='')}"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


urls: list[URLPattern] = [
    path("cases/<int:case_id>/documents/<slug:name>/<int:about>/", paper, name="case-paper"),
    path("cases/<int:case_id>/files/", upload, name="case-upload"),
    path("cases/<int:case_id>/files/<int:document>/", download, name="case-file"),
]
