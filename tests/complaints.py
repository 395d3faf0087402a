"""Hotline cases of the tests' district, as the store shows them (模拟数据)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fadu.clock import now
from fadu.store.models import Case

BURST = 12


def complaint(town: Any, name: str, on: date, procedure: str = "hotline", **fields: object) -> Case:
    """A case of the street, not saved yet. ``name``: the end of its number."""
    return Case(
        number=f"接诉即办{name}", procedure=procedure, unit=town.street, title=f"{name}噪声", fields=fields,
        opened_on=on, touched_at=now(), projected_on=on, simulated=True,
    )  # fmt: skip


def noise_rises(town: Any, last: date) -> None:
    """Two complaints of noise a week in each of two villages for twenty weeks; at last a dozen close together."""
    made = [
        complaint(town, f"旧{village}{back}", last - timedelta(days=back), village=village, topic="噪声扰民")
        for village in ("清泉", "石桥") for back in range(7, 140, 4)
    ]  # fmt: skip
    made += [
        complaint(town, f"新{place}", last - timedelta(days=place % 6), village="清泉", topic="噪声扰民",
                  east=1200 + 10 * place, north=3400) for place in range(BURST)
    ]  # fmt: skip
    Case.objects.bulk_create(made)
