"""The two hashes of the ledger, and how leaves and nodes of a Merkle tree are hashed (RFC 9162, 2.1.1).

Everything is computed for both trees at once: a `Pair` is one place in the SM3 tree and in the SHA-256 tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

from fadu.ledger.errors import LedgerError
from fadu.ledger.sm3 import PlainSm3

SIZE = 32
"""Bytes of a digest, of either algorithm."""

_LEAF, _NODE = b"\x00", b"\x01"
SM3_VECTORS = (
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
)
"""The two examples of GB/T 32905-2016, Annex A."""


class Hash(Protocol):
    """A hash being computed, as ``hashlib`` has it."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """The digest of what was taken in."""
        ...

    def copy(self) -> Self:
        """A second one that goes on from here."""
        ...


class Pair(NamedTuple):
    """The hashes of one leaf or node: 32 bytes each."""

    sm3: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A hash algorithm: ``digest`` of bytes at once, ``new()`` for what comes in pieces."""

    name: str
    digest: Callable[[bytes], bytes]
    new: Callable[[], Hash]

    def of(self, pair: Pair) -> bytes:
        """The half of a pair that is this algorithm's.

        >>> SM3.of(leaf_pair(b"abc")) == leaf_hash(SM3, b"abc")
        True
        """
        found: bytes = getattr(pair, self.name)
        return found


def _right(empty: Hash) -> bool:
    for data, expected in SM3_VECTORS:
        begun = empty.copy()
        begun.update(data)
        if begun.digest().hex() != expected:
            return False
    return True


def empty_sm3(new: Callable[[str], Any] = hashlib.new) -> Hash:
    """SM3 of nothing yet: OpenSSL's where it has one and gets the standard's examples right, else plain Python.

    Raises:
        LedgerError: neither is right, so that no hash of this machine can be trusted.
    """
    try:
        found: Hash = new("sm3")
        if _right(found):
            return found
    except ValueError:  # this OpenSSL has no SM3, or is set not to offer it
        pass
    plain = PlainSm3()
    if not _right(plain):
        raise LedgerError("SM3 自检不通过：算出的与 GB/T 32905-2016 附录 A 的示例不同；这个程序被改动过，请重新安装")
    return plain


def _begun(start: Hash, prefix: bytes = b"") -> Callable[[], Hash]:
    """What copies a hash that has already taken in ``prefix``: in CPython faster than looking the algorithm up."""
    first = start.copy()
    first.update(prefix)
    return first.copy


def _digest(start: Hash) -> Callable[[bytes], bytes]:
    begin = _begun(start)

    def digest(data: bytes) -> bytes:
        state = begin()
        state.update(data)
        return state.digest()

    return digest


_SM3_START, _SHA256_START = empty_sm3(), hashlib.sha256()
SM3 = Algorithm("sm3", _digest(_SM3_START), _begun(_SM3_START))
SHA256 = Algorithm("sha256", _digest(_SHA256_START), _begun(_SHA256_START))
ALGORITHMS = (SM3, SHA256)
"""In the order of `Pair`."""

EMPTY = Pair(SM3.digest(b""), SHA256.digest(b""))
"""The roots of the tree of no leaves (RFC 9162, 2.1.1)."""

_SM3_LEAF, _SHA256_LEAF = _begun(_SM3_START, _LEAF), _begun(_SHA256_START, _LEAF)
_SM3_NODE, _SHA256_NODE = _begun(_SM3_START, _NODE), _begun(_SHA256_START, _NODE)


def leaf_hash(algorithm: Algorithm, data: bytes) -> bytes:
    """The hash of a leaf: of 0x00 and its data."""
    return algorithm.digest(_LEAF + data)


def node_hash(algorithm: Algorithm, left: bytes, right: bytes) -> bytes:
    """The hash of a node: of 0x01 and the hashes of its two children."""
    return algorithm.digest(_NODE + left + right)


def leaf_pair(data: bytes) -> Pair:
    """A leaf in both trees."""
    sm3, sha256 = _SM3_LEAF(), _SHA256_LEAF()
    sm3.update(data)
    sha256.update(data)
    return Pair(sm3.digest(), sha256.digest())


def node_pair(left: Pair, right: Pair) -> Pair:
    """A node in both trees."""
    sm3, sha256 = _SM3_NODE(), _SHA256_NODE()
    sm3.update(left[0] + right[0])
    sha256.update(left[1] + right[1])
    return Pair(sm3.digest(), sha256.digest())
