"""A person at a browser."""

from __future__ import annotations

import re
from pathlib import Path

from district import PASSWORD


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
        form = self.opened(case, label)
        self.fill(form, given)
        if look:
            form.locator("button[name=look]").click()
            self.page.wait_for_load_state()
            form = self.page.locator("#next details.step[open] form")
            assert look in form.locator(".outlook").inner_text()
        form.locator("button.primary").click()
        self.told("已记录", label)

    def opened(self, case: int, label: str):
        """The form of a step: among the ordinary ones, or by its link among the rest."""
        self.page.goto(f"{self.address}/cases/{case}/")
        summary = self.page.locator("#next details.step > summary", has_text=re.compile(rf"^\s*{label}"))
        if summary.count():
            summary.first.click()
        else:
            self.page.locator("#next > .body > details > summary", has_text="其他依法可以办理的环节").click()
            self.page.locator("#next .step-list a", has_text=re.compile(rf"^\s*{label}")).first.click()
            self.page.wait_for_load_state()
        return self.page.locator("#next details.step[open] form")

    def fill(self, form, given: dict[str, str]) -> None:
        """Fill a form's fields by name."""
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
