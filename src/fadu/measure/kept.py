"""Scripts kept between runs: compiling one costs seconds, running it on small data a fraction of one.

A script depends on the procedure, on what indicators will read, and on the codes of the texts its
conditions name; the day of judgement is filled in when it runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import ibis

from fadu import __version__
from fadu.keeping import home, keep, sources
from fadu.law.conditions import Compare, Condition, Literal, Within, walk
from fadu.law.procedures import Procedure
from fadu.measure.columns import Needs, Words
from fadu.measure.script import Stage, dump, parse

AS_OF = 987_000_001
"""Stands in a script for the day of judgement."""
MOST = 1_000
"""Scripts kept; the oldest go."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which script: its kind, what it judges and reads, the codes of texts, the names of its tables, the dialect."""

    kind: str
    needs: Needs
    words: Words
    name: str
    dialect: str

    def script(self, as_of: int, write: Callable[[], list[Stage]]) -> list[Stage]:
        """The script ``write`` gives for ``AS_OF``, written once and kept, with the real day filled in."""
        path = home() / "scripts" / f"{self._key()}.json"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            text = dump(write())
            keep(path, text.encode(), MOST)
        later = str(AS_OF + 1 << 32), str(as_of + 1 << 32)
        return parse(text.replace(*later).replace(str(AS_OF), str(as_of)))

    def _key(self) -> str:
        total = hashlib.sha256()
        codes = [(text, self.words.lookup(text)) for text in sorted(set(_texts(self.needs)))]
        parts = (self.kind, self.name, self.dialect, __version__, ibis.__version__, sources(Path(__file__).parent))
        for part in (*parts, self.needs.procedure, self.needs.extra, codes):
            total.update(repr(part).encode())
        return total.hexdigest()


def _texts(needs: Needs) -> Iterable[str]:
    """Texts that conditions and defaults name."""
    procedure: Procedure = needs.procedure
    musts = [duty.must for duty in needs.musts if duty.must is not None]
    for tree in (*needs.conditions, *needs.extra, *musts):
        yield from _literals(tree)
    for item in procedure.fields.values():
        if isinstance(item.default, str):
            yield item.default


def _literals(tree: Condition) -> Iterable[str]:
    for part in walk(tree):
        match part:
            case Literal(str() as text):
                yield text
            case Within(_, options):
                yield from (option for option in options if isinstance(option, str))
            case Compare():
                pass
