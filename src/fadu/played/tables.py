"""Rows of the tables that other cases rest on: tiers of discretion, posts, powers. All made up, nothing real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from random import Random

from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts
from fadu.clock import BEIJING
from fadu.law.cases import FieldValue

STANDARD = "明川区行政处罚裁量基准（模拟，2023年版）"
FINES: dict[str, tuple[tuple[int, int], ...]] = {
    "占道经营": ((100, 300), (300, 800), (800, 1500), (1500, 3000)),
    "无照经营": ((500, 1000), (1000, 5000), (5000, 10000), (10000, 30000)),
    "超标排放": ((10000, 20000), (20000, 50000), (50000, 100000), (100000, 200000)),
    "违法建设": ((1000, 5000), (5000, 20000), (20000, 50000), (50000, 100000)),
    "食品标签不合规": ((500, 2000), (2000, 5000), (5000, 10000), (10000, 20000)),
    "随意倾倒垃圾": ((50, 100), (100, 200), (200, 500), (500, 1000)),
}
"""Illegal act → least and most of each tier that is fined, in yuan."""
SPARED = {"占道经营": "首违慎罚", "食品标签不合规": "轻微免罚", "随意倾倒垃圾": "首违慎罚"}
"""Illegal act whose mildest cases are spared → the list it is on."""
TIERS = ("从轻", "一般", "较重", "从重")
CIRCUMSTANCES = {
    "不予处罚": "初次或者轻微，及时改正，没有造成危害后果", "从轻": "主动消除或者减轻危害后果",
    "一般": "没有从轻、从重的情节", "较重": "经责令改正拒不改正", "从重": "造成严重后果，或者两年内再犯",
}  # fmt: skip


def standards(unit: int, on: date) -> Iterator[Facts]:
    """The cases of the standard, published by a unit on a day."""
    for act, fines in FINES.items():
        if act in SPARED:
            yield _tier(unit, on, {"act": act, "tier": "不予处罚", "other": "不予处罚", "list": SPARED[act]})
        for tier, (low, high) in zip(TIERS, fines, strict=True):
            yield _tier(unit, on, {"act": act, "tier": tier, "low": float(low), "high": float(high)})


def _tier(unit: int, on: date, fields: dict[str, FieldValue]) -> Facts:
    tier = str(fields["tier"])
    given = {**fields, "circumstances": CIRCUMSTANCES[tier], "standard": STANDARD}
    title = f"{fields['act']}：{tier}"
    new = NewCase("discretion_standard", unit, Move("publish", on, fields=given), title=title, simulated=True)
    return Facts(new, moments=[datetime.combine(on, time(9), BEIJING)])


POSTS = {
    "检查": "巡查岗", "处罚": "办案岗", "许可": "受理岗", "强制": "执行岗", "法制审核": "审核岗", "其他": "综合岗",
}  # fmt: skip
POWERS = {
    "检查": ("日常巡查", "双随机抽查", "专项检查", "复查"), "处罚": tuple(f"{act}的处罚" for act in FINES),
    "许可": ("占道许可", "户外广告许可", "排水许可"), "强制": ("扣押、查封", "代履行", "申请法院执行"),
    "法制审核": ("处罚决定审核", "强制决定审核"), "其他": ("投诉举报", "案卷归档", "信息公示"),
}  # fmt: skip
"""Kind of duty → the name of its post, and the powers it answers for."""
TEAMS = ("一队", "二队")


ITEMS = {
    "行政处罚": tuple(f"对{act}的处罚" for act in FINES), "行政强制": ("代履行", "扣押经营工具"),
    "行政检查": ("门前三包检查", "施工工地检查"), "行政许可": ("临时占道许可",), "行政确认": ("门牌确认",),
    "行政给付": ("临时救助",), "公共服务": ("便民事项代办", "法律咨询"), "其他": ("综合协调",),
}  # fmt: skip
"""Kind of power → what it is; made up."""
PUBLISHED = (("draft", None), ("hear", "同意"), ("review", "合法"), ("decide", "同意"), ("compare", None),
             ("publish", None), ("effect", None))  # fmt: skip
"""The steps of a change until it is in force, and how they end."""
HOLDERS = {"区级": "明川区城市管理综合行政执法局", "乡镇": "各镇、乡人民政府", "街道": "各街道办事处"}


def powers(unit: int, on: date) -> Iterator[Facts]:
    """The cases of the list that the year begins with, published by a unit on a day."""
    for kind, items in ITEMS.items():
        for place, item in enumerate(items):
            level = tuple(HOLDERS)[place % len(HOLDERS)]
            given = {
                "change": "新增", "power": kind, "item": item, "basis": f"模拟条例第{10 + place}条", "level": level,
                "holder": HOLDERS[level], "version": f"{on.year - 1}年版（模拟）",
            }  # fmt: skip
            opening = Move("propose", on, fields=given)
            moves = [Move(step, on, outcome=outcome) for step, outcome in PUBLISHED]
            new = NewCase("power_item", unit, opening, title=f"新增：{item}", simulated=True)
            yield Facts(new, moves, moments=[datetime.combine(on, time(9), BEIJING)] * (1 + len(moves)))


def power(rng: Random, fields: Mapping[str, FieldValue], published: Move | None) -> dict[str, FieldValue]:
    """The fields of a change of the list of powers; a version a quarter."""
    level = str(fields.get("level") or "区级")
    said = {
        "item": rng.choice(ITEMS[str(fields.get("power") or "其他")]), "basis": f"模拟条例第{rng.randrange(10, 60)}条",
        "holder": HOLDERS[level], "former": HOLDERS[rng.choice(tuple(HOLDERS))],
    }  # fmt: skip
    if published:
        said["version"] = f"{published.on.year}年第{(published.on.month + 2) // 3}季度版（模拟）"
    return {**fields, **said}


def post(rng: Random, fields: Mapping[str, FieldValue], filled: bool) -> dict[str, FieldValue]:
    """The fields of a post that answers for a power."""
    kind = str(fields.get("duty_kind") or "处罚")
    said = {"post": rng.choice(TEAMS) + POSTS[kind], "power": rng.choice(POWERS[kind])}
    if filled:
        said["person"] = f"{rng.choice('赵钱孙李周吴郑王')}某（模拟）"
    return {**fields, **said}


def applied(rng: Random, fields: Mapping[str, FieldValue], outcome: str | None) -> dict[str, FieldValue]:
    """The fields of a case in which a tier was applied, with a fine that is what its ``outcome`` says of it."""
    tier, act = fields.get("tier"), rng.choice(tuple(FINES))
    if fields.get("no_standard") or tier not in TIERS:
        return {**fields, "act": act}
    low, high = FINES[act][TIERS.index(str(tier))]
    fine = {"低于档次": low / 2, "高于档次": high * 1.5}.get(str(outcome), rng.randrange(low, high + 1, 50))
    return {
        **fields, "act": act, "standard": STANDARD, "range": f"{low} 元以上 {high} 元以下", "low": float(low),
        "high": float(high), "fine": float(fine),
    }  # fmt: skip
