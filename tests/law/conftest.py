"""A desk to work cases at: tiny lawbooks from a few lines of YAML, histories from a line of text.

Steps are named in one line: ``receive accept decide!``; the first opens the case, ``!`` closes it.
Events are written ``receive 2024-02-07 09:30; extend 2024-03-01 days=20 by=甲,乙``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from fadu.book import SHIPPED
from fadu.book.calendars import read_calendar
from fadu.book.procedures import read_procedure
from fadu.book.statutes import read_statute
from fadu.law.calendars import Calendar
from fadu.law.cases import Case, Event
from fadu.law.clocks import Run
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.judge import Judgement, Plan, compile_procedure, judge
from fadu.law.statutes import Statutes

STATUTES = {
    "行政复议法": """
        aliases: [复议法]
        versions:
          - effective: 2024-01-01
            working_days: [三日, 五日, 七日, 十日]
            last_day_rolls: {value: true, certainty: text, cite: 88(1)}
            interpretation: 88(2)
          - {effective: 2018-01-01, working_days: [五日, 七日], interpretation: 40(2)}
    """,
    "行政处罚法": """
        versions: [{effective: 2021-07-15, working_days: [二日, 三日, 五日, 七日], interpretation: 85}]
    """,
    "行政许可法": """
        versions: [{effective: 2004-07-01, working_days: all, working_days_party: agency, interpretation: 82}]
    """,
    "行政强制法": """
        versions: [{effective: 2012-01-01, working_days: {up_to: 十日}, interpretation: 69}]
    """,
    "信访工作条例": """
        versions: [{effective: 2022-05-01, last_day_rolls: false}]
    """,
}
NUMBERS = ("officers", "days")


@dataclass
class Desk:
    folder: Path
    statutes: Statutes
    calendar: Calendar
    made: int = field(default=0)

    def plan(
        self,
        rules: str,
        steps: str = "receive accept decide! suspend resume inspect inspected extend",
        statute: str = "行政复议法",
        on: str = "2024-01-01",
    ) -> Plan:
        """A procedure of ``steps`` with ``rules`` (YAML of clocks, duties, fields …), compiled on the calendar CN."""
        self.made += 1
        path = self.folder / f"made{self.made}" / f"{on}.yaml"
        path.parent.mkdir()
        head = f"name: 试\ncode: made{self.made}\nstatute: {statute}\neffective: {on}\n"
        rules = dedent(rules)
        if "\nsteps:" not in rules:
            head += "steps:\n" + "".join(_step(word, place) for place, word in enumerate(steps.split()))
        path.write_text(head + rules, encoding="utf-8")
        return compile_procedure(read_procedure(path, self.statutes), self.calendar)

    def case(self, text: str, **fields: bool | float | str | None) -> Case:
        return Case("某号", "made", [_event(part) for part in text.split(";") if part.strip()], fields)

    def judge(
        self, plan: Plan, text: str, as_of: str, known_on: str = "", **fields: bool | float | str | None
    ) -> Judgement:
        return judge(plan, self.case(text, **fields), day_of(as_of), day_of(known_on) if known_on else None)

    def runs(self, plan: Plan, text: str, as_of: str, **fields: bool | float | str | None) -> list[str]:
        """Each run as ``last day state``."""
        return [told(run) for run in self.judge(plan, text, as_of, **fields).runs]

    def verdicts(self, plan: Plan, text: str, as_of: str, **fields: bool | float | str | None) -> dict[str, str]:
        found = self.judge(plan, text, as_of, **fields).verdicts
        return {verdict.duty.name: verdict.state.name.lower() for verdict in found}


def told(run: Run) -> str:
    return f"{'?' if run.last_day is None else iso(run.last_day)} {run.state.name.lower()}"


def _step(word: str, place: int) -> str:
    name = word.rstrip("!")
    flags = (", opens: true" if place == 0 else "") + (", closes: true" if word.endswith("!") else "")
    return f"  {name}: {{label: {name}{flags}}}\n"


def _event(text: str) -> Event:
    step, date, *rest = text.split()
    minute = NO_MINUTE
    if rest and ":" in rest[0]:
        hours, _, minutes = rest.pop(0).partition(":")
        minute = int(hours) * 60 + int(minutes)
    found: dict[str, object] = {}
    for word in rest:
        key, _, value = word.partition("=")
        match key:
            case "recorded":
                found[key] = day_of(value)
            case "by":
                found[key] = tuple(value.split(","))
            case "void":
                found[key] = True
            case "amount":
                found[key] = float(value)
            case _:
                found[key] = int(value) if key in NUMBERS else value
    return Event(step, day_of(date), minute, **found)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def cn() -> Calendar:
    return read_calendar(SHIPPED / "calendars" / "CN.yaml")


@pytest.fixture(scope="session")
def statutes(tmp_path_factory: pytest.TempPathFactory) -> Statutes:
    folder = tmp_path_factory.mktemp("statutes")
    for short, text in STATUTES.items():
        (folder / f"{short}.yaml").write_text(f"title: 中华人民共和国{short}\nshort: {short}\n{dedent(text)}", "utf-8")
    return Statutes(read_statute(path) for path in sorted(folder.glob("*.yaml")))


@pytest.fixture
def desk(tmp_path: Path, statutes: Statutes, cn: Calendar) -> Desk:
    return Desk(tmp_path, statutes, cn)
