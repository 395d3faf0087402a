"""Official documents as Word files (.docx), in the same layout: 22 lines of 28 characters on A4.

The grid is ``lines`` with an exact line height and a spacing of −0.2 pt between characters: a grid of lines *and*
characters is spread by other word processors. Fonts are named, never embedded; each has stand-ins in the font table.
Equal documents give equal bytes: no date, no name of who made it, no random number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import nsmap, qn
from docx.shared import Length, Mm, Pt, RGBColor, Twips

from fadu.report.official import OfficialDocument
from fadu.report.parts import Parts, Piece, parts_of

FONTS = {
    "biaosong": ("方正小标宋简体", ("方正小标宋_GBK", "华文中宋", "Noto Serif CJK SC"), "roman"),
    "fang": ("仿宋_GB2312", ("仿宋", "FangSong", "FandolFang R", "Noto Serif CJK SC"), "roman"),
    "kai": ("楷体_GB2312", ("楷体", "KaiTi", "FandolKai", "Noto Serif CJK SC"), "script"),
    "hei": ("黑体", ("SimHei", "FandolHei", "Noto Sans CJK SC"), "swiss"),
    "song": ("宋体", ("SimSun", "FandolSong", "Noto Serif CJK SC"), "roman"),
}
"""Font by use, its stand-ins, and its class for a machine that has none of them."""
_LINE = 579
"""Twips: 225 mm / 22, rounded down so that the 22nd line stays on the page."""
_WHOLE = 156 / 25.4 * 1440
"""Twips: the width of the text area."""
_CELL = _WHOLE / 28
"""Twips: the width of a character."""
_RED = RGBColor(0xD7, 0x00, 0x0F)
_MARK = RGBColor(0x8A, 0x1F, 0x11)
_NO_DATE = datetime(2000, 1, 1)
_CENTRE, _RIGHT, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
_HEADING_FONTS = ("hei", "kai", "fang", "fang")
_PARAGRAPH_ORDER = ("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid",
                    "w:spacing", "w:ind", "w:jc", "w:outlineLvl")  # fmt: skip
"""Properties of a paragraph that follow its borders: the schema fixes their order."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a run of text looks. ``size`` and ``spacing`` in points."""

    font: str = "fang"
    size: float = 16
    spacing: float = -0.2
    colour: RGBColor | None = None


_BODY = _Style()
_SMALL = _Style(size=14, spacing=0)
_TITLE = _Style("biaosong", 22, 0)


def to_docx(document: OfficialDocument) -> bytes:
    """The document as a Word file."""
    parts = parts_of(document)
    file = docx.Document()
    _say_nothing_of_the_maker(file, parts.title)
    _page(file, parts)
    _head(file, parts)
    for piece in parts.pieces:
        _piece(file, piece)
    _attachments(file, parts.attachments)
    _signature(file, parts)
    for remark in parts.remarks:
        _line(file, remark, indent=2)
    if parts.copies_to or parts.printed_by or parts.printed_on:
        _imprint(file, parts)
    buffer = BytesIO()
    file.save(buffer)
    return _packed(buffer.getvalue())


# The file and its page ----------------------------------------------------------------------------


def _say_nothing_of_the_maker(file: Any, title: str) -> None:
    """Properties that the library would fill with its own name and dates."""
    about = file.core_properties
    about.author = about.comments = about.last_modified_by = about.keywords = ""
    about.title, about.revision, about.language = title[:250], 1, "zh-CN"
    about.created = about.modified = _NO_DATE


def _page(file: Any, parts: Parts) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(20), Mm(25)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(_element("w:docGrid", type="lines", linePitch=_LINE))
    file.settings.odd_and_even_pages_header_footer = True
    normal = file.styles["Normal"]
    normal.font.size = Pt(16)
    _font(normal.element.get_or_add_rPr(), "fang")
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # Chinese glyphs and punctuation, not those of other countries
    for header in (section.header, section.even_page_header):
        _marks(header.paragraphs[0], parts.marks)
    _page_number(section.footer.paragraphs[0], _RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], _LEFT)


def _marks(paragraph: Any, marks: tuple[str, ...]) -> None:
    if marks:
        paragraph.alignment = _CENTRE
        _run(paragraph, f"【{'　'.join(marks)}】", _Style("hei", 14, 0, _MARK))


def _page_number(paragraph: Any, side: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, one character from the outer edge."""
    style = _Style("song", 14, 0)
    paragraph.alignment = side
    if side is _RIGHT:
        paragraph.paragraph_format.right_indent = Pt(14)
    else:
        paragraph.paragraph_format.left_indent = Pt(14)
    _run(paragraph, "— ", style)
    run = _run(paragraph, "", style)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        mark = _element("w:fldChar", fldCharType=kind) if kind else OxmlElement("w:instrText")
        if text:
            mark.text = text
        run._r.append(mark)
    _run(paragraph, " —", style)


# What stands on it --------------------------------------------------------------------------------


def _head(file: Any, parts: Parts) -> None:
    for text, font in parts.upper_left:
        _line(file, text, _Style(font), align=_LEFT)
    if parts.red_head:
        _red_head(file, parts)
    elif parts.organ:
        if parts.upper_left:
            _line(file, "")
        _line(file, parts.organ, _TITLE, align=_CENTRE)
    _title(file, parts.title_lines)
    if parts.number and not parts.red_head:
        _line(file, parts.number, align=_CENTRE)
    if parts.title_lines or parts.organ:
        _line(file, "")
    if parts.addressee:
        _line(file, parts.addressee, align=_LEFT)


def _red_head(file: Any, parts: Parts) -> None:
    """发文机关标志 35 mm under the edge of the text, number, and the red line 4 mm under it."""
    size = min(48.0, 440 / max(len(parts.organ), 1))
    organ = _line(file, parts.organ, _Style("biaosong", size, 0, _RED), align=_CENTRE)
    organ.paragraph_format.space_before = Mm(35) - Twips(_LINE * len(parts.upper_left))
    organ.paragraph_format.line_spacing = Pt(size * 1.3)
    _line(file, "")
    _line(file, "")
    if parts.approved_by:
        number = _line(file, parts.number, align=_LEFT)
        number.paragraph_format.left_indent = _cells(1)
        number.paragraph_format.tab_stops.add_tab_stop(Mm(156) - _cells(1), WD_TAB_ALIGNMENT.RIGHT)
        _run(number, "\t签发人：", _BODY)
        _run(number, parts.approved_by, _Style("kai"))
    else:
        number = _line(file, parts.number, align=_CENTRE)
    _border(number, "bottom", size=10, space=11, colour="D7000F")
    _line(file, "")
    _line(file, "")


def _title(file: Any, lines: tuple[str, ...]) -> None:
    if not lines:
        return
    paragraph = _line(file, lines[0], _TITLE, align=_CENTRE)
    _outline(paragraph, 0)
    for line in lines[1:]:
        paragraph.runs[-1].add_break()
        _run(paragraph, line, _TITLE)


def _piece(file: Any, piece: Piece) -> None:
    if piece.kind == "table":
        _table(file, piece)
    elif piece.kind == "heading":
        heading = _line(file, piece.text, _Style(_HEADING_FONTS[piece.level - 1]), indent=2)
        heading.paragraph_format.keep_with_next = True
        _outline(heading, piece.level)
    else:
        paragraph = _line(file, piece.text, indent=0 if piece.flush else 2)
        paragraph.paragraph_format.keep_with_next = paragraph.paragraph_format.widow_control = piece.last


def _attachments(file: Any, names: tuple[str, ...]) -> None:
    """附件：two characters in, each name's lines under its first character."""
    if not names:
        return
    _line(file, "")
    for number, name in enumerate(names, 1):
        label = "附件：" if number == 1 else ""
        count = f"{number}. " if len(names) > 1 else ""
        hanging = 3 + (1.5 if count else 0)
        paragraph = _line(file, f"{label}{count}{name}", align=_LEFT)
        paragraph.paragraph_format.keep_with_next = number == len(names)  # no signature alone on a page
        paragraph.paragraph_format.left_indent = _cells(2 + hanging)
        paragraph.paragraph_format.first_line_indent = _cells(-hanging if label else -1.5)


def _signature(file: Any, parts: Parts) -> None:
    if not parts.signers and not parts.date:
        return
    lines = [_line(file, "") for _ in range(2 if parts.seal else 1)]
    for signer in parts.signers:
        lines.append(_line(file, signer, align=_RIGHT))
        lines[-1].paragraph_format.right_indent = _cells(parts.organ_place)
    if parts.date:
        lines.append(_line(file, parts.date, align=_RIGHT))
        lines[-1].paragraph_format.right_indent = _cells(parts.date_place)
    for line in lines[:-1]:
        line.paragraph_format.keep_with_next = True


def _table(file: Any, piece: Piece) -> None:
    shares = [round(_WHOLE * share / sum(piece.widths)) for share in piece.widths]
    table = file.add_table(rows=0, cols=len(shares))
    table.style, table.autofit = "Table Grid", False
    for place, share in enumerate(shares):
        table.columns[place].width = Twips(share)
    for number, row in enumerate(piece.rows, 1):
        cells = table.add_row().cells
        if len(row) < len(shares):
            cells[len(row) - 1].merge(cells[-1])
        for place, lines in enumerate(row):
            _fill_cell(cells[place], lines, _CENTRE if piece.header and number == 1 else _LEFT)
            for paragraph in cells[place].paragraphs:
                paragraph.paragraph_format.keep_with_next = piece.last and number == len(piece.rows)
        for cell, share in zip(cells, shares, strict=True):
            if len(row) == len(shares):
                cell.width = Twips(share)
    if piece.header:
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _fill_cell(cell: Any, lines: tuple[str, ...], align: WD_ALIGN_PARAGRAPH) -> None:
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    for number, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        _set(paragraph, align, Pt(23))
        _run(paragraph, line, _SMALL)


def _imprint(file: Any, parts: Parts) -> None:
    """版记: a table that floats at the foot of the last page (where floating tables are known, else below the text)."""
    table = file.add_table(rows=0, cols=2)
    table.autofit = False
    table.columns[0].width, table.columns[1].width = Mm(88), Mm(68)
    if parts.copies_to:
        first, last = table.add_row().cells
        copies = _imprint_text(first.merge(last), f"抄送：{parts.copies_to}", _LEFT)
        copies.left_indent, copies.first_line_indent = Pt(14 * 4), Pt(-14 * 3)
    if parts.printed_by or parts.printed_on:
        first, last = table.add_row().cells
        first.width, last.width = Mm(88), Mm(68)
        _imprint_text(first, parts.printed_by, _LEFT)
        _imprint_text(last, f"{parts.printed_on}印发" if parts.printed_on else "", _RIGHT)
    _float_at_the_foot(table._tbl.tblPr)
    end = _line(file, "", _Style(size=1))  # a file ends with a paragraph, and the table stands by it
    end.paragraph_format.line_spacing = Pt(1)


def _imprint_text(cell: Any, text: str, align: WD_ALIGN_PARAGRAPH) -> Any:
    paragraph = cell.paragraphs[0]
    _set(paragraph, align, Pt(23))
    _run(paragraph, text, _SMALL)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    return paragraph.paragraph_format


def _float_at_the_foot(properties: Any) -> None:
    place = _element("w:tblpPr", vertAnchor="margin", horzAnchor="margin", tblpXSpec="left", tblpYSpec="bottom")
    borders = OxmlElement("w:tblBorders")
    for edge, size in (("top", 8), ("bottom", 8), ("insideH", 6)):
        borders.append(_element(f"w:{edge}", val="single", sz=size, space=0, color="000000"))
    properties.insert_element_before(place, "w:tblOverlap", "w:tblW", "w:jc", "w:tblLayout", "w:tblLook")
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


# Paragraphs and runs ------------------------------------------------------------------------------


def _line(
    file: Any, text: str, style: _Style = _BODY, *, indent: int = 0, align: WD_ALIGN_PARAGRAPH | None = None
) -> Any:
    """A paragraph of the body on the grid; ``indent`` in characters of its first line."""
    paragraph = file.add_paragraph()
    _set(paragraph, WD_ALIGN_PARAGRAPH.JUSTIFY if align is None else align, Twips(_LINE))
    if indent:
        paragraph.paragraph_format.first_line_indent = _cells(indent)
    _run(paragraph, text, style)
    return paragraph


def _set(paragraph: Any, align: WD_ALIGN_PARAGRAPH, height: Length) -> None:
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, height
    form.widow_control = False
    for name in ("w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid"):
        # no extra space between Han characters and digits; the exact height is the grid, a large title must not jump it
        later = _PARAGRAPH_ORDER[_PARAGRAPH_ORDER.index(name) + 1 :]
        paragraph._p.get_or_add_pPr().insert_element_before(_element(name, val=0), *later)


def _cells(number: float) -> Length:
    return Twips(round(number * _CELL))


def _run(paragraph: Any, text: str, style: _Style) -> Any:
    run = paragraph.add_run(text)
    run.font.size = Pt(style.size)
    properties = run._r.get_or_add_rPr()
    _font(properties, style.font)
    if style.colour is not None:
        run.font.color.rgb = style.colour
    if style.spacing:
        spacing = _element("w:spacing", val=round(style.spacing * 20))
        properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")
    return run


def _font(properties: Any, use: str) -> None:
    """The font of the run for every script."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONTS[use][0])
    fonts.set(qn("w:hint"), "eastAsia")


def _outline(paragraph: Any, level: int) -> None:
    """Give a heading its place in the navigation pane."""
    paragraph._p.get_or_add_pPr().append(_element("w:outlineLvl", val=level))


def _border(paragraph: Any, edge: str, *, size: int, space: int, colour: str) -> None:
    """A line at an edge of the paragraph: ``size`` in eighths of a point, ``space`` points from the text."""
    borders = OxmlElement("w:pBdr")
    borders.append(_element(f"w:{edge}", val="single", sz=size, space=space, color=colour))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *_PARAGRAPH_ORDER)


def _element(tag: str, **attributes: str | int) -> Any:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


# The archive --------------------------------------------------------------------------------------


def _packed(made: bytes) -> bytes:
    """The same archive without dates and without the library's thumbnail, with our font table."""
    buffer = BytesIO()
    with ZipFile(BytesIO(made)) as source, ZipFile(buffer, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = _font_table() if name == "word/fontTable.xml" else source.read(name)
            entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            target.writestr(entry, data, compresslevel=6)
    return buffer.getvalue()


def _font_table() -> bytes:
    """Every font with the names of its stand-ins, so that a machine without it does not choose at random."""
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{kind}"/><w:pitch w:val="variable"/></w:font>'
        for name, others, kind in FONTS.values()
    )
    space = nsmap["w"]
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<w:fonts xmlns:w="{space}">{entries}</w:fonts>'.encode()
