"""Pages as PDF: the measures of GB/T 9704-2012, and texts that try to be more than text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise

import pytest
from drawn import lines, text_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from fadu.report import typeset
from fadu.report.official import Heading, OfficialDocument, Paragraph, Table
from fadu.report.typeset import MissingFontError, to_pdf, to_pictures

CELL, PITCH = 156 / 28, 225 / 22
HAN = "国家行政机关公务文件格式"


def text(count: int) -> str:
    return (HAN * (count // len(HAN) + 1))[:count]


def letter(**parts) -> OfficialDocument:
    given = {
        "organ": "青江区人民政府",
        "title": "行政复议决定书",
        "signed_by": "青江区人民政府",
        "date": "2023年5月6日",
    }
    return OfficialDocument(**given | parts)


# Measures -----------------------------------------------------------------------------------------


def test_the_page_is_a4() -> None:
    pages = PdfReader(BytesIO(to_pdf(letter(blocks=(Paragraph(text(2000)),))))).pages
    assert len(pages) > 3
    for page in pages:
        width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
        assert (width, height) == pytest.approx((210, 297), abs=0.1)


def test_twenty_two_lines_of_twenty_eight_characters() -> None:
    pages = lines(OfficialDocument("", "", blocks=(Paragraph(text(28 * 50), flush=True),)))
    body = [[line for line in page if HAN[0] in line.text or len(line.text) > 8] for page in pages]
    assert [len(page) for page in body] == [22, 22, 6]
    for line in (line for page in body for line in page):
        assert len(line.text) == 28
        assert line.left == pytest.approx(28, abs=0.05)
    for page in body:
        steps = [below.down - above.down for above, below in pairwise(page)]
        assert steps == pytest.approx([PITCH] * len(steps), abs=0.02)
    first, last = body[0][0], body[0][-1]
    middle = 0.38 * 16 * 25.4 / 72  # of a Han character over its base line
    assert first.down - middle == pytest.approx(37 + PITCH / 2, abs=0.05)
    assert last.down - middle == pytest.approx(37 + 225 - PITCH / 2, abs=0.05)


@pytest.mark.parametrize("length", [27, 28, 29, 56, 57])
def test_the_twenty_eighth_character_stays_and_the_next_does_not(length: int) -> None:
    """Also on the last line of a paragraph, which is not stretched to the edge."""
    page = lines(OfficialDocument("", "", blocks=(Paragraph("国" * length, flush=True),)))[0]
    found = [len(line.text) for line in page if "国" in line.text]
    assert found == [28] * (length // 28) + ([length % 28] if length % 28 else [])


def test_paragraphs_begin_two_characters_in() -> None:
    page = lines(letter(blocks=(Paragraph(text(60)), Paragraph(text(20), flush=True))))[0]
    body = [line for line in page if line.size == 16 and line.text.startswith(HAN[:3])]
    assert body[0].left == pytest.approx(28 + 2 * CELL, abs=0.05) and len(body[0].text) == 26
    assert body[-1].left == pytest.approx(28, abs=0.05)


def test_page_numbers_stand_right_on_odd_pages_and_left_on_even_ones() -> None:
    pages = lines(OfficialDocument("", "", blocks=(Paragraph(text(28 * 60), flush=True),)))
    for number, page in enumerate(pages, 1):
        mark = next(line for line in page if line.text.strip().startswith("—"))
        assert mark.text.replace(" ", "") == f"—{number}—" and mark.size == 14
        assert mark.down - 0.38 * 14 * 25.4 / 72 == pytest.approx(297 - 35 + 7, abs=0.1)  # its dashes, under the text
        one = 14 * 25.4 / 72
        if number % 2:
            assert mark.left > 160
        else:
            assert mark.left == pytest.approx(28 + one, abs=0.1)


def test_marks_stand_on_every_page() -> None:
    pages = lines(letter(blocks=(Paragraph(text(2000)),), marks=("模拟数据", "样张")))
    assert len(pages) > 2
    for page in pages:
        assert page[0].text.replace(" ", "").replace("　", "") == "【模拟数据样张】" and page[0].down < 37


def test_a_red_head_stands_35_millimetres_under_the_edge_of_the_text() -> None:
    document = letter(
        organ="青江区人民政府办公室文件",
        number="青江府办发〔2023〕18号",
        red_head=True,
        approved_by="钱某",
        serial="000012",
        secrecy="机密★1年",
        urgency="特急",
    )
    page = lines(document)[0]
    head = next(line for line in page if line.text.startswith("青江区人民政府办公室文件"))
    assert head.down - 0.88 * head.size * 25.4 / 72 == pytest.approx(37 + 35, abs=0.1)
    assert [line.text for line in page[:3]] == ["000012", "机密★1年", "特急"]
    together = "".join(line.text for line in page)
    assert "签发人：钱某" in together and "〔2023〕18号" in together


def test_long_titles_are_broken_and_centred() -> None:
    title = "青江区人民政府办公室关于印发《区级民生诉求限时办结管理办法（试行）》的通知"
    found = [line for line in lines(letter(organ="", title=title))[0] if line.size == 22]
    assert [line.text for line in found] == [
        "青江区人民政府办公室关于印发",
        "《区级民生诉求限时办结管理办法（试行）》",
        "的通知",
    ]
    last = found[-1]
    assert last.left + 3 * 22 * 25.4 / 72 / 2 == pytest.approx(28 + 156 / 2, abs=0.5)


def test_headings_are_numbered_and_set_in_their_fonts() -> None:
    blocks = (Heading("明确时限"), Heading("计时", 2), Heading("起算", 3), Heading("次日", 4), Paragraph(text(10)))
    told = text_of(letter(blocks=blocks))
    assert all(each in told for each in ("一、明确时限", "（一）计时", "1.起算", "（1）次日"))
    fonts = {
        str(font["/BaseFont"])
        for page in PdfReader(BytesIO(to_pdf(letter(blocks=blocks)))).pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
    }
    assert len(fonts) >= 3


@settings(max_examples=25)
@given(st.integers(1, 1500), st.integers(0, 3))
def test_no_page_holds_a_signature_without_text(length: int, attachments: int) -> None:
    document = letter(
        blocks=(Paragraph(text(90)), Paragraph("正" * length)),
        attachments=("附件材料",) * attachments,
        copies_to="某局。",
    )
    pages = lines(document)
    for page in pages:
        words = [line.text for line in page]
        if "2023年5月6日" in words:
            assert any("正" in line or "附件材料" in line for line in words), words


def test_every_part_is_shown() -> None:
    document = letter(
        number="青江复决字〔2023〕12号", addressee="张三",
        blocks=(Table((("案由", "某事"), ("备注",)), (1, 2), header=True),),
        attachments=("清单",), remarks=("此件公开发布",), copies_to="某局", printed_by="办公室",
        printed_on="2023年5月6日",
    )  # fmt: skip
    told = text_of(document)
    for part in (
        "青江区人民政府行政复议决定书青江复决字〔2023〕12号张三：",
        "案由",
        "某事",
        "备注",
        "附件：",
        "清单",
        "（此件公开发布）",
        "抄送：某局",
        "办公室",
        "2023年5月6日印发",
    ):
        assert part in told, part


def test_blank_lines_of_a_cell_are_left_for_a_hand() -> None:
    document = letter(
        organ="", title="", signed_by="", date="", blocks=(Table((("签名", "　\n　\n年月日"), ("下一行", "")), (1, 3)),)
    )
    page = {line.text: line.down for line in lines(document)[0]}
    line = 23 * 25.4 / 72
    assert page["年月日"] - 37 > 2 * line and page["下一行"] - page["年月日"] < 2 * line


# Text stays text ----------------------------------------------------------------------------------

ATTACKS = [
    '#set page(fill: red)', '#import "@preview/cetz:0.2.0"', '#read("official.typ")', '] #panic("x") [',
    "$ sum $ *a* _b_ `c` @d", "<w:t>]]></w:t><script>alert(1)</script>", "&lt;&amp;&#x0;", "\\u{202e}甲",
    "a\x00b\x08c\x1b[31m", "{{ 申请人.名称 }}", "= 标题", "- 列表\n+ 编号", "//注释 /* 注释 */", "\ud800甲",
    "甲\u202e乙\u2066丙", "\ufffe\uffff", "%PDF-1.7", "甲\U0001f480乙",
]  # fmt: skip
FIELDS = [
    "organ", "title", "number", "addressee", "signed_by", "date", "approved_by", "copies_to", "printed_by",
    "printed_on", "serial", "secrecy", "urgency",
]  # fmt: skip


def attacked(attack: str, red_head: bool) -> OfficialDocument:
    """A document with ``attack`` in every field."""
    blocks = (Paragraph(attack), Paragraph(attack, flush=True), Heading(attack, 2), Table(((attack, attack),), (1, 1)))
    many = (attack, attack)
    fields = dict.fromkeys(FIELDS, attack)
    return OfficialDocument(**fields, blocks=blocks, attachments=many, remarks=many, marks=many, red_head=red_head)


@pytest.mark.parametrize("red_head", [False, True])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_read_as_markup(attack: str, red_head: bool) -> None:
    told = letters("".join(line.text for page in lines(attacked(attack, red_head)) for line in page))
    assert told.count(letters(attack)) >= 18 if letters(attack) else told


def letters(some: str) -> str:
    return "".join(each for each in some if each.isalnum())


def test_markup_is_printed_as_it_is_written() -> None:
    told = text_of(letter(blocks=(Paragraph("#set text(red) *粗* _斜_ $x$ `c` @ref <b> \\ ~ -- ... '引' \"双\""),)))
    assert "#settext(red)*粗*_斜_$x$`c`@ref<b>\\~--...'引'\"双\"" in told


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_text_makes_a_page(some: str) -> None:
    assert to_pdf(letter(title=some or "甲", blocks=(Paragraph(some), Table(((some,),), (1,))))).startswith(b"%PDF-")


def test_rare_characters_of_names_are_drawn() -> None:
    """A character that the body font lacks is taken from the next font; none is lost from the text."""
    told = text_of(letter(blocks=(Paragraph("郭喆、李璟、王堃、镕昇珺"),)))
    assert "郭喆、李璟、王堃、镕昇珺" in told


# Bytes --------------------------------------------------------------------------------------------


def test_equal_documents_give_equal_bytes_and_no_date() -> None:
    first, second = (to_pdf(letter(blocks=(Paragraph(text(300)),))) for _ in range(2))
    assert first == second
    assert first != to_pdf(letter(blocks=(Paragraph(text(301)),)))
    information = PdfReader(BytesIO(first)).metadata
    assert information is not None
    assert "/CreationDate" not in information and "/ModDate" not in information and "/Author" not in information
    assert information.title == "行政复议决定书"


def test_pictures_of_the_pages() -> None:
    pictures = to_pictures(letter(blocks=(Paragraph(text(28 * 30)),)), 48)
    assert len(pictures) == 2 and all(each.startswith(b"\x89PNG") for each in pictures)
    assert pictures == to_pictures(letter(blocks=(Paragraph(text(28 * 30)),)), 48)


def test_a_machine_without_chinese_fonts_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    typeset._chosen_fonts.cache_clear()
    monkeypatch.setattr(typeset, "_installed", Bare)
    with pytest.raises(MissingFontError) as caught:
        to_pdf(letter())
    typeset._chosen_fonts.cache_clear()
    for word in ("没有可用的中文字体", "方正小标宋简体", "Noto Serif CJK SC", "fonts-noto-cjk"):
        assert word in str(caught.value)


def test_many_at_once_draw_what_one_draws() -> None:
    """The office answers several people at a time; the fonts are shared between them."""
    documents = [letter(title=f"第{number}号决定", blocks=(Paragraph(text(100 + number)),)) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(to_pdf, documents)) == [to_pdf(document) for document in documents]
