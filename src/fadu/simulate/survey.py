"""What of a lawbook can be played at all: steps never reached, clocks never run, duties never in play.

A step that no lawful path reaches is either reached only by breaking the law (a consequence of delay)
or a mistake in the file: dead ends, contradictory clocks, duties that cannot be met.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fadu.book import Book
from fadu.law.dates import iso
from fadu.law.procedures import Procedure
from fadu.simulate.player import FULL_LIFE, Player, Version


@dataclass(frozen=True)
class Coverage:
    """What the lawful paths of one version touch, and what they never do."""

    procedure: Procedure
    templates: int
    steps: tuple[str, ...]
    """Steps on no lawful path."""
    clocks: tuple[str, ...]
    """Clocks that run on no lawful path."""
    duties: tuple[str, ...]
    """Duties that are met on no lawful path (a ``forbid`` is met by doing nothing)."""
    closings: tuple[str, ...]
    """Closing steps on no lawful path."""

    @property
    def name(self) -> str:
        return f"{self.procedure.code}@{iso(self.procedure.effective_day)}"

    @property
    def whole(self) -> bool:
        return self.templates > 0 and not (self.steps or self.clocks)


def survey(book: Book) -> list[Coverage]:
    """Play every procedure version of a book and report what its lawful paths never touch."""
    found = []
    for code in book.codes:
        player = Player(book, code, FULL_LIFE)
        found += [_coverage(replace(version, thorough=True)) for version in player.versions.values()]
    return found


def _coverage(version: Version) -> Coverage:
    procedure = version.plan.procedure
    steps: set[str] = set()
    rules: set[str] = set()
    for template in version.templates:
        steps.update(template.sketch.keys)
        rules.update(version.in_play(template))
    return Coverage(
        procedure, len(version.templates),
        tuple(name for name in procedure.steps if name not in steps),
        tuple(name for name in procedure.clocks if name not in rules),
        tuple(name for name in procedure.duties if name not in rules),
        tuple(name for name in procedure.closings if name not in steps),
    )
