"""执法核验: officers' certificates by unit and month, visits by enterprise; each number opens to its rows."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.acts.tracing import trace
from fadu.clock import now
from fadu.exchange.export_cases import About
from fadu.exchange.table_out import OutCell, write_xlsx
from fadu.office.answers import workbook
from fadu.office.context import OfficeRequest, actor_of, for_readers
from fadu.office.enforcement import Listed, Period, by_unit_and_month, certificates, listed
from fadu.office.moments import shown
from fadu.office.views.registers import units_of
from fadu.office.visits import SOON, Visits, cases_of, visits_of
from fadu.store.credentials import Check, Verdict, steps_asking
from fadu.store.lawbook import book

MOST = 200
"""Rows that a page lists; the workbook has them all."""
SHOWN = {"lacking": Verdict.LACKING, "unknown": Verdict.UNKNOWN}
COLUMNS = (("办件", 24), ("单位", 24), ("环节", 16), ("日期", 12), ("执法人员", 14), ("核验", 12), ("说明", 40))


def _read(request: OfficeRequest) -> Period:
    for_readers(request, "执法核验由能看到执法办件的人员查看")
    return Period.of(request.GET)


def _chosen(request: OfficeRequest, checks: Iterable[Check]) -> list[Check]:
    """Those asked for by ``show``: lacking, unknown, or all."""
    verdict = SHOWN.get(request.GET.get("show", ""))
    return [check for check in checks if verdict is None or check.verdict is verdict]


@require_GET
def credentials(request: OfficeRequest) -> HttpResponse:
    """Counts by department and month, and the rows of the number that was opened (``show``)."""
    period, show = _read(request), request.GET.get("show", "")
    checks = certificates(request.access, period)
    chosen = sorted(_chosen(request, checks), key=lambda check: (check.on, check.case), reverse=True) if show else []
    return render(request, "office/credentials.html", {
        "period": period, "counts": by_unit_and_month(checks, period), "units": units_of(request.access), "show": show,
        "rows": listed(request.access, chosen[:MOST]), "many": len(chosen), "most": MOST,
        "export": f"export/{period.address(show=show or 'all')}", "steps": _articles(),
    })  # fmt: skip


def _articles() -> list[str]:
    """The steps that ask for a certificate, with their articles."""
    names = {code: book().versions(code)[-1].name for code in book().codes}
    return [f"{names[code]}“{step.label}”（{'、'.join(cite.formal() for cite in step.credential)}）"
            for (code, _), step in steps_asking(book()).items()]  # fmt: skip


@require_GET
def export(request: OfficeRequest) -> HttpResponse:
    """The rows as a workbook; that it was taken away is a trace."""
    period, file = _read(request), BytesIO()
    chosen = _chosen(request, certificates(request.access, period))
    unit = period.unit.name if period.unit else "全部"
    said = (("期间", f"{period.first} 至 {period.last}"), ("单位", unit),
            ("口径", "只含导出人有权查看的办件；更正、撤销过的环节不计；按人员名册现在的登记核对"),
            ("导出时间", shown(now())))  # fmt: skip
    rows = map(_cells, listed(request.access, chosen))
    count = write_xlsx(file, COLUMNS, rows, About("执法证件核验", said, bool(settings.DISTRICT.simulated)))
    trace(actor_of(request), "export", f"导出执法证件核验 {count} 条：{period.first} 至 {period.last}，{unit}")
    return workbook("credentials", file)


def _cells(row: Listed) -> tuple[OutCell, ...]:
    check = row.check
    return (row.case.number, row.case.unit.name, row.label, check.on, check.officer, check.verdict.value, check.words)


@require_GET
def visits(request: OfficeRequest) -> HttpResponse:
    """Visits by enterprise; ``show`` (visits, pairs, unknown) lists those of one (``enterprise``) or of all."""
    period, show, key = _read(request), request.GET.get("show", ""), request.GET.get("enterprise", "")
    found = visits_of(request.access, period)
    of = [one for one in found.enterprises if not key or one.key == key]
    pairs = Visits(of, []).pairs if show == "pairs" else []
    chosen = found.unknown if show == "unknown" else [visit for one in of for visit in one.visits]
    listed_ = chosen if show in ("visits", "unknown") else []
    shown_ = [*listed_[:MOST], *(visit for pair in pairs[:MOST] for visit in (pair.before, pair.after))]
    cases = cases_of(request.access, shown_)
    told = {id(visit): [cases[case] for case in visit.cases if case in cases] for visit in shown_}
    return render(request, "office/visits.html", {
        "period": period, "units": units_of(request.access), "found": found, "enterprises": found.enterprises[:MOST],
        "show": show, "most": MOST, "soon": SOON, "address": period.address(), "whole": request.access.whole_district,
        "name": of[0].name if key and of else "", "many": len(listed_) or len(pairs),
        "visits": [(visit, told[id(visit)]) for visit in listed_[:MOST]],
        "pairs": [(pair, told[id(pair.before)], told[id(pair.after)]) for pair in pairs[:MOST]],
    })  # fmt: skip


urls: list[URLPattern] = [
    path("enforcement/visits/", visits, name="visits"),
    path("enforcement/", credentials, name="credentials"),
    path("enforcement/export/", export, name="credentials-export"),
]
