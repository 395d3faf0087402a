"""An official document (公文) as data: what it says, in which place of the page, and nothing of how it is drawn.

The names of the parts are those of GB/T 9704-2012《党政机关公文格式》; ``typeset`` and ``word`` draw them. Text is
plain: it is never read as markup of any kind.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from fadu.law.numerals import to_chinese

LINE = 28
"""Characters of the body on a line (GB/T 9704-2012, 5.2.3)."""
_HIDDEN = {"Cc", "Cf", "Cs"}
_NOT_XML = "\ufffe\uffff"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, its first line indented by two characters unless ``flush``; a line break begins another."""

    text: str
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body; its number (一、（一）1.（1）) is counted, not written."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. ``widths`` are shares of the line; the last cell of a short row takes the rest of it."""

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    header: bool = False


Block = Paragraph | Heading | Table


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """Everything an official document shows. Empty parts are left out.

    ``organ`` is the issuing organ over the title (发文机关标志 where ``red_head``). ``date`` is as printed
    (2023年5月6日). ``seal`` leaves the place of the seal empty above the signature. ``marks`` stand on every page.
    """

    organ: str
    title: str
    number: str = ""
    addressee: str = ""
    blocks: tuple[Block, ...] = ()
    attachments: tuple[str, ...] = ()
    signed_by: str = ""
    date: str = ""
    seal: bool = True
    red_head: bool = False
    approved_by: str = ""
    """签发人, beside the number of a red head (a document to a superior organ)."""
    remarks: tuple[str, ...] = ()
    copies_to: str = ""
    printed_by: str = ""
    printed_on: str = ""
    serial: str = ""
    secrecy: str = ""
    urgency: str = ""
    marks: tuple[str, ...] = ()


def plain_text(text: str) -> str:
    """The text without what has no printed form: control and format characters, unpaired surrogates.

    A tab becomes a space. Characters that turn the writing direction would show a reader another text than the one
    that is signed; characters outside XML would break the Word file. A character that Python does not know yet is kept:
    the newest ones are found in personal names.

    >>> plain_text("甲\\u202e乙\\x00\\t丙")
    '甲乙 丙'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        " " if character == "\t" else character
        for character in text
        if character in "\n\t" or (unicodedata.category(character) not in _HIDDEN and character not in _NOT_XML)
    )


def lines_of(text: str) -> list[str]:
    """The lines of a text that say something, without spaces of the margin."""
    return [line.strip(" ") for line in plain_text(text).split("\n") if line.strip()]


def numbered(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, str]]:
    """Every block with the number of its heading, counted anew under each higher heading ("" where it is none)."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        mark = ""
        if isinstance(block, Heading):
            level = min(max(block.level, 1), 4) - 1
            counts[level:] = [counts[level] + 1] + [0] * (3 - level)
            mark = heading_number(level + 1, counts[level])
        yield block, mark


def heading_number(level: int, number: int) -> str:
    """The number of a heading by level (GB/T 9704-2012, 7.3.3).

    >>> [heading_number(level, 2) for level in (1, 2, 3, 4)]
    ['二、', '（二）', '2.', '（2）']
    """
    return (f"{to_chinese(number)}、", f"（{to_chinese(number)}）", f"{number}.", f"（{number}）")[level - 1]


def official_number(code: str, kind: str, year: int | str, number: int | None) -> str:
    """发文字号 of a unit's ``code`` and the ``kind`` of document; a blank where the number is not given yet.

    >>> official_number("青江", "复决字", 2023, 12)
    '青江复决字〔2023〕12号'
    >>> official_number("青江", "复决字", 2023, None)
    '青江复决字〔2023〕　号'
    """
    return f"{code}{kind}〔{year}〕{'　' if number is None else number}号"


def width(text: str) -> float:
    """Width of a line in full characters; a narrow character takes half of one.

    >>> width("2023年5月6日")
    6.0
    """
    return sum(0.5 if unicodedata.east_asian_width(character) in ("Na", "H", "N") else 1.0 for character in text)


@dataclass(frozen=True, slots=True)
class SignaturePlace:
    """How far organ and date stand from the right edge, in characters (GB/T 9704-2012, 7.3.5)."""

    organ: float
    date: float


def signature_place(organ: str, date: str, seal: bool) -> SignaturePlace:
    """Under a seal the date keeps four characters from the edge and the organ is centred on it; without one the
    organ keeps two, and the date begins two characters after it. A name too long for that moves the date in.
    """
    name, day = width(organ), width(date)
    if not seal:
        edge = max(min(2.0, LINE - name), 0.0)
        return SignaturePlace(edge, min(max(edge + name - 2 - day, edge), LINE - day) if date else edge)
    middle = max(4 + day / 2, min(name, LINE) / 2)
    return SignaturePlace(max(middle - name / 2, 0.0), middle - day / 2)
