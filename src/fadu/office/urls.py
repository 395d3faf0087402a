"""The addresses of the office: each page's module names its own."""

from __future__ import annotations

from fadu.office.views import (
    accounts,
    ahead,
    batches,
    calculator,
    calendar,
    cases,
    comparing,
    corrections,
    discretion,
    documents,
    enforcement,
    exports,
    holidays,
    imports,
    lawbook,
    linking,
    opening,
    people,
    posts,
    registers,
    sharing,
    unit_papers,
    work,
)

urlpatterns = [
    *accounts.urls, *work.urls, *registers.urls, *batches.urls, *cases.urls, *corrections.urls, *sharing.urls,
    *opening.urls, *documents.urls, *calendar.urls, *ahead.urls, *discretion.urls, *enforcement.urls, *lawbook.urls,
    *calculator.urls, *holidays.urls, *imports.urls, *exports.urls, *linking.urls, *people.urls, *posts.urls,
    *comparing.urls, *unit_papers.urls,
]  # fmt: skip

handler400 = "fadu.office.views.errors.unreadable"
handler403 = "fadu.office.views.errors.forbidden"
handler404 = "fadu.office.views.errors.missing"
handler500 = "fadu.office.views.errors.broken"
