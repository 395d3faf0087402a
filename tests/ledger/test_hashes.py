"""The two hashes are those of the standards, and the plain SM3 is OpenSSL's."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.ledger import hashes
from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import ALGORITHMS, SHA256, SM3, Pair, empty_sm3, leaf_hash, leaf_pair, node_hash, node_pair
from fadu.ledger.sm3 import PlainSm3

HAS_SM3 = "sm3" in hashlib.algorithms_available


@pytest.mark.parametrize(("data", "expected"), hashes.SM3_VECTORS)
def test_sm3_of_the_standard(data, expected):
    assert SM3.digest(data).hex() == PlainSm3(data).digest().hex() == expected


@pytest.mark.skipif(not HAS_SM3, reason="this OpenSSL has no SM3")
@given(st.lists(st.binary(max_size=200), max_size=4))
def test_plain_sm3_is_that_of_openssl(parts):
    plain = PlainSm3()
    for part in parts:
        plain.update(part)
        copied = plain.copy()
        copied.update(b"elsewhere")  # and the first does not notice
    assert plain.digest() == plain.digest() == hashlib.new("sm3", b"".join(parts)).digest()


@pytest.mark.skipif(not HAS_SM3, reason="this OpenSSL has no SM3")
@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])
def test_plain_sm3_pads_as_the_standard_says(length):
    assert PlainSm3(b"a" * length).digest() == hashlib.new("sm3", b"a" * length).digest()


def test_plain_sm3_stands_in_where_openssl_has_none():
    def without(name):
        raise ValueError(f"unsupported hash type {name}")

    assert isinstance(empty_sm3(without), PlainSm3)


def test_plain_sm3_stands_in_where_openssl_is_wrong():
    assert isinstance(empty_sm3(lambda name: hashlib.sha256()), PlainSm3)


def test_no_hash_at_all_is_said(monkeypatch):
    monkeypatch.setattr(hashes, "PlainSm3", hashlib.sha256)
    with pytest.raises(LedgerError, match=r"SM3 自检不通过.*GB/T 32905-2016 附录 A.*重新安装"):
        empty_sm3(lambda name: hashlib.sha256())


def test_leaves_and_nodes_are_kept_apart():
    """RFC 9162, 2.1.1: without the prefixes a node could be passed off as a leaf."""
    assert leaf_hash(SHA256, b"") == hashlib.sha256(b"\x00").digest()
    assert node_hash(SHA256, b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()
    for algorithm in ALGORITHMS:
        left, right = leaf_hash(algorithm, b"1"), leaf_hash(algorithm, b"2")
        assert node_hash(algorithm, left, right) != leaf_hash(algorithm, left + right)


@given(st.binary(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_pairs_are_both_algorithms_at_once(data, one, two):
    leaf, node = leaf_pair(data), node_pair(Pair(one, two), Pair(two, one))
    for algorithm in ALGORITHMS:
        left, right = (one, two) if algorithm is SM3 else (two, one)
        assert algorithm.of(leaf) == leaf_hash(algorithm, data)
        assert algorithm.of(node) == node_hash(algorithm, left, right)


def test_hashing_in_pieces():
    for algorithm in ALGORITHMS:
        state = algorithm.new()
        state.update(b"a")
        state.update(b"bc")
        assert state.digest() == algorithm.digest(b"abc")
        assert algorithm.new().digest() == algorithm.digest(b"")  # a new one is new
