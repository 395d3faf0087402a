"""Facts: events in force, as integers, one table per procedure version.

Built from cases (here), from imported tables (``fadu.measure.intake``) or written by the simulator.
Corrections are applied and the history ordered before a fact exists, as ``law.cases.fold`` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from fadu.book import Book
from fadu.law.cases import Case, fold
from fadu.law.dates import day_of
from fadu.law.procedures import Procedure
from fadu.measure.columns import FACT_COLUMNS, Words, fact_schema, field_column

PartKey = tuple[str, int]
"""Procedure code and effective day of the version."""


@dataclass
class Facts:
    """Fact tables by procedure version, with the vocabulary and the names of the cases."""

    parts: dict[PartKey, pa.Table] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    cases: list[str] = field(default_factory=list)
    """``cases[case_no]`` is the case's own number."""


def part_name(procedure: Procedure) -> str:
    """What the tables of a procedure version are called: ``NAME_runs``, ``NAME_cases``, ``facts_NAME`` …"""
    return f"{procedure.code}_{procedure.effective_day}"


def case_name(prefix: str, code: str, number: int | str) -> str:
    """What a case of a fact set is called, by its number: ``模拟-hotline-12``."""
    return f"{prefix}{code}-{number}"


def vocabulary(book: Book) -> Words:
    """A vocabulary that already holds every outcome and choice of the lawbook (their codes stay small)."""
    words = Words()
    for procedure in book.procedures:
        for step in procedure.steps.values():
            for text in step.outcomes:
                words.code(text)
        for item in procedure.fields.values():
            for text in item.choices:
                words.code(text)
    return words


def facts_of(cases: Iterable[Case], book: Book, as_of: int, known_on: int | None = None,
             only: Procedure | None = None) -> Facts:
    """Facts of cases held in memory. ``only``: judge all under this version. Errors as ``law.cases.fold``."""
    facts = Facts(words=vocabulary(book))
    rows: dict[PartKey, list[dict[str, object]]] = defaultdict(list)
    versions: dict[PartKey, Procedure] = {}
    for case in cases:
        procedure = only or book.procedure_for(case, as_of, known_on)
        key = procedure.code, procedure.effective_day
        versions[key] = procedure
        rows[key] += _rows(case, procedure, facts, as_of, known_on)
    for key, procedure in versions.items():
        facts.parts[key] = pa.Table.from_pylist(rows[key], schema=fact_schema(procedure))
    return facts


def _rows(case: Case, procedure: Procedure, facts: Facts, as_of: int, known_on: int | None) -> list[dict[str, object]]:
    number = len(facts.cases)
    facts.cases.append(case.id)
    words = facts.words
    history = fold(case, procedure, as_of, known_on)
    codes = {name: index for index, name in enumerate(procedure.steps)}
    keys = sorted((key, step) for step, found in history.keys.items() for key in found)
    rows: list[dict[str, object]] = []
    for key, step in keys:
        event = history.event_at(key)
        rows.append({
            "case_no": number, "key": key, "step": codes[step], "unit": words.code(case.unit) if case.unit else None,
            "days": event.days, "officers": event.officers,
            "outcome": _code(words, event.outcome), "approved_by": _code(words, event.approved_by),
            "reason": None if event.reason is None else bool(event.reason.strip()),
            "amount": event.amount, "by": _code(words, "、".join(event.by) or None),
        })
    if rows:
        for name, item in procedure.fields.items():
            value = case.fields.get(name)
            if isinstance(value, str):
                value = day_of(value) if item.kind == "date" else words.code(value)
            rows[0][field_column(name)] = value
    return rows


def _code(words: Words, text: str | None) -> int | None:
    return None if text is None else words.code(text)


__all__ = ["FACT_COLUMNS", "Facts", "PartKey", "case_name", "facts_of", "part_name", "vocabulary"]
