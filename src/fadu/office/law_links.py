"""Citations, procedures and rules of the lawbook as links between its pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from fadu.book import Book
from fadu.book.uses import Use
from fadu.book.wording import gist
from fadu.law.citations import Citation
from fadu.law.dates import iso
from fadu.law.explain import CERTAINTY_WORDS
from fadu.law.procedures import Procedure

TONES = {"text": "law", "secondary": "mute", "policy": "info", "inferred": "warn"}
"""How certain a fact is → the tone of its mark."""

MEANINGS = {
    "text": "在条文中读到的", "secondary": "转录自别处，没有核对原文", "policy": "本地规定，不是法律",
    "inferred": "条文没有明写，由上下文或者类似规定推定",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArticleLink:
    """A citation in words, where its page is, and its gist."""

    words: str
    href: str
    gist: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How certain a fact is, in words."""

    words: str
    tone: str
    meaning: str


def mark_of(certainty: str) -> Mark:
    """The mark of a certainty."""
    return Mark(CERTAINTY_WORDS[certainty], TONES[certainty], MEANINGS[certainty])


def article_links(book: Book, cites: Iterable[Citation], day: int) -> list[ArticleLink]:
    """The citations once each, with their gists as of ``day``."""
    return [
        ArticleLink(cite.formal(), article_href(book, cite), gist(cite, book, day)) for cite in dict.fromkeys(cites)
    ]


def article_href(book: Book, cite: Citation) -> str:
    """The page of what is cited."""
    return reverse("lawbook-article", args=[book.statutes.get(cite.statute).short, cite.locus])


def version_href(procedure: Procedure, anchor: str = "") -> str:
    """The page of a procedure's version, at one of its rules."""
    address = reverse("lawbook-version", args=[procedure.code, iso(procedure.effective_day)])
    return f"{address}#{anchor}" if anchor else address


def use_href(use: Use) -> str:
    """Where a rule that cites is shown."""
    if use.kind == "indicator":
        return reverse("lawbook-indicator", args=[use.name])
    address = reverse("lawbook-version", args=[use.procedure, use.version])
    return f"{address}#{use.kind}-{use.name}" if use.name else f"{address}#untranslated"
