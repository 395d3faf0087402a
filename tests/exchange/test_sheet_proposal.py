"""What is proposed for the columns of registers as units head them, with confidence and reason."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

from datetime import date, timedelta

import pytest
from registers import book, read, table, ugly

from fadu.exchange.sheet_mapping import Target
from fadu.exchange.sheet_proposal import SURE, fitness, propose


def latest(code: str):
    return book().versions(code)[-1]


def day(number: int) -> date:
    return date(2023, 3, 1) + timedelta(number)


def targets(code: str, columns: dict[str, list]) -> dict[str, str]:
    """Label → ``what:of`` proposed for these columns."""
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    made = propose(table(rows), latest(code))
    return {item.label: f"{item.target.what}:{item.target.of}".rstrip(":") for item in made.columns}


REGISTERS = {
    "penalty": ("penalty", {
        "序号": ([1, 2], "ignore"), "案号": (["京1号", "京2号"], "number"), "执法主体": (["城管局", "城管局"], "unit"),
        "案件名称": (["占道经营案", "违建案"], "title"), "行政相对人名称": (["甲公司", "乙公司"], "party_name:行政相对人"),
        "行政相对人统一社会信用代码": (["91999999MA0000000K", "/"], "party_id:行政相对人"), "当事人": (["公民", "法人或者其他组织"], "field:party"),
        "立案日期": ([day(0), day(1)], "date:file"), "调查终结时间": (["2023.3.9", "2023/2/30"], "date:conclude_investigation"),
        "拟处罚告知日期": ([day(9), day(9)], "date:notify"), "处罚决定日期": ([day(20), day(20)], "date:penalize"),
        "决定书送达日期": ([day(22), day(22)], "date:serve"), "罚款金额（元）": ([3000, "5,000元"], "field:fine"), "备注": (["", "甲"], "ignore"),
        "结案时间": ([day(30), day(30)], "date:close"),
    }),
    "reconsideration": ("reconsideration", {
        "案号": (["京复1号", "京复2号"], "number"), "申请人": (["甲", "乙"], "party_name:申请人"), "申请人联系电话": (["13800000000", "/"], "party_phone:申请人"),
        "被申请人": (["丙局", "丁局"], "party_name:被申请人"), "收到申请日期": ([day(0), day(1)], "date:receive"),
        "受理日期": ([day(3), day(4)], "date:accept"), "中止日期": ([None, day(9)], "date:suspend"), "恢复审理日期": ([None, day(12)], "date:resume"),
        "延期天数": ([None, 30], "days:extend"), "审理程序": (["普通程序", "简易"], "field:track"), "决定日期": ([day(40), day(41)], "date:decide"),
        "复议结果": (["维持", "撤销"], "outcome:decide"), "复议请求": (["撤销处罚", "确认违法"], "summary"),
    }),
    "disclosure": ("disclosure_request", {
        "登记编号": (["2023-1", "2023-2"], "number"), "承办部门": (["办公室", "办公室"], "unit"), "申请人姓名或名称": (["甲", "乙"], "party_name:申请人"),
        "收到申请日期": ([day(0), day(1)], "date:receive"), "答复日期": ([day(9), day(9)], "date:answer"),
    }),
    "hotline": ("hotline", {
        "工单编号": (["A1", "A2"], "number"), "承办单位": (["城管局", "城管局"], "unit"), "诉求标题": (["噪声", "占道"], "title"),
        "诉求内容": (["夜里施工", "摊贩"], "summary"), "来电人": (["甲", "乙"], "party_name:来电人"), "来电时间": ([day(0), day(0)], "date:receive"),
        "派单时间": ([day(0), day(0)], "date:dispatch"), "签收时间": ([day(1), day(1)], "date:sign"), "反馈时间": ([day(5), day(5)], "date:feedback"),
        "办结时间": ([day(6), day(6)], "date:finish"), "回访结果": (["满意", "不满意"], "outcome:revisit"),
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", REGISTERS)
def test_registers(name):
    code, columns = REGISTERS[name]
    found = targets(code, {label: cells for label, (cells, _) in columns.items()})
    assert found == {label: target for label, (_, target) in columns.items()}


@pytest.mark.parametrize("code", ["penalty", "reconsideration", "hotline", "licence", "litigation"])
def test_the_labels_of_a_procedure_itself_are_found(code):
    """Columns headed exactly as fields and steps are: all of them, and surely."""
    procedure = latest(code)
    columns = {"案号": ["京1号"], "单位": ["城管局"]}
    columns |= {f"{step.label}日期": [day(0)] for step in procedure.steps.values()}
    samples = {"choice": lambda f: f.choices[0], "flag": lambda f: "是", "number": lambda f: 5, "text": lambda f: "甲",
               "date": lambda f: day(0)}  # fmt: skip
    columns |= {item.label: [samples[item.kind](item)] for item in procedure.fields.values()}
    found = targets(code, columns)
    wrong = {label: target for label, target in found.items()
             if label not in ("案号", "单位") and target not in
             ({f"date:{s.name}" for s in procedure.steps.values() if f"{s.label}日期" == label}
              | {f"field:{f.name}" for f in procedure.fields.values() if f.label == label})}  # fmt: skip
    assert not wrong


def test_each_column_says_why_and_how_sure():
    (found,) = read(ugly()).tables
    made = {item.label: item for item in propose(found, latest("penalty")).columns}
    file = made["案件办理/立案/日期"]
    assert file.confidence == 1 and file.reason == "列名像「立案」的日期；100% 的值是日期"
    fine = made["处罚/罚款金额（万元）"]
    assert (fine.target, fine.scale) == (Target("field", "fine"), 10_000)
    assert made["案件办理/结案日期"].blanks == ("办理中",)
    assert made["备注"].reason == "没有相近的字段或环节" and made["备注"].confidence == 0
    assert all(item.confidence >= SURE and item.reason for item in made.values() if item.target.what != "ignore")


def test_unit_and_year_are_asked_for():
    (found,) = read(ugly()).tables
    made = propose(found, latest("penalty"))
    assert made.unit == "区城管执法局" and made.year is None
    assert made.notes == (
        "没有单位列；表上写着“填报单位：区城管执法局”，全表按这个单位",
        "有日期没有写年；表名写的是 2023 年，确认后填入“年份”，否则这些行会退回",
    )
    made = propose(table([["案号", "立案日期"], ["京1号", "2023-1-5"]]), latest("penalty"))
    assert made.unit == "" and made.notes == ("没有单位列，表上也没有写填报单位；请指定全表的单位",)


def test_values_that_are_not_written_as_choices():
    rows = [["案号", "收到申请日期", "审理程序", "复议结果", "应当先申请行政复议"],
            ["京1号", "2024-3-1", "简易", "维持原行政行为", "√"], ["京2号", "2024-3-1", "普通", "别的", ""]]  # fmt: skip
    made = {item.label: item for item in propose(table(rows), latest("reconsideration")).columns}
    assert made["审理程序"].values == {"简易": "简易程序", "普通": "普通程序"}
    assert made["复议结果"].values == {"维持原行政行为": "维持"}  # 别的 stays: the rows that have it are returned
    assert made["应当先申请行政复议"].empty == "否"


def test_two_columns_never_share_a_target():
    rows = [["案号", "案件编号", "立案日期", "立案时间"], ["京1号", "A", "2023-1-5", "2023-1-5"]]
    made = propose(table(rows), latest("penalty"))
    used = [item.target for item in made.columns if item.target.what != "ignore"]
    assert len(used) == len(set(used)) == 2
    assert {item.reason for item in made.columns if item.target.what == "ignore"} == {
        "可能是案号，那已对应到别的列", "可能是「立案」的日期，那已对应到别的列",
    }  # fmt: skip


def test_rivals_are_told():
    rows = [["案号", "执法主体", "立案日期", "决定日期", "告知书送达日期"], ["京1号", "甲", "2023-1-5", "2023-2-5", "2023-1-9"]]
    made = {item.label: item for item in propose(table(rows), latest("penalty")).columns}
    doubtful = [item for item in made.values() if "也可能是" in item.reason]
    assert all(item.confidence <= 0.7 for item in doubtful)


def test_one_row_an_event():
    rows = [["案号", "单位", "办理环节", "办理时间", "结果", "经办人", "延长天数", "理由", "审理程序"],
            ["京1号", "甲", "收到申请", "2024-3-1 9:30", None, "张某、李某", None, None, "普通程序"],
            ["京1号", "甲", "受理", "2024-3-4", None, None, None, None, None],
            ["京1号", "甲", "延长审限", "2024-4-4", None, None, 30, "案情复杂", None],
            ["京1号", "甲", "作出复议决定", "2024-5-4", "维持", None, None, None, None]]  # fmt: skip
    made = propose(table(rows), latest("reconsideration"))
    assert made.form == "event"
    assert [f"{item.target.what}:{item.target.of}".rstrip(":") for item in made.columns] == [
        "number", "unit", "step", "date", "outcome", "by", "days", "reason", "field:track",
    ]  # fmt: skip


def test_register_is_recognised_among_all():
    (found,) = read(ugly()).tables
    scores = {code: fitness(found, latest(code)) for code in book().codes}
    assert max(scores, key=scores.__getitem__) == "penalty"
