"""The cast of a simulation: players for every procedure, units, words, and how many cases arrive when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random

import numpy as np
from numpy.typing import NDArray

from fadu.book import Book
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words
from fadu.measure.facts import vocabulary
from fadu.simulate import attributes
from fadu.simulate.district import District, read_district
from fadu.simulate.plan import Piece, SimulationPlan, codes_of, day_weights, generator, pieces
from fadu.simulate.player import Player

PROBES, MORE_PROBES = 40, 500
"""Cases played to learn how long cases are: some of every procedure, more where it is most of the volume."""
SHORT = 40
LEAST_VARIETY = 6
MORE_TEMPLATES = 4
"""A procedure that is all of the volume has so many times more path templates than one that is rare."""


@dataclass(frozen=True)
class Probe:
    """What a few played cases tell: events of a case, and the share of days that can have an unlawful one."""

    events: float
    breakable: float


@dataclass
class Cast:
    """Everything a worker needs; made anew in each worker, the same everywhere."""

    book: Book
    plan: SimulationPlan
    _players: dict[str, Player] = field(default_factory=dict, repr=False)
    _probes: dict[str, Probe] = field(default_factory=dict, repr=False)

    @cached_property
    def district(self) -> District:
        return read_district(self.plan.district)

    @cached_property
    def words(self) -> Words:
        """Every text the facts may hold, in a fixed order."""
        words = vocabulary(self.book)
        texts = [*self.district.units]
        for procedure in self.book.procedures:
            texts += [str(item.default) for item in procedure.fields.values() if isinstance(item.default, str)]
            texts += list(attributes.texts(procedure))
        for text in texts:
            words.code(text)
        return words

    @cached_property
    def _volume(self) -> float:
        return sum(self._share(code) for code in codes_of(self.book, self.plan))

    def _share(self, code: str) -> float:
        habits = self.district.habits(code)
        return habits.share * habits.sampled if self.plan.sampled else habits.share

    def player(self, code: str) -> Player:
        """The player of a procedure (kept)."""
        if code not in self._players:
            habits = self.district.habits(code)
            size = round(self.plan.size * (1 + MORE_TEMPLATES * self._share(code) / self._volume))
            self._players[code] = Player(self.book, code, self.plan.until, habits, size)
        return self._players[code]

    @cached_property
    def weights(self) -> dict[str, NDArray[np.float64]]:
        """Arrivals by day, relatively, of the procedures that can be played in the period."""
        found = {}
        for code in codes_of(self.book, self.plan):
            player = self.player(code)
            weights = day_weights(player.calendar, self.district, self.district.habits(code), self.plan.days)
            weights *= [player.in_force(day) for day in self.plan.days]
            if weights.sum() > 0:
                found[code] = weights
        if not found:
            raise FaduError("所选程序在这段时间都没有生效的版本，或者没有工作日；请改 --procedure、--from、--until")
        return found

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of each procedure in the cases."""
        total = sum(self._share(code) for code in self.weights)
        return {code: self._share(code) / total for code in self.weights}

    @cached_property
    def cases(self) -> int:
        """How many cases to play; where events are asked for, as many as give about that."""
        if self.plan.cases:
            return self.plan.cases
        usual = sum(self.shares[code] * self.probe(code).events for code in self.weights)
        return max(1, round(self.plan.events / usual))

    def probe(self, code: str) -> Probe:
        """What a few cases of a procedure, played over the period, tell (kept)."""
        if code not in self._probes:
            self._probes[code] = self._probe(code)
        return self._probes[code]

    def rate(self, code: str) -> float:
        """Share of cases to play unlawfully: a little more where cases opened last can hardly be unlawful yet."""
        return min(1.0, self.plan.unlawful / max(self.probe(code).breakable, 0.05)) if self.plan.unlawful else 0.0

    def _probe(self, code: str) -> Probe:
        weights, player = self.weights[code], self.player(code)
        rng = Random(f"{self.plan.seed}:{code}:probe")  # noqa: S311
        count = PROBES + round(MORE_PROBES * self.shares[code])
        days = rng.choices(list(self.plan.days), weights.tolist(), k=count)
        lawful = [len(found.events) for day in days if (found := player.play(day, False, rng))]
        unlawful = [len(found.events) for day in days if (found := player.play(day, True, rng))]
        if not lawful:
            raise FaduError(f"程序“{code}”走不出一件合法的办件；请核对法典文件，或不选这个程序")
        rate = self.plan.unlawful
        events = (1 - rate) * sum(lawful) / len(lawful) + rate * (sum(unlawful) / len(unlawful) if unlawful else 0)
        return Probe(events, len(unlawful) / count)

    @cached_property
    def pieces(self) -> list[Piece]:
        """The work, in the order of case numbers."""
        counts: dict[str, NDArray[np.int64]] = {}
        codes = list(self.weights)
        numbers = generator(self.plan, "shares").multinomial(self.cases, [self.shares[code] for code in codes])
        for code, number in zip(codes, numbers.tolist(), strict=True):
            weights = self.weights[code]
            counts[code] = generator(self.plan, "days", code).multinomial(number, weights / weights.sum())
        return list(pieces(counts, self.plan))

    def variety(self, code: str) -> int:
        """Distinct histories of one day at the most: fewer where the procedure is little of the volume."""
        histories = self.plan.variety * self.shares[code] ** 0.5
        return max(LEAST_VARIETY, int(histories) // int(np.count_nonzero(self.weights[code])))

    def version(self, code: str, effective: int) -> Procedure:
        return self.player(code).versions[effective].plan.procedure


def fitted(plan: SimulationPlan) -> SimulationPlan:
    """The plan with fewer templates where only a few cases are wanted (a demonstration starts at once)."""
    wanted = plan.cases or plan.events // 5
    return replace(plan, size=min(plan.size, SHORT)) if wanted < 2000 else plan
