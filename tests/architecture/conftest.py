"""The source as the rules see it: parsed once, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module of ``src/fadu``."""

    path: Path
    tree: ast.Module
    lines: int

    @property
    def module(self) -> str:
        """Dotted name: ``fadu.law.clocks``; a package is named by itself."""
        parts = self.path.relative_to(ROOT / "src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def layer(self) -> str:
        """The part of ``fadu`` it belongs to: ``law`` of ``fadu.law.clocks``; "" for ``fadu`` itself."""
        return self.module.partition(".")[2].partition(".")[0]

    def at(self, node: ast.AST) -> str:
        """``src/fadu/law/clocks.py:12``"""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class Routine:
    """A function or method. ``public``: neither it nor anything around it begins with an underscore."""

    source: Source
    node: Function
    name: str
    public: bool
    owner: ast.ClassDef | None

    @property
    def lines(self) -> int:
        """Lines from ``def`` to its end; decorators are not counted."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters a caller gives."""
        given = self.node.args
        names = [arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        return names[1:] if self.owner and names[:1] in (["self"], ["cls"]) else names

    @property
    def is_command(self) -> bool:
        """A click command or group: its parameters are its options, its help text is its documentation."""
        names = {ast.unparse(item.func if isinstance(item, ast.Call) else item) for item in self.node.decorator_list}
        return any(name.endswith((".command", ".group")) for name in names)

    def __str__(self) -> str:
        return f"{self.source.at(self.node)} {self.name}"


def routines(source: Source) -> Iterator[Routine]:
    """Every function of a module, with the functions inside it."""
    yield from _inside(source, source.tree, "", True, None)


def _inside(source: Source, node: ast.AST, prefix: str, public: bool, owner: ast.ClassDef | None) -> Iterator[Routine]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            # a constructor is as public as its class; other double-underscore methods have the language's meaning
            shown = public and (not child.name.startswith("_") or child.name == "__init__")
            yield Routine(source, child, prefix + child.name, shown, owner)
            yield from _inside(source, child, f"{prefix}{child.name}.", False, None)
        elif isinstance(child, ast.ClassDef):
            shown = public and not child.name.startswith("_")
            yield from _inside(source, child, f"{prefix}{child.name}.", shown, child)
        elif isinstance(child, ast.If | ast.Try):
            yield from _inside(source, child, prefix, public, owner)


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    found = []
    for path in sorted((ROOT / "src" / "fadu").rglob("*.py")):
        if path.parent.name == "migrations":  # as Django writes them
            continue
        text = path.read_text(encoding="utf-8")
        found.append(Source(path, ast.parse(text), len(text.splitlines())))
    return found


@pytest.fixture(scope="session")
def functions(sources: list[Source]) -> list[Routine]:
    return [routine for source in sources for routine in routines(source)]
