"""Parts of an .xlsx package, read in pieces: which part is which sheet, and what its cells do not say.

A reader of values sees neither that a row is hidden nor that an empty cell holds ``#N/A``; the part does.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from posixpath import join, normpath
from typing import IO

PIECE = 1 << 20
LONGEST_TAG = 1 << 16  # a piece of a part held until the tag it ends in is complete
MAC_SHIFT = 1462  # days between the 1900 and the 1904 system
BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# No pattern looks past the next "<", so that none takes long on what is not XML.
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_MAC = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^<>]*>")
_F = rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\b[^<>]*\bt\s*=\s*["']e["'][^<>]*>\s*(?:""" + _F + rb""")?(?:<(?:\w+:)?v\b[^<>]*>([^<]*))?"""
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b[^<>]*>\s*" + _F + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")


@dataclass
class Marks:
    """What a sheet's part says besides its values. Rows count from 1, columns from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column) → ``#N/A`` and the like; empty text for a formula that was never worked out."""


def attribute(tag: bytes, name: str) -> str:
    """The value of an attribute of a tag, empty where it has none.

    >>> attribute(b'<row r="12" hidden="1">', "r")
    '12'
    """
    found = re.search(rb"""(?<![\w:])""" + name.encode() + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return unescape((found[1] or found[2] or b"").decode("utf-8", "replace")) if found else ""


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part that holds it, in the order of the workbook; sheets without a part are left out."""
    names = set(archive.namelist())
    if not {BOOK, _RELATIONS} <= names:
        return {}
    relations = (tag[0] for tag in _RELATION.finditer(archive.read(_RELATIONS)))
    targets = {attribute(tag, "Id"): attribute(tag, "Target") for tag in relations}
    found = {}
    for tag in _SHEET.finditer(archive.read(BOOK)):
        target = targets.get(attribute(tag[0], "r:id"), "")
        part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if target and part in names:
            found[attribute(tag[0], "name")] = part
    return found


def day_shift(archive: zipfile.ZipFile) -> int:
    """Days to add to bare day counts: those of the 1904 system begin later."""
    return MAC_SHIFT if BOOK in archive.namelist() and _MAC.search(archive.read(BOOK)) else 0


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The text of a part, cut only between cells or tags."""
    rest = b""
    while piece := stream.read(PIECE):
        text = rest + piece
        cut = text.rfind(b"</c>") + 4
        if cut < 4:
            cut = text.rfind(b"<")
        if cut <= 0 or len(text) - cut > LONGEST_TAG:
            cut = len(text)
        yield text[:cut]
        rest = text[cut:]
    yield rest


def marks(archive: zipfile.ZipFile, part: str) -> Marks:
    """Hidden rows and columns of a sheet, and its cells that hold an error or a formula without a value."""
    found = Marks()
    with archive.open(part) as stream:
        for text in pieces(stream):
            if b"hidden" in text:
                _read_hidden(found, text)
            if b"<f" in text or b":f" in text or b"'e'" in text or b'"e"' in text:
                _read_broken(found, text)
    return found


def _read_hidden(found: Marks, text: bytes) -> None:
    for row in _ROW.finditer(text):
        if _HIDDEN.search(row[0]) and (number := attribute(row[0], "r")).isdigit():
            found.hidden_rows.add(int(number))
    for column in _COLUMN.finditer(text):
        first, last = attribute(column[0], "min"), attribute(column[0], "max")
        if _HIDDEN.search(column[0]) and first.isdigit() and last.isdigit():
            found.hidden_columns.update(range(int(first) - 1, min(int(last), 1 << 14)))


def _read_broken(found: Marks, text: bytes) -> None:
    for pattern, in_error in ((_FORMULA, False), (_ERROR, True)):
        for cell in pattern.finditer(text):
            place = _CELL.fullmatch(attribute(cell[0], "r"))
            if place is None:
                continue
            error = (cell[1] or b"#ERROR").decode("utf-8", "replace") if in_error else ""
            found.broken[int(place[2]), column_index(place[1])] = error


def column_index(letters: str) -> int:
    """
    >>> column_index("A"), column_index("AA")
    (0, 26)
    """
    index = 0
    for character in letters.upper():
        index = index * 26 + ord(character) - 64
    return index - 1


def letter(index: int) -> str:
    """
    >>> letter(0), letter(26)
    ('A', 'AA')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
