"""Dates, numbers and words as typed into cells; what could be two things is doubted, in words."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.exchange.cell_dates import read_date, read_time
from fadu.exchange.cell_values import (
    read_flag,
    read_identity,
    read_names,
    read_number,
    read_number_text,
    read_phone,
    read_whole,
)
from fadu.exchange.cells import Doubt, plain_word, tidy
from fadu.law.dates import chinese, date_of, day_of, iso

DAY = day_of("2023-01-05")


@pytest.mark.parametrize("cell", [
    "2023-1-5", "2023-01-05", "2023/1/5", "2023.1.5", "2023.01.05.", "2023年1月5日", "2023年1月5", "2023年01月05号",
    "20230105", "20230105 ", "２０２３年１月５日", "２０２３－１－５", "2023 年 1 月 5 日", "二〇二三年一月五日", "二○二三年一月五日",
    "二零二三年元月五日", "2023年元月5日", "2023—1—5", "2023、1、5", "2023。1。5", "2023-1-5\n", "\u200b2023-01-05", "'2023-01-05",
    "2023年1月5日（星期四）", "2023-01-05 00:00:00", "2023-01-05T00:00:00+08:00", date(2023, 1, 5), datetime(2023, 1, 5),
    44931, 44931.0, 20230105, 20230105.0,
])  # fmt: skip
def test_dates(cell):
    assert read_date(cell) == (DAY, None)


@pytest.mark.parametrize(("cell", "minute"), [
    ("2023-01-05 14:30", 870), ("2023-1-5 14:30:59", 870), ("2023年1月5日14时30分", 870), ("2023年1月5日 下午2:30", 870),
    ("2023年1月5日 下午2点半", 870), ("2023/1/5 上午９：０５", 545), ("2023-01-05T14:30:00+08:00", 870), ("202301051430", 870),
    ("2023.1.5 中午12点", 720), ("2023.1.5 晚上8点", 1200), ("20230105 14:30", 870), (datetime(2023, 1, 5, 14, 30), 870),
    (44931 + 870 / 1440, 870), ("2023年1月5日 12:30pm".replace("12:30pm", "pm12:30"), 750), ("2023年1月5日 24:00", None),
])  # fmt: skip
def test_times_in_dates(cell, minute):
    found = read_date(cell)
    if minute is None:
        assert isinstance(found, Doubt) and found.reason == "「2023年1月5日 24:00」的时间部分不是一天里的时刻"
    else:
        assert found == (DAY, minute)


DOUBTS = {
    "no year": ("1月5日", "ambiguous_date", ["「1月5日」没有写年", "指定这一列是哪一年"]),
    "no year, bare": ("1-5", "ambiguous_date", ["没有写年", "写全年月日"]),
    "no day": ("2023年1月", "ambiguous_date", ["「2023年1月」没有写日"]),
    "no day, number": (2023.1, "ambiguous_date", ["「2023.1」没有写日"]),
    "no day, six digits": ("202301", "ambiguous_date", ["没有写日"]),
    "short year": ("23.1.5", "bad_date", ["年份不是四位"]),
    "month first": ("1/5/2023", "bad_date", ["日月次序不明"]),
    "no such day": ("2023-2-30", "bad_date", ["没有「2023-2-30」这一天", "2023 年 2 月只有 28 天"]),
    "no such day, written out": ("二〇二三年二月三十日", "bad_date", ["没有「二〇二三年二月三十日」这一天"]),
    "month 13": ("2023-13-1", "bad_date", ["没有 13 月"]),
    "two dates": ("2023-1-5、2023-2-6", "ambiguous_date", ["写了不止一个日期", "只写这个环节的那一天"]),
    "a while": ("2023.1.5至2023.1.10", "ambiguous_date", ["不止一个日期"]),
    "serial as text": ("44931", "ambiguous_date", ["像是 Excel 的日期序号（2023年1月5日），但它是文本", "日期格式"]),
    "lunar": ("2023年正月十四", "ambiguous_date", ["像是农历日期", "公历"]),
    "weekday differs": ("2023年1月5日星期五", "ambiguous_date", ["2023年1月5日是星期四", "核对是哪一天"]),
    "world time": ("2023-01-05T18:00:00Z", "ambiguous_date", ["不是北京时间"]),
    "mixed marks": ("2023-1/5", "bad_date", ["写法前后不一致"]),
    "evening at twelve": ("2023-1-5 晚上12点", "bad_date", ["时间部分不是一天里的时刻"]),
    "year 1023": ("1023-1-5", "bad_date", ["年份不在 1900–2199 之内"]),
    "words": ("已办结", "bad_date", ["「已办结」不是日期"]),
    "small number": (5.0, "bad_date", ["「5」不是日期"]),
    "flag": (True, "bad_date", ["「是」不是日期"]),
    "only a time": (time(9, 30), "bad_date", ["不是日期"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", DOUBTS)
def test_doubtful_dates(kind):
    cell, expected, words = DOUBTS[kind]
    found = read_date(cell)
    assert isinstance(found, Doubt) and found.kind == expected, found
    text = f"{found.reason}；{found.accepted}；{found.advice}"
    assert all(word in text for word in words), text
    assert "2023-01-05、2023/1/5" in found.accepted


def test_year_that_was_answered():
    assert read_date("1月5日", year=2023) == (DAY, None)
    assert isinstance(read_date("2月29日", year=2023), Doubt)
    assert isinstance(read_date("1.5", year=2023), Doubt)  # may be a number


def test_1904_system():
    assert read_date(44931 - 1462, shift=1462) == (DAY, None)


@given(st.integers(day_of("1950-01-01"), day_of("2199-12-31")))
def test_every_spelling_of_a_day_is_that_day(day):
    value = date_of(day)
    digits = str.maketrans("0123456789", "〇一二三四五六七八九")
    month, number = (_numeral(part) for part in (value.month, value.day))
    spellings = [
        iso(day), iso(day).replace("-", ""), f"{value.year}/{value.month}/{value.day}", chinese(day),
        f"{value.year}.{value.month}.{value.day}", f"{str(value.year).translate(digits)}年{month}月{number}日",
        (datetime(value.year, value.month, value.day) - datetime(1899, 12, 30)).days, value,
    ]  # fmt: skip
    assert {read_date(cell) for cell in spellings} == {(day, None)}


def _numeral(number: int) -> str:
    from fadu.law.numerals import to_chinese

    return to_chinese(number)


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text):
    for read in (read_date, read_time, read_number, read_whole, read_flag, read_identity, read_phone, read_number_text):
        read(text)


@pytest.mark.parametrize(("cell", "minute"), [
    ("14:30", 870), ("14时30分", 870), ("9点", 540), ("下午3点半", 930), (time(9, 36), 576), (0.4, 576),
    (timedelta(hours=9), 540), ("１４：３０", 870),
])  # fmt: skip
def test_times(cell, minute):
    assert read_time(cell) == minute


@pytest.mark.parametrize("cell", ["25:00", "14:61", "下午", "", 1.5, timedelta(hours=30)])
def test_doubtful_times(cell):
    found = read_time(cell)
    assert isinstance(found, Doubt) and "不是一天里的时刻" in found.reason and "14:30" in found.accepted


@pytest.mark.parametrize(("cell", "number"), [
    (3000, 3000), (3000.5, 3000.5), ("3000", 3000), ("３，０００．５", 3000.5), ("3,000元", 3000), ("¥3,000.00", 3000),
    ("￥ 3000", 3000), ("人民币3000元整", 3000), ("0.3万元", 3000), ("1.2亿元", 120_000_000), ("3千元", 3000), ("三千元", 3000),
    ("叁仟伍佰元整", 3500), ("壹万贰仟元整", 12_000), ("一亿二千万元", 120_000_000), ("一万零五十元", 10_050), ("-5", -5),
    ("30%", 0.3), ("1,234,567", 1_234_567),
])  # fmt: skip
def test_numbers(cell, number):
    assert read_number(cell, "元") == pytest.approx(number)


def test_numbers_in_other_units():
    assert read_number(0.3, "元", 10_000) == 3000  # the header says 万元
    assert read_number("3000元", "元", 10_000) == 3000  # the cell's own unit counts more
    assert read_number("3000元", "万元") == 0.3
    assert read_number("30%", "%") == 30 and read_number(30.0, "%") == 30
    found = read_number(0.3, "%")
    assert isinstance(found, Doubt) and found.reason == "「0.3」不知是 0.3% 还是 30%" and found.advice == "写上百分号"


@pytest.mark.parametrize(("cell", "words"), [
    ("约3000", "约数"), ("3000余元", "约数"), ("3000-5000", "约数"), ("三千左右", "不是数字"), ("很多", "不是数字"),
    ("1,2", "不是数字"), (True, "不是数字"), (date(2023, 1, 5), "不是数字"), (1e17, "超过 15 位"), ("3000万亿元", "不是数字"),
])  # fmt: skip
def test_doubtful_numbers(cell, words):
    found = read_number(cell)
    assert isinstance(found, Doubt) and found.kind == "bad_number" and words in found.reason and "3000元" in found.accepted


@pytest.mark.parametrize(("cell", "number"), [
    (2, 2), (2.0, 2), ("2", 2), ("２人", 2), ("两名", 2), ("30日", 30), ("三十个工作日", 30), ("十五天", 15),
])  # fmt: skip
def test_whole_numbers(cell, number):
    assert read_whole(cell) == number


@pytest.mark.parametrize("cell", ["", "人", 2.5, "2.5", "两三人", "两3人", True, "-1", 10**6])
def test_doubtful_whole_numbers(cell):
    found = read_whole(cell)
    assert isinstance(found, Doubt) and found.kind == "bad_whole" and "整数" in found.accepted


def test_flags():
    assert [read_flag(cell) for cell in ("是", "√", "✓", "有", "对", "Y", 1, 1.0, True, " 是 ")] == [True] * 10
    assert [read_flag(cell) for cell in ("否", "×", "✗", "无", "N", 0, 0.0, False, "没有")] == [False] * 9
    found = read_flag("是（见附件）")
    assert isinstance(found, Doubt) and found.reason == "「是（见附件）」看不出是“是”还是“否”" and "√/×" in found.accepted


def test_identities():
    for cell in ("99999919900307783" + _check("99999919900307783"), "91999999MA0000000K", "91999999ma0000000k"):
        assert read_identity(cell) == str(cell).upper()
    assert read_identity("999999900307783") == "999999900307783"  # fifteen digits have no check digit
    assert read_identity("G12345678") == "G12345678"
    for cell, words in (("999999199003077830", "校验位不对"), ("91999999MA0000000C", "校验位不对"), ("不详", "不像证件号码")):
        found = read_identity(cell)
        assert isinstance(found, Doubt) and words in found.reason, cell
    lost = read_identity(9.9999919900307783e17)
    assert isinstance(lost, Doubt) and "已失去末位" in lost.reason and lost.advice == "把这一列设为文本格式，重新填写"


def _check(digits: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def test_phones_names_and_numbers():
    assert read_phone(13800000000.0) == "13800000000"
    assert read_phone("０１０－69600000 转 8") == "010-69600000 转 8"
    assert read_phone("13800000000／13900000000") == "13800000000、13900000000"
    assert read_phone("138****0000") == "138****0000"
    found = read_phone("同上")
    assert isinstance(found, Doubt) and found.reason == "「同上」不像电话号码" and "11 位手机号" in found.accepted
    assert read_names("张 三、李四 王五") == ("张三", "李四", "王五")
    assert read_number_text("京某罚〔２０２３〕 1 号\n") == "京某罚〔2023〕1号"
    lost = read_number_text(1.23456789012345678e17)
    assert isinstance(lost, Doubt) and lost.kind == "bad_case_number" and "文本格式" in lost.accepted


def test_tidy_keeps_what_is_meant():
    assert tidy("罚款，３０００元；（见附件）。") == "罚款，3000元；（见附件）。"
    assert tidy("第一段  \r\n 第二段\u00a0\u3000完") == "第一段\n第二段 完"
    assert tidy("_x000D_甲\x07") == "甲"
    assert plain_word("（Ａ）　b") == "(a)b"
