"""Reads ``mechanisms/*.yaml``: what a district's yearly report says it runs (机制), and where each is worked.

A mechanism names the procedures in which it is handled and the indicators by which it is counted; both must exist.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from fadu.book.source import Node, load
from fadu.law.errors import LawbookError, Place


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One row. ``sentence``: how a published report speaks of it. ``note``: what to know of its figures."""

    number: int
    name: str
    part: str
    sentence: str
    procedures: tuple[str, ...]
    indicators: tuple[str, ...]
    note: str
    place: Place


def read_mechanisms(path: Path, procedures: Container[str], indicators: Container[str]) -> list[Mechanism]:
    """The rows of one file. Errors: ``LawbookError`` with file:line."""
    top = load(path).keys(("part", "mechanisms"))
    part = top["part"].text()
    return [_mechanism(node, part, procedures, indicators) for node in top["mechanisms"].list()]


def check_mechanisms(rows: list[Mechanism]) -> list[LawbookError]:
    """Numbers used twice."""
    first: dict[int, Mechanism] = {}
    faults = []
    for row in rows:
        if row.number in first:
            faults.append(LawbookError(f"机制编号 {row.number} 重复；另一处在 {first[row.number].place}", row.place))
        first.setdefault(row.number, row)
    return faults


def _mechanism(node: Node, part: str, procedures: Container[str], indicators: Container[str]) -> Mechanism:
    entry = node.keys(("no", "name", "sentence", "procedures", "indicators"), ("note",))
    return Mechanism(
        entry["no"].at_least(1),
        entry["name"].text(),
        part,
        entry["sentence"].text(),
        _known(entry["procedures"], procedures, "程序"),
        _known(entry["indicators"], indicators, "指标"),
        entry["note"].text() if "note" in entry else "",
        node.place,
    )


def _known(node: Node, known: Container[str], what: str) -> tuple[str, ...]:
    for item in node.many():
        if item.text() not in known:
            item.fail(f"法典里没有{what}“{item.text()}”")
    if not node.many():
        node.fail(f"至少写一个{what}")
    return node.texts()
