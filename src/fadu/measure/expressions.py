"""The lawbook's conditions as Ibis expressions: the same tree the per-case path compiles to closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from fadu.law.conditions import Both, Compare, Condition, Either, Literal, Name, Not, OfStep, Within
from fadu.law.dates import day_of
from fadu.law.procedures import Field
from fadu.measure import columns
from fadu.measure.columns import Words

Expr = Any
"""An Ibis value expression (Ibis ships no types)."""

_TEXT_ATTRIBUTES = ("outcome", "approved_by", "by")
_OPERATORS: Mapping[str, Callable[[Expr, Expr], Expr]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in a table: ``column(node)`` gives the expression, ``kind(node)`` its kind."""

    column: Callable[[Name | OfStep], Expr]
    kind: Callable[[Name | OfStep], str]
    words: Words

    def literal(self, value: bool | float | str, kind: str) -> Expr:
        """A literal as the column it meets stores it: texts are codes, dates are days."""
        if isinstance(value, str):
            return ibis.literal(day_of(value) if kind == "date" else self.words.lookup(value))
        return ibis.literal(value)


def expression(tree: Condition, scope: Scope) -> Expr:
    """The condition over a table, three-valued: unknown is NULL."""
    match tree:
        case Literal(value):
            return scope.literal(value, "")
        case Name() | OfStep():
            return scope.column(tree)
        case Not(inner):
            return no(expression(inner, scope))
        case Both(left, right):
            return expression(left, scope) & expression(right, scope)
        case Either(left, right):
            return expression(left, scope) | expression(right, scope)
        case Within(left, options):
            # Not `isin`: Ibis writes IN without brackets too.
            found, kind = expression(left, scope), _kind(left, scope)
            return any_of([found == scope.literal(option, kind) for option in options])
        case Compare(operator, left, right):
            return _OPERATORS[operator](_side(left, right, scope), _side(right, left, scope))


def no(value: Expr) -> Expr:
    """Not. (``~`` is written without brackets by ibis, so that ``(~x).isnull()`` would mean NOT (x IS NULL).)"""
    return value == ibis.literal(False)


def any_of(parts: Sequence[Expr]) -> Expr:
    """``or`` of conditions; false where there are none."""
    return reduce(lambda left, right: left | right, parts) if parts else ibis.literal(False)


def _side(node: Condition, other: Condition, scope: Scope) -> Expr:
    if isinstance(node, Literal):
        return scope.literal(node.value, _kind(other, scope))
    return expression(node, scope)


def _kind(node: Condition, scope: Scope) -> str:
    return scope.kind(node) if isinstance(node, (Name, OfStep)) else ""


def case_scope(table: Expr, fields: Mapping[str, Field], words: Words) -> Scope:
    """Names are case fields; ``done``, ``count`` and ``outcome`` read milestones."""

    def column(node: Name | OfStep) -> Expr:
        if isinstance(node, Name):
            return field_value(table, fields[node.name], words)
        if node.function == "done":
            # Compared, so that Ibis brackets it: Spark cannot read `x IS NOT NULL IS NULL`.
            return table[columns.first(node.step)].notnull() == ibis.literal(True)
        if node.function == "count":
            return table[columns.count(node.step)]
        return table[columns.outcome(node.step)]

    def kind(node: Name | OfStep) -> str:
        return fields[node.name].kind if isinstance(node, Name) else "text"

    return Scope(column, kind, words)


def field_value(table: Expr, field: Field, words: Words) -> Expr:
    """A case field with its default."""
    value = table[columns.field_column(field.name)]
    if field.default is None:
        return value
    default = field.default
    if isinstance(default, str):
        default = day_of(default) if field.kind == "date" else words.code(default)
    return value.fill_null(default)


def event_scope(table: Expr, words: Words) -> Scope:
    """Names are attributes of one event (``must``)."""

    def column(node: Name | OfStep) -> Expr:
        return table[node.name if isinstance(node, Name) else node.step]

    def kind(node: Name | OfStep) -> str:
        return "text" if isinstance(node, Name) and node.name in _TEXT_ATTRIBUTES else ""

    return Scope(column, kind, words)
