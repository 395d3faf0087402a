"""Rows of a district's tables, for tests: a tier of discretion, a post and its power, a change of the powers' list."""

from __future__ import annotations

from datetime import date

from fadu.acts.moves import Move, NewCase


def tier_of(unit: int, on: date, step: str = "publish", **fields: object) -> NewCase:
    """One tier of a fictitious standard, to be registered."""
    given = {"act": "占道经营", "tier": "一般", "standard": "基准（测试版）", **fields}
    title = f"{given['act']}：{given['tier']}"
    return NewCase("discretion_standard", unit, Move(step, on, fields=given), title=title)  # type: ignore[arg-type]


def post_of(unit: int, on: date, **fields: object) -> NewCase:
    """A post that answers for a power, to be registered."""
    given = {"post": "办案岗", "power": "占道经营的处罚", "grade": "A岗", "duty_kind": "处罚", **fields}
    title = f"{given['post']}：{given['power']}"
    return NewCase("post_duty", unit, Move("set", on, fields=given), title=title)  # type: ignore[arg-type]


def power_of(unit: int, on: date, **fields: object) -> NewCase:
    """A change of the list of powers, to be registered."""
    given = {"change": "新增", "power": "行政处罚", "level": "区级", **fields}
    opening = Move("propose", on, fields=given)  # type: ignore[arg-type]
    return NewCase("power_item", unit, opening, title=f"{given['change']}：{given.get('item', '')}")
