"""A made-up district's hotline with a season, holidays and unequal places, and bursts planted where we know of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fadu.ahead import Complaints
from fadu.law.dates import day_of

PLACES = tuple(f"村{number}" for number in range(16))
TOPICS = ("供暖", "噪声", "停车", "积水", "垃圾", "违建", "路灯", "欠薪")
START, END = day_of("2023-01-01"), day_of("2024-06-30")
WORKING = np.array([(day - day_of("2024-01-01")) % 7 < 5 for day in range(END, START - 1, -1)])


@dataclass(frozen=True)
class Burst:
    place: int
    topic: int
    week: int
    """Weeks before ``END``; 0: the last."""


def working_before(as_of: int) -> np.ndarray:
    return WORKING[END - as_of :]


def district(seed: int, bursts: tuple[Burst, ...] = (), times: float = 4.0) -> Complaints:
    """About 90,000 cases; in a burst's week its place has ``times`` as many of its topic, at least fourteen more."""
    rng = np.random.default_rng(seed)
    days = np.arange(START, END + 1)
    level = rng.gamma(2.0, 0.35, (len(PLACES), len(TOPICS)))
    year = 1 + 0.5 * np.sin(2 * np.pi * (days[:, None] / 365.25 + np.linspace(0, 1, len(TOPICS))))
    week = np.where(WORKING[::-1], 1.1, 0.7)[:, None]
    mean = (level[None] * (year * week)[:, None, :]).astype(float)
    for burst in bursts:
        last = END - START + 1 - 7 * burst.week
        part = mean[last - 7 : last, burst.place, burst.topic]
        part[:] = np.maximum(part * times, part + 2)
    counts = rng.poisson(mean * rng.gamma(20.0, 1 / 20.0, mean.shape))
    day, place, topic = np.nonzero(counts)
    many = counts[day, place, topic]
    total = int(many.sum())
    home = np.column_stack([np.repeat(place, many) % 4, np.repeat(place, many) // 4]) * 4000.0
    return Complaints(
        np.arange(total), np.repeat(days[day], many), np.repeat(place, many), np.repeat(topic, many),
        rng.integers(0, total * 4, total), home + rng.normal(0, 900, (total, 2)), np.zeros(total, dtype=bool),
        PLACES, TOPICS,
    )  # fmt: skip
