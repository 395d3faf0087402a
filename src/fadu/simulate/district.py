"""The fictitious district 明川区: units, shares of procedures, seasons. Data, read from ``district.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fadu.law.cases import FieldValue
from fadu.law.errors import FaduError

SHIPPED = Path(__file__).parent / "district.toml"
KEYS = (
    "share", "sampled", "months", "rest_days", "units", "town_weight", "left_open", "steps", "outcomes", "fields",
    "dates",
)  # fmt: skip
Groups = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Habits:
    """How one procedure is lived in the district. ``rest_days``: arrivals of a rest day, 0 = none; ``left_open``: the
    share of cases that are not closed although nothing is left to do (a credential, a post).

    ``dates``: of a date field that ends a run, how many days after its start the day lies, at least and at most;
    ``months``: arrivals by month, where they are not those of the district. ``sampled``: how many of them a simulated
    district's office takes in (records that come by the hundred thousand from other systems).
    """

    share: float
    units: tuple[str, ...] = ()
    unit_weights: tuple[float, ...] = ()
    rest_days: float = 0.0
    left_open: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[FieldValue, float]] = field(default_factory=dict)
    dates: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    months: tuple[float, ...] = ()
    sampled: float = 1.0

    @property
    def round_the_clock(self) -> bool:
        return self.rest_days > 0


ANY_HABITS = Habits(1.0)
"""Of a procedure nothing is known about."""


@dataclass(frozen=True)
class District:
    """Units, seasons and habits. ``habits(code)`` falls back to the default share and all departments."""

    name: str
    units: tuple[str, ...]
    months: tuple[float, ...]
    weekdays: tuple[float, ...]
    holiday_edge: float
    known: Mapping[str, Habits]
    default: Habits

    def habits(self, code: str) -> Habits:
        return self.known.get(code, self.default)


def read_district(path: Path | None = None) -> District:
    """Read a district file. Raises ``FaduError`` that names what is wrong and what is accepted."""
    source = path or SHIPPED
    data = _parsed(source)
    groups = {name: tuple(data.get(name, ())) for name in ("departments", "towns")}
    units = groups["departments"] + groups["towns"]
    for name, members in data.get("groups", {}).items():
        _refuse(source, f"组“{name}”中没有这个单位", set(members) - set(units), units)
        groups[name] = tuple(members)
    _listed(source, data, "months", 12)
    _listed(source, data, "weekdays", 7)
    default = data.get("default", {})
    habits = {code: _habits(source, code, {**default, **item}, groups)
              for code, item in data.get("procedures", {}).items()}
    return District(str(data.get("name", "")), units, tuple(data["months"]), tuple(data["weekdays"]),
                    float(data.get("holiday_edge", 1.0)), habits, _habits(source, "default", default, groups))


def _parsed(source: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaduError(f"{source}：不是 TOML（{error}）；格式见随程序的 {SHIPPED.name}") from error


def _habits(source: Path, code: str, item: dict[str, Any], groups: Groups) -> Habits:
    _refuse(source, f"“{code}”中不认识的项", set(item) - set(KEYS), KEYS)
    known = groups["departments"] + groups["towns"]
    units: list[str] = []
    for name in item.get("units", ["departments"]):
        _refuse(source, f"“{code}”的 units 中没有这个单位或组", {name} - {*groups, *known}, (*groups, *known))
        units += [unit for unit in groups.get(name, (name,)) if unit not in units]
    weight = float(item.get("town_weight", 1.0))
    weights = tuple((weight if unit in groups["towns"] else 1.0) * _size(place) for place, unit in enumerate(units))
    steps = {step: float(value) for step, value in item.get("steps", {}).items()}
    fields = {name: _values(value) for name, value in item.get("fields", {}).items()}
    share, rest_days = float(item.get("share", 0.2)), float(item.get("rest_days", 0.0))
    outcomes = {step: {str(word): float(often) for word, often in words.items()}
                for step, words in item.get("outcomes", {}).items()}
    left_open = float(item.get("left_open", 0.0))
    dates = {name: (int(least), int(most)) for name, (least, most) in item.get("dates", {}).items()}
    if "months" in item:
        _listed(source, item, "months", 12)
    months = tuple(item.get("months", ()))
    return Habits(share, tuple(units), weights, rest_days, left_open, steps, outcomes, fields, dates, months,
                  float(item.get("sampled", 1.0)))


def _values(given: float | Mapping[str, float]) -> dict[FieldValue, float]:
    """How often a field takes which value: of a flag, the chance that it is set."""
    if isinstance(given, int | float):
        return {True: float(given), False: 1.0 - given}
    return {value: float(weight) for value, weight in given.items()}


def _size(place: int) -> float:
    """Units differ in size: the same pattern always."""
    return 0.4 + (place * 7 % 11) / 5


def _listed(source: Path, data: Mapping[str, Any], name: str, length: int) -> None:
    found = data.get(name)
    if not isinstance(found, list) or [isinstance(value, int | float) for value in found] != [True] * length:
        raise FaduError(f"{source}：{name} 应是 {length} 个数，实为 {found}")


def _refuse(source: Path, what: str, wrong: set[str], accepted: tuple[str, ...]) -> None:
    if wrong:
        raise FaduError(f"{source}：{what}：{'、'.join(sorted(wrong))}；可用：{'、'.join(accepted)}")
