"""A browser, and a person at it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from district import PASSWORD
from django.db import connections

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[object]:
    """Headless; a test without Chromium on the machine is skipped."""
    if CHROMIUM is None:
        pytest.skip("没有 Chromium（apt-get install chromium）")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        connections.close_all()  # those of the driver's loop, which nobody else finds
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

    def take(self, case: int, label: str, look: str = "", **given: str) -> None:
        """Open the step's form on the case page, fill it in, look at the outcome (``look``), record it."""
        self.see(case)
        self.record(label, given, look)

    def see(self, case: int) -> None:
        """Go to the case's page."""
        self.page.goto(f"{self.address}/cases/{case}/")

    def record(self, label: str, given: Mapping[str, str], look: str = "") -> None:
        """``take``, on the case's page."""
        form = self.opened(label)
        self.fill(form, given)
        if look:
            form.locator("button[name=look]").click()
            self.page.wait_for_load_state()
            form = self.page.locator("#next details.step[open] form")
            assert look in form.locator(".outlook").inner_text()
        with self.page.expect_navigation():  # the page before may bear the same words
            form.locator("button.primary").click()
        self.told(f"已记录“{label}", label)

    def opened(self, label: str):
        """The form of a step, named in full or by its beginning: among the ordinary ones, or by its link."""
        offers = "#next details.step > summary strong", "#next .step-list a"
        exactly = re.compile(rf"^\s*{re.escape(label)}\s*$")
        found = self.page.locator(", ".join(offers), has_text=exactly).count()
        named = exactly if found else re.compile(rf"^\s*{re.escape(label)}")
        first, rest = (self.page.locator(where, has_text=named).first for where in offers)
        if first.count():
            first.click()
        else:
            self.page.locator("#next > .body > details > summary", has_text="其他依法可以办理的环节").click()
            with self.page.expect_navigation():
                rest.click()
        return self.page.locator("#next details.step[open] form")

    def fill(self, form, given: Mapping[str, str]) -> None:
        """Fill a form's fields by name; those of the case (``f-``) may be folded away."""
        folded = form.locator("details.fold:not([open]) > summary", has_text="补充办件情况")
        if folded.count() and any(name.startswith("f-") for name in given):
            folded.click()
        for name, value in given.items():
            field = form.locator(f"[name='{name}']")
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def told(self, words: str, about: str = "") -> None:
        """The page says so."""
        self.page.wait_for_load_state()
        told = self.page.locator(".notice, .error, .errorlist").all_inner_texts()
        assert any(words in told_ for told_ in told), (about, told)

    def issue(self, case: int, title: str, given: dict[str, str]) -> None:
        """Choose a document on the case page, fill it in, see how it reads, issue it."""
        self.page.goto(f"{self.address}/cases/{case}/")
        self.page.locator("#documents a", has_text=title).first.click()
        form = self.page.locator("main form")
        self.fill(form, given)
        form.locator("button[name=look]").click()
        self.page.wait_for_load_state()
        text = self.page.locator(".paper").inner_text()
        assert title in text.replace("\n", "") and "草稿" in text
        self.page.locator("button[name=issue]").click()
        self.told(f"已制发《{title}》", title)

    def download(self, case: int, title: str, form: str) -> bytes:
        """The file of a document (``PDF`` or ``Word``)."""
        self.page.goto(f"{self.address}/cases/{case}/")
        row = self.page.locator("#documents .file", has_text=title)
        with self.page.expect_download() as taken:
            row.locator("a.button", has_text=form).first.click()
        return Path(taken.value.path()).read_bytes()
