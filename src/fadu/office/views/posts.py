"""岗责表: posts × powers of one unit."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.clock import today
from fadu.office.asked import number
from fadu.office.context import OfficeRequest, for_readers
from fadu.office.posts import MOST, POSTS, matrix_of, units_with_posts


@require_GET
def posts(request: OfficeRequest) -> HttpResponse:
    """The matrix of a unit (``unit``); else of the person's own, or the first that has posts."""
    access = for_readers(request, "岗责表由办理和查看办件的人员使用")
    units = units_with_posts(access)
    known = {unit.pk: unit for unit, _ in units}
    wanted = (number(request.GET.get("unit")), access.person.unit_id, *known)
    unit = next((known[key] for key in wanted if key in known), None)
    content = {
        "units": units, "unit": unit, "matrix": matrix_of(access, unit.pk, today()) if unit else None,
        "register": POSTS, "may_open": access.may("register"), "most": MOST,
    }  # fmt: skip
    return render(request, "office/posts.html", content)


urls: list[URLPattern] = [path("posts/", posts, name="posts")]
