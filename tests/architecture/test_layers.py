"""Which part may import which: law ← book ← measure; readers know no engine and no framework; nobody imports cli.

And the law itself is pure: standard library only, no files, no clock on the wall.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Source

ANY = "*"
MAY_IMPORT: dict[str, str] = {
    "": "",  # fadu/__init__.py: the version
    "__main__": "cli",
    "law": "",
    "keeping": "",  # the user's folder
    "texts": "law keeping",
    "coverage": "law",
    "lawcheck": "law texts",
    "book": "law keeping",
    "scenarios": "law book",
    "exchange": "law keeping",
    "clock": "",  # what time it is; tests set it
    "district": "law keeping",
    "settings": "district clock",
    "ledger": "law keeping",
    "report": "law book",
    "store": "law book ledger clock district",
    "acts": "law book ledger store clock report exchange",
    "worker": "law book ledger store acts clock exchange",
    "played": "law book store acts clock simulate",  # a district filled with played cases
    "office": "law book ledger store acts clock district report exchange texts worker ahead",
    "ahead": "law",  # leads from the hotline, of columns alone
    "measure": "law book keeping",
    "simulate": "law book measure",  # writes facts, which is measure's format
    "variation": "law book",
    "check": "law book exchange measure",
    "cli": ANY,
}
"""Layer → the layers it may import. A new layer is entered here, with what it needs and no more."""

LAW_READS = {
    "__future__", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools", "heapq",
    "itertools", "math", "operator", "re", "typing",
}  # fmt: skip
"""What ``fadu.law`` may import besides itself: parts of the standard library that touch nothing outside."""

WALL_CLOCK = {"now", "today", "utcnow", "fromtimestamp", "localtime", "gmtime", "time", "monotonic"}
INPUT_OUTPUT = {"open", "print", "input"}
DJANGO = {"settings", "store", "acts", "worker", "played", "office", "cli"}
"""The layers that may know the framework."""


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every module named in an import, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, item.name) for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide the layer they cross"
            module = node.module or ""
            # `from fadu import law` names a layer as much as `from fadu.law import clocks` does
            yield from ((node, f"fadu.{item.name}" if module == "fadu" else module) for item in node.names)


def layer_of(module: str) -> str | None:
    """The layer a module name belongs to; None for one of another distribution; "" for fadu's own names."""
    if module.split(".")[0] != "fadu":
        return None
    layer = module.partition(".")[2].partition(".")[0]
    return "" if layer == "__version__" else layer


def test_layers_import_only_what_they_may(sources):
    found = []
    for source in sources:
        allowed = MAY_IMPORT.get(source.layer)
        if allowed is None:
            found.append(f"{source.path.name}: 新的部分 “{source.layer}” 没有列入 MAY_IMPORT")
            continue
        for node, module in imports(source.tree):
            layer = layer_of(module)
            if layer in (None, "", source.layer) or allowed == ANY or layer in allowed.split():
                continue
            found.append(f"{source.at(node)}: {source.layer} 引用了 {module}；可引用：{allowed or '（无）'}")
    assert not found, "\n".join(found)


def test_nobody_imports_the_command_line(sources):
    found = [
        source.at(node)
        for source in sources if source.layer not in ("cli", "__main__")
        for node, module in imports(source.tree) if layer_of(module) == "cli"
    ]  # fmt: skip
    assert not found, found


def test_nothing_below_the_store_needs_django(sources):
    found = [
        source.at(node)
        for source in sources if source.layer not in DJANGO
        for node, module in imports(source.tree) if module.split(".")[0] == "django"
    ]  # fmt: skip
    assert not found, found


def test_law_is_standard_library_only(sources):
    assert sys.stdlib_module_names | {"__future__"} >= LAW_READS
    found = [
        f"{source.at(node)}: {module}"
        for source in sources if source.layer == "law"
        for node, module in imports(source.tree)
        if layer_of(module) != "law" and module.split(".")[0] not in LAW_READS
    ]  # fmt: skip
    assert not found, "\n".join(found)


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a module, with the last part of what is called: ``today`` of ``date.today()``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func).rpartition(".")[2]


def test_law_has_no_clock_on_the_wall(sources):
    found = [
        f"{source.at(node)}: {ast.unparse(node.func)}()"
        for source in sources if source.layer == "law"
        for node, name in calls(source) if isinstance(node.func, ast.Attribute) and name in WALL_CLOCK
    ]  # fmt: skip
    assert not found, "今天是哪一天由调用者给出：\n" + "\n".join(found)


def test_law_does_no_input_or_output(sources):
    found = [
        f"{source.at(node)}: {name}()"
        for source in sources if source.layer == "law"
        for node, name in calls(source) if isinstance(node.func, ast.Name) and name in INPUT_OUTPUT
    ]  # fmt: skip
    assert not found, "\n".join(found)


def test_wall_clock_is_read_in_the_command_line_only(sources):
    """Today's date enters where a command is given; everything below is given a day."""
    found = [
        f"{source.at(node)}: {ast.unparse(node.func)}()"
        for source in sources if source.layer not in ("cli", "clock")
        for node, name in calls(source)
        if isinstance(node.func, ast.Attribute) and name in ("today", "now", "utcnow")
        and ast.unparse(node.func).split(".")[0] in ("date", "datetime", "time", "timezone")
    ]  # fmt: skip
    assert not found, "\n".join(found)


def test_lawbook_rules_are_never_run_as_code(sources):
    """A condition of the lawbook is parsed to a tree; no text becomes Python."""
    found = [
        f"{source.at(node)}: {node.func.id}()"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile", "__import__")
    ]  # fmt: skip
    assert not found, "\n".join(found)


def test_only_the_book_reads_yaml(sources):
    found = [
        source.at(node)
        for source in sources if source.layer != "book"
        for node, module in imports(source.tree) if module.split(".")[0] in ("yaml", "ruamel")
    ]  # fmt: skip
    assert not found, found
