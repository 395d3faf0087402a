"""What an address asks for, read so that no text a browser may send is more than a text."""

from __future__ import annotations

LONGEST = 18
"""Digits of a number: what a database's own numbers hold."""


def number(text: str | None) -> int | None:
    """A whole number, or None.

    >>> number("12"), number("²"), number("-1"), number("9" * 5000), number(None)
    (12, None, None, None, None)
    """
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def words(text: str | None, most: int = 200) -> str:
    """Words to search for, without what no database takes.

    >>> words(" 罚款\\0 ")
    '罚款'
    """
    return (text or "").replace("\0", "").strip()[:most]
