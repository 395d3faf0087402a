"""Every page of the office, looked at by axe: no serious fault for eyes, keyboards and screen readers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import axe_playwright_python
import pytest
from complaints import noise_rises
from desk import Desk
from district import make_town, standing
from django.urls import URLPattern, get_resolver
from tables import post_of, power_of, tier_of

import fadu.office.leads  # noqa: F401 - loaded before the browser waits for a page that needs it
from fadu.acts.advance import advance
from fadu.acts.attach import Handed, attach
from fadu.acts.import_file import take_in
from fadu.acts.moves import Move
from fadu.acts.register import register
from fadu.acts.share import share
from fadu.office.views import exports
from fadu.store.models import Role

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}

PAGES = {
    "": (Role.HANDLER, "sign-in/", "sign-in/code/"),
    "office": (
        Role.LEGAL_OFFICER, "", "registers/", "registers/all/", "registers/reconsideration/",
        "registers/reconsideration/new/", "registers/reconsideration/export/", "registers/all/export/xlsx/?rows=seen",
        "exports/", "calendar/", "cases/{case}/", "cases/{case}/print/",
        "cases/{case}/correct/1/", "cases/{case}/documents/acceptance_notice/2/", "import/",
        "import/{batch}/", "import/{batch}/map/", "account/", "account/password/", "account/second-factor/",
        "people/{handler}/permissions/", "units/", "units/{bureau}/", "evidence/?into={case}",
        "discretion/", "discretion/?act=占道经营&tier={tier}&fine=900",
        "discretion/first-offence/?case={case}&act=占道经营", "posts/", "power-lists/",
        "cases/{case}/versions/",
    ),
    "law": (
        Role.ADMINISTRATOR, "lawbook/", "lawbook/procedures/reconsideration/",
        "lawbook/procedures/reconsideration/2024-01-01/", "lawbook/procedures/reconsideration/compare/",
        "lawbook/statutes/", "lawbook/statutes/行政复议法/", "lawbook/statutes/行政复议法/62/",
        "lawbook/indicators/reconsideration.on_time/", "lawbook/calculator/", "lawbook/holidays/",
    ),
    "leader": (Role.LEADER, "", "registers/all/?status=open", "cases/{case}/", "ahead/", "enforcement/?show=all",
               "enforcement/visits/?show=pairs"),
    "people": (
        Role.SYSTEM_ADMIN, "people/", "people/new/", "people/{handler}/", "people/{handler}/change/",
        "people/units/new/", "people/units/{unit}/",
    ),
    "traces": (Role.AUDIT_ADMIN, "traces/"),
}  # fmt: skip
"""Whose pages → the role and the addresses it looks at."""

POSTED = {
    "step", "case-note", "case-reply", "case-assign", "case-hand-back", "case-reveal", "case-upload", "case-share",
    "case-unshare", "case-restrict", "case-erase", "case-remind", "import-act", "import-mapping-drop", "save-filter",
    "save-columns", "case-link", "case-unlink", "case-reuse",
    "register-export-ask", "export-drop", "person-do", "batch", "batch-done", "sign-out", "second-factor-off", "read",
}  # fmt: skip
HANDED = {"proof", "case-file", "case-from", "import-copy", "export-file", "traces-export", "credentials-export", "sso",
          "sso-back"}  # fmt: skip
"""Answers that are no page: forms taken in, files handed out, ways to another site."""


def test_every_page_is_looked_at():
    looked = [address for _, *addresses in PAGES.values() for address in addresses]
    found = {}
    for pattern in get_resolver("fadu.office.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        if pattern.name not in POSTED | HANDED:
            found[pattern.name] = any(pattern.pattern.match(_plain(address)) for address in looked)
    assert [name for name, seen in found.items() if not seen] == []


def _plain(address: str) -> str:
    return address.format(case=1, batch=1, handler=1, unit=1, bureau=1, tier=1).partition("?")[0]


@pytest.mark.usefixtures("real_transactions")
@pytest.mark.parametrize("whose", list(PAGES))
def test_no_page_has_a_serious_fault(live_server, browser, settings, monkeypatch, whose):
    monkeypatch.setattr(exports, "DIRECT", 0)  # else a list is a file at once, not a page that offers it
    settings.ALLOWED_HOSTS = ["*"]
    role, *addresses = PAGES[whose]
    with standing("2024-03-01 10:00"):
        town = make_town()
        where = _district(town)
        page = Desk(browser, live_server.url, town.people[role].login).page if whose else browser.new_page()
        faults = []
        for address in addresses:
            page.goto(f"{live_server.url}/{address.format(**where)}")
            faults += [f"{address}：{words}" for words in _faults(page)]
            page.set_viewport_size(PHONE)
            faults += [f"{address}（手机）：{words}" for words in _faults(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                faults.append(f"{address}（手机）：页面须横向滚动")
            page.set_viewport_size(DESK)
    assert not faults, "\n".join(faults)


def _district(town) -> dict[str, int]:
    """A case with something of everything, a hotline with leads, and a file that is being imported."""
    case = town.reconsideration(date(2024, 3, 1))
    noise_rises(town, date(2024, 2, 29))
    officer = town.actor(Role.LEGAL_OFFICER)
    share(officer, case.pk, town.people[Role.EXTERNAL], "征求意见")
    advance(officer, case.pk, Move("accept", date(2024, 3, 1)))
    tier = register(officer, tier_of(town.bureau.pk, date(2024, 3, 1), low=300, high=800, list="首违慎罚"))
    register(officer, post_of(town.bureau.pk, date(2024, 3, 1)))
    for text in ("第一条 十日", "第一条 十五日\n第二条 附则"):
        attach(officer, case.pk, Handed("送审稿", "text/plain", text.encode()))
    _publish(town, date(2024, 3, 1))
    sheet = "收到申请,标题\n2024-03-01,甲\n2024-13-01,乙\n".encode()
    batch = take_in(officer, "台账.csv", sheet, "reconsideration")
    return {
        "case": case.pk, "batch": batch.pk, "handler": town.people[Role.HANDLER].pk, "unit": town.street.pk,
        "bureau": town.bureau.pk, "tier": tier.pk,
    }  # fmt: skip


def _publish(town, on: date) -> None:
    """A version of the list of powers."""
    keeper = town.actor(Role.ADMINISTRATOR)
    item = register(keeper, power_of(town.bureau.pk, on, item="占道处罚", version="甲版", holder="区城管局"))
    for step, outcome in (("draft", None), ("hear", "同意"), ("review", "合法"), ("decide", "同意"), ("compare", None),
                          ("publish", None)):  # fmt: skip
        advance(keeper, item.pk, Move(step, on, outcome=outcome))


def _faults(page) -> list[str]:
    """What axe finds, in words."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}（{fault['help']}）{fault['nodes'][0]['html'][:160]}"
        for fault in found["violations"] if fault["impact"] in GRAVE
    ]  # fmt: skip
