"""The data of a document: what is cleaned, numbered and placed before anything is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.report.amounts import capital_amount
from fadu.report.official import (
    LINE,
    Heading,
    OfficialDocument,
    Paragraph,
    Table,
    lines_of,
    numbered,
    official_number,
    plain_text,
    signature_place,
    width,
)
from fadu.report.parts import parts_of
from fadu.report.titles import break_title


@given(st.text())
def test_plain_text_keeps_what_is_printed_and_nothing_else(text: str) -> None:
    plain = plain_text(text)
    assert plain_text(plain) == plain
    assert not set(plain) & {chr(code) for code in (*range(10), *range(11, 32), 0x7F, 0x202E, 0x200B, 0xFEFF, 0xFFFE)}
    kept = [each for each in text if each.isalnum()]
    assert [each for each in plain if each.isalnum()] == kept


def test_rare_characters_of_names_are_kept() -> None:
    name = "郭喆李璟王堃𠮷野㛃\U000300ce\U0003134a"  # the last are newer than most fonts, and than this Python
    assert plain_text(name) == name


def test_headings_are_counted_anew_under_each_higher_one() -> None:
    blocks = tuple(Heading("甲", level) for level in (1, 2, 2, 3, 4, 4, 2, 3, 1, 2))
    marks = [mark for _, mark in numbered(blocks)]
    assert marks == ["一、", "（一）", "（二）", "1.", "（1）", "（2）", "（三）", "1.", "二、", "（一）"]


def test_numbers_of_documents() -> None:
    assert official_number("青江", "复决字", 2023, 12) == "青江复决字〔2023〕12号"
    assert official_number("青江", "复决字", 2023, None) == "青江复决字〔2023〕　号"


def test_a_seal_keeps_the_date_four_characters_from_the_edge_and_the_organ_centred_on_it() -> None:
    date = "2023年5月6日"
    place = signature_place("青江区人民政府", date, seal=True)
    assert place.date == 4
    assert place.organ + width("青江区人民政府") / 2 == place.date + width(date) / 2


def test_without_a_seal_the_organ_keeps_two_and_the_date_begins_two_after_it() -> None:
    place = signature_place("青江区人民政府办公室", "2023年5月6日", seal=False)
    left = LINE - place.organ - width("青江区人民政府办公室")
    assert place.organ == 2
    assert LINE - place.date - width("2023年5月6日") == pytest.approx(left + 2)


@given(st.integers(0, 28), st.booleans())
def test_signatures_stay_on_the_line(length: int, seal: bool) -> None:
    place = signature_place("甲" * length, "2023年11月24日", seal)
    assert place.organ >= 0 and place.organ + length <= LINE + 1e-9
    assert 0 <= place.date <= LINE - width("2023年11月24日") + 1e-9


def test_the_addressee_ends_in_a_colon_and_remarks_stand_in_brackets() -> None:
    parts = parts_of(OfficialDocument("甲", "乙", addressee="张三", remarks=("此件公开发布", "（已加）", " ")))
    assert parts.addressee == "张三："
    assert parts.remarks == ("（此件公开发布）", "（已加）")


def test_a_paragraph_with_line_ends_is_several() -> None:
    parts = parts_of(OfficialDocument("甲", "乙", blocks=(Paragraph("一\n\n二\r\n三"),)))
    assert [piece.text for piece in parts.pieces] == ["一", "二", "三"]
    assert [piece.last for piece in parts.pieces] == [False, False, True]


def test_a_row_longer_than_its_widths_is_refused() -> None:
    with pytest.raises(ValueError, match="表格有 3 列，只给了 2 个宽度"):
        parts_of(OfficialDocument("甲", "乙", blocks=(Table((("一", "二", "三"),), (1, 1)),)))


# Titles -------------------------------------------------------------------------------------------


@given(st.text("关于的和与及对《》（）、甲乙丙丁第2024abc", max_size=120))
def test_a_broken_title_loses_nothing_and_fits(title: str) -> None:
    lines = break_title(title)
    assert "".join(lines) == title.strip()
    assert all(lines)
    for line in lines:
        whole = line.rstrip("》）、").lstrip("《（")
        assert width(whole) <= 20, lines


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("行政复议决定书", 1),
        ("关于提请延长办理期限并请求协调解决老旧小区加装电梯资金问题的请示", 2),
        ("青江区人民政府办公室关于印发《区级民生诉求限时办结管理办法（试行）》的通知", 3),
    ],
)
def test_titles_take_as_few_lines_as_can_be(title: str, lines: int) -> None:
    assert len(break_title(title)) == lines


def test_numbers_latin_words_and_short_names_stay_whole() -> None:
    title = "对青江区第十七届人民代表大会第三次会议第20240123号建议关于《民生诉求办法》修改的答复意见"
    lines = break_title(title)
    assert any("20240123" in line for line in lines) and any("《民生诉求办法》" in line for line in lines)


def test_a_text_put_in_the_place_of_a_title_is_only_cut() -> None:
    lines = break_title("关于某事的通知" * 400)
    assert "".join(lines) == "关于某事的通知" * 400 and max(map(width, lines)) <= 20


# Amounts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"), ("1", "壹元整"), ("10", "壹拾元整"), ("200", "贰佰元整"), ("3005", "叁仟零伍元整"),
        ("80000", "捌万元整"), ("100001", "壹拾万零壹元整"), ("1070300.5", "壹佰零柒万零叁佰元伍角"),
        ("100000000", "壹亿元整"), ("120034000.07", "壹亿贰仟零叁万肆仟元零柒分"), ("0.05", "伍分"), ("0.5", "伍角"),
        ("12.34", "壹拾贰元叁角肆分"), ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)  # fmt: skip
def test_amounts_in_capitals(amount: str, words: str) -> None:
    assert capital_amount(amount) == words


@pytest.mark.parametrize("amount", ["-1", "1000000000000", "abc", ""])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"不是金额|超出范围"):
        capital_amount(amount)


@given(st.integers(0, 10**12 - 1))
def test_capitals_read_back(number: int) -> None:
    digits = {each: place for place, each in enumerate("零壹贰叁肆伍陆柒捌玖")}
    total = group = digit = 0
    for each in capital_amount(str(number)).removesuffix("元整"):
        if each in digits:
            digit = digits[each]
        elif each in "拾佰仟":
            group += digit * {"拾": 10, "佰": 100, "仟": 1000}[each]
            digit = 0
        else:
            total += (group + digit) * {"万": 10**4, "亿": 10**8}[each]
            group = digit = 0
    assert total + group + digit == number


def test_lines_of_a_text() -> None:
    assert lines_of(" 甲 \n\n　\n乙\x00丙") == ["甲", "乙丙"]
