"""Names under which files write procedures, steps and case fields."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from fadu.exchange.schema import plain

Kind = Literal["choice", "number", "flag", "text", "date"]


@dataclass(frozen=True)
class StepNames:
    """What a lawbook accepts in a file. Keyed by procedure code.

    ``steps``: every accepted name (key, label, alias) → step key. ``opening``: steps that open a case.
    ``fields``: every accepted name → (field key, kind). ``titles``: procedure name → code. A code or key
    is always accepted for itself.
    """

    steps: Mapping[str, Mapping[str, str]]
    opening: Mapping[str, frozenset[str]]
    fields: Mapping[str, Mapping[str, tuple[str, Kind]]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def procedure(self, text: str) -> str | None:
        return self._procedures.get(plain(text))

    def step(self, code: str, text: str) -> str | None:
        return self._steps.get(code, {}).get(plain(text))

    def opens(self, code: str, step: str) -> bool:
        return step in self.opening.get(code, frozenset())

    def field(self, code: str, name: str) -> tuple[str, Kind] | None:
        return self._fields.get(code, {}).get(plain(name))

    def is_field(self, name: str) -> bool:
        """Some procedure has a field of that name."""
        return any(plain(name) in names for names in self._fields.values())

    def nearest_step(self, code: str, text: str) -> str | None:
        return _nearest(text, list(self.steps.get(code, {})))

    def nearest_procedure(self, text: str) -> str | None:
        return _nearest(text, [*self.titles, *self.steps])

    def accepted_steps(self, code: str, only: frozenset[str] | None = None) -> str:
        """``受理/accept、…``: the names of each step, joined."""
        names: dict[str, list[str]] = {}
        for name, key in self.steps.get(code, {}).items():
            if only is None or key in only:
                names.setdefault(key, []).append(name)
        return "、".join("/".join(sorted(group, key=str.isascii)) for group in names.values())

    def accepted_procedures(self) -> str:
        """``行政复议/reconsideration、…``: the names of every procedure, joined."""
        by_code: dict[str, list[str]] = {code: [code] for code in self.steps}
        for title, code in self.titles.items():
            if title != code:
                by_code.setdefault(code, [code]).insert(0, title)
        return "、".join("/".join(group) for group in by_code.values())

    @cached_property
    def _procedures(self) -> dict[str, str]:
        return {plain(c): c for c in self.steps} | {plain(t): c for t, c in self.titles.items()}

    @cached_property
    def _steps(self) -> dict[str, dict[str, str]]:
        return {
            code: {plain(key): key for key in names.values()} | {plain(name): key for name, key in names.items()}
            for code, names in self.steps.items()
        }

    @cached_property
    def _fields(self) -> dict[str, dict[str, tuple[str, Kind]]]:
        return {
            code: {plain(spec[0]): spec for spec in names.values()} | {plain(n): spec for n, spec in names.items()}
            for code, names in self.fields.items()
        }


def _nearest(text: str, names: list[str]) -> str | None:
    by_plain = {plain(name): name for name in names}
    near = difflib.get_close_matches(plain(text)[:64], by_plain, n=1, cutoff=0.4)
    return by_plain[near[0]] if near else None
