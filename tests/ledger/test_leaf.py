"""One way to write a leaf, and commitments that say nothing without their salt."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.ledger.errors import LedgerError
from fadu.ledger.leaf import (
    canonical,
    commit,
    commitments_in,
    document_hash,
    documents_in,
    new_salt,
    read_canonical,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(VALUES)
def test_a_canonical_text_is_json_of_the_value_and_of_no_other_way(value):
    data = canonical(value)
    assert json.loads(data) == value
    assert read_canonical(data) == value
    assert canonical(json.loads(json.dumps(value))) == data


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "“（最外层）”是浮点数 1.5.*小数请写成文字"),
        ({"a": [{"amount": 0.1}]}, r"“a\[0\]\.amount”是浮点数 0.1.*如 \"0.1\""),
        ({"a": float("nan")}, "“a”是浮点数 nan"),
        ({"day": date(2024, 2, 7)}, "“day”的类型 date 不能存证；接受.*日期写成文字"),
        ({"n": Decimal("1.5")}, "“n”的类型 Decimal 不能存证"),
        ({"n": b"x"}, "“n”的类型 bytes 不能存证"),
        ({"n": (1, 2)}, "“n”的类型 tuple 不能存证"),
        ({1: 2}, "“（最外层）”的键 1 不是文字"),
        ({"a": {None: 2}}, "“a”的键 None 不是文字"),
        ({"a": "\ud800"}, r"代理字符 U\+D800"),
    ],
)
def test_what_has_no_one_way_is_refused(value, words):
    with pytest.raises(LedgerError, match=words):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":1, "b":2}', "不是规范写法"),
        (b'{"b":1,"a":2}', "不是规范写法"),
        (b'{"a":1,"a":1}', "不是规范写法"),
        (b'{"a":"\\u7532"}', "不是规范写法"),
        (b'{"a":1.0}', "小数 1.0"),
        (b'{"a":NaN}', "小数 NaN"),
        (b'{"a":1', "不是 JSON"),
        (b'{"a":"\xff"}', "不是 JSON"),
        (b"[" * 100_000, "不是 JSON"),
    ],
)
def test_a_text_not_written_so_is_refused(data, words):
    with pytest.raises(LedgerError, match=words):
        read_canonical(data)


@given(TEXTS, VALUES, TEXTS, VALUES)
def test_a_commitment_opens_to_one_name_and_value_only(name, value, other_name, other):
    salt = new_salt()
    made = commit(salt, name, value)
    assert made == commit(salt, name, value)
    assert made != commit(new_salt(), name, value)
    # by their text: to Python True == 1, to the ledger they differ
    assert (made == commit(salt, other_name, other)) == (canonical([name, value]) == canonical([other_name, other]))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_has_one_length(length):
    """Else salt and value could be divided anew."""
    with pytest.raises(LedgerError, match=f"盐是 {length} 字节；应当是 32 个随机字节"):
        commit(bytes(length), "姓名", "张三")


def test_salts_are_new():
    assert len({new_salt() for _ in range(100)}) == 100


def test_what_a_leaf_commits_to():
    leaf = {"commitments": {"姓名": "ab", "坏": 1}, "documents": ["cd", 2], "body": {"documents": ["ef"]}}
    assert commitments_in(leaf) == {"姓名": "ab"}
    assert documents_in(leaf) == ["cd"]
    for other in (None, [], "text", {"commitments": ["ab"], "documents": {"a": "b"}}):
        assert commitments_in(other) == {} and documents_in(other) == []


def test_a_document_is_hashed_in_pieces_of_any_size():
    assert document_hash([b"abc"]) == document_hash([b"a", b"", b"bc"])
    assert document_hash([]) != document_hash([b"a"])
