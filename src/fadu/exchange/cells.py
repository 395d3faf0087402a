"""What a cell of a register may hold, and its text without what sloppy typing leaves."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

EXACT = 10**15  # Excel keeps 15 digits of a number
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum()}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000\t\x0b\x0c"), " ")
_NOTHING = dict.fromkeys((*map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), *range(9), *range(14, 32)))
_TIDY = _FULL_WIDTH | _SPACES | _NOTHING
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SPACE_RUN = re.compile(r" {2,}")
_SPACED_LINE = re.compile(r" *\n *")
_LINE_RUN = re.compile(r"\n{3,}")
_ANY_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell whose formula gave an error (``#N/A``), or (empty text) was never worked out."""

    error: str = ""

    def __str__(self) -> str:
        return self.error


Cell = str | bool | int | float | date | datetime | time | timedelta | BrokenCell | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a cell is not taken: the reason, what is accepted, what to do, and a stable ``kind``."""

    kind: str
    reason: str
    accepted: str
    advice: str = ""


def tidy(cell: Cell) -> str:
    """The text of a cell: letters and digits half-width, no invisible characters or stray spaces.

    Chinese punctuation stays as written.

    >>> tidy(" 京Ａ〔２０２３〕１２号　"), tidy(12.0), tidy("甲\\r\\n\\r\\n\\r\\n\\r\\n乙"), tidy(True)
    ('京A〔2023〕12号', '12', '甲\\n\\n乙', '是')
    """
    if isinstance(cell, str):
        if "_x" in cell:
            cell = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)
        text = cell.replace("\r\n", "\n").replace("\r", "\n").translate(_TIDY).strip()
        if "  " in text:
            text = _SPACE_RUN.sub(" ", text)
        if "\n" in text:
            text = _LINE_RUN.sub("\n\n", _SPACED_LINE.sub("\n", text))
        return text
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time() else "%Y-%m-%d %H:%M:%S")
    return str(cell)


@lru_cache(maxsize=1 << 15)
def plain_word(text: str) -> str:
    """A label, choice or name as compared: half-width throughout, no spaces, lower case.

    >>> plain_word(" 普通 程序（复议）")
    '普通程序(复议)'
    """
    return _ANY_SPACE.sub("", unicodedata.normalize("NFKC", text.translate(_NOTHING))).casefold()


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing at all."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


NO_TEXT = frozenset(("/", "\\", "-", "--", "—", "——", "———", "－", "／", "_", "*"))
"""Marks by which units say that there is nothing to write."""
NO_VALUE = NO_TEXT | frozenset(("无", "暂无", "没有", "空", "n/a", "na", "null", "none", "#"))
"""The same where a date or a number stands; in a text 无 may be the text."""


def inexact(cell: Cell) -> bool:
    """A number too long for Excel, whose last digits are lost."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT
