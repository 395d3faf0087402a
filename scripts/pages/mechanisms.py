"""The page of mechanisms: what a yearly report speaks of, and where each is worked and counted."""

from __future__ import annotations

from itertools import groupby

from fadu.book import Book
from fadu.book.mechanisms import Mechanism
from pages.markdown import Pages, page, table

_NOTE = (
    "年度报告说到的每一项机制，在法典里都有办理它的程序和统计它的指标；台账在网站“台账”里按程序的名称列出，"
    "地址是 `/registers/<程序代码>/`。原句摘自公开的年度报告，只说明这项机制是什么；其中的数字不是本平台的数据。"
)


def mechanism_page(book: Book) -> Pages:
    """One table for each part."""
    head = "#", "机制", "报告原句", "程序（台账）", "指标", "说明"
    parts = [
        f"## {part}\n\n{table(head, (_row(book, row) for row in rows))}"
        for part, rows in groupby(book.mechanisms, key=lambda row: row.part)
    ]
    return {"reference/mechanisms.md": page("报告里的机制", _NOTE, *parts)}


def _row(book: Book, row: Mechanism) -> tuple[str, ...]:
    procedures = (f"[{book.versions(code)[-1].name}](procedures/{code}.md)" for code in row.procedures)
    cards = (book.indicators[name] for name in row.indicators)
    indicators = (f"[{card.label}](indicators/{card.procedure}.md)" for card in cards)
    return str(row.number), row.name, row.sentence, "<br>".join(procedures), "<br>".join(indicators), row.note
