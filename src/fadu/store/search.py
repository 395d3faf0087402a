"""Full-text search in Chinese, the same on both databases: texts and questions are cut into pairs of characters.

A word of two characters or more is found as a phrase of its pairs, so nothing is missed and nothing else is found; a
single character is found as the beginning of a pair. Latin words and numbers are kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from fadu.store.models import Case

_RUN = re.compile(r"[0-9a-z]+|[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
LIMIT = 200_000
"""Characters of one text that are indexed."""


def _runs(text: str) -> list[str]:
    return _RUN.findall(text[:LIMIT].translate(_WIDE).lower())


def pairs(text: str) -> str:
    """The text as the index has it.

    >>> pairs("噪音扰民，电话12345")
    '噪音 音扰 扰民 民 电话 话 12345'
    """
    words: list[str] = []
    for run in _runs(text):
        if run[0].isascii():
            words.append(run)
        else:  # the last character alone ends the run, so that it is found by itself as well
            words += [run[place : place + 2] for place in range(len(run))]
    return " ".join(words)


def index(texts: Iterable[tuple[int, str]]) -> None:
    """Make ``(case id, text)`` findable, in place of what was there for the case."""
    rows = [(case, pairs(text)) for case, text in texts]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany("INSERT OR REPLACE INTO store_words(rowid, words) VALUES (%s, %s)", rows)
        else:
            cursor.executemany(
                "INSERT INTO store_words(rowid, words) VALUES (%s, to_tsvector('simple', %s))"
                " ON CONFLICT (rowid) DO UPDATE SET words = excluded.words", rows,
            )  # fmt: skip


def condition(question: str, many: bool = False) -> tuple[str, list[Any]] | None:
    """SQL over ``store_words`` for all words of the question (space-separated), and its parameters; None: no word.

    ``many``: it is known to be true of many cases. PostgreSQL supposes that hardly any has all pairs of a phrase, and
    would find and sort them all for the first few. Of a CASE it supposes half, and walks in the order asked.
    """
    parts = [part for word in question.split() for part in _runs(word)]
    if not parts:
        return None
    if connection.vendor == "sqlite":
        return "store_words MATCH %s", [" ".join(_fts5(part) for part in parts)]
    found = "words @@ to_tsquery('simple', %s)"
    stated = f"CASE WHEN {found} THEN true ELSE false END" if many else found
    return stated, [" & ".join(_tsquery(part) for part in parts)]


def found_by(cases: QuerySet[Case], question: str, above: int | None = None) -> QuerySet[Case]:
    """Those of the cases that all words of the question find; all of them where it has no word.

    ``above``: only those with a greater id, where it finds many of them (see ``condition``).
    """
    words = condition(question, above is not None)
    if words is None:
        return cases
    sql, parameters = words
    if above:
        cases, sql, parameters = cases.filter(pk__gt=above), f"{sql} AND rowid > %s", [*parameters, above]
    return cases.filter(pk__in=RawSQL(f"SELECT rowid FROM store_words WHERE {sql}", parameters))  # noqa: S608, S611


def _cut(part: str) -> list[str]:
    return [part] if part[0].isascii() else [part[place : place + 2] for place in range(max(1, len(part) - 1))]


def _fts5(part: str) -> str:
    """A phrase; a single character is a prefix. All characters are letters or digits: nothing to escape."""
    cut = _cut(part)
    return f'"{cut[0]}"*' if len(part) == 1 else f'"{" ".join(cut)}"'


def _tsquery(part: str) -> str:
    cut = _cut(part)
    return f"{cut[0]}:*" if len(part) == 1 else f"({' <-> '.join(cut)})"
