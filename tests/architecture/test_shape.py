"""How long, how wide, how named: small modules, small functions, few parameters, documented public names."""

from __future__ import annotations

import ast
from statistics import median

MODULE_LINES = 500
FUNCTION_LINES = 60
FUNCTION_MEDIAN = 10
PARAMETERS = 5
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base", "core"}

MORE_PARAMETERS = {
    "fadu.acts.assign:assign": "unit and seen are optional, and named where they are given",
    "fadu.acts.correct:correct": "seen is optional, and named where it is given",
    "fadu.exchange.staging:Staging.reject": "the columns of rejects.csv; all but kind, place and reason by keyword",
    "fadu.law.calendars:Calendar.__init__": "its data; names and notices are optional",
}
"""Public functions with more parameters than five, and why each is still easier to call than a dataclass."""


def test_modules_are_short(sources):
    found = [f"{source.at(source.tree)}: {source.lines} 行" for source in sources if source.lines >= MODULE_LINES]
    assert not found, f"少于 {MODULE_LINES} 行：\n" + "\n".join(found)


def test_functions_are_short(functions):
    found = [f"{each}: {each.lines} 行" for each in functions if each.lines > FUNCTION_LINES]
    assert not found, f"至多 {FUNCTION_LINES} 行：\n" + "\n".join(found)


def test_most_functions_are_a_few_lines(functions):
    middle = median(each.lines for each in functions)
    assert middle < FUNCTION_MEDIAN, f"函数行数的中位数是 {middle}"


def test_public_functions_take_few_parameters(functions):
    found = [
        f"{each}: {len(each.parameters)} 个参数（{'、'.join(each.parameters)}）"
        for each in functions
        if each.public and not each.is_command and len(each.parameters) > PARAMETERS
        and f"{each.source.module}:{each.name}" not in MORE_PARAMETERS
    ]  # fmt: skip
    assert not found, f"至多 {PARAMETERS} 个，再多就用一个 dataclass：\n" + "\n".join(found)


def test_explained_exceptions_are_still_needed(functions):
    many = {f"{each.source.module}:{each.name}" for each in functions if len(each.parameters) > PARAMETERS}
    assert not MORE_PARAMETERS.keys() - many, "这些不再需要例外"


def test_modules_are_named_for_what_they_do(sources):
    found = [source.module for source in sources if source.module.rsplit(".", 1)[-1] in EMPTY_NAMES]
    assert not found, found


def test_modules_and_classes_say_what_they_are(sources):
    """Empty package markers and the entry points excepted; a record whose fields say all still says what it is."""
    found = []
    for source in sources:
        if source.lines > 5 and not ast.get_docstring(source.tree):
            found.append(source.at(source.tree))
        found += [f"{source.at(node)} {node.name}" for node in source.tree.body
                  if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)]
    assert not found, "没有文档字符串：\n" + "\n".join(found)


def test_public_functions_say_what_they_do(functions):
    """One statement whose name says it all needs no sentence (``Run.start_day``, ``field_column``); more does."""
    found = [
        str(each) for each in functions
        if each.public and not each.is_command and each.node.name != "__init__"
        and not ast.get_docstring(each.node) and not _speaks_by_its_name(each.node)
    ]  # fmt: skip
    assert not found, "没有文档字符串：\n" + "\n".join(found)


def _speaks_by_its_name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = node.body[0]
    if len(node.body) > 1 or isinstance(body, ast.If | ast.For | ast.While | ast.With | ast.Try):
        return False
    return (node.end_lineno or 0) - node.lineno <= 3


def test_law_values_are_frozen(sources):
    """A fact of the law does not change while a case is judged."""
    found = []
    for source in sources:
        classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and source.layer == "law"]
        for node in classes:
            made = [text for text in map(ast.unparse, node.decorator_list) if "dataclass" in text]
            if made and not node.name.startswith("_") and "frozen=True" not in made[0]:
                found.append(f"{source.at(node)} {node.name}")
    assert not found, found
