"""Tiles in the form of C2SP tlog-tiles."""

from __future__ import annotations

import pytest
from kept_in_memory import grown, numbered

from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import SHA256, SM3, leaf_pair
from fadu.ledger.tiles import tile, tile_path, tile_width
from fadu.ledger.tree import Frontier, Reader, inclusion_path

SIZE = 70_000
LEAVES = numbered(SIZE)
TREE, ROWS = grown(LEAVES)


def test_tiles_of_the_specification():
    """Its example: a tree of 70,000 has 273 full leaf tiles, one of 112; one full and one of 17 above; one of 1."""
    widths = [[tile_width(level, index, SIZE) for index in range(275)] for level in range(4)]
    assert widths[0] == [256] * 273 + [112, 0]
    assert [width for width in widths[1] if width] == [256, 17]
    assert [width for width in widths[2] if width] == [1]
    assert not any(widths[3])


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 999, 1), "tile/0/999.p/1"),
        ((0, 1000, 256), "tile/0/x001/000"),
        ((2, 1234067, 255), "tile/2/x001/x234/067.p/255"),
    ],
)
def test_where_a_tile_is(place, path):
    assert tile_path(*place) == path


@pytest.mark.parametrize("algorithm", [SHA256, SM3], ids=lambda each: each.name)
def test_what_a_tile_holds(algorithm):
    leaves = tile(0, 273, 112, ROWS, algorithm)
    assert leaves == b"".join(algorithm.of(each) for each in LEAVES[273 * 256 :])
    above = tile(1, 1, 17, ROWS, algorithm)
    for number in range(17):
        full, _ = Frontier().extend(LEAVES[(256 + number) << 8 : (257 + number) << 8])
        assert above[number * 32 : number * 32 + 32] == algorithm.of(full.root())
    assert len(tile(2, 0, 1, ROWS, algorithm)) == 32


def test_sha256_is_what_is_served():
    assert tile(0, 0, 256, ROWS) == tile(0, 0, 256, ROWS, SHA256) != tile(0, 0, 256, ROWS, SM3)


def test_a_mirror_of_the_tiles_proves_the_same():
    """Whoever copies the tiles needs nothing else of the ledger to make proofs."""

    class Mirror(Reader):
        def leaves(self, start, stop):
            return self._rows(0, start, stop)

        def nodes(self, level, start, stop):
            return self._rows(level // 8, start, stop)

        def _rows(self, level, start, stop):
            index, width = start // 256, tile_width(level, start // 256, SIZE)
            sha256, sm3 = (tile(level, index, width, ROWS, each) for each in (SHA256, SM3))
            pairs = [type(LEAVES[0])(sm3[at : at + 32], sha256[at : at + 32]) for at in range(0, len(sm3), 32)]
            return pairs[start % 256 : start % 256 + stop - start]

    for index in (0, 255, 256, 40_000, SIZE - 1):
        assert inclusion_path(index, SIZE, Mirror()) == inclusion_path(index, SIZE, ROWS)


@pytest.mark.parametrize("place", [(-1, 0, 1), (8, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_no_such_tile(place):
    with pytest.raises(LedgerError, match=r"没有第 .* 层第 .* 块.*接受：层 0 至 7"):
        tile(*place, ROWS)
    with pytest.raises(LedgerError, match=r"没有第 .* 层"):
        tile_path(*place)


def test_a_tile_wider_than_the_ledger():
    with pytest.raises(LedgerError, match="要 113 个散列，账本只有 112 个；请按检查点的大小求块"):
        tile(0, 273, 113, ROWS)
    assert leaf_pair(b"0") == LEAVES[0]
