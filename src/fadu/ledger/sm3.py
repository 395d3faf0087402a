"""SM3 (GB/T 32905-2016) in plain Python, for machines whose OpenSSL has none. About 500 times slower."""

from __future__ import annotations

from struct import pack, unpack

BLOCK = 64
_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_MASK = 0xFFFFFFFF


def _rotate(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK


_ROUND = tuple(_rotate(0x79CC4519 if step < 16 else 0x7A879D8A, step % 32) for step in range(64))
"""T_j <<< j of each round (4.2 and 5.3.3 of the standard)."""


def _expand(block: bytes) -> list[int]:
    """The 68 words of one block (5.3.2)."""
    words = list(unpack(">16I", block))
    for step in range(16, 68):
        mixed = words[step - 16] ^ words[step - 9] ^ _rotate(words[step - 3], 15)
        mixed ^= _rotate(mixed, 15) ^ _rotate(mixed, 23)
        words.append(mixed ^ _rotate(words[step - 13], 7) ^ words[step - 6])
    return words


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """One block into the state (5.3.3)."""
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for step in range(64):
        turned = _rotate(a, 12)
        first = _rotate((turned + e + _ROUND[step]) & _MASK, 7)
        if step < 16:
            chosen, picked = a ^ b ^ c, e ^ f ^ g
        else:
            chosen, picked = a & b | a & c | b & c, e & f | ~e & _MASK & g
        left = (chosen + d + (first ^ turned) + (words[step] ^ words[step + 4])) & _MASK
        right = (picked + h + first + words[step]) & _MASK
        a, b, c, d = left, a, _rotate(b, 9), c
        e, f, g, h = right ^ _rotate(right, 9) ^ _rotate(right, 17), e, _rotate(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


class PlainSm3:
    """SM3 with the methods of ``hashlib``: ``update``, ``digest``, ``copy``.

    >>> PlainSm3(b"abc").digest().hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """

    def __init__(self, data: bytes = b"") -> None:
        self._state: tuple[int, ...] = _START
        self._rest = b""
        self._length = 0
        self.update(data)

    def update(self, data: bytes) -> None:
        """Take in more bytes."""
        self._length += len(data)
        waiting = self._rest + data
        whole = len(waiting) - len(waiting) % BLOCK
        for start in range(0, whole, BLOCK):
            self._state = _compress(self._state, waiting[start : start + BLOCK])
        self._rest = waiting[whole:]

    def digest(self) -> bytes:
        """The 32 bytes of what was taken in so far; more may follow."""
        padded = self._rest + b"\x80" + bytes((55 - len(self._rest)) % BLOCK) + pack(">Q", self._length * 8)
        state = self._state
        for start in range(0, len(padded), BLOCK):
            state = _compress(state, padded[start : start + BLOCK])
        return pack(">8I", *state)

    def copy(self) -> PlainSm3:
        """A second one that goes on from here."""
        other = PlainSm3()
        other._state, other._rest, other._length = self._state, self._rest, self._length
        return other
