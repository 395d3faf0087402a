"""Which played cases come of which: complaints lead to inspections and fines, fines to reconsiderations and so on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from fadu.acts.open_with_facts import Facts

SEEN = frozenset({"hotline", "inspection", "penalty", "litigation"})
"""Registers from which others come; the book has them before those."""
TOPICS = {
    "占道经营": "市容", "无照经营": "食品安全", "超标排放": "油烟", "违法建设": "违法建设",
    "食品标签不合规": "食品安全", "随意倾倒垃圾": "环境卫生",
}  # fmt: skip
"""Illegal act → the kind of complaint it is called in as."""
LOST = ("撤销", "部分撤销", "责令履行职责", "责令给付", "确认违法", "确认无效", "变更")
"""How a suit ends that the government lost."""
DECIDED = {"penalty": "penalize", "litigation": "judge"}
"""Register → the step from whose day on others come of it; else the opening."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one register comes of another: of what share, within how many days."""

    source: str
    share: float
    days: int


WAYS: dict[str, tuple[Way, ...]] = {
    "inspection": (Way("hotline", 0.12, 20),),
    "penalty": (Way("hotline", 0.2, 30), Way("inspection", 0.3, 30)),
    "penalty_summary": (Way("hotline", 0.2, 15),),
    "no_penalty": (Way("inspection", 0.3, 15),),
    "reconsideration": (Way("penalty", 0.4, 60),),
    "lost_case_review": (Way("litigation", 0.9, 60),),
    "problem_item": (Way("litigation", 0.15, 120),),
}
"""Register → where its cases come from. The shares are made up."""


class Leads:
    """The numbers of the played cases from which others may come, by register, topic and day."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._known: dict[tuple[str, str, date], list[str]] = defaultdict(list)

    def origin(self, procedure: str, about: str, on: date) -> str:
        """The number of a case that one opened on a day came from, drawn among those before it; or none.

        ``about``: the illegal act, where the register has one.
        """
        for way in WAYS.get(procedure, ()):
            if self._rng.random() < way.share:
                return self._drawn(way, _topic(about, self._rng) if way.source == "hotline" else "", on)
        return ""

    def _drawn(self, way: Way, topic: str, on: date) -> str:
        days = (on - timedelta(days=back) for back in range(1, way.days + 1))
        found = [number for day in days for number in self._known.get((way.source, topic, day), ())]
        return self._rng.choice(found) if found else ""

    def remember(self, number: str, facts: Facts) -> None:
        """A case that was opened."""
        procedure, opening = facts.new.procedure, facts.new.opening
        if procedure not in SEEN:
            return
        step = DECIDED.get(procedure)
        move = next((move for move in facts.then if move.step == step), None) if step else opening
        if move is None or (procedure == "litigation" and move.outcome not in LOST):
            return
        topic = str(opening.fields.get("topic") or "") if procedure == "hotline" else ""
        self._known[procedure, topic, move.on].append(number)


def _topic(about: str, rng: Random) -> str:
    known = next((topic for act, topic in TOPICS.items() if act in about), "")
    return known or rng.choice(tuple(TOPICS.values()))
