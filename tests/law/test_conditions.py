"""Conditions: the closed language, three-valued logic, and that nothing is ever executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.law.conditions import (
    Both,
    Compare,
    Condition,
    Either,
    Literal,
    Name,
    Not,
    OfStep,
    Value,
    Within,
    compile_condition,
    parse_condition,
)
from fadu.law.errors import LawbookError

FACTS: dict[str, Value] = {"track": "普通", "amount": 3000, "due": True, "rare": False, "unknown": None}


def evaluate(text: str) -> Value:
    def reader(node: Name | OfStep):
        key = node.name if isinstance(node, Name) else f"{node.function}({node.step})"
        return lambda facts: facts.get(key)

    facts = {**FACTS, "done(hear)": True, "count(hear)": 2, "outcome(decide)": "维持"}
    return compile_condition(parse_condition(text), reader)(facts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('track == "普通"', True), ("track == '简易'", False), ('track != "简易"', True), ("amount <= 3000", True),
        ("amount < 3000", False), ("amount > 2999.5", True), ("amount >= 3001", False), ("due", True),
        ("not due", False),
        ("not not due", True), ("due and rare", False), ("rare or due", True), ("due and (rare or due)", True),
        ('track in ["普通", "简易"]', True), ('track in ["特别"]', False), ("amount in [1, 3000]", True),
        ("not rare and due", True), ("rare and rare or due", True), ("rare and (rare or due)", False),
        ("done(hear)", True), ("count(hear) >= 2", True), ('outcome(decide) == "维持"', True), ("true", True),
        ("false", False), ("amount == -1", False), ("due == true", True), ("3000 == amount", True),
        # 未知
        ("unknown", None), ("not unknown", None), ("unknown and rare", False), ("rare and unknown", False),
        ("unknown and due", None), ("due and unknown", None), ("unknown or due", True), ("due or unknown", True),
        ("unknown or rare", None), ("rare or unknown", None), ("unknown == 3", None), ("unknown != 3", None),
        ("3 < unknown", None), ('unknown in ["a"]', None), ("unknown or unknown", None),
        ("not (unknown and rare)", True),
    ],
)  # fmt: skip
def test_values(text: str, value: Value) -> None:
    assert evaluate(text) is value


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "due due", "due and", "and due", "not", "(due", "due)", "track = 1", "track === 1", "due & rare",
        "track in []", "track in [x]", 'track in "普通"', "track not in ['a']", "done", "done(", "done()", "done(1)",
        "__import__('os')", "due.__class__", "due[0]", "lambda: 1", "f'{due}'", "1 + 1", "a == b == c", "due; rare",
        "exec('x')", "due if rare else due", '"未完', "amount < 3 < 4", "count(hear, 2)", "due\\", "`id`", "$x",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(LawbookError) as caught:
        evaluate_or_name(text)
    assert str(caught.value).startswith(f"条件“{text}”")
    assert "接受：" in str(caught.value)


def evaluate_or_name(text: str) -> None:
    """``done`` alone is a plain name to the parser; the reader of procedures refuses it as an unknown field."""
    tree = parse_condition(text)
    if tree == Name("done"):
        raise LawbookError(f"条件“{text}”接受：")


@pytest.mark.parametrize("word", ["outcome", "count", "done"])
def test_a_function_name_without_brackets_is_a_plain_name(word: str) -> None:
    assert parse_condition(f'{word} == "维持"') == Compare("==", Name(word), Literal("维持"))


def test_and_binds_closer_than_or_and_both_lean_left() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse_condition("a or b and c") == Either(a, Both(b, c))
    assert parse_condition("a and b and c") == Both(Both(a, b), c)
    assert parse_condition("not a and b") == Both(Not(a), b)


literals = st.one_of(st.booleans(), st.integers(-9, 9), st.sampled_from(["甲", "乙", "a b"]))
names = st.sampled_from("abcdef")
leaves = st.one_of(
    names.map(Name),
    st.builds(OfStep, st.sampled_from(["done"]), names),
    st.booleans().map(Literal),
    st.builds(Compare, st.sampled_from(["==", "!="]), names.map(Name), literals.map(Literal)),
    st.builds(
        Compare, st.sampled_from(["<", "<=", ">", ">="]),
        st.builds(OfStep, st.just("count"), names), st.integers(-3, 3).map(Literal),
    ),
    st.builds(Within, names.map(Name), st.lists(literals, min_size=1, max_size=3).map(tuple)),
)  # fmt: skip
trees: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(st.builds(Not, inner), st.builds(Both, inner, inner), st.builds(Either, inner, inner)),
    max_leaves=12,
)
facts = st.dictionaries(names, st.one_of(st.none(), st.booleans()), max_size=6)


def write(tree: Condition) -> str:
    match tree:
        case Literal(value):
            return (
                str(value).lower()
                if isinstance(value, bool)
                else f'"{value}"'
                if isinstance(value, str)
                else str(value)
            )
        case Name(name):
            return name
        case OfStep(function, step):
            return f"{function}({step})"
        case Not(inner):
            return f"not ({write(inner)})"
        case Both(left, right):
            return f"({write(left)}) and ({write(right)})"
        case Either(left, right):
            return f"({write(left)}) or ({write(right)})"
        case Compare(sign, left, right):
            return f"{write(left)} {sign} {write(right)}"
        case Within(left, options):
            return f"{write(left)} in [{', '.join(write(Literal(option)) for option in options)}]"


def possible(tree: Condition, known: Mapping[str, Any]) -> set[bool]:
    """The truth values a condition can still take: unknown parts may be either. Kleene's logic by sets."""
    match tree:
        case Literal(value):
            return {bool(value)}
        case Name(name) | OfStep("done", name):
            value = known.get(name)
            return {True, False} if value is None else {bool(value)}
        case Not(inner):
            return {not value for value in possible(inner, known)}
        case Both(left, right):
            return {a and b for a in possible(left, known) for b in possible(right, known)}
        case Either(left, right):
            return {a or b for a in possible(left, known) for b in possible(right, known)}
        case Compare(sign, Name(name) | OfStep(_, name), Literal(constant)):
            value = known.get(name)
            if value is None:
                return {True, False}
            number = int(value)
            return {{"==": value == constant, "!=": value != constant, "<": number < constant, "<=": number <= constant,
                     ">": number > constant, ">=": number >= constant}[sign]} if not isinstance(constant, str) else {
                sign == "!="}  # fmt: skip
        case Within(Name(name), options):
            return {True, False} if known.get(name) is None else {any(known[name] == option for option in options)}
    raise AssertionError(tree)


@settings(max_examples=400)
@given(trees, facts)
def test_an_independent_evaluator_agrees(tree: Condition, known: dict[str, bool | None]) -> None:
    def reader(node: Name | OfStep):
        key = node.name if isinstance(node, Name) else node.step
        return lambda context: context.get(key)

    outcomes = possible(tree, known)
    expected = outcomes.pop() if len(outcomes) == 1 else None
    assert compile_condition(tree, reader)(known) is expected


@given(trees)
def test_what_is_written_is_read_back(tree: Condition) -> None:
    assert parse_condition(write(tree)) == tree


@given(st.text(max_size=30))
def test_any_text_is_a_condition_or_a_mistake_that_says_so(text: str) -> None:
    try:
        parse_condition(text)
    except LawbookError as error:
        assert "接受：" in str(error)
