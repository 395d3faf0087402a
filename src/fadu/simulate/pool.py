"""The distinct histories of one piece of work: played one by one, then drawn from by all its cases."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from fadu.law.errors import FaduError
from fadu.simulate.cast import Cast
from fadu.simulate.plan import Piece, generator
from fadu.simulate.player import Exemplar

UNLAWFUL_SHARE = 0.35
"""Of the distinct histories of a crowded day, how many are unlawful ones."""


@dataclass(frozen=True)
class Drawn:
    """Every case of a piece: which history it lives, which unit handles it, by how many minutes it is moved."""

    exemplars: list[Exemplar]
    which: NDArray[np.int64]
    unit: NDArray[np.int32]
    shift: NDArray[np.int64]


def draw(cast: Cast, piece: Piece) -> Drawn:
    """Play what the piece needs and deal it out. Depends on the plan and the piece only."""
    plan = cast.plan
    rng = Random(f"{plan.seed}:{piece.code}:{piece.days[0]}:{piece.number}")  # noqa: S311
    numbers = generator(plan, "piece", piece.code, piece.days[0])
    exemplars: list[Exemplar] = []
    which = [_day(cast, piece.code, day, count, exemplars, rng, numbers)
             for day, count in zip(piece.days, piece.counts, strict=True)]
    chosen = np.concatenate(which)
    return Drawn(exemplars, chosen, _units(cast, piece.code, len(chosen), numbers), _shifts(exemplars, chosen, numbers))


def _day(cast: Cast, code: str, day: int, count: int, exemplars: list[Exemplar], rng: Random,
         numbers: np.random.Generator) -> NDArray[np.int64]:
    """The histories lived by the cases of one day, as places in ``exemplars``."""
    unlawful = numbers.random(count) < cast.rate(code)
    wanted, variety = int(unlawful.sum()), cast.variety(code)
    if count > variety:
        some = min(wanted, max(1, round(variety * UNLAWFUL_SHARE)))
        bad = _play(cast, code, day, True, some, exemplars, rng)
        good = _play(cast, code, day, False, min(count - wanted, variety - some), exemplars, rng)
    else:
        bad = _play(cast, code, day, True, wanted, exemplars, rng)
        good = _play(cast, code, day, False, count - wanted, exemplars, rng)
    found = np.empty(count, np.int64)
    found[unlawful] = _dealt(bad or good, wanted, numbers)
    found[~unlawful] = _dealt(good or bad, count - wanted, numbers)
    return found


def _play(cast: Cast, code: str, day: int, unlawful: bool, count: int, exemplars: list[Exemplar],
          rng: Random) -> list[int]:
    player, places = cast.player(code), []
    for _ in range(count):
        exemplar = player.play(day, unlawful, rng) or player.play(day, not unlawful, rng)
        if exemplar is not None:
            places.append(len(exemplars))
            exemplars.append(exemplar)
    return places


def _dealt(places: list[int], count: int, numbers: np.random.Generator) -> NDArray[np.int64]:
    """``count`` of the places: each once where there are enough, otherwise drawn with repetition."""
    if not count:
        return np.empty(0, np.int64)
    if not places:
        raise FaduError("这一天走不出一件办件；请核对法典文件（见 fadu.simulate.survey）")
    known = np.array(places, np.int64)
    return known if len(known) == count else known[numbers.integers(0, len(known), count)]


def _units(cast: Cast, code: str, count: int, numbers: np.random.Generator) -> NDArray[np.int32]:
    habits = cast.district.habits(code)
    codes = np.array([cast.words.codes[unit] for unit in habits.units], np.int32)
    weights = np.array(habits.unit_weights)
    cuts = np.cumsum(weights / weights.sum())[:-1]
    found: NDArray[np.int32] = codes[np.searchsorted(cuts, numbers.random(count), side="right")]
    return found


def _shifts(exemplars: list[Exemplar], which: NDArray[np.int64], numbers: np.random.Generator) -> NDArray[np.int64]:
    """Minutes by which each case is moved within the days, so that repeated histories differ."""
    low = np.array([exemplar.slack[0] for exemplar in exemplars], np.int64)
    high = np.array([exemplar.slack[1] for exemplar in exemplars], np.int64)
    return numbers.integers(low[which], high[which] + 1)
