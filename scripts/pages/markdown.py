"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GENERATED = "<!-- 由 scripts/write_docs.py 生成，勿手改。 -->"
Pages = dict[str, str]
"""Path under ``docs`` → text."""


def page(title: str, *blocks: str) -> str:
    """A generated page: notice, title, blocks with an empty line between them."""
    return "\n\n".join(block for block in (GENERATED, f"# {title}", *blocks) if block) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; "" where there are no rows."""
    body = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not body:
        return ""
    return "\n".join((f"| {' | '.join(head)} |", "|" + "---|" * len(head), *body))


def cell(text: str) -> str:
    """Text that can stand in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def bullets(pairs: Iterable[tuple[str, str]]) -> str:
    """``- 名：值`` for every pair that has a value."""
    return "\n".join(f"- {name}：{' '.join(value.split())}" for name, value in pairs if value)
