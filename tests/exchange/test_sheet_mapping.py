"""Mappings as JSON, placed on a table, and refused in words."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import json

import pytest
from registers import PENALTY, book, read, table, ugly

from fadu.exchange.sheet_mapping import ColumnMap, SheetMapping, Target, check_targets
from fadu.exchange.sheet_proposal import propose
from fadu.law.errors import FaduError

GOOD = ["京1号", "城管局", "某公司", "2023-01-05", "2023-1-6", "2023-2-1", 300]


def mapping(*columns: tuple[str, str, str], form="case", **more) -> SheetMapping:
    made = tuple(ColumnMap(label, Target(what, of)) for label, what, of in columns)
    return SheetMapping("penalty", form, made, **({"unit": "城管局"} | more))


CASE = (("案号", "number", ""), ("立案日期", "date", "file"))


def test_json_and_back():
    (found,) = read(ugly()).tables
    proposed = propose(found, book().versions("penalty")[-1])
    text = json.dumps(proposed.to_json(), ensure_ascii=False)
    assert SheetMapping.from_json(json.loads(text)) == proposed
    assert '"what": "date", "of": "file"' in text and '"scale": 10000' in text and '"blanks": ["办理中"]' in text
    plain = mapping(*CASE, unit="").to_json()
    assert plain == {"procedure": "penalty", "form": "case", "columns": [
        {"label": "案号", "what": "number"}, {"label": "立案日期", "what": "date", "of": "file"},
    ]}  # fmt: skip


GOOD_JSON = {"procedure": "penalty", "form": "case", "columns": [{"label": "案号", "what": "number"}]}
BAD_JSON = {
    "a list": ([], "应是一个对象，有 procedure、form、columns"),
    "no columns": ({"procedure": "penalty", "form": "case"}, "有 procedure、form、columns"),
    "form": (GOOD_JSON | {"form": "row"}, "对应的 form「row」不能用；接受：case（一行一件）、event（一行一个事件）"),
    "procedure": (GOOD_JSON | {"procedure": 3}, "对应缺少 procedure，或者它不是文字"),
    "year": (GOOD_JSON | {"year": "23"}, "对应的 year「23」不能用；接受：四位年份"),
    "column": (GOOD_JSON | {"columns": ["案号"]}, "columns 里有一项不是对象"),
    "label": (GOOD_JSON | {"columns": [{"what": "number"}]}, "对应缺少 label"),
    "what": (GOOD_JSON | {"columns": [{"label": "案号", "what": "id"}]}, "列「案号」的 what「id」不能用；接受：ignore、number"),
    "values": (GOOD_JSON | {"columns": [{"label": "案号", "what": "number", "values": ["a"]}]}, "列「案号」的 values 不能用"),
    "blanks": (GOOD_JSON | {"columns": [{"label": "案号", "what": "number", "blanks": "无"}]}, "列「案号」的 blanks 不能用；接受：词的列表"),
    "scale": (GOOD_JSON | {"columns": [{"label": "案号", "what": "number", "scale": 0}]}, "scale 大于 0"),
    "nth": (GOOD_JSON | {"columns": [{"label": "案号", "what": "number", "nth": "1"}]}, "nth、scale、confidence 应是数字"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_JSON)
def test_bad_json(kind):
    data, words = BAD_JSON[kind]
    with pytest.raises(FaduError) as error:
        SheetMapping.from_json(data)
    assert words in str(error.value)


REFUSED = {
    "no number": (mapping(CASE[1]), "没有「案号」列；请指定哪一列是案号"),
    "no unit": (mapping(*CASE, unit=""), "没有「单位」列，也没有指定全表的单位"),
    "no date": (mapping(CASE[0]), "没有一列是环节的日期；至少要有办件开始的那个环节的日期"),
    "no step": (mapping(CASE[0], ("日期", "date", ""), form="event"), "没有「环节」列；请指定哪一列是环节"),
    "twice": (mapping(*CASE, ("日期", "date", "file")), "有 2 列都对应到「立案」的日期；每个目标只能有一列"),
    "unknown field": (mapping(*CASE, ("甲", "field", "colour")), "程序「行政处罚（普通程序）」没有字段「colour」；接受：当事人/party"),
    "unknown step": (mapping(*CASE, ("甲", "date", "fly")), "没有环节「fly」；接受：立案/file"),
    "step in the case form": (mapping(*CASE, ("环节", "step", "")), "环节不用于这一种表；接受：一行一件的表，每个环节的日期各一列"),
    "date of a step in the event form": (mapping(CASE[0], ("环节", "step", ""), ("日期", "date", ""), ("立案", "date", "file"), form="event"), "「立案」的日期不用于这一种表"),
    "party of no role": (mapping(*CASE, ("电话", "party_phone", "")), "「电话」没有写是谁的；请写明身份"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_mapping_that_gives_no_cases(kind):
    made, words = REFUSED[kind]
    with pytest.raises(FaduError) as error:
        check_targets(made, book().versions("penalty"))
    assert words in str(error.value), str(error.value)


def test_columns_are_found_by_label_wherever_they_stand():
    made = mapping(*CASE)
    found = table([["立案日期（必填）", "立案 日期", "案\n号"], ["2023-1-5", "2023-1-6", "京1号"]])
    assert [column.letter for column, _ in made.placed(found)] == ["C", "B"]
    with pytest.raises(FaduError) as error:
        made.placed(table([PENALTY[1:], GOOD[1:]]))
    words = "工作表「台账」缺少列：案号；找到的列：单位、当事人名称、立案日期、告知日期、决定日期、罚款金额。请补上这些列，或者重新对应"
    assert words in str(error.value)


def test_same_label_twice_is_told_apart_by_order():
    found = table([["案号", "日期", "日期"], ["京1号", "2023-1-5", "2023-2-6"]])
    made = SheetMapping("penalty", "case", (
        ColumnMap("案号", Target("number")), ColumnMap("日期", Target("date", "file")),
        ColumnMap("日期", Target("date", "penalize"), nth=1),
    ))  # fmt: skip
    assert [column.letter for column, _ in made.placed(found)] == ["A", "B", "C"]


def test_target_chosen_by_hand():
    made = mapping(*CASE, ("金额", "ignore", "")).with_target("金额", Target("field", "fine"))
    assert made.columns[2] == ColumnMap("金额", Target("field", "fine"), reason="人工指定")
    assert made.columns[:2] == mapping(*CASE).columns


def test_targets_are_named_in_chinese():
    procedure = book().versions("penalty")[-1]
    targets = (Target("field", "fine"), Target("date", "file"), Target("party_phone", "申请人"), Target("title"), Target("date"))
    assert [target.label(procedure) for target in targets] == [
        "字段「罚款数额」", "「立案」的日期", "申请人的电话", "标题", "日期",
    ]  # fmt: skip
