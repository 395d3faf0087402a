"""Rows of the tables of a district, for tests: a tier of discretion."""

from __future__ import annotations

from datetime import date

from fadu.acts.moves import Move, NewCase


def tier_of(unit: int, on: date, step: str = "publish", **fields: object) -> NewCase:
    """One tier of a fictitious standard, to be registered."""
    given = {"act": "占道经营", "tier": "一般", "standard": "基准（测试版）", **fields}
    title = f"{given['act']}：{given['tier']}"
    return NewCase("discretion_standard", unit, Move(step, on, fields=given), title=title)  # type: ignore[arg-type]
