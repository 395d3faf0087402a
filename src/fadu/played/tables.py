"""Rows of the tables that other cases rest on: tiers of discretion. All made up; no real standard says so."""

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


def applied(rng: Random, fields: Mapping[str, FieldValue], outcome: str | None) -> dict[str, FieldValue]:
    """The fields of a case in which a tier was applied, with a fine that is what its ``outcome`` says of it."""
    tier, act = fields.get("tier"), rng.choice(tuple(FINES))
    if fields.get("no_standard") or tier not in TIERS:
        return {**fields, "act": act, "fine": None if fields.get("no_standard") else 0.0}
    low, high = FINES[act][TIERS.index(str(tier))]
    fine = {"低于档次": low / 2, "高于档次": high * 1.5}.get(str(outcome), rng.randrange(low, high + 1, 50))
    return {
        **fields, "act": act, "standard": STANDARD, "range": f"{low} 元以上 {high} 元以下", "low": float(low),
        "high": float(high), "fine": float(fine),
    }  # fmt: skip
