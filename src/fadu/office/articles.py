"""Articles as pages show them: how they are cited, where their page is, and what they say where texts were imported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse

from fadu.law.citations import Citation
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.store.lawbook import book
from fadu.texts import TextLibrary, load_imported


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in words; ``href``: its page, where there is one; ``gist``; ``text``, where it was imported."""

    words: str
    href: str = ""
    gist: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.words


@cache
def _library() -> TextLibrary | None:
    return load_imported()


def cited(cites: Iterable[Citation], judgement: Judgement) -> list[Cited]:
    """The citations once each, as the law stood for the case."""
    return [_cited(cite, judgement) for cite in dict.fromkeys(cites)]


def _cited(cite: Citation, judgement: Judgement) -> Cited:
    procedure = judgement.plan.procedure
    try:
        statute = book().statutes.get(cite.statute)
        own = book().statutes.get(procedure.statute).short == statute.short
        version = statute.version_on(procedure.effective_day if own else judgement.history.as_of)
        library = _library()
        text = library.of(statute, version) if library else None
    except FaduError:
        return Cited(cite.formal())
    place = Citation(statute.short, cite.article, cite.inserted).locus
    said = (text.context(cite) or "") if text else ""
    return Cited(cite.formal(), _href(statute.short, place), version.gist(cite), said)


def _href(statute: str, article: str) -> str:
    try:
        return reverse("lawbook-article", args=[statute, article])
    except NoReverseMatch:  # served without the pages of the lawbook
        return ""
