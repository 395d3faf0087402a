"""Hotline cases as columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Complaints:
    """One row a case. Places and topics are codes into their names; ``caller`` is −1 where it is not known.

    ``day``: day numbers of ``fadu.law.dates``. ``point``: metres east and north of any origin, NaN where not known.
    ``reached``: whether enforcement came of it.
    """

    case: NDArray[np.int64]
    day: NDArray[np.int64]
    place: NDArray[np.int64]
    topic: NDArray[np.int64]
    caller: NDArray[np.int64]
    point: NDArray[np.float64]
    reached: NDArray[np.bool_]
    places: tuple[str, ...]
    topics: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.case)

    def rows(self, chosen: NDArray[Any]) -> Complaints:
        """The rows chosen by a mask, or by their places."""
        return Complaints(
            self.case[chosen], self.day[chosen], self.place[chosen], self.topic[chosen], self.caller[chosen],
            self.point[chosen], self.reached[chosen], self.places, self.topics,
        )  # fmt: skip

    def between(self, first: int, last: int) -> Complaints:
        """The cases of the days ``first`` to ``last``, both included."""
        return self.rows((self.day >= first) & (self.day <= last))


def codes(values: Sequence[Hashable | None]) -> tuple[NDArray[np.int64], tuple[Hashable, ...]]:
    """Values as codes in order of first appearance, and the values; None is −1.

    >>> codes(["北", None, "南", "北"])[0].tolist()
    [0, -1, 1, 0]
    """
    known: dict[Hashable, int] = {}
    found = [UNKNOWN if value is None else known.setdefault(value, len(known)) for value in values]
    return np.array(found, dtype=np.int64), tuple(known)
