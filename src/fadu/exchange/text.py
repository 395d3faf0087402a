"""Text of a file, whatever its encoding, in blocks of whole lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from fadu.exchange.files import Progress, Source
from fadu.exchange.staging import Staging

BLOCK = 4 << 20


class Encoding(NamedTuple):
    """The encoding of a file, and whether all of it fits."""

    name: str
    clean: bool  # every byte can be read in it


class Block(NamedTuple):
    """Whole lines as UTF-8, the line number of the first, and whether the file ends with them."""

    text: bytes
    line: int


def encoding_of(staging: Staging) -> Encoding:
    """UTF-8 if it can be that, else GB18030; UTF-16 by its mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for i, piece in enumerate(Source(staging.request.path).pieces()):
        if i == 0 and piece[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return Encoding("utf-16", True)
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return Encoding("utf-8" if mostly_utf8(piece) else "gb18030", False)
    return Encoding("utf-8", True)


def mostly_utf8(piece: bytes) -> bool:
    """More characters beyond ASCII than bytes that cannot be read: UTF-8 with a few bad lines."""
    text = piece.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(not char.isascii() for char in text) > 3 * bad


def blocks(staging: Staging, progress: Progress | None) -> Iterator[Block]:
    """The whole text; a truncated file is reported, its last, unfinished line left out."""
    source, encoding = Source(staging.request.path, progress), encoding_of(staging)
    rest, line = b"", 1
    for piece in _gathered(_utf8(source, encoding)):
        text = rest + piece
        cut = text.rfind(b"\n") + 1
        if cut:
            yield Block(text[:cut], line)
            line += text.count(b"\n", 0, cut)
        rest = text[cut:]
    if source.truncated:
        _report(staging, source, line, rest)
    elif rest:
        yield Block(rest + b"\n", line)


def _report(staging: Staging, source: Source, line: int, rest: bytes) -> None:
    staging.reject(
        "truncated", str(line), f"{source.truncated}；第 {line} 行之前的内容已取",
        found=rest[:200].decode("utf-8", "replace"), accepted="完整的 gzip 文件，请重新导出或传送", scope="file",
    )  # fmt: skip


def _utf8(source: Source, encoding: Encoding) -> Iterator[bytes]:
    if encoding == Encoding("utf-8", True):
        first = True
        for piece in source.pieces():
            yield piece.removeprefix(codecs.BOM_UTF8) if first else piece
            first = False
        return
    decoder = codecs.getincrementaldecoder(encoding.name)("replace")
    for piece in source.pieces():
        yield decoder.decode(piece).removeprefix("\ufeff").encode("utf-8", "replace")
    yield decoder.decode(b"", final=not source.truncated).encode("utf-8", "replace")


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
