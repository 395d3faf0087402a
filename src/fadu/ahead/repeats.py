"""Callers who come again with the same matter, and topics that end in enforcement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fadu.ahead.complaints import Complaints

WITHIN = 90
TIMES = 3


@dataclass(frozen=True, slots=True)
class Repeat:
    """One caller's cases of one topic within ninety days, in order. Who the caller is stays with the cases."""

    topic: str
    places: tuple[str, ...]
    first: int
    last: int
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of a topic's cases enforcement came of; ``cases``: those."""

    topic: str
    total: int
    cases: tuple[int, ...]

    @property
    def share(self) -> float:
        return len(self.cases) / self.total


def repeats(complaints: Complaints, as_of: int, times: int = TIMES, within: int = WITHIN) -> list[Repeat]:
    """Callers with ``times`` or more cases of one topic in the days up to ``as_of``, the most first."""
    recent = complaints.between(as_of - within + 1, as_of)
    recent = recent.rows((recent.caller >= 0) & (recent.topic >= 0))
    order = np.lexsort((recent.case, recent.day, recent.topic, recent.caller))
    recent = recent.rows(order)
    edges = np.flatnonzero(np.diff(recent.caller) | np.diff(recent.topic)) + 1
    found = [_repeat(recent, part) for part in np.split(np.arange(len(recent)), edges) if len(part) >= times]
    return sorted(found, key=lambda repeat: (-len(repeat.cases), repeat.first, repeat.cases))


def _repeat(recent: Complaints, part: NDArray[Any]) -> Repeat:
    names = dict.fromkeys(recent.places[code] for code in recent.place[part].tolist() if code >= 0)
    return Repeat(
        recent.topics[int(recent.topic[part[0]])], tuple(names), int(recent.day[part[0]]), int(recent.day[part[-1]]),
        tuple(recent.case[part].tolist()),
    )  # fmt: skip


def reaches(complaints: Complaints) -> list[Reach]:
    """Topics by how many of their cases ended in enforcement; those where none did are left out."""
    found = []
    for topic, name in enumerate(complaints.topics):
        mine = complaints.topic == topic
        cases = complaints.case[mine & complaints.reached]
        if len(cases):
            found.append(Reach(name, int(mine.sum()), tuple(cases.tolist())))
    return sorted(found, key=lambda reach: (-len(reach.cases), reach.topic))
