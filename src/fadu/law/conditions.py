"""Conditions of the lawbook: a small closed language, parsed to a tree, three-valued as SQL.

A condition reads facts and nothing else. It is parsed here by hand; no part of it is ever
evaluated as code of any other language.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fadu.law.errors import LawbookError

Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text or a truth value as written."""

    value: bool | float | str


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the case, or an attribute of an event in a ``must``."""

    name: str


@dataclass(frozen=True, slots=True)
class OfStep:
    """``done(step)``, ``count(step)`` or ``outcome(step)``."""

    function: str
    step: str


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``; unknown if either side is."""

    operator: str
    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Within:
    """``left in […]``."""

    left: Condition
    options: tuple[bool | float | str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not inner``; unknown stays unknown."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """``left and right``: false if either is, else unknown if either is."""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Either:
    """``left or right``: true if either is, else unknown if either is."""

    left: Condition
    right: Condition


Condition = Literal | Name | OfStep | Compare | Within | Not | Both | Either

STEP_FUNCTIONS = ("done", "count", "outcome")
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<string>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<symbol>==|!=|<=|>=|<|>|\(|\)|\[|\]|,))"""
)
_ACCEPTED = (
    '字段名、"文字"、数字、true、false、== != < <= > >=、in […]、and、or、not、'
    "done(环节)、count(环节)、outcome(环节)"
)


@dataclass(slots=True)
class _Tokens:
    text: str
    items: list[tuple[str, str]]
    index: int = 0

    def peek(self) -> tuple[str, str]:
        return self.items[self.index]

    def take(self) -> tuple[str, str]:
        item = self.items[self.index]
        self.index += 1
        return item

    def accept(self, text: str) -> bool:
        if self.items[self.index] in (("symbol", text), ("name", text)):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.error(f"这里应是“{text}”")

    def error(self, message: str) -> LawbookError:
        found = self.items[self.index][1] or "结尾"
        return LawbookError(f"条件“{self.text}”写错：{message}，实为“{found}”；接受：{_ACCEPTED}")


def parse_condition(text: str) -> Condition:
    """Parse a condition.

    >>> parse_condition('track == "普通程序"')
    Compare(operator='==', left=Name(name='track'), right=Literal(value='普通程序'))
    >>> parse_condition("__import__(1)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    fadu.law.errors.LawbookError: ...
    """
    tokens = _Tokens(text, [*_scan(text), ("end", "")])
    tree = _either(tokens)
    if tokens.peek()[0] != "end":
        raise tokens.error("条件到这里应已结束")
    return tree


def _scan(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if not match:
            raise LawbookError(f"条件“{text}”的第 {position + 1} 个字符“{text[position]}”不能用；接受：{_ACCEPTED}")
        kind = str(match.lastgroup)
        yield kind, match[kind]
        position = match.end()


def _either(tokens: _Tokens) -> Condition:
    left = _both(tokens)
    while tokens.accept("or"):
        left = Either(left, _both(tokens))
    return left


def _both(tokens: _Tokens) -> Condition:
    left = _negation(tokens)
    while tokens.accept("and"):
        left = Both(left, _negation(tokens))
    return left


def _negation(tokens: _Tokens) -> Condition:
    return Not(_negation(tokens)) if tokens.accept("not") else _comparison(tokens)


def _comparison(tokens: _Tokens) -> Condition:
    left = _operand(tokens)
    kind, text = tokens.peek()
    if kind == "symbol" and text in ("==", "!=", "<", "<=", ">", ">="):
        tokens.take()
        return Compare(text, left, _operand(tokens))
    if tokens.accept("in"):
        tokens.expect("[")
        options = [_literal(tokens)]
        while tokens.accept(","):
            options.append(_literal(tokens))
        tokens.expect("]")
        return Within(left, tuple(options))
    return left


def _operand(tokens: _Tokens) -> Condition:
    if tokens.accept("("):
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    kind, text = tokens.peek()
    if kind == "name" and text in STEP_FUNCTIONS and tokens.items[tokens.index + 1] == ("symbol", "("):
        tokens.take()
        tokens.expect("(")
        kind, step = tokens.peek()
        if kind != "name":
            raise tokens.error("括号里应是环节名")
        tokens.take()
        tokens.expect(")")
        return OfStep(text, step)
    if kind == "name" and text not in ("true", "false", "and", "or", "in", "not"):
        tokens.take()
        return Name(text)
    return Literal(_literal(tokens))


def _literal(tokens: _Tokens) -> bool | float | str:
    kind, text = tokens.peek()
    if kind == "number":
        tokens.take()
        return float(text) if "." in text else int(text)
    if kind == "string":
        tokens.take()
        return text[1:-1]
    if (kind, text) in (("name", "true"), ("name", "false")):
        tokens.take()
        return text == "true"
    raise tokens.error("这里应是一个值或字段")


def walk(tree: Condition) -> Iterator[Condition]:
    """Every node of the tree, the root first."""
    yield tree
    match tree:
        case Compare(_, left, right) | Both(left, right) | Either(left, right):
            yield from walk(left)
            yield from walk(right)
        case Within(left, _):
            yield from walk(left)
        case Not(inner):
            yield from walk(inner)
        case _:
            pass


def needed(tree: Condition) -> tuple[str, ...]:
    """Steps one of which must have happened for the condition to hold; none where it may hold without any.

    >>> needed(parse_condition('(done(hear) or outcome(inspect) == "坏") and urgent'))
    ('hear', 'inspect')
    """
    match tree:
        case OfStep("done", step) | Compare(_, OfStep("outcome", step), _) | Within(OfStep("outcome", step), _):
            return (step,)
        case Both(left, right):
            return needed(left) or needed(right)
        case Either(left, right):
            first, second = needed(left), needed(right)
            return (*first, *second) if first and second else ()
        case _:
            return ()


Reader = Callable[[Any], Value]
"""Reads one value from a context (a history, or an event)."""

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_condition(tree: Condition, reader: Callable[[Name | OfStep], Reader]) -> Reader:
    """A closure that evaluates ``tree`` (Kleene logic; ``None`` is unknown).

    ``reader`` gives, for a name or a function of a step, the closure that reads its value.
    """
    match tree:
        case Literal(value):
            return lambda _: value
        case Name() | OfStep():
            return reader(tree)
        case Not(inner):
            return _negated(compile_condition(inner, reader))
        case Both(left, right):
            return _conjunction(compile_condition(left, reader), compile_condition(right, reader))
        case Either(left, right):
            return _alternative(compile_condition(left, reader), compile_condition(right, reader))
        case Within(left, options):
            return _member(compile_condition(left, reader), frozenset(options))
        case Compare("==", left, Literal(value)):
            return _equal(compile_condition(left, reader), value)
        case Compare(sign, left, Literal(value)):
            return _compared_with(_OPERATORS[sign], compile_condition(left, reader), value)
        case Compare(sign, left, right):
            return _compared(_OPERATORS[sign], compile_condition(left, reader), compile_condition(right, reader))


def _negated(inner: Reader) -> Reader:
    def evaluate(context: Any) -> Value:
        value = inner(context)
        return None if value is None else not value

    return evaluate


def _conjunction(left: Reader, right: Reader) -> Reader:
    """``and``: false where either side is, whatever the other."""

    def evaluate(context: Any) -> Value:
        first = left(context)
        if first is None:
            return False if right(context) is False else None
        return right(context) if first else False

    return evaluate


def _alternative(left: Reader, right: Reader) -> Reader:
    """``or``: true where either side is, whatever the other."""

    def evaluate(context: Any) -> Value:
        first = left(context)
        if first is None:
            return right(context) or None
        return True if first else right(context)

    return evaluate


def _member(left: Reader, options: frozenset[bool | float | str]) -> Reader:
    def evaluate(context: Any) -> Value:
        value = left(context)
        return None if value is None else value in options

    return evaluate


def _compared(holds: Callable[[Any, Any], bool], left: Reader, right: Reader) -> Reader:
    def evaluate(context: Any) -> Value:
        first, second = left(context), right(context)
        return None if first is None or second is None else holds(first, second)

    return evaluate


def _equal(left: Reader, constant: bool | float | str) -> Reader:
    def evaluate(context: Any) -> Value:
        value = left(context)
        return None if value is None else value == constant

    return evaluate


def _compared_with(holds: Callable[[Any, Any], bool], left: Reader, constant: bool | float | str) -> Reader:
    def evaluate(context: Any) -> Value:
        value = left(context)
        return None if value is None else holds(value, constant)

    return evaluate
