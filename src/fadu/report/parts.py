"""The parts of a document as both renderings set them: plain text, a line or paragraph each, titles broken."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fadu.report.official import (
    Heading,
    OfficialDocument,
    Paragraph,
    Table,
    lines_of,
    numbered,
    plain_text,
    signature_place,
)
from fadu.report.titles import break_title


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph, heading or table. ``last``: it ends the text, so that the signature stays on its page."""

    kind: str
    text: str = ""
    level: int = 0
    flush: bool = False
    last: bool = False
    rows: tuple[tuple[tuple[str, ...], ...], ...] = ()
    widths: tuple[int, ...] = ()
    header: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands on the page, by the names of ``OfficialDocument``; places are characters from the right edge."""

    organ: str
    title: str
    title_lines: tuple[str, ...]
    number: str
    approved_by: str
    addressee: str
    pieces: tuple[Piece, ...]
    attachments: tuple[str, ...]
    signers: tuple[str, ...]
    date: str
    organ_place: float
    date_place: float
    seal: bool
    red_head: bool
    remarks: tuple[str, ...]
    copies_to: str
    printed_by: str
    printed_on: str
    upper_left: tuple[tuple[str, str], ...]
    """份号、密级、紧急程度, each with the use of its font."""
    marks: tuple[str, ...]


def parts_of(document: OfficialDocument) -> Parts:
    """The parts of a document, cleaned of what cannot be printed."""
    signers, date = tuple(lines_of(document.signed_by)), one_line(document.date)
    place = signature_place(max(signers, key=len, default=""), date, document.seal)
    upper = ((document.serial, "fang"), (document.secrecy, "hei"), (document.urgency, "hei"))
    return Parts(
        organ=one_line(document.organ),
        title=one_line(document.title),
        title_lines=tuple(part for line in lines_of(document.title) for part in break_title(line)),
        number=one_line(document.number),
        approved_by=one_line(document.approved_by),
        addressee=_with_colon(one_line(document.addressee)),
        pieces=_pieces(document),
        attachments=_each(document.attachments),
        signers=signers,
        date=date,
        organ_place=place.organ,
        date_place=place.date,
        seal=document.seal,
        red_head=document.red_head,
        remarks=tuple(_in_brackets(remark) for remark in _each(document.remarks)),
        copies_to=one_line(document.copies_to),
        printed_by=one_line(document.printed_by),
        printed_on=one_line(document.printed_on),
        upper_left=tuple((one_line(text), font) for text, font in upper if one_line(text)),
        marks=_each(document.marks),
    )


def one_line(text: str) -> str:
    """The text on one line."""
    return " ".join(lines_of(text))


def _each(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in map(one_line, texts) if line)


def _with_colon(line: str) -> str:
    """The addressee ends in a colon (GB/T 9704-2012, 7.3.2)."""
    return line if not line or line.endswith(("：", ":")) else f"{line}："


def _in_brackets(line: str) -> str:
    """A remark stands in round brackets (附注, GB/T 9704-2012, 7.3.6)."""
    return line if line.startswith("（") else f"（{line}）"


def _pieces(document: OfficialDocument) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for block, mark in numbered(document.blocks):
        match block:
            case Paragraph(text, flush):
                found += [Piece("paragraph", line, flush=flush) for line in lines_of(text)]
            case Heading(text, level):
                found.append(Piece("heading", mark + one_line(text), min(max(level, 1), 4)))
            case Table():
                found += _table(block)
    if found and not _each(document.attachments):
        found[-1] = replace(found[-1], last=True)
    return tuple(found)


def _table(table: Table) -> list[Piece]:
    """The table, with the blank lines that are left for a hand; a row longer than the widths has nowhere to stand."""
    rows = tuple(tuple(tuple(plain_text(cell).strip("\n").split("\n")) for cell in row) for row in table.rows if row)
    longest = max((len(row) for row in rows), default=0)
    if longest > len(table.widths):
        raise ValueError(f"表格有 {longest} 列，只给了 {len(table.widths)} 个宽度")
    return [Piece("table", rows=rows, widths=table.widths, header=table.header)] if rows else []
