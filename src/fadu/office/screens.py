"""Pages that show the cases of a register otherwise than as a list, and where they are found from."""

from __future__ import annotations

from django.urls import reverse

_DISCRETION = (("discretion", "裁量基准表"), ("first-offence", "首违查询"))
SCREENS: dict[str, tuple[tuple[str, str], ...]] = {
    "penalty": _DISCRETION, "penalty_summary": _DISCRETION, "no_penalty": _DISCRETION, "discretion_case": _DISCRETION,
    "discretion_standard": _DISCRETION[:1], "post_duty": (("posts", "岗责表"),),
    "power_item": (("power-lists", "清单版本对照"),),
}  # fmt: skip
"""Procedure → names of addresses, and words."""


def screens_of(procedure: str) -> list[tuple[str, str]]:
    """Words and address of the pages of a register."""
    return [(label, reverse(name)) for name, label in SCREENS.get(procedure, ())]
