"""未诉先办: what the hotline's cases say of the coming weeks. Computed when asked for, of what the person may see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.clock import today
from fadu.office.context import OfficeRequest, for_readers


@require_GET
def ahead(request: OfficeRequest) -> HttpResponse:
    """The leads, by kind."""
    access = for_readers(request, "未诉先办由能看到热线办件的人员查看")
    from fadu.office.leads import WEEKS, leads_of  # here: only who serves the office loads the statistics

    content = {"leads": leads_of(access, today()), "most_weeks": WEEKS, "may_open": access.may("register")}
    return render(request, "office/ahead.html", content)


urls: list[URLPattern] = [path("ahead/", ahead, name="ahead")]
