"""Cases made of rows: what is kept, what is returned and in which words; the same content is the same case."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registers import AS_OF, PENALTY, book, imported, law, read, table, ugly, unit, xlsx

from fadu.exchange.case_drafts import PartyDraft, case_key
from fadu.exchange.sheet_apply import apply
from fadu.exchange.sheet_mapping import ColumnMap, SheetMapping, Target
from fadu.exchange.sheet_proposal import propose
from fadu.law.cases import Case
from fadu.law.dates import iso
from fadu.law.judge import judge

GOOD = ["京1号", "城管局", "某公司", "2023-01-05", "2023-1-16", "2023-2-1", 300]
HEAD = ["案号", "单位", "收到申请日期", "受理日期", "延长审理期限日期", "延长审理期限天数", "作出复议决定日期", "作出复议决定结果", "审理程序", "应当先申请行政复议"]
REVIEW = ["京复1号", "城管局", "2024-03-01", "2024-03-05", "2024-04-20", 30, "2024-05-20", "维持", "普通程序", "是"]


def steps(draft) -> list[tuple[str, str]]:
    return [(event.step, iso(event.day)) for event in draft.events]


@cache
def review_mapping() -> SheetMapping:
    return propose(table([HEAD, REVIEW]), book().versions("reconsideration")[-1])


def review(*rows, **more):
    return imported([HEAD, *rows], "reconsideration", **more)


def changed(row: list, **cells) -> list:
    """A row with cells changed by their letter."""
    return [cells.get(chr(65 + at), cell) for at, cell in enumerate(row)]


def only_fault(result):
    (fault,) = result.faults
    assert not result.drafts
    return fault


def test_ugly_register_gives_cases_and_faults():
    (found,) = read(ugly()).tables
    mapping = propose(found, book().versions("penalty")[-1])
    result = apply(mapping, found, law("penalty"), unit, AS_OF)
    assert [draft.number for draft in result.drafts] == ["京某罚〔2023〕1号", "京某罚〔2023〕3号", "京某罚〔2023〕4号"]
    first = result.drafts[0]
    assert steps(first) == [("file", "2023-01-05"), ("notify", "2023-02-10"), ("penalize", "2023-03-01")]
    assert first.events[0].approved_by == "赵" and first.fields == {"fine": 5000} and first.unit == "cg"
    assert first.parties == (PartyDraft("当事人", "某甲 公司", "91999999MA0000000K", "13800000000"),)
    assert [fault.place for fault in result.faults] == ["2023处罚台账!F10", "2023处罚台账!H10"]
    assert [fault.kind for fault in result.faults] == ["bad_date", "ambiguous_date"]
    assert result.notes == ("“办理中”“无”“/”按未填处理（4 处）",) or "按未填处理" in result.notes[0]
    again = apply(replace(mapping, year=2023), found, law("penalty"), unit, AS_OF)
    assert [fault.place for fault in again.faults] == ["2023处罚台账!F10"]  # the year was answered


def test_a_case_of_every_kind_of_column():
    result = review(REVIEW)
    assert not result.faults
    (draft,) = result.drafts
    assert steps(draft) == [("receive", "2024-03-01"), ("accept", "2024-03-05"), ("extend", "2024-04-20"), ("decide", "2024-05-20")]
    assert draft.events[2].days == 30 and draft.events[3].outcome == "维持"
    assert draft.fields == {"track": "普通程序", "prerequisite": True}
    assert iso(draft.version) == "2024-01-01" and draft.rows == (2,) and draft.sheet == "台账"


def test_draft_is_a_case_the_law_can_judge():
    (draft,) = review(REVIEW).drafts
    case = Case(draft.number, draft.procedure, draft.events, draft.fields, draft.unit)
    judged = judge(book().plan(book().procedure_for(case)), case, AS_OF)
    assert {run.clock.name: run.state.name for run in judged.runs}["decide"] == "KEPT"


FAULTS = {  # cells changed, column and kind of the fault, words of reason, accepted, rule and advice
    "no number": ({"A": None}, "A", "no_number", ["没有写案号", "可以合并案号的单元格"]),
    "number lost": ({"A": 1.2345678901234567e17}, "A", "bad_case_number", ["已失去末位", "文本格式"]),
    "no unit": ({"B": None}, "", "no_unit", ["没有写单位", "指定全表的单位"]),
    "unknown unit": ({"B": "城建局"}, "B", "unknown_unit", ["没有单位「城建局」", "单位名册", "先在名册里登记"]),
    "bad date": ({"D": "2024-02-30"}, "D", "bad_date", ["没有「2024-02-30」这一天", "2024 年 2 月只有 29 天", "2023-01-05、2023/1/5"]),
    "ambiguous date": ({"D": "3月5日"}, "D", "ambiguous_date", ["「3月5日」没有写年", "指定这一列是哪一年"]),
    "opening missing": ({"C": None}, "D", "no_opening", ["没有办件开始的环节的日期", "第一个事件须是：收到申请", "行政复议（2024-01-01 起施行）"]),
    "no date at all": ({"C": None, "D": None, "E": None, "F": None, "G": None, "H": None}, "", "no_opening", ["没有任何环节的日期", "收到申请"]),
    "before the opening": ({"G": "2024-02-20"}, "G", "before_opening", ["「作出复议决定」（2024-02-20）早于办件的开始：「收到申请」（2024-03-01）", "不早于 2024-03-01", "核对两个日期"]),
    "future": ({"G": "2033-05-20"}, "G", "future_date", ["「作出复议决定」的日期 2033-05-20 还没有到", "至 2024-12-31 为止"]),
    "no version": ({"C": "2010-03-01", "D": None, "E": None, "F": None, "G": None, "H": None}, "C", "no_version", ["在 2010-03-01 没有生效的版本", "更早的办件不要导入"]),
    "outcome": ({"H": "维护"}, "H", "unknown_outcome", ["「作出复议决定」没有「维护」，是否「维持」", "变更、撤销、部分撤销", "环节「作出复议决定」〔行政复议法61(1)、", "在对应里写明"]),
    "outcome without its date": ({"G": None}, "H", "no_day", ["写了「作出复议决定」的结果，却没有它的日期", "补上日期，或删去这一格"]),
    "choice": ({"I": "简单程序"}, "I", "unknown_choice", ["「审理程序」没有「简单程序」", "普通程序、简易程序", "字段「审理程序」"]),
    "flag": ({"J": "也许"}, "J", "bad_flag", ["「也许」看不出是“是”还是“否”", "是/否"]),
    "days": ({"F": "一个月"}, "F", "bad_whole", ["「一个月」不是整数", "如 2、30"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_faults(kind):
    cells, column, expected, words = FAULTS[kind]
    mapping = review_mapping()
    fault = only_fault(review(changed(REVIEW, **cells), mapping=mapping))
    assert (fault.row, fault.column, fault.kind) == (2, column, expected), fault
    assert str(fault).startswith(f"台账!{column}2: " if column else "台账 第 2 行: ")
    assert all(word in str(fault) for word in words), str(fault)


def test_broken_cells_and_long_texts_are_faults():
    import openpyxl
    from registers import saved

    made = openpyxl.Workbook()
    sheet = made.active
    for row in ([*PENALTY, "标题"], [*GOOD, "长" * 600], ["京2号", *GOOD[1:], "甲"], ["京3号", *GOOD[1:], "甲"]):
        sheet.append(row)
    sheet["F3"] = "#REF!"
    sheet["F3"].data_type = "e"
    sheet["F4"] = "=TODAY()"
    (found,) = read(saved(made)).tables
    result = apply(propose(found, book().versions("penalty")[-1]), found, law("penalty"), unit, AS_OF)
    assert [str(fault) for fault in result.faults] == [
        "Sheet!H2: 有 600 个字；接受：至多 500 个字；请：缩短，全文作为附件另传",
        "Sheet!F3: 单元格是公式错误 #REF!；接受：值；请：在 Excel 中打开、算出结果后粘贴为数值",
        "Sheet!F4: 单元格是公式，文件里没有它算出的结果；接受：值；请：在 Excel 中打开、算出结果后粘贴为数值",
    ]


def test_parties_are_checked():
    rows = [["案号", "单位", "立案日期", "当事人姓名", "当事人身份证号", "当事人电话"]]
    result = imported([*rows, ["京1号", "城管局", "2023-1-5", None, None, "13800000000"],
                       ["京2号", "城管局", "2023-1-5", "张 三", "999999199003077830", "无"],
                       ["京3号", "城管局", "2023-1-5", "甲", 1.1e17, "同上"],
                       ["京4号", "城管局", "2023-1-5", "张　三", "/", "010-69600000"]])  # fmt: skip
    assert [f"{fault.column}{fault.row} {fault.kind}" for fault in result.faults] == [
        "F2 party_without_name", "E3 bad_identity", "E4 bad_identity", "F4 bad_phone",
    ]  # fmt: skip
    assert result.faults[0].reason == "写了当事人的证件、电话或地址，却没有姓名或名称"
    assert result.drafts[0].parties == (PartyDraft("当事人", "张三", "", "010-69600000"),)


def test_the_version_in_force_decides():
    """The same columns, before and after the Act of 2024: another version, other outcomes, other steps."""
    old = changed(REVIEW, A="京复2号", C="2023-03-01", D=None, E=None, F=None, G="2023-04-20", H="驳回申请", I=None, J=None)
    mapping = review_mapping()
    result = review(REVIEW, old, mapping=mapping)
    assert not result.faults, result.faults
    assert [iso(draft.version) for draft in result.drafts] == ["2024-01-01", "2018-01-01"]
    fault = only_fault(review(changed(old, H="驳回请求"), mapping=mapping))
    assert fault.kind == "unknown_outcome" and "是否「驳回申请」" in fault.reason and "2018-01-01 起施行" in fault.rule
    fault = only_fault(review(changed(old, I="普通程序"), mapping=mapping))
    assert fault.kind == "field_not_in_version" and fault.reason == "这一件适用的版本没有字段「审理程序」"


def test_step_that_its_version_does_not_have():
    newer = book().versions("reconsideration")[-1].steps
    name = next(step for step in newer if step not in book().versions("reconsideration")[0].steps)
    label = newer[name].label
    mapping = SheetMapping("reconsideration", "case", (
        ColumnMap("案号", Target("number")), ColumnMap("收到日期", Target("date", "receive")), ColumnMap(label, Target("date", name)),
    ), unit="城管局")  # fmt: skip
    rows = [["案号", "收到日期", label], ["京复1号", "2023-03-01", "2023-03-05"]]
    fault = only_fault(imported(rows, "reconsideration", mapping))
    assert fault.kind == "step_not_in_version" and f"这一件适用的版本没有环节「{label}」" in fault.reason


def test_good_rows_are_kept_beside_bad_ones():
    result = imported([PENALTY, GOOD, changed(GOOD, A="京2号", D="年初"), changed(GOOD, A="京3号")])
    assert [draft.number for draft in result.drafts] == ["京1号", "京3号"] and len(result.faults) == 1


def test_number_twice():
    result = imported([PENALTY, GOOD, GOOD, changed(GOOD, A="京１号", G=500)])
    assert len(result.drafts) == 1 and result.equal == (3,)
    (fault,) = result.faults
    assert str(fault) == "台账!A4: 案号与第 2 行相同，内容不同；接受：每件一行；同一件的几行请合并案号的单元格；请：核对案号"
    assert "有 1 行与前面的一行完全相同，只取一次（第 3 行）" in result.notes


MERGED = [["案号", "单位", "立案日期", "调查取证日期", "当事人名称", "罚款数额"],
          ["京1号", "城管局", "2023-1-5", "2023-1-10", "甲公司", 300], [None, None, None, "2023-1-12", "乙公司", None],
          ["京2号", "城管局", "2023-1-6", None, "丙公司", None]]  # fmt: skip


def test_rows_of_one_merged_number_are_one_case():
    mapping = SheetMapping("penalty", "case", tuple(
        ColumnMap(label, Target(*target)) for label, target in zip(MERGED[0], (
            ("number",), ("unit",), ("date", "file"), ("date", "investigate"), ("party_name", "当事人"), ("field", "fine"),
        ), strict=True)
    ))  # fmt: skip
    result = imported(MERGED, mapping=mapping, merges=["A2:A3", "B2:B3", "C2:C3"])
    first, second = result.drafts
    assert first.rows == (2, 3) and [party.name for party in first.parties] == ["甲公司", "乙公司"]
    assert steps(first) == [("file", "2023-01-05"), ("investigate", "2023-01-10"), ("investigate", "2023-01-12")]
    assert first.fields == {"fine": 300} and second.rows == (4,)
    rows = [MERGED[0], MERGED[1], [None, None, None, "年底", "乙公司", 500], MERGED[3]]
    result = imported(rows, mapping=mapping, merges=["A2:A3", "B2:B3", "C2:C3"])
    assert [fault.place for fault in result.faults] == ["台账!D3"]
    assert [(held.number, held.rows, held.because) for held in result.held] == [("京1号", (2,), 3)]
    assert [draft.number for draft in result.drafts] == ["京2号"]
    rows[2][3] = "2023-1-12"
    result = imported(rows, mapping=mapping, merges=["A2:A3", "B2:B3", "C2:C3"])
    assert [str(fault) for fault in result.faults] == [
        "台账!F3: 与第 2 行同一案号，字段「fine」却不同（那里是「300」）；接受：同一件的各行一致，或只写一次"
    ]


EVENTS = [
    ["案号", "单位", "环节", "日期", "时间", "结果", "天数", "理由", "审理程序"],
    ["京复1号", "城管局", "收到申请", "2024-3-1", "9:30", None, None, None, "普通程序"],
    ["京复1号", None, "立案", "2024-3-4", None, None, None, None, None],
    ["京复1号", None, "延长审理期限", "2024-4-4", None, None, "30日", "案情复杂", None],
    ["京复1号", None, "结案", "2024-5-4", None, "维持", None, None, None],
    ["京复2号", "城管局", "收到申请", "2024-3-2", None, None, None, None, "简易"],
    ["京复2号", "城管局", "receive", "2024-3-2", None, None, None, None, None],
]


def events_mapping() -> SheetMapping:
    whats = ("number", "unit", "step", "date", "time", "outcome", "days", "reason")
    columns = [ColumnMap(label, Target(what)) for label, what in zip(EVENTS[0], whats, strict=False)]
    track = ColumnMap("审理程序", Target("field", "track"), values={"简易": "简易程序"})
    return SheetMapping("reconsideration", "event", (*columns, track), unit="城管局")


def test_one_row_an_event():
    result = imported(EVENTS[:5], "reconsideration", events_mapping())
    (draft,) = result.drafts
    assert steps(draft) == [("receive", "2024-03-01"), ("accept", "2024-03-04"), ("extend", "2024-04-04"), ("decide", "2024-05-04")]
    assert draft.events[0].minute == 570 and draft.events[2].days == 30 and draft.events[2].reason == "案情复杂"
    assert draft.fields == {"track": "普通程序"} and draft.rows == (2, 3, 4, 5)


def test_faults_of_events_hold_their_case_only():
    rows = [*EVENTS[:4], ["京复1号", None, "结案了", "2024-5-4"], *EVENTS[5:]]
    result = imported(rows, "reconsideration", events_mapping())
    first, second = result.faults
    assert first.kind == "unknown_step" and first.place == "台账!C5"
    assert "行政复议没有环节「结案了」" in first.reason and "收到申请、" in first.accepted and first.rule == "行政复议"
    assert second.kind == "once" and second.place == "台账!D7"
    assert str(second).startswith("台账!D7: 「收到申请」只能有一次，已有 2024-03-02；接受：一件一次；依据：行政复议（2024-01-01 起施行），环节「收到申请」〔")
    assert [(held.number, held.rows) for held in result.held] == [("京复1号", (2, 3, 4)), ("京复2号", (6,))]


@pytest.mark.parametrize(("row", "kind", "words"), [
    (["京复1号", "城管局", None, "2024-3-4"], "no_step", "没有写环节"),
    (["京复1号", "城管局", "受理", None], "no_date", "「受理」没有写日期"),
    (["京复1号", "城管局", "受理", None, None, "维持"], "no_day", "写了「受理」的结果，却没有它的日期"),
])  # fmt: skip
def test_rows_of_events_that_lack_something(row, kind, words):
    (fault,) = imported([*EVENTS[:2], row], "reconsideration", events_mapping()).faults
    assert (fault.row, fault.kind, fault.reason) == (3, kind, words)


def test_events_of_one_day():
    """In the order of the procedure where columns say nothing of it; by the clock where all have a time."""
    same = changed(REVIEW, C="2024-03-01", D="2024-03-01", E=None, F=None, G="2024-03-01")
    (draft,) = review(same).drafts
    assert [event.step for event in draft.events] == ["receive", "accept", "decide"]
    timed = changed(same, C="2024-03-01 09:00", D="2024-03-01 11:00", G="2024-03-01 10:00")
    (draft,) = review(timed).drafts
    assert [event.step for event in draft.events] == ["receive", "decide", "accept"]


def test_same_content_has_the_same_key_and_digest_in_any_file():
    """Another sheet, other columns, other spellings, other rows around it: the same case, unchanged."""
    (first,) = imported([PENALTY, GOOD]).drafts
    spelled = ["京１号 ", " 城管 局", "某公司", 44931, "2023年1月16日", "二〇二三年二月一日", "３００元"]
    order = [6, 3, 0, 5, 1, 4, 2]
    rows = [["2023年度台账"], [PENALTY[at] for at in order], [spelled[at] for at in order]]
    (found,) = read(xlsx(rows, "另一张表")).tables
    (second,) = apply(propose(found, book().versions("penalty")[-1]), found, law("penalty"), unit).drafts
    assert (first.key, first.digest) == (second.key, second.digest)
    assert (second.sheet, second.rows) == ("另一张表", (3,))


@pytest.mark.parametrize("cells", [{"C": "乙公司"}, {"D": "2023-1-6"}, {"G": 301}, {"F": None}, {"B": "市场监管局"}])
def test_a_changed_row_is_seen(cells):
    (before,) = imported([PENALTY, GOOD]).drafts
    (after,) = imported([PENALTY, changed(GOOD, **cells)]).drafts
    assert before.key == after.key and before.digest != after.digest


@given(st.sampled_from("〔[【(（［"), st.sampled_from("0０"), st.sampled_from(["", " ", "　"]))
def test_key_knows_brackets_widths_and_spaces(bracket, zero, space):
    closing = dict(zip("〔[【(（［", "〕]】)）］", strict=True))[bracket]
    assert case_key("penalty", f"京罚{bracket}2{zero}23{closing}{space}1号", "a") == case_key("penalty", "京罚〔2023〕1号", "b")


def test_columns_unknown_to_the_mapping_are_told():
    found = table([[*PENALTY, "承办人"], [*GOOD, "赵"]])
    mapping = propose(table([PENALTY, GOOD]), book().versions("penalty")[-1])
    assert apply(mapping, found, law("penalty"), unit).notes == ("这些列不在对应里，没有用：H 列「承办人」",)


def test_value_tables_and_blanks_of_a_column():
    made = review_mapping()
    columns = [replace(item, values={"已结": "维持", "3": "撤销", "在办": ""}) if item.label == HEAD[7] else
               replace(item, blanks=("未定",)) if item.label == HEAD[6] else item for item in made.columns]  # fmt: skip
    mapping = replace(made, columns=tuple(columns))
    rows = [changed(REVIEW, A=f"京复{i}号", H=cell) for i, cell in enumerate(("已结", 3.0, "在办"))]
    rows.append(changed(REVIEW, A="京复9号", G="未定", H=None))
    result = review(*rows, mapping=mapping)
    assert [draft.events[-1].outcome for draft in result.drafts] == ["维持", "撤销", None, None]
    assert not result.faults


def test_fault_found_later_is_placed_at_its_cell():
    result = review(REVIEW)
    fault = result.fault(result.drafts[0], Target("date", "decide"), "refused", "不能作出决定", "行政复议法61(1)")
    assert str(fault) == "台账!G2: 不能作出决定；依据：行政复议法61(1)"


def test_every_row_is_somewhere():
    """Drafts, faults, held rows and equal rows together are all rows, whatever is in them."""
    rows = [EVENTS[0], *EVENTS[1:], ["京复3号", "甲", "飞", "x"], [None, "城管局", "受理", "2024-1-1"], *EVENTS[1:3]]
    result = imported(rows, "reconsideration", events_mapping())
    kept = {row for draft in result.drafts for row in draft.rows} | set(result.equal)
    returned = {fault.row for fault in result.faults} | {row for held in result.held for row in held.rows}
    assert kept | returned == set(range(2, len(rows) + 1)) and not kept & returned


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=6), st.integers(0, 60_000), st.sampled_from(["京1号", "城管局", "2024-1-5"])), min_size=10, max_size=10), min_size=1, max_size=4))
def test_no_content_breaks_an_import(rows):
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    clean = [[ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) and not c.startswith("=") else None if isinstance(c, str) else c
              for c in row] for row in rows]  # fmt: skip
    from fadu.exchange.table_shape import Grid, table_of

    found = table_of(Grid("台账", [HEAD, REVIEW, *clean]))
    result = apply(review_mapping(), found, law("reconsideration"), unit, AS_OF)
    taken = {row for draft in result.drafts for row in draft.rows} | set(result.equal)
    assert taken | {f.row for f in result.faults} >= {row.number for row in found.rows}


def test_unit_is_looked_up_once_a_name():
    asked = []

    def counting(text: str) -> str | None:
        asked.append(text)
        return "cg"

    found = table([PENALTY, *(changed(GOOD, A=f"京{i}号") for i in range(50))])
    apply(propose(found, book().versions("penalty")[-1]), found, law("penalty"), counting)
    assert asked == ["城管局"]


def test_rule_names_every_article_of_the_step():
    mapping = review_mapping()
    fault = only_fault(review(changed(REVIEW, H="维护"), mapping=mapping))
    step = book().versions("reconsideration")[-1].steps["decide"]
    assert all(cite.short in fault.rule for cite in step.cites) and re.search(r"〔.+〕$", fault.rule)


def test_every_kind_of_fault_is_explained():
    root = Path(__file__).parents[2]
    kinds = set()
    for path in (root / "src" / "fadu" / "exchange").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Doubt", "_no_choice"):
                kinds |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    page = (root / "docs" / "how-to" / "import-a-register.md").read_text(encoding="utf-8")
    missing = sorted(kind for kind in kinds if f"| `{kind}` |" not in page)
    assert len(kinds) > 25 and not missing, missing
