"""The tree against the recursive definitions of RFC 9162, written out naively."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_in_memory import grown, numbered

from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import ALGORITHMS, EMPTY, SHA256, Pair, leaf_pair, node_pair
from fadu.ledger.tree import (
    Frontier,
    Head,
    appended,
    consistency_path,
    inclusion_path,
    verify_consistency,
    verify_inclusion,
)

LARGE = 70_000
LEAVES = numbered(LARGE)
TREE, ROWS = grown(LEAVES)


@cache
def mth(start: int, stop: int) -> Pair:
    """MTH(D[start:stop]), RFC 9162 2.1.1."""
    if stop - start == 0:
        return EMPTY
    if stop - start == 1:
        return LEAVES[start]
    k = largest_power(stop - start)
    return node_pair(mth(start, start + k), mth(start + k, stop))


def largest_power(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, start: int, stop: int) -> list[Pair]:
    """PATH(m, D[start:stop]), RFC 9162 2.1.3.1; m counted from ``start``."""
    n = stop - start
    if n == 1:
        return []
    k = largest_power(n)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, stop)]
    return [*path(m - k, start + k, stop), mth(start, start + k)]


def subproof(m: int, start: int, stop: int, whole: bool) -> list[Pair]:
    """SUBPROOF(m, D[start:stop], b), RFC 9162 2.1.4.1."""
    n = stop - start
    if m == n:
        return [] if whole else [mth(start, stop)]
    k = largest_power(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, stop)]
    return [*subproof(m - k, start + k, stop, False), mth(start, start + k)]


def head(size: int, algorithm) -> Head:
    return Head(size, algorithm.of(mth(0, size)))


def includes(index: int, size: int, proof: list[Pair], leaf: Pair | None = None) -> list[bool]:
    leaf = leaf or LEAVES[index]
    return [
        verify_inclusion(each, each.of(leaf), index, [each.of(pair) for pair in proof], head(size, each))
        for each in ALGORITHMS
    ]


def consistent(old: int, new: int, proof: list[Pair]) -> list[bool]:
    return [
        verify_consistency(each, head(old, each), head(new, each), [each.of(pair) for pair in proof])
        for each in ALGORITHMS
    ]


def some(size: int, chance: random.Random) -> set[int]:
    """Places worth trying below ``size``: the ends, those beside powers of two, and a few at random."""
    powers = {1 << level for level in range(size.bit_length())}
    near = {0, 1, size // 2, size - 2, size - 1} | {power + by for power in powers for by in (-1, 0, 1)}
    few = chance.sample(sorted(near), min(len(near), 4)) + [chance.randrange(size) for _ in range(2)]
    return {place for place in few if 0 <= place < size}


def test_every_root_and_stored_node_up_to_600():
    tree = Frontier()
    for size in range(601):
        assert tree.size == size and tree.root() == mth(0, size), size
        tree, made = tree.append(LEAVES[size])
        expected = [(8, (size + 1) // 256 - 1)] if (size + 1) % 256 == 0 else []
        assert [(node.level, node.index) for node in made] == expected
        for node in made:
            assert node.pair == mth(node.index << 8, (node.index + 1) << 8)


def test_stored_nodes_of_a_large_tree():
    tree, made = Frontier().extend(LEAVES)
    places = [(8, index) for index in range(LARGE >> 8)] + [(16, index) for index in range(LARGE >> 16)]
    assert sorted((node.level, node.index) for node in made) == places
    for node in made:
        assert node.pair == mth(node.index << node.level, (node.index + 1) << node.level)
    assert tree.root() == mth(0, LARGE)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 400), max_size=8))
def test_batches_of_any_size_are_single_appends(sizes):
    one = many = Frontier()
    place = 0
    singly, together = [], []
    for size in sizes:
        leaves = LEAVES[place : place + size]
        place += size
        many, made = many.extend(leaves)
        together += made
        for leaf in leaves:
            data, alone = appended(one.to_bytes(), leaf)
            one, made = one.append(leaf)
            assert (data, alone) == (one.to_bytes(), made)
            singly += made
        assert one == many
        assert Frontier.from_bytes(many.to_bytes()) == many
    assert singly == sorted(together, key=lambda node: ((node.index + 1) << node.level, node.level))


def test_every_inclusion_path_up_to_70():
    for size in range(1, 71):
        for index in range(size):
            proof = inclusion_path(index, size, ROWS)
            assert proof == path(index, 0, size)
            assert all(includes(index, size, proof))


def test_inclusion_paths_of_every_size_up_to_600():
    chance = random.Random(1)
    for size in range(1, 601):
        for index in some(size, chance):
            proof = inclusion_path(index, size, ROWS)
            assert proof == path(index, 0, size), (index, size)
            assert all(includes(index, size, proof)), (index, size)


def test_every_consistency_path_up_to_50():
    for new in range(51):
        for old in range(new + 1):
            proof = consistency_path(old, new, ROWS)
            assert proof == (subproof(old, 0, new, True) if old else [])
            assert all(consistent(old, new, proof)), (old, new)


def test_consistency_paths_of_every_size_up_to_600():
    chance = random.Random(2)
    for new in range(1, 601):
        for old in some(new, chance) - {0}:
            proof = consistency_path(old, new, ROWS)
            assert proof == subproof(old, 0, new, True), (old, new)
            assert all(consistent(old, new, proof)), (old, new)


@settings(max_examples=60)
@given(st.data())
def test_large_trees(data):
    size = data.draw(st.one_of(st.integers(600, LARGE), st.sampled_from([65535, 65536, 65537, LARGE])))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert (proof := inclusion_path(index, size, ROWS)) == path(index, 0, size)
    assert all(includes(index, size, proof))
    assert (proof := consistency_path(old, size, ROWS)) == subproof(old, 0, size, True)
    assert all(consistent(old, size, proof))


def test_a_proof_reads_few_rows():
    for prove, place in ((inclusion_path, 40_000), (consistency_path, 40_001)):
        _, rows = grown(LEAVES)
        prove(place, LARGE, rows)
        assert rows.read <= 3 * 2 * 256, rows.read  # three levels of tiles; of each at most the leaf's and the edge's
        assert rows.asked <= 2


def forged(proof: list[Pair], chance: random.Random) -> list[list[Pair]]:
    """Proofs that differ a little: one bit, one hash more or less, two the wrong way round."""
    strange = leaf_pair(b"strange")
    made = [[*proof, strange], [strange, *proof]]
    if proof:
        place = chance.randrange(len(proof))
        bit = chance.randrange(256)
        turned = Pair(*(_flipped(each, bit) for each in proof[place]))
        made += [proof[:-1], proof[1:], [*proof[:place], turned, *proof[place + 1 :]], [*proof, proof[-1]]]
    if len(proof) > 1 and proof[0] != proof[1]:
        made.append([proof[1], proof[0], *proof[2:]])
    return made


def _flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@settings(max_examples=300)
@given(st.integers(1, 600), st.data())
def test_forged_inclusion_is_refused(size, data):
    chance = random.Random(data.draw(st.integers()))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_path(index, size, ROWS)
    for other in forged(proof, chance):
        assert not any(includes(index, size, other))
    assert not any(includes(index, size, proof, leaf_pair(b"strange")))
    for elsewhere in {index - 1, index + 1, index ^ 1, size, -1} - {index}:
        # a place beyond the end may not be proved, nor the leaf at another place
        assert not any(includes(elsewhere, size, proof, LEAVES[index])), (elsewhere, index, size)


@settings(max_examples=300)
@given(st.integers(2, 600), st.data())
def test_forged_consistency_is_refused(new, data):
    chance = random.Random(data.draw(st.integers()))
    old = data.draw(st.integers(1, new))
    proof = consistency_path(old, new, ROWS)
    for other in forged(proof, chance):
        assert not any(consistent(old, new, other)), (old, new)
    strange = Head(old, leaf_pair(b"strange").sha256)
    hashes = [each.sha256 for each in proof]
    assert not verify_consistency(SHA256, strange, head(new, SHA256), hashes)
    assert not verify_consistency(SHA256, head(old, SHA256), Head(new, strange.root), hashes)
    assert not verify_consistency(SHA256, head(new, SHA256), head(old, SHA256), hashes) or old == new


def test_the_empty_tree_begins_every_tree():
    assert Frontier().root() == EMPTY == mth(0, 0)
    for algorithm in ALGORITHMS:
        empty = Head(0, algorithm.of(EMPTY))
        assert verify_consistency(algorithm, empty, head(9, algorithm), [])
        assert verify_consistency(algorithm, empty, empty, [])
        assert not verify_consistency(algorithm, empty, head(9, algorithm), [b"x" * 32])
        assert not verify_consistency(algorithm, Head(0, b"x" * 32), head(9, algorithm), [])
        assert not verify_inclusion(algorithm, algorithm.of(LEAVES[0]), 0, [], empty)


def test_known_roots():
    """The roots that implementations of RFC 6962 test themselves with."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = Frontier()
    for data, root in zip(inputs, roots, strict=True):
        tree, _ = tree.append(leaf_pair(bytes.fromhex(data)))
        assert tree.root().sha256.hex() == root


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_no_such_leaf(index, size):
    with pytest.raises(LedgerError, match=f"大小为 {size} 的账本没有第 {index} 号叶"):
        inclusion_path(index, size, ROWS)


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_no_such_beginning(old, new):
    with pytest.raises(LedgerError, match=f"不能证明大小为 {old} 的账本是大小为 {new} 的账本的开头"):
        consistency_path(old, new, ROWS)


def test_missing_rows_are_said():
    _, rows = grown(LEAVES[:300])
    with pytest.raises(LedgerError, match="第 0 层的 256 至 399 号应有 144 个散列，读到 44 个；请运行 fadu verify"):
        inclusion_path(257, 400, rows)


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(9), (3).to_bytes(8, "big") + bytes(64), bytes(8) + bytes(64)])
def test_a_damaged_frontier_is_refused(data):
    with pytest.raises(LedgerError, match=rf"前沿长 {len(data)} 字节；大小为 \d+ 时应是 \d+ 字节.*从备份恢复"):
        Frontier.from_bytes(data)


def test_a_torn_edge_is_not_appended_to():
    data = Frontier().append(LEAVES[0])[0].to_bytes()
    with pytest.raises(LedgerError, match="前沿长 71 字节；大小为 1 时应是 72 字节"):
        appended(data[:-1], LEAVES[1])
