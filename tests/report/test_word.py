"""The same documents as Word files: the grid, the parts, and texts that try to be more than text."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from drawn import text_of
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from test_typeset import ATTACKS, attacked, letter, letters, text

from fadu.report.official import Heading, OfficialDocument, Paragraph, Table
from fadu.report.word import FONTS, to_docx

PARAGRAPH = [
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers",
    "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
    "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl",
]  # fmt: skip
RUN = ["rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "spacing", "w", "kern", "position", "sz", "szCs"]
"""The order of properties in the schema (those we could come to use)."""


def opened(document: OfficialDocument):
    return docx.Document(BytesIO(to_docx(document)))


def told(document: OfficialDocument) -> str:
    """All text of the body, its tables, header and footers, without spaces."""
    file = opened(document)
    section = file.sections[0]
    places = [
        file.element.body,
        section.header._element,
        section.even_page_header._element,
        section.footer._element,
        section.even_page_footer._element,
    ]
    return "".join("".join(place.itertext(qn("w:t"))) for place in places).replace(" ", "")


def body(document: OfficialDocument, start: str):
    """The first paragraph that begins with ``start``."""
    return next(each for each in opened(document).paragraphs if each.text.startswith(start))


# Measures -----------------------------------------------------------------------------------------


def test_the_page_is_that_of_the_standard() -> None:
    section = opened(letter()).sections[0]
    measures = [
        section.page_width,
        section.page_height,
        section.top_margin,
        section.bottom_margin,
        section.left_margin,
        section.right_margin,
    ]
    assert [round(each.mm) for each in measures] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert 22 * 579 <= 225 / 25.4 * 1440 < 23 * 579  # twenty-two lines fit, twenty-three do not


def test_the_body_is_sixteen_points_on_exact_lines_with_narrowed_characters() -> None:
    paragraph = body(letter(blocks=(Paragraph(text(40)),)), "国家")
    run = paragraph.runs[0]
    assert run.font.size.pt == 16
    assert run._r.rPr.find(qn("w:spacing")).get(qn("w:val")) == "-4"  # twentieths of a point: −0.2 pt
    spacing = paragraph._p.pPr.find(qn("w:spacing"))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("579", "exact")
    assert 28 * (16 - 0.2) <= 156 / 25.4 * 72 + 0.3
    two_characters = 2 * 156 / 28 / 25.4 * 1440
    assert int(paragraph._p.pPr.find(qn("w:ind")).get(qn("w:firstLine"))) == pytest.approx(two_characters, abs=1)
    for off in ("w:autoSpaceDE", "w:autoSpaceDN"):
        assert paragraph._p.pPr.find(qn(off)).get(qn("w:val")) == "0"


def test_every_font_has_stand_ins_and_none_is_embedded() -> None:
    with ZipFile(BytesIO(to_docx(letter()))) as archive:
        assert not [
            name for name in archive.namelist() if "fonts/" in name.lower() or name.endswith((".odttf", ".ttf"))
        ]
        table = etree.fromstring(archive.read("word/fontTable.xml"))
    named = {font.get(qn("w:name")): font.find(qn("w:altName")).get(qn("w:val")) for font in table}
    assert set(named) == {name for name, _, _ in FONTS.values()}
    assert all("Noto" in others for others in named.values())


def test_page_numbers_stand_right_on_odd_pages_and_left_on_even_ones() -> None:
    file = opened(letter())
    assert file.settings.odd_and_even_pages_header_footer
    odd, even = file.sections[0].footer.paragraphs[0], file.sections[0].even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT)
    for footer in (odd, even):
        assert footer.text == "—  —" and "PAGE" in "".join(footer._p.itertext(qn("w:instrText")))
    assert odd.paragraph_format.right_indent.pt == even.paragraph_format.left_indent.pt == 14


def test_marks_stand_on_odd_and_even_pages() -> None:
    section = opened(letter(marks=("模拟数据",))).sections[0]
    assert section.header.paragraphs[0].text == section.even_page_header.paragraphs[0].text == "【模拟数据】"


# Parts --------------------------------------------------------------------------------------------


def test_every_part_is_in_the_file() -> None:
    document = letter(
        number="青江复决字〔2023〕12号", addressee="张三",
        blocks=(Heading("事实"), Paragraph("甲。"), Table((("案由", "某事"),), (1, 2))),
        attachments=("清单", "回证"), remarks=("此件公开发布",), copies_to="某局", printed_by="办公室",
        printed_on="2023年5月6日", secrecy="机密", urgency="特急", serial="000012",
    )  # fmt: skip
    words = told(document)
    for part in (
        "000012",
        "机密",
        "特急",
        "青江区人民政府",
        "行政复议决定书",
        "青江复决字〔2023〕12号",
        "张三：",
        "一、事实",
        "甲。",
        "案由",
        "某事",
        "附件：1.清单",
        "2.回证",
        "2023年5月6日",
        "（此件公开发布）",
        "抄送：某局",
        "办公室",
        "2023年5月6日印发",
    ):
        assert part in words, part


def test_a_red_head_is_red_with_a_red_line_under_the_number() -> None:
    document = letter(organ="青江区人民政府文件", number="青江发〔2023〕1号", red_head=True, approved_by="钱某")
    assert body(document, "青江区人民政府文件").runs[0].font.color.rgb == docx.shared.RGBColor(0xD7, 0, 0x0F)
    number = body(document, "青江发")
    assert number.text == "青江发〔2023〕1号\t签发人：钱某"
    assert number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom")).get(qn("w:color")) == "D7000F"


def test_headings_have_their_fonts_and_stand_in_the_outline() -> None:
    document = letter(blocks=(*(Heading("甲", level) for level in (1, 2, 3, 4)), Paragraph("乙")))
    for level, (start, font) in enumerate(
        (("一、", "黑体"), ("（一）", "楷体_GB2312"), ("1.", "仿宋_GB2312"), ("（1）", "仿宋_GB2312")), 1
    ):
        heading = body(document, start)
        assert heading.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == font
        assert heading._p.pPr.find(qn("w:outlineLvl")).get(qn("w:val")) == str(level)


def test_the_signature_stays_with_the_text() -> None:
    paragraphs = opened(letter(blocks=(Paragraph("甲。"), Paragraph("特此通知。")))).paragraphs
    start = next(place for place, each in enumerate(paragraphs) if each.text == "特此通知。")
    assert all(each.paragraph_format.keep_with_next for each in paragraphs[start:-1])
    assert paragraphs[-1].text == "2023年5月6日"


def test_cells_of_a_short_row_take_the_rest_of_it() -> None:
    table = opened(letter(blocks=(Table((("甲", "乙", "丙"), ("丁", "戊")), (2, 3, 4)),))).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["甲", "乙", "丙"]
    assert [cell.text for cell in table.rows[1].cells] == ["丁", "戊", "戊"]
    widths = [column.width.mm for column in table.columns]
    assert sum(widths) == pytest.approx(156, abs=0.5) and widths[1] / widths[0] == pytest.approx(1.5, abs=0.01)


def test_properties_of_paragraphs_stand_in_the_order_of_the_schema() -> None:
    """A word processor refuses a file whose properties are out of order."""
    for red_head in (False, True):
        file = opened(attacked("甲", red_head))
        for properties in file.element.body.iter(qn("w:pPr")):
            places = [PARAGRAPH.index(etree.QName(each).localname) for each in properties]
            assert places == sorted(places), etree.tostring(properties)
        for properties in file.element.body.iter(qn("w:rPr")):
            places = [RUN.index(etree.QName(each).localname) for each in properties]
            assert places == sorted(places), etree.tostring(properties)


# Text stays text ----------------------------------------------------------------------------------


@pytest.mark.parametrize("red_head", [False, True])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_read_as_markup(attack: str, red_head: bool) -> None:
    words = letters(told(attacked(attack, red_head)))
    assert words.count(letters(attack)) >= 18 if letters(attack) else words


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text_makes_a_file_that_opens(some: str) -> None:
    document = letter(title=some or "甲", addressee=some, blocks=(Paragraph(some), Table(((some,),), (1,))))
    assert letters(some) in letters(told(document))
    with ZipFile(BytesIO(to_docx(document))) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))


def test_pdf_and_word_say_the_same_in_the_same_order() -> None:
    document = letter(
        number="青江复决字〔2023〕12号",
        addressee="张三",
        blocks=(Heading("事实"), Paragraph(text(100)), Table((("案由", "某事"),), (1, 2)), Paragraph(text(300))),
        attachments=("清单",),
        remarks=("此件公开发布",),
        marks=("模拟数据",),
    )
    assert "".join("".join(opened(document).element.body.itertext(qn("w:t"))).split()) == text_of(document)


# Bytes --------------------------------------------------------------------------------------------


def test_equal_documents_give_equal_bytes_and_no_date() -> None:
    first = to_docx(letter(blocks=(Paragraph(text(300)),)))
    assert first == to_docx(letter(blocks=(Paragraph(text(300)),)))
    assert first != to_docx(letter(blocks=(Paragraph(text(301)),)))
    with ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    about = docx.Document(BytesIO(first)).core_properties
    assert (about.author, about.comments, about.last_modified_by, about.title) == ("", "", "", "行政复议决定书")
    assert about.created == about.modified and about.created.year == 2000


def test_bytes_do_not_depend_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    first = to_docx(letter())
    later = time.localtime(4_000_000_000)
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    assert to_docx(letter()) == first
