"""Worked cases of the lawbook: events → expected last days, deemed steps, findings. They run as tests.

``python -m fadu.scenarios [CODE …]`` checks them and prints every difference with file:line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fadu.book import Book, survey_book
from fadu.book.procedures import read_value
from fadu.book.source import Node, load
from fadu.law.cases import Case, Event
from fadu.law.dates import NO_MINUTE, iso, key_day
from fadu.law.errors import FaduError, LawbookError, Place
from fadu.law.judge import Judgement, judge
from fadu.law.procedures import Procedure

_EVENT = ("time", "recorded_at", "by", "officers", "days", "outcome", "approved_by", "reason", "amount", "id",
          "corrects", "void", "note")
_STATES = {"kept": 1, "late": 2, "running": 3, "ended": 4, "undetermined": 5, "early": 6, "lapsed": 7}


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """What a scenario says of one run of a clock."""

    last_day: int | None
    state: str
    provisional: bool | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One worked case and what the law makes of it."""

    name: str
    procedure: Procedure
    case: Case
    as_of: int
    known_on: int | None
    clocks: dict[str, list[ExpectedRun]]
    deemed: list[tuple[str, int]]
    findings: list[str]
    undetermined: list[str] | None
    state: str
    next_steps: tuple[str, ...]
    place: Place = field(compare=False)


def read_scenarios(path: Path, book: Book) -> Iterator[Scenario]:
    """The scenarios of one file. Errors: ``LawbookError`` with file:line."""
    top = load(path).keys(("procedure", "scenarios"), ("on", "note"))
    on = top["on"].date_day() if "on" in top else None
    for node in top["scenarios"].list():
        try:
            yield _scenario(node, top["procedure"].text(), on, book)
        except FaduError as error:
            raise LawbookError(error.message, error.place or node.place) from error


def _scenario(node: Node, code: str, on: int | None, book: Book) -> Scenario:
    entry = node.keys(("name", "as_of", "events", "expect"), ("fields", "why", "known_on", "unit", "on"))
    events = [read_event(item) for item in entry["events"].list()]
    case = Case(entry["name"].text(), code, events)
    on = entry["on"].date_day() if "on" in entry else on
    procedure = book.procedure_for(case) if on is None else book.procedure(code, on)
    _refuse_unknown_steps(entry["events"], procedure)
    fields = _fields(entry["fields"], procedure) if "fields" in entry else {}
    expect = entry["expect"].keys((), ("clocks", "deemed", "findings", "undetermined", "state", "next"))
    clocks = {name: _runs(name, item, procedure) for name, item in
              (expect["clocks"].map() if "clocks" in expect else {}).items()}
    deemed = [_deemed(item) for item in expect["deemed"].list()] if "deemed" in expect else []
    return Scenario(
        name=case.id,
        procedure=procedure,
        case=Case(case.id, code, events, fields),
        as_of=entry["as_of"].date_day(),
        known_on=entry["known_on"].date_day() if "known_on" in entry else None,
        clocks=clocks,
        deemed=sorted(deemed),
        findings=_rules(expect["findings"], procedure) if "findings" in expect else [],
        undetermined=_rules(expect["undetermined"], procedure) if "undetermined" in expect else None,
        state=expect["state"].text() if "state" in expect else "",
        next_steps=expect["next"].texts() if "next" in expect else (),
        place=node.place,
    )


def _refuse_unknown_steps(events: Node, procedure: Procedure) -> None:
    for item in events.list():
        step = item.map()["step"]
        if step.text() not in procedure.steps:
            step.fail(f"程序“{procedure.name}”没有环节“{step.text()}”；可用：{'、'.join(procedure.steps)}")


def read_event(node: Node) -> Event:
    """An event as scenarios write it."""
    entry = node.keys(("step", "date"), _EVENT)
    if "void" in entry and "corrects" not in entry:
        entry["void"].fail("void（撤销）要写明 corrects：撤销的是哪个事件的 id")

    def text(key: str) -> str | None:
        return entry[key].text() if key in entry else None

    by = entry["by"].texts() if "by" in entry else ()
    officers = entry["officers"].at_least(0) if "officers" in entry else None
    if officers is None and "by" in entry and entry["by"].is_list:
        officers = len(by)
    return Event(
        step=entry["step"].text(),
        day=entry["date"].date_day(),
        minute=_minute(entry["time"]) if "time" in entry else NO_MINUTE,
        recorded=entry["recorded_at"].date_day() if "recorded_at" in entry else None,
        by=by,
        officers=officers,
        days=entry["days"].at_least(0) if "days" in entry else None,
        outcome=text("outcome"),
        approved_by=text("approved_by"),
        reason=text("reason"),
        amount=entry["amount"].number() if "amount" in entry else None,
        id=text("id"),
        corrects=text("corrects"),
        void="void" in entry and entry["void"].boolean(),
    )


def _minute(node: Node) -> int:
    hours, _, minutes = node.text().partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        node.fail(f"“{node.text()}”不是时间；接受 \"09:30\" 这样的写法（要加引号）")
    return int(hours) * 60 + int(minutes)


def _fields(node: Node, procedure: Procedure) -> dict[str, bool | float | str | None]:
    found: dict[str, bool | float | str | None] = {}
    for name, item in node.map().items():
        known = procedure.fields.get(name)
        if known is None:
            item.fail(f"程序“{procedure.name}”没有字段“{name}”；可用：{'、'.join(procedure.fields)}")
        found[name] = read_value(item, known.kind, known.choices)
    return found


def _runs(name: str, node: Node, procedure: Procedure) -> list[ExpectedRun]:
    if name not in procedure.clocks:
        node.fail(f"程序“{procedure.name}”没有时钟“{name}”；可用：{'、'.join(procedure.clocks)}")
    found = []
    for item in node.many():
        entry = item.keys(("state",), ("last_day", "provisional"))
        found.append(ExpectedRun(
            entry["last_day"].date_day() if "last_day" in entry else None,
            entry["state"].choice(*_STATES),
            entry["provisional"].boolean() if "provisional" in entry else None,
        ))
    return found


def _deemed(node: Node) -> tuple[str, int]:
    entry = node.keys(("step", "date"))
    return entry["step"].text(), entry["date"].date_day()


def _rules(node: Node, procedure: Procedure) -> list[str]:
    names = list(node.texts()) if node.is_list else [node.text()]
    for name in names:
        if name not in procedure.clocks and name not in procedure.duties:
            node.fail(f"程序“{procedure.name}”没有名为“{name}”的时钟或程序要求")
    return sorted(names)


def differences(scenario: Scenario, judgement: Judgement) -> list[str]:
    """Where the judgement differs from what was worked out by hand."""
    found: list[str] = []
    calendar = judgement.plan.calendar
    for name, expected in scenario.clocks.items():
        runs = sorted((run for run in judgement.runs if run.clock.name == name), key=lambda run: run.start)
        if len(runs) != len(expected):
            found.append(f"时钟 {name}：应有 {len(expected)} 次计时，实有 {len(runs)} 次")
            continue
        for run, want in zip(runs, expected, strict=True):
            state = run.state.name.lower()
            last = "无" if run.last_day is None else iso(run.last_day)
            if state != want.state:
                found.append(f"时钟 {name}：状态应为 {want.state}，实为 {state}（末日 {last}）")
            if want.last_day is not None and run.last_day != want.last_day:
                found.append(f"时钟 {name}：末日应为 {iso(want.last_day)}，实为 {last}")
            provisional = run.last_day is not None and calendar.provisional(run.last_day)
            if want.provisional is not None and provisional != want.provisional:
                found.append(f"时钟 {name}：provisional 应为 {want.provisional}，实为 {provisional}")
    return found + _other_differences(scenario, judgement)


def _other_differences(scenario: Scenario, judgement: Judgement) -> list[str]:
    found: list[str] = []
    deemed = sorted((step, key_day(key)) for step, key in judgement.history.deemed)
    if deemed != scenario.deemed:
        found.append(f"视为发生：应为 {_days(scenario.deemed)}，实为 {_days(deemed)}")
    findings = sorted(finding.rule.name for finding in judgement.findings)
    if findings != scenario.findings:
        found.append(f"问题：应为 {scenario.findings}，实为 {findings}")
    undetermined = sorted(rule.name for rule in judgement.undetermined)
    if scenario.undetermined is not None and undetermined != scenario.undetermined:
        found.append(f"无法判断：应为 {scenario.undetermined}，实为 {undetermined}")
    state = judgement.state.label if judgement.state else ""
    if scenario.state and state != scenario.state:
        found.append(f"状态：应为 {scenario.state}，实为 {state}")
    offered = {step.name for step in judgement.next_steps}
    missing = [step for step in scenario.next_steps if step not in offered]
    if missing:
        found.append(f"下一步：应有 {missing}，实有 {sorted(offered)}")
    return found


def _days(pairs: list[tuple[str, int]]) -> str:
    return "、".join(f"{step} {iso(day)}" for step, day in pairs) or "无"


def run(scenario: Scenario, book: Book) -> list[str]:
    """Judge the scenario and compare."""
    judgement = judge(book.plan(scenario.procedure), scenario.case, scenario.as_of, scenario.known_on)
    return differences(scenario, judgement)


def main(codes: list[str]) -> int:
    """Run every worked case, or those of the procedures named; print what differs. Returns the exit code."""
    book, faults = survey_book()
    failures = total = 0
    for fault in faults:
        failures += 1
        print(fault)
    for path in sorted(book.folder.glob("scenarios/*/*.yaml")):
        if codes and path.parent.name not in codes:
            continue
        try:
            for scenario in read_scenarios(path, book):
                total += 1
                for difference in run(scenario, book):
                    failures += 1
                    print(f"{scenario.place}: {scenario.name}: {difference}")
        except FaduError as error:
            failures += 1
            print(error)
    print(f"{total} 个情景，{failures} 处不符")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
