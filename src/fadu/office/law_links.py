"""Procedures and rules of the lawbook as links between its pages, and how certain a fact is; articles: ``articles``."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from fadu.book.uses import Use
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
class Mark:
    """How certain a fact is, in words."""

    words: str
    tone: str
    meaning: str


def mark_of(certainty: str) -> Mark:
    """The mark of a certainty."""
    return Mark(CERTAINTY_WORDS[certainty], TONES[certainty], MEANINGS[certainty])


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
