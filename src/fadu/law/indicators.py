"""Indicators: counted figures with a definition card (口径卡). Plain data; ``fadu.measure`` counts them."""

from __future__ import annotations

from dataclasses import dataclass

from fadu.law.citations import Citation
from fadu.law.conditions import Condition
from fadu.law.errors import Place

KINDS = ("count", "rate", "quantile", "sum", "mean")
SUBJECTS = ("run", "duty", "case", "event")
PERIODS = ("start", "stop", "last", "opened", "closed", "day")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure's definition. ``subject``/``target``: what is counted (``run decide`` of ``procedure``).

    ``population`` narrows what is counted at all; ``numerator`` and ``denominator`` narrow it further
    (a rate without ``denominator`` divides by the population). ``value``: what a quantile, sum or mean reads.
    """

    name: str
    label: str
    kind: str
    procedure: str
    subject: str
    target: str
    definition: str
    population: Condition | None = None
    numerator: Condition | None = None
    denominator: Condition | None = None
    value: str = ""
    quantile: float = 0.5
    period_by: str = "start"
    direction: str = "none"
    goal: float | None = None
    minimum_n: int = 0
    unit: str = ""
    source: str = "system"
    since: int | None = None
    cites: tuple[Citation, ...] = ()
    certainty: str = "text"
    variants: tuple[str, ...] = ()
    text: str = ""
    """The card as written, for the receipt."""
    place: Place = Place("")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that are given."""
        found = (self.population, self.numerator, self.denominator)
        return tuple(tree for tree in found if tree is not None)
