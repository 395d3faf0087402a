"""Terms: the statutes' words, and what a 日 is under each statute's own clause."""

from __future__ import annotations

import pytest

from fadu.law.errors import LawbookError
from fadu.law.terms import Span, Unit, parse_term, resolve

ACCEPTED = "接受：五日、20个工作日、六十日、三个月、二年、24小时、次年1月31日、每年1月31日"


@pytest.mark.parametrize(
    ("text", "number", "word"),
    [
        ("五日", 5, "日"), ("20个工作日", 20, "工作日"), ("七个工作日", 7, "工作日"), ("二十工作日", 20, "工作日"),
        ("六十日", 60, "日"), ("15天", 15, "日"), ("三个月", 3, "个月"), ("6月", 6, "个月"), ("二年", 2, "年"),
        ("24小时", 24, "小时"), ("二个小时", 2, "小时"),
        ("次年1月31日", 131, "次年"), ("次年三月三十一日", 331, "次年"), ("每年1月31日", 131, "每年"),
        (" 三百六十五日 ", 365, "日"), ("两年", 2, "年"),
    ],
)  # fmt: skip
def test_terms_are_read_as_statutes_write_them(text: str, number: int, word: str) -> None:
    term = parse_term(text)
    assert (term.number, term.word, term.text) == (number, word, text.strip())


@pytest.mark.parametrize(
    "text", ["", "五", "立即", "及时", "五日内", "五个日", "-5日", "1.5日", "五 五日", "日", "十十日", "次年"]
)
def test_what_is_not_a_term_is_refused(text: str) -> None:
    with pytest.raises(LawbookError) as caught:
        parse_term(text)
    assert f"“{text}”不是期限" in str(caught.value)
    assert ACCEPTED in str(caught.value)


@pytest.mark.parametrize("text", ["0日", "零日", "〇个月"])
def test_a_term_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(LawbookError, match="至少是一"):
        parse_term(text)


@pytest.mark.parametrize("text", ["次年2月29日", "次年13月1日", "次年4月31日", "次年1月32日"])
def test_a_date_some_years_lack_is_refused(text: str) -> None:
    with pytest.raises(LawbookError, match="不是每年都有的日期；接受：次年1月31日、每年1月31日"):
        parse_term(text)


@pytest.mark.parametrize(
    ("text", "working", "span"),
    [
        ("五日", True, Span(5, Unit.WORKING)),
        ("五日", False, Span(5, Unit.CALENDAR, True)),
        ("五个工作日", False, Span(5, Unit.WORKING)),
        ("三个月", True, Span(3, Unit.MONTH, True)),
        ("二年", True, Span(24, Unit.MONTH, True)),
        ("24小时", True, Span(24, Unit.HOUR)),
        ("次年1月31日", True, Span(131, Unit.ANNUAL)), ("每年1月31日", True, Span(10131, Unit.ANNUAL)),
    ],
)
def test_the_clause_decides_only_what_a_day_is(text: str, working: bool, span: Span) -> None:
    assert resolve(parse_term(text), working, rolls=True) == span


UNITS = [
    ("行政复议法", "2024-01-01", {"三日": "W", "五日": "W", "七日": "W", "十日": "W", "十五日": "C", "六十日": "C"}),
    ("行政复议法", "2018-01-01", {"五日": "W", "七日": "W", "十日": "C", "六十日": "C", "三日": "C"}),
    ("行政处罚法", "2021-07-15", {"二日": "W", "三日": "W", "五日": "W", "七日": "W", "十日": "C", "九十日": "C"}),
    ("行政强制法", "2012-01-01", {"三日": "W", "十日": "W", "十五日": "C", "三十日": "C", "三个月": "M"}),
    ("信访工作条例", "2022-05-01", {"15日": "C", "5个工作日": "W", "60日": "C"}),
]  # fmt: skip


@pytest.mark.parametrize(("statute", "on", "expected"), UNITS, ids=[f"{name}-{on}" for name, on, _ in UNITS])
def test_what_a_day_is_in_each_statute(desk, statute: str, on: str, expected: dict[str, str]) -> None:
    for text, unit in expected.items():
        rules = f"clocks:\n  k: {{label: k, start: receive, stop: decide, term: {text}, cite: 1}}\n"
        clock = desk.plan(rules, statute=statute, on=on).procedure.clocks["k"]
        assert clock.terms[0].span.unit.name[0] == unit, text


def test_in_the_licensing_act_only_the_agency_counts_working_days(desk) -> None:
    def unit(party: str) -> Unit:
        rule = f"clocks:\n  k: {{label: k, party: {party}, start: receive, stop: decide, term: 三十日, cite: 50}}\n"
        return desk.plan(rule, statute="行政许可法").procedure.clocks["k"].terms[0].span.unit

    assert [unit("agency"), unit("applicant"), unit("other")] == [Unit.WORKING, Unit.CALENDAR, Unit.CALENDAR]


def test_the_first_citation_brings_its_own_clause(desk) -> None:
    rules = "clocks:\n  k: {label: k, start: receive, stop: decide, term: 十日, cite: [行政处罚法56, 31(2)]}\n"
    clock = desk.plan(rules).procedure.clocks["k"]
    assert clock.terms[0].span == Span(10, Unit.CALENDAR, True)
    assert [cite.short for cite in clock.rule_cites] == ["行政处罚法85"]
    assert clock.rolls_certainty == "inferred"


def test_a_unit_set_against_the_clause_is_an_inference(desk) -> None:
    rules = "clocks:\n  k: {label: k, start: receive, stop: decide, term: 五日, unit: calendar, cite: 30}\n"
    clock = desk.plan(rules).procedure.clocks["k"]
    assert (clock.terms[0].span.unit, clock.unit_certainty) == (Unit.CALENDAR, "inferred")
