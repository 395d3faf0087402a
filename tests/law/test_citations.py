"""Citations: every form the format page lists, round trips, and messages of bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.law.citations import Citation, parse_citation
from fadu.law.errors import LawbookError, Place
from fadu.law.numerals import chinese_number, to_chinese

FXF = "行政复议法"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("行政复议法62(1)", Citation(FXF, 62, paragraph=1)),
        ("62(1)(九)", Citation(FXF, 62, paragraph=1, item=9)),
        ("62(一)", Citation(FXF, 62, item=1)),
        ("62", Citation(FXF, 62)),
        ("62之一(2)", Citation(FXF, 62, inserted=1, paragraph=2)),
        ("62之1", Citation(FXF, 62, inserted=1)),
        ("行诉解释149(4)", Citation("行诉解释", 149, paragraph=4)),
        ("行政复议法６２（１）（十二）", Citation(FXF, 62, paragraph=1, item=12)),
        (" 行政复议法 62 (1) ", Citation(FXF, 62, paragraph=1)),
        ("54号文3(2)", Citation("54号文", 3, paragraph=2)),
        ("《中华人民共和国行政复议法》第六十二条第一款第九项", Citation("中华人民共和国行政复议法", 62, 0, 1, 9)),
        ("《中华人民共和国行政复议法》第六十二条第（九）项", Citation("中华人民共和国行政复议法", 62, item=9)),
        ("《某某适用〈某法〉的解释》第62条之一", Citation("某某适用〈某法〉的解释", 62, inserted=1)),
        ("《某某适用《某法》的解释》第6条", Citation("某某适用《某法》的解释", 6)),
        ("民法典第一千二百五十九条", Citation("民法典", 1259)),
        ("第三条第二款", Citation(FXF, 3, paragraph=2)),
    ],
)
def test_reads_every_form(text: str, expected: Citation) -> None:
    assert parse_citation(text, FXF) == expected


def test_writes_the_short_and_the_formal_form() -> None:
    citation = Citation(FXF, 62, paragraph=1)
    assert citation.short == "行政复议法62(1)"
    assert citation.formal("中华人民共和国行政复议法") == "《中华人民共和国行政复议法》第六十二条第一款"
    assert citation.formal() == "《行政复议法》第六十二条第一款"


@pytest.mark.parametrize(
    "text",
    ["", "行政复议法", "62(1", "62(九)(1)", "62(1)(9)", "62条", "62()", "62-63", "62、63", "第六十二条第一款规定"],
)
def test_a_bad_citation_says_what_was_found_and_what_is_accepted(text: str) -> None:
    with pytest.raises(LawbookError) as caught:
        parse_citation(text, FXF, Place("某.yaml", 7))
    assert str(caught.value).startswith("某.yaml:7: ")
    for words in (f"“{text}”", "62(1)(九)", "第六十二条第一款第九项"):
        assert words in str(caught.value)


@pytest.mark.parametrize("text", ["0", "62(0)", "第十百条", "62(一十百)", "10000", "《某法》第三条第零款"])
def test_a_bad_number_is_named(text: str) -> None:
    with pytest.raises(LawbookError, match="可写"):
        parse_citation(text, FXF)


names = st.sampled_from([FXF, "行诉解释", "54号文", "京备案"])
numbers = st.integers(1, 9999)
optional = st.integers(0, 9999)


@given(names, numbers, optional, optional, optional)
def test_both_forms_read_back(statute: str, article: int, inserted: int, paragraph: int, item: int) -> None:
    citation = Citation(statute, article, inserted, paragraph, item)
    assert parse_citation(citation.short) == citation
    assert parse_citation(citation.locus, statute) == citation
    assert parse_citation(citation.formal()) == citation


@given(st.integers(0, 9999))
def test_numerals_read_back(number: int) -> None:
    assert chinese_number(to_chinese(number)) == number
    assert chinese_number(str(number)) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("两", 2), ("两百", 200), ("两千零二", 2002), ("一十二", 12), ("二〇二四", 2024), ("一千零一十", 1010), ("零", 0)],
)
def test_other_ways_to_write_a_number(text: str, value: int) -> None:
    assert chinese_number(text) == value


@pytest.mark.parametrize("text", ["", "十百", "百", "十两", "一二十", "二十三十", "三十零", "五日", "一十百", "两三"])
def test_what_is_not_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="不是数字"):
        chinese_number(text)


def test_numbers_out_of_range() -> None:
    with pytest.raises(ValueError, match="9999"):
        to_chinese(10_000)
