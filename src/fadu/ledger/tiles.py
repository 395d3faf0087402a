"""Tiles of hashes as C2SP tlog-tiles serves them, so that anybody can mirror the ledger and make proofs themselves."""

from __future__ import annotations

from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import SHA256, Algorithm
from fadu.ledger.tree import TILE_HEIGHT, TILE_WIDTH, Reader

MAX_LEVEL = 63 // TILE_HEIGHT


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes a tile has in a ledger of ``size`` leaves: 0 (no such tile) to 256 (full).

    >>> tile_width(0, 273, 70000), tile_width(1, 1, 70000), tile_width(2, 0, 70000), tile_width(0, 274, 70000)
    (112, 17, 1, 0)
    """
    return max(0, min(TILE_WIDTH, (size >> level * TILE_HEIGHT) - index * TILE_WIDTH))


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile is served, below the ledger's address.

    >>> tile_path(0, 1234067, 112), tile_path(1, 5)
    ('tile/0/x001/x234/067.p/112', 'tile/1/005')
    """
    _check(level, index, width)
    digits = f"{index:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *above, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    place = "/".join((*(f"x{each}" for each in above), last))
    return f"tile/{level}/{place}" + ("" if width == TILE_WIDTH else f".p/{width}")


def tile(level: int, index: int, width: int, read: Reader, algorithm: Algorithm = SHA256) -> bytes:
    """The ``width`` hashes of tile ``index`` of ``level``, each 32 bytes: at level 0 leaves, above it full tiles.

    C2SP serves SHA-256; with ``algorithm`` SM3 the same tile of the other tree.

    Raises:
        LedgerError: there is no such tile, or stored rows are missing.
    """
    _check(level, index, width)
    start = index * TILE_WIDTH
    stop = start + width
    rows = read.nodes(level * TILE_HEIGHT, start, stop) if level else read.leaves(start, stop)
    if len(rows) != width:
        raise LedgerError(f"第 {level} 层第 {index} 块要 {width} 个散列，账本只有 {len(rows)} 个；请按检查点的大小求块")
    return b"".join(map(algorithm.of, rows))


def _check(level: int, index: int, width: int) -> None:
    if not 0 <= level <= MAX_LEVEL or index < 0 or not 1 <= width <= TILE_WIDTH:
        raise LedgerError(
            f"没有第 {level} 层第 {index} 块宽 {width} 的散列块；"
            f"接受：层 0 至 {MAX_LEVEL}，块号不小于 0，宽 1 至 {TILE_WIDTH}"
        )
