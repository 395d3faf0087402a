"""Checks that a condition compares like with like, before any case meets it.

A choice misspelt, a number compared with a word or a count used as a yes would be silently false
for ever; here they are refused with what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fadu.book.source import Node
from fadu.law.conditions import Both, Compare, Condition, Either, Literal, Name, Not, OfStep, Within
from fadu.law.errors import LawbookError

_WORDS = {"flag": "是否（true、false）", "number": "数字", "text": "文字", "date": "日期", "choice": "选项"}

_COLUMNS = {"unit": "单位", "procedure": "程序", "case_id": "编号"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field, an attribute or a function of a step gives: flag, number, text, date or choice."""

    name: str
    options: tuple[str, ...] = ()


KindOf = Callable[[Name | OfStep], Kind]


def check_kinds(tree: Condition, kind_of: KindOf) -> None:
    """Refuse a condition that can never mean what it says. Raises ``LawbookError`` without a place."""
    match tree:
        case Not(inner):
            check_kinds(inner, kind_of)
        case Both(left, right) | Either(left, right):
            check_kinds(left, kind_of)
            check_kinds(right, kind_of)
        case Compare(sign, left, right):
            _check_sides(sign, left, right, kind_of)
        case Within(left, options):
            for option in options:
                _check_sides("==", left, Literal(option), kind_of)
        case _:
            kind = _kind(tree, kind_of)
            if kind.name != "flag":
                raise LawbookError(f"{_words(tree)}是{_WORDS[kind.name]}，不能单独作条件；请写成比较")


def _check_sides(sign: str, left: Condition, right: Condition, kind_of: KindOf) -> None:
    first, second = _kind(left, kind_of), _kind(right, kind_of)
    if _family(first) != _family(second):
        raise LawbookError(
            f"{_words(left)}是{_WORDS[first.name]}，{_words(right)}是{_WORDS[second.name]}，不能用 {sign} 比较"
        )
    if sign not in ("==", "!=") and first.name not in ("number", "date") and second.name not in ("number", "date"):
        raise LawbookError(f"{_words(left)}是{_WORDS[first.name]}，只能用 ==、!=、in 比较，不能用 {sign}")
    for kind, other, against in ((first, right, left), (second, left, right)):
        if kind.options and isinstance(other, Literal) and other.value not in kind.options:
            raise LawbookError(f"{_words(against)}没有选项“{other.value}”；可选：{'、'.join(kind.options)}")


def _family(kind: Kind) -> str:
    return "text" if kind.name in ("text", "date", "choice") else kind.name


def _kind(node: Condition, kind_of: KindOf) -> Kind:
    match node:
        case Name() | OfStep():
            return kind_of(node)
        case Literal(value):
            return Kind("flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number")
        case _:
            check_kinds(node, kind_of)
            return Kind("flag")


def _words(node: Condition) -> str:
    match node:
        case Name(name):
            return f"“{name}”"
        case OfStep(function, step):
            return f"“{function}({step})”"
        case Literal(value):
            return f"“{str(value).lower() if isinstance(value, bool) else value}”"
        case _:
            return "括号里的条件"


def step_kind(node: OfStep, outcomes: Iterable[str]) -> Kind:
    """What ``done()``, ``count()`` or ``outcome()`` gives; ``outcomes`` are those the step declares."""
    if node.function == "done":
        return Kind("flag")
    if node.function == "count":
        return Kind("number")
    declared = tuple(outcomes)
    return Kind("choice" if declared else "text", declared)


def refuse_column(name: str, node: Node) -> None:
    """Refuse a field that is called as a column of case files is. Raises ``LawbookError``."""
    if name in _COLUMNS:
        node.fail(f"字段不能叫 {name}：办件文件里这一列是办件的{_COLUMNS[name]}，读入时会混淆；请换一个名字")
