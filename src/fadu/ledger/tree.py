"""The Merkle tree of RFC 9162, kept as a frontier and as hashes of whole tiles.

Stored are only: the leaves (level 0), the complete subtrees of 2^8, 2^16, 2^24 … leaves, and the *frontier*: the roots
of the complete subtrees that the size is the sum of. Everything between is computed from at most 256 rows of a tile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import EMPTY, SIZE, Algorithm, Pair, node_hash, node_pair

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
_PAIR_BYTES = 2 * SIZE
_SIZE_BYTES = 8


class Node(NamedTuple):
    """The root of a complete subtree: the ``index``-th of those with 2^``level`` leaves."""

    level: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs of a node
    pair: Pair


class Head(NamedTuple):
    """A tree in one algorithm: how many leaves, and its root."""

    size: int
    root: bytes


def _parents(nodes: Sequence[Pair]) -> list[Pair]:
    """One level up; an odd last node has no parent yet."""
    return [node_pair(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]


def _fold(peaks: Sequence[Pair]) -> Pair:
    """The root over complete subtrees that stand side by side, each smaller than the one before."""
    *rest, root = peaks
    for left in reversed(rest):
        root = node_pair(left, root)
    return root


@dataclass(frozen=True, slots=True)
class Frontier:
    """All of a tree that is needed to append to it: its size and the roots of its complete subtrees, largest first.

    >>> from fadu.ledger.hashes import leaf_pair
    >>> tree, nodes = Frontier().extend(leaf_pair(b"%d" % number) for number in range(300))
    >>> tree.size, len(tree.nodes), [(node.level, node.index) for node in nodes]
    (300, 4, [(8, 0)])
    >>> Frontier.from_bytes(tree.to_bytes()) == tree
    True
    """

    size: int = 0
    nodes: tuple[Pair, ...] = ()

    def append(self, leaf: Pair) -> tuple[Frontier, list[Node]]:
        """The tree with one more leaf, and the nodes to store that it completed."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[Pair]) -> tuple[Frontier, list[Node]]:
        """The tree with these leaves added, and the nodes to store: those of levels 8, 16, … now complete."""
        fresh = list(leaves)
        size = self.size + len(fresh)
        waiting = list(self.nodes)
        kept: list[Pair] = []
        made: list[Node] = []
        level, index = 0, self.size
        while fresh:
            if level and level % TILE_HEIGHT == 0:
                made += [Node(level, number, pair) for number, pair in enumerate(fresh, index)]
            if index & 1:  # its left sister waits in the old frontier
                fresh.insert(0, waiting.pop())
            if len(fresh) & 1:
                kept.append(fresh.pop())
            fresh = _parents(fresh)
            level, index = level + 1, index >> 1
        return Frontier(size, (*waiting, *reversed(kept))), made

    def root(self) -> Pair:
        """The roots of the tree in both algorithms; of no leaves, the hashes of nothing."""
        return _fold(self.nodes) if self.nodes else EMPTY

    def to_bytes(self) -> bytes:
        """Eight bytes of size, big-endian; then for each subtree its SM3 and its SHA-256 hash."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(sm3 + sha256 for sm3, sha256 in self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The frontier written by ``to_bytes``.

        Raises:
            LedgerError: the length is not that of a frontier of its size.
        """
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        expected = _SIZE_BYTES + size.bit_count() * _PAIR_BYTES
        if len(data) != expected:
            raise LedgerError(
                f"账本的前沿长 {len(data)} 字节；大小为 {size} 时应是 {expected} 字节。记录被改动或者没有写完，"
                "请从备份恢复"
            )
        return cls(size, _pairs(data[_SIZE_BYTES:]))


def appended(data: bytes, leaf: Pair) -> tuple[bytes, list[Node]]:
    """``Frontier.append`` on the bytes of a frontier: what the leaf completes nothing of is not read.

    Raises:
        LedgerError: the length is not that of a frontier of its size.

    >>> from fadu.ledger.hashes import leaf_pair
    >>> tree, _ = Frontier().extend(leaf_pair(b"%d" % number) for number in range(255))
    >>> made, nodes = appended(tree.to_bytes(), leaf_pair(b"255"))
    >>> made == tree.append(leaf_pair(b"255"))[0].to_bytes(), [(node.level, node.index) for node in nodes]
    (True, [(8, 0)])
    """
    size = int.from_bytes(data[:_SIZE_BYTES], "big")
    end = _SIZE_BYTES + size.bit_count() * _PAIR_BYTES
    if len(data) != end:
        Frontier.from_bytes(data)  # says what is wrong
    made: list[Node] = []
    level, index = 0, size
    while index & 1:
        end -= _PAIR_BYTES
        leaf = node_pair(Pair(data[end : end + SIZE], data[end + SIZE : end + _PAIR_BYTES]), leaf)
        level, index = level + 1, index >> 1
        if level % TILE_HEIGHT == 0:
            made.append(Node(level, index, leaf))
    return (size + 1).to_bytes(_SIZE_BYTES, "big") + data[_SIZE_BYTES:end] + leaf.sm3 + leaf.sha256, made


def _pairs(data: bytes) -> tuple[Pair, ...]:
    starts = range(0, len(data), _PAIR_BYTES)
    return tuple(Pair(data[at : at + SIZE], data[at + SIZE : at + _PAIR_BYTES]) for at in starts)


class Reader(Protocol):
    """Where stored hashes are read from. A class that derives from it gives ``leaves`` and ``node``, and may give a
    faster ``nodes``: a proof asks for each range it needs once."""

    def leaves(self, start: int, stop: int) -> Sequence[Pair]:
        """The hashes of leaves ``start`` to ``stop`` (exclusive; at most 256), in order."""
        ...

    def node(self, level: int, index: int) -> Pair:
        """A stored node (`Frontier.extend` says which are stored)."""
        ...

    def nodes(self, level: int, start: int, stop: int) -> Sequence[Pair]:
        """The stored nodes ``start`` to ``stop`` (exclusive; at most 256) of a level, in order."""
        return [self.node(level, index) for index in range(start, stop)]


class Tiles:
    """The hashes of a tree of ``size`` leaves, read tile by tile, each tile once."""

    def __init__(self, read: Reader, size: int) -> None:
        self._read = read
        self._size = size
        self._tiles: dict[tuple[int, int], Sequence[Pair]] = {}

    def tile(self, level: int, number: int) -> Sequence[Pair]:
        """The nodes of ``level`` (a multiple of 8; 0: leaves) from ``256 × number``, as many as are complete.

        Raises:
            LedgerError: the reader gave more or fewer rows than asked for.
        """
        if (level, number) not in self._tiles:
            start = number << TILE_HEIGHT
            stop = min(start + TILE_WIDTH, self._size >> level)
            rows = self._read.nodes(level, start, stop) if level else self._read.leaves(start, stop)
            if len(rows) != stop - start:
                raise LedgerError(
                    f"账本第 {level} 层的 {start} 至 {stop - 1} 号应有 {stop - start} 个散列，读到 {len(rows)} 个；"
                    "请运行 fadu verify 查明缺少哪些"
                )
            self._tiles[level, number] = rows
        return self._tiles[level, number]

    def subtree(self, level: int, index: int) -> Pair:
        """The root of a complete subtree of 2^level leaves."""
        height = level % TILE_HEIGHT
        number, offset = divmod(index << height, TILE_WIDTH)
        nodes = self.tile(level - height, number)[offset : offset + (1 << height)]
        while len(nodes) > 1:
            nodes = _parents(nodes)
        return nodes[0]

    def root(self, start: int, stop: int) -> Pair:
        """MTH(D[start:stop]) for a range that a proof names: ``start`` is a multiple of a power of two ≥ its width."""
        peaks = []
        while start < stop:
            level = (stop - start).bit_length() - 1
            peaks.append(self.subtree(level, start >> level))
            start += 1 << level
        return _fold(peaks)


def _split(start: int, stop: int) -> int:
    """Where the left subtree of D[start:stop] ends: after the largest power of two below the width."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _inclusion(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The ranges of PATH(index, D[0:size]), from the root down (RFC 9162, 2.1.3.1)."""
    start, stop = 0, size
    while stop - start > 1:
        middle = _split(start, stop)
        if index < middle:
            yield middle, stop
            stop = middle
        else:
            yield start, middle
            start = middle


def _consistency(old: int, size: int) -> Iterator[tuple[int, int]]:
    """The ranges of PROOF(old, D[0:size]), from the root down (RFC 9162, 2.1.4.1)."""
    start, stop = 0, size
    while stop != old:
        middle = _split(start, stop)
        if old <= middle:
            yield middle, stop
            stop = middle
        else:
            yield start, middle
            start = middle
    if start:  # else the old tree is a subtree whose root the verifier has
        yield start, stop


def inclusion_path(index: int, size: int, read: Reader) -> list[Pair]:
    """The inclusion proof of a leaf in the tree of ``size`` leaves, lowest node first; reads at most 512 rows a level.

    Raises:
        LedgerError: the tree has no such leaf, or stored rows are missing.
    """
    if not 0 <= index < size:
        raise LedgerError(f"大小为 {size} 的账本没有第 {index} 号叶；接受 0 至 {size - 1}")
    tiles = Tiles(read, size)
    return [tiles.root(*part) for part in _inclusion(index, size)][::-1]


def consistency_path(old: int, new: int, read: Reader) -> list[Pair]:
    """The proof that the tree of ``old`` leaves is the beginning of that of ``new``; empty from nothing, and to itself.

    Raises:
        LedgerError: the old tree is larger, or stored rows are missing.
    """
    if not 0 <= old <= new:
        raise LedgerError(f"不能证明大小为 {old} 的账本是大小为 {new} 的账本的开头；前者应不大于后者")
    tiles = Tiles(read, new)
    return [tiles.root(*part) for part in _consistency(old, new)][::-1] if old else []


def verify_inclusion(algorithm: Algorithm, leaf: bytes, index: int, path: Sequence[bytes], head: Head) -> bool:
    """Whether the path leads from the leaf's hash to the root of ``head`` (RFC 9162, 2.1.3.2).

    >>> from fadu.ledger.hashes import SM3, leaf_hash, node_hash
    >>> one, two = leaf_hash(SM3, b"1"), leaf_hash(SM3, b"2")
    >>> verify_inclusion(SM3, two, 1, [one], Head(2, node_hash(SM3, one, two)))
    True
    """
    if not 0 <= index < head.size:
        return False
    place, last, root = index, head.size - 1, leaf
    for sister in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            root = node_hash(algorithm, sister, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(algorithm, root, sister)
        place, last = place >> 1, last >> 1
    return last == 0 and root == head.root


def verify_consistency(algorithm: Algorithm, old: Head, new: Head, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one; then, and between equal trees, the path is empty.
    """
    if old.size == 0:
        return not path and old.root == algorithm.of(EMPTY)
    if old.size >= new.size:
        return old == new and not path
    if old.size & (old.size - 1) == 0:
        path = [old.root, *path]
    if not path:
        return False
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sister in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(algorithm, sister, before), node_hash(algorithm, sister, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(algorithm, after, sister)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root
