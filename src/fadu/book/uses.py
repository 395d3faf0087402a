"""Which rules of the lawbook cite an article: procedures' steps, clocks and duties, documents, indicators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fadu.book import Book
from fadu.law.citations import Citation
from fadu.law.dates import iso
from fadu.law.procedures import Procedure

KINDS = {
    "step": "环节", "clock": "时钟", "duty": "程序要求", "untranslated": "未译", "document": "文书",
    "indicator": "指标",
}  # fmt: skip


class Use(NamedTuple):
    """A rule that cites. ``version``: the effective date, "" for an indicator; ``place``: the paragraph and item."""

    kind: str
    procedure: str
    version: str
    name: str
    label: str
    cite: Citation


Article = tuple[str, int, int]
"""Statute's short title, article, inserted article."""


def uses(book: Book) -> dict[Article, list[Use]]:
    """Every use by article, in the order of the book."""
    found: dict[Article, dict[Use, None]] = {}
    for use in _all(book):
        key = book.statutes.get(use.cite.statute).short, use.cite.article, use.cite.inserted
        found.setdefault(key, {})[use] = None
    return {key: list(kept) for key, kept in found.items()}


def _all(book: Book) -> Iterator[Use]:
    for procedure in book.procedures:
        yield from _of(procedure)
    for template in book.documents.templates.values():
        for version in template.versions:
            yield from (
                Use("document", template.procedure, iso(version), template.name, template.title, cite)
                for cite in dict.fromkeys(template.articles)
            )
    for card in book.indicators.values():
        yield from (Use("indicator", card.procedure, "", card.name, card.label, cite) for cite in card.cites)


def _of(procedure: Procedure) -> Iterator[Use]:
    code, version = procedure.code, iso(procedure.effective_day)
    for step in procedure.steps.values():
        yield from (Use("step", code, version, step.name, step.label, cite) for cite in (*step.cites, *step.credential))
    for clock in procedure.clocks.values():
        cites = [*clock.cites, *clock.rule_cites, *(cite for pause in clock.pauses for cite in pause.cites)]
        cites += clock.extension.cites if clock.extension else ()
        cites += clock.lapse.cites if clock.lapse else ()
        yield from (Use("clock", code, version, clock.name, clock.label, cite) for cite in cites)
    for duty in procedure.duties.values():
        yield from (Use("duty", code, version, duty.name, duty.label, cite) for cite in duty.cites)
    for row in procedure.untranslated:
        yield from (Use("untranslated", code, version, "", row.reason, cite) for cite in row.cites)
