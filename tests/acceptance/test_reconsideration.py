"""A reconsideration from receipt to decision in a real browser, by three people, with a pause and an extension."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from district import PASSWORD, make_town, standing

from fadu.store.models import Case, Role
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps a loop in this thread
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="没有 Chromium（apt-get install chromium）")


@pytest.fixture
def browser() -> Iterator[object]:
    """Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Desk:
    """One person at a browser of their own."""

    def __init__(self, browser, address: str, login: str) -> None:
        self.page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        self.page.set_default_timeout(20_000)
        self.address = address
        self.page.goto(f"{address}/sign-in/")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button")

    def take(self, case: int, label: str, **given: str) -> None:
        """Open the step's form on the case page, fill it in, record it."""
        self.page.goto(f"{self.address}/cases/{case}/")
        self.page.locator("#next summary", has_text=re.compile(rf"^\s*{label}")).first.click()
        form = self.page.locator("#next details[open] form")
        for name, value in given.items():
            field = form.locator(f"[name={name}]")
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.locator("button").click()
        self.page.wait_for_load_state()
        told = self.page.locator(".notice, .error, .errorlist").all_inner_texts()
        assert any("已记录" in words for words in told), (label, told)


@pytest.mark.usefixtures("real_transactions")
def test_from_receipt_to_decision(live_server, browser, settings):
    settings.ALLOWED_HOSTS = ["*"]
    with standing("2024-03-01 10:00"):
        town = make_town()
        officer = Desk(browser, live_server.url, town.people[Role.LEGAL_OFFICER].login)
        page = officer.page
        page.goto(f"{live_server.url}/registers/reconsideration/new/")
        page.fill("[name=title]", "不服罚款决定")
        page.fill("[name=name]", "甲公司")
        page.fill("[name=phone]", "13800000000")
        page.click("text=登记 >> nth=-1")
        page.wait_for_selector("text=已登记 行政复议2024-00001")
        case = Case.objects.get(number="行政复议2024-00001")
        page.select_option("#assign-person", label="承办人（区司法局）")
        page.click("button:has-text('分派')")
        page.wait_for_selector("text=已分派给承办人")

        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)
        assert "分派给您主办" in handler.page.content()
        handler.take(case.pk, "受理", on="2024-03-01")
        handler.take(case.pk, "指定", on="2024-03-01", by="甲、乙")
        handler.take(case.pk, "发送", on="2024-03-01")
    with standing("2024-03-06 10:00"):
        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)  # the old session has ended
        handler.take(case.pk, "中止", on="2024-03-06", reason="等待另案", outcome="以其他案件审理结果为依据")
        handler.page.goto(f"{live_server.url}/cases/{case.pk}/")
        assert "中止，不计时" in handler.page.content()
        handler.take(case.pk, "书面告知中止", on="2024-03-06")
    with standing("2024-03-16 10:00"):
        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)
        handler.take(case.pk, "恢复审理", on="2024-03-16")
        handler.take(case.pk, "书面告知恢复", on="2024-03-16")
        handler.take(case.pk, "听取当事人意见", on="2024-03-16")
        handler.take(case.pk, "延长审理期限", on="2024-03-16", days="30")
        handler.take(case.pk, "书面告知延长", on="2024-03-16")
        leader = Desk(browser, live_server.url, town.people[Role.LEADER].login)
        leader.page.goto(f"{live_server.url}/cases/{case.pk}/")
        assert "须由区司法局管理员、单位法制员、承办人进行" in leader.page.content()
        handler.take(case.pk, "行政复议机关负责人同意", on="2024-03-16")
        handler.take(case.pk, "作出复议决定", on="2024-03-16", outcome="维持", reason="事实清楚，证据确凿")
        fresh = Case.objects.get(pk=case.pk)
        assert fresh.closed_on is not None
        assert fresh.state == "decide"
        sequence_waiting()
        assert [(verdict.name, verdict.faults) for verdict in verify_store() if not verdict.ok] == []
        assert list(rebuild(check=True)) == []
