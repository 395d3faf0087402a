"""Articles as pages show them: how they are cited, where their page is, and what they say where texts were imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from fadu.book import uses as cited_by
from fadu.book.uses import Article, Use
from fadu.book.wording import gist
from fadu.law.citations import Citation, parse_citation
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.law.statutes import Statute, StatuteVersion
from fadu.store.lawbook import book
from fadu.texts import TextLibrary, load_imported, texts_folder

_NUMBER = "[零〇一二三四五六七八九十百千]+"
NAMED = re.compile(f"《[^《》<>]{{1,60}}》第{_NUMBER}条(?:之{_NUMBER})?(?:第{_NUMBER}款)?(?:第{_NUMBER}项)?")
"""An article as explanations, refusals and findings name it (``Citation.formal``)."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in words; ``href``: its page, where there is one; ``gist``; ``text``, where it was imported."""

    words: str
    href: str = ""
    gist: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.words


def cited(cites: Iterable[Citation], judgement: Judgement) -> list[Cited]:
    """The citations once each with their text, as the law stood for the case."""
    return [_of_case(cite, judgement) for cite in dict.fromkeys(cites)]


def cited_on(cites: Iterable[Citation], day: int) -> list[Cited]:
    """The citations once each, with their gists as of ``day``."""
    return [Cited(cite.formal(), article_href(cite), gist(cite, book(), day)) for cite in dict.fromkeys(cites)]


def linked(words: Any) -> SafeString:
    """Words in which every article that is named leads to its page.

    What is HTML already (a form's errors) stays; in it an article must not stand within a link or an attribute.
    """
    return mark_safe(NAMED.sub(_link, conditional_escape(words)))  # noqa: S308 - escaped above


def _link(found: re.Match[str]) -> str:
    try:
        href = article_href(parse_citation(found[0]))
    except FaduError:
        return found[0]
    return format_html('<a href="{}">{}</a>', href, found[0]) if href else found[0]


def article_href(cite: Citation) -> str:
    """The page of what is cited; empty where there is none."""
    try:
        statute = book().statutes.get(cite.statute)
        if not has_page(statute, cite):
            return ""
        return reverse("lawbook-article", args=[statute.short, cite.locus])
    except (FaduError, NoReverseMatch):  # a statute the book has not; served without the pages of the lawbook
        return ""


def has_page(statute: Statute, cite: Citation) -> bool:
    """Whether anything is known of the article: a rule that cites it, a gist, its text."""
    if uses_of(statute.short, cite.article, cite.inserted):
        return True
    whole = Citation(statute.short, cite.article, cite.inserted)
    return any(gists_of(version, whole) or text_of(statute, version, whole) for version in statute.versions)


def uses_of(statute: str, article: int, inserted: int) -> Sequence[Use]:
    """The rules that cite an article of the statute with that short title."""
    return all_uses().get((statute, article, inserted), ())


def all_uses() -> dict[Article, list[Use]]:
    """Every use of every article in the district's book."""
    return _uses_in(book().digest)


@lru_cache(maxsize=2)
def _uses_in(digest: str) -> dict[Article, list[Use]]:
    return cited_by.uses(book())


def gists_of(version: StatuteVersion, whole: Citation) -> list[tuple[str, str]]:
    """Our gists of the article and what is in it, each with its place."""
    return [
        (parse_citation(locus, whole.statute).formal_locus, text) for locus, text in version.gists.items()
        if locus == whole.locus or locus.startswith(f"{whole.locus}(")
    ]


def text_of(statute: Statute, version: StatuteVersion, whole: Citation) -> list[str]:
    """The paragraphs of the article, where the version's text was imported."""
    library = texts()
    text = library.of(statute, version) if library else None
    return (text.find(whole) or "").split("\n") if text and text.has(whole) else []


def texts() -> TextLibrary | None:
    """The texts of statutes imported on this machine, as they are now: an import shows at the next page."""
    folder = texts_folder()
    try:
        stamp = folder.stat().st_mtime_ns  # each text is put there as a new file
    except OSError:
        return None
    return _texts_of(folder, stamp)


@lru_cache(maxsize=1)
def _texts_of(folder: Path, stamp: int) -> TextLibrary | None:
    return load_imported(folder)


def _of_case(cite: Citation, judgement: Judgement) -> Cited:
    procedure = judgement.plan.procedure
    try:
        statute = book().statutes.get(cite.statute)
        own = book().statutes.get(procedure.statute).short == statute.short
        version = statute.version_on(procedure.effective_day if own else judgement.history.as_of)
    except FaduError:
        return Cited(cite.formal(), article_href(cite))
    return Cited(cite.formal(), article_href(cite), version.gist(cite), _said(statute, version, cite))


def _said(statute: Statute, version: StatuteVersion, cite: Citation) -> str:
    library = texts()
    try:
        text = library.of(statute, version) if library else None
    except FaduError:  # a file that was damaged
        return ""
    return (text.context(cite) or "") if text else ""
