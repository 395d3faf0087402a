"""The road fines: known facts of the log, and every rule against loops that know nothing of Fadu."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import log_facts
import pytest
import replay
import run

from fadu.book import Book, load_book
from fadu.law.errors import LawbookError
from fadu.scenarios import read_scenarios
from fadu.scenarios import run as run_scenario

SHARED = Path(os.environ.get("FADU_SHARED", Path(__file__).parents[3] / "shared"))
LOG = SHARED / "logs" / "Road_Traffic_Fine_Management_Process.xes.gz"
MODEL = SHARED / "logs" / "RoadFines_WithData.pnml"
needs_log = pytest.mark.skipif(
    not LOG.exists(), reason=f"the log is not redistributable; set FADU_SHARED to the folder that holds logs/{LOG.name}"
)
needs_model = pytest.mark.skipif(not MODEL.exists(), reason=f"no logs/{MODEL.name} in FADU_SHARED")

CREATE, SEND, NOTIFY, PAY = "Create Fine", "Send Fine", "Insert Fine Notification", "Payment"
PENALTY, COLLECT, JUDGE = "Add penalty", "Send for Credit Collection", "Appeal to Judge"
APPEAL, FORWARD = "Insert Date Appeal to Prefecture", "Send Appeal to Prefecture"
RESULT, TELL = "Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender"
ALL = (CREATE, SEND, NOTIFY, PAY, PENALTY, COLLECT, JUDGE, APPEAL, FORWARD, RESULT, TELL)

# The known facts (de Leoni & Mannhardt 2015)

ACTIVITIES = {
    CREATE: [150370, 150370], SEND: [103987, 103987], NOTIFY: [79860, 79860], PENALTY: [79860, 79860],
    PAY: [77601, 69715], COLLECT: [59013, 59013], APPEAL: [4188, 4188], FORWARD: [4141, 4141], RESULT: [999, 999],
    TELL: [896, 896], JUDGE: [555, 555],
}  # fmt: skip
ENDS = {PAY: 67201, COLLECT: 58997, SEND: 20755, FORWARD: 3144, JUDGE: 134, TELL: 86, RESULT: 53}
YEARS = [15336, 12323, 11555, 8565, 12587, 14511, 15114, 11290, 12206, 13018, 8001, 10306, 4018, 1540]


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book(run.LAWBOOK)


@needs_log
def test_the_known_facts_of_the_log(book: Book) -> None:
    (procedure,) = book.versions(run.PROCEDURE)
    traces = log_facts.read_traces(LOG, book, run.PROCEDURE)
    facts = log_facts.log_facts(traces, {step.name: step.label for step in procedure.steps.values()})
    assert facts == {
        "cases": 150_370, "events": 561_470, "activities": ACTIVITIES, "variants": 231,
        "trace_length": [2, 20, 3.734], "follows": 411_100, "follows_distinct": 70, "starts": {CREATE: 150_370},
        "ends": ENDS, "by_year": dict(zip(range(2000, 2014), YEARS, strict=True)),
        "first_day": "2000-01-01", "last_day": "2013-06-18", "same_day_as_before": 12_018,
    }  # fmt: skip
    found = {name: asdict(item) for name, item in run.spread(procedure, traces).items()}
    assert {name: tuple(item.values()) for name, item in found.items()} == SPREADS


# Limit, under, equal, over, start without stop after it, of which with a stop before it, stop without start.
SPREADS = {
    "send_90": (90, 53420, 795, 49772, 46383, 0, 0),
    "notify_90": (90, 31658, 609, 47593, 70510, 0, 0),
    "pay_60": (60, 3902, 904, 14870, 60184, 63, 49976),
    "prefect_60": (60, 3342, 77, 582, 75859, 42, 145),
    "judge_60": (60, 297, 17, 224, 79322, 0, 17),
    "judge_30": (30, 135, 14, 389, 79322, 0, 17),
    "penalty_60": (60, 0, 79860, 0, 0, 0, 0),
    "collect_over_60": (60, 0, 0, 59013, 20847, 0, 0),
    "send_appeal_60": (60, 3293, 37, 807, 51, 4, 0),
    "result_120": (120, 865, 5, 47, 3224, 39, 43),
    "notify_result_150": (150, 877, 0, 17, 105, 2, 0),
}


# The same log read and judged by loops of their own

Happened = list[tuple[str, date, str]]
"""Activity, civil day in Rome, dismissal (or empty), in file order."""
ROME = ZoneInfo("Europe/Rome")
AS_OF = date(2013, 6, 18)


@cache
def cases() -> list[Happened]:
    """The log by the standard library alone."""
    found: list[Happened] = []
    with gzip.open(LOG) as source:
        for _, element in ElementTree.iterparse(source):  # noqa: S314 - a local file
            if element.tag.rpartition("}")[2] == "trace":
                found.append([_happened(event) for event in element if event.tag.rpartition("}")[2] == "event"])
                element.clear()
    return found


def _happened(event: ElementTree.Element) -> tuple[str, date, str]:
    values = {item.get("key"): item.get("value") or "" for item in event}
    local = datetime.fromisoformat(values["time:timestamp"]).astimezone(ROME)
    assert local.time() == time(), "every timestamp is midnight in Rome"
    return values["concept:name"], local.date(), values.get("dismissal", "")


def within(
    start: str, stop: str, days: int, used: bool = True, since: date = date.min, until: date = date.max
) -> Counter:
    """A term; ``used``: only in cases that have the stop at all."""
    states: Counter[str] = Counter()
    for case in cases():
        names = [name for name, _, _ in case]
        if used and stop not in names:
            continue
        for place, (name, begun, _) in enumerate(case):
            if name == start and since <= begun < until:
                last = begun + timedelta(days=days)
                later = [day for name, day, _ in case[place + 1 :] if name == stop]
                if later:
                    states["kept" if later[0] <= last else "late"] += 1
                else:
                    states["late" if last < AS_OF else "running"] += 1
    return states


def not_before(start: str, stop: str, days: int) -> Counter:
    states: Counter[str] = Counter()
    for case in cases():
        for place, (name, begun, _) in enumerate(case):
            if name == start:
                later = [day for name, day, _ in case[place + 1 :] if name == stop]
                states["running" if not later else "kept" if (later[0] - begun).days >= days else "early"] += 1
    return states


def preceded(first: str, then: str) -> Counter:
    """There is a ``first`` before the first ``then``."""
    states: Counter[str] = Counter()
    for case in cases():
        names = [name for name, _, _ in case]
        if then not in names:
            states["pending"] += 1
        else:
            states["met" if first in names[: names.index(then)] else "missed"] += 1
    return states


def nothing_after(trigger: str, forbidden: Iterable[str], dismissal: str = "") -> Counter:
    """No ``forbidden`` after the first ``trigger``; with ``dismissal``, only where the last trigger has it."""
    states: Counter[str] = Counter()
    for case in cases():
        names = [name for name, _, _ in case]
        if dismissal and [value for name, _, value in case if name == trigger][-1:] != [dismissal]:
            continue
        if trigger not in names:
            states["pending"] += 1
        else:
            rest = names[names.index(trigger) + 1 :]
            states["missed" if set(rest) & set(forbidden) else "met"] += 1
    return states


def never_without(stop: str, start: str) -> Counter:
    """In cases without ``start``, no ``stop``."""
    without = [names for case in cases() if start not in (names := {name for name, _, _ in case})]
    return Counter("missed" if stop in names else "met" for names in without)


def once(activity: str) -> Counter:
    counts = (sum(name == activity for name, _, _ in case) for case in cases())
    return Counter("pending" if n == 0 else "met" if n == 1 else "missed" for n in counts)


def result_of_open_appeals() -> Counter:
    """Of appeals sent on and dismissed (not NIL): no result is received."""
    states: Counter[str] = Counter()
    for case in cases():
        values = [value for name, _, value in case if name == FORWARD]
        if values and values[-1] != "NIL":
            states["missed" if any(name == RESULT for name, _, _ in case) else "met"] += 1
    return states


def by_hand() -> dict[str, Counter]:
    reform, trial_reform = date(2010, 8, 13), date(2011, 10, 6)
    rest = {PAY, PENALTY, RESULT, TELL, COLLECT}
    return {
        "send_90": within(CREATE, SEND, 90),
        "send_under_90": within(CREATE, SEND, 89),
        "notify_90": within(CREATE, NOTIFY, 90),
        "notify_under_90": within(CREATE, NOTIFY, 89),
        "notify_150_law": within(CREATE, NOTIFY, 150, until=reform),
        "notify_90_law": within(CREATE, NOTIFY, 90, since=reform),
        "pay_60": within(NOTIFY, PAY, 60, used=False),
        "pay_under_60": within(NOTIFY, PAY, 59, used=False),
        "prefect_60": within(NOTIFY, APPEAL, 60),
        "prefect_under_60": within(NOTIFY, APPEAL, 59),
        "judge_60": within(NOTIFY, JUDGE, 60),
        "judge_under_60": within(NOTIFY, JUDGE, 59),
        "judge_30": within(NOTIFY, JUDGE, 30),
        "judge_30_law": within(NOTIFY, JUDGE, 30, since=trial_reform),
        "penalty_60": not_before(NOTIFY, PENALTY, 60),
        "collect_over_60": not_before(NOTIFY, COLLECT, 61),
        "send_appeal_60": within(APPEAL, FORWARD, 60, used=False),
        "result_120": within(FORWARD, RESULT, 120),
        "notify_result_150": within(RESULT, TELL, 150, used=False),
        "notified_before_prefect": preceded(NOTIFY, APPEAL),
        "prefect_never_notified": never_without(APPEAL, NOTIFY),
        "prefect_notified_later": nothing_after(APPEAL, {NOTIFY}),
        "notified_before_judge": preceded(NOTIFY, JUDGE),
        "judge_never_notified": never_without(JUDGE, NOTIFY),
        "judge_notified_later": nothing_after(JUDGE, {NOTIFY}),
        "sent_before_notified": preceded(SEND, NOTIFY),
        "notified_before_penalty": preceded(NOTIFY, PENALTY),
        "notified_before_collection": preceded(NOTIFY, COLLECT),
        "penalty_before_collection": preceded(PENALTY, COLLECT),
        "dated_before_sent_on": preceded(APPEAL, FORWARD),
        "sent_on_before_result": preceded(FORWARD, RESULT),
        "result_never_sent_on": never_without(RESULT, FORWARD),
        "result_before_notice": preceded(RESULT, TELL),
        "create_once": once(CREATE),
        "send_once": once(SEND),
        "notify_once": once(NOTIFY),
        "collect_once": once(COLLECT),
        "collection_ends": nothing_after(COLLECT, set(ALL) - {COLLECT}),
        "result_only_if_open": result_of_open_appeals(),
        "prefect_dismissal_ends": nothing_after(FORWARD, rest | {JUDGE}, "#"),
        "judge_dismissal_ends": nothing_after(JUDGE, rest | {APPEAL, FORWARD}, "G"),
        "one_remedy": nothing_after(APPEAL, {JUDGE}),
        "paid_is_final": nothing_after(PAY, {APPEAL, JUDGE}),
    }


@needs_log
def test_every_rule_counts_what_plain_loops_count(tmp_path: Path) -> None:
    answer = run.check(LOG, tmp_path)
    assert (answer["cases"], answer["events"]) == (150_370, 561_470)
    assert answer["rejected"] == {"rows": 0, "values": 0, "cases": 0} and not answer["not_judged"]
    assert {rule["rule"]: rule["states"] for rule in answer["rules"]} == by_hand()


@needs_log
def test_every_appeal_counts_once_in_time_late_or_without_notification() -> None:
    assert _three_outcomes(APPEAL) == {"in time": 3342 + 77, "late": 582, "never notified": 145, "notified later": 42}
    assert _three_outcomes(JUDGE) == {"in time": 297 + 17, "late": 224, "never notified": 17}


def _three_outcomes(appeal: str) -> Counter:
    states: Counter[str] = Counter()
    for case in cases():
        known = None
        for name, day, _ in case:
            if name == NOTIFY:
                known = day
            if name == appeal and known is not None:
                states["in time" if (day - known).days <= 60 else "late"] += 1
            elif name == appeal:
                states["notified later" if any(name == NOTIFY for name, _, _ in case) else "never notified"] += 1
    return states


@needs_log
def test_elapsed_hours_are_not_civil_days() -> None:
    """The model's ``< 2160 h`` on the 90th day depends on the change of the clocks."""
    hours: Counter[float] = Counter()
    for case in cases():
        created = case[0][1]
        for name, day, _ in case:
            if name == SEND and (day - created).days == 90:
                begun, sent = (datetime.combine(each, time(), ROME).astimezone(UTC) for each in (created, day))
                hours[(sent - begun).total_seconds() / 3600] += 1
    assert hours == {2159: 89, 2160: 442, 2161: 264}


# The model


@needs_log
@needs_model
def test_two_guards_of_the_model_never_hold() -> None:
    found = replay.report(LOG, MODEL)
    guards = {row["transition"]: row for row in found["constants"]}
    assert {name for name, row in guards.items() if row["dead"]} == {"Inv4", "Inv6"}
    assert guards["Inv4"]["seen"] == {"NIL": 462, "G": 93}
    assert guards["Inv6"]["seen"] == {"NIL": 2156, "#": 1980, "D": 2, "C": 2, "$": 1}
    assert (guards["Inv5"]["holds"], guards["Receive Result Appeal from Prefecture"]["holds"]) == (462, 2156)
    assert {name: row["fit"] for name, row in found["fit"].items()} == {
        "order only": 146_773, "as published, elapsed hours": 85_439,
        "constants exchanged, elapsed hours": 85_441, "constants exchanged, civil days": 85_377,
    }  # fmt: skip


def test_a_guard_reads_what_the_model_writes() -> None:
    guard = replay.compile_guard('((dismissal!="NIL")||((points==0)&&(totalPaymentAmount>=(amount+expense))))')
    assert guard({"dismissal": "A"}, {}) is True
    paid = {"totalPaymentAmount": 46.0, "amount": 35.0, "expense": 11.0}
    assert guard({"dismissal": "NIL", "points": 0, **paid}, {}) is True
    assert guard({"dismissal": "NIL", "points": 2}, {}) is False
    assert guard({"dismissal": "NIL", "points": 0}, {}) is None
    assert replay.compile_guard("(delaySend'<2160)")({"delaySend": 1.0}, {"delaySend": 2160.0}) is False
    with pytest.raises(ValueError, match="is not understood"):
        replay.compile_guard("print(1)")


# The lawbook


def test_the_worked_cases_hold(book: Book) -> None:
    files = sorted(run.LAWBOOK.glob("scenarios/*/*.yaml"))
    scenarios = [scenario for path in files for scenario in read_scenarios(path, book)]
    assert len(scenarios) >= 6
    assert {scenario.name: run_scenario(scenario, book) for scenario in scenarios} == {s.name: [] for s in scenarios}


def test_the_lawbook_refuses_the_guard_that_can_never_hold(tmp_path: Path) -> None:
    """Written with the constant of the published file, the rule does not get past the reader."""
    shutil.copytree(run.LAWBOOK, tmp_path, dirs_exist_ok=True)
    (path,) = tmp_path.glob("procedures/*/*.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('outcome(appeal_judge) == "G"', 'outcome(appeal_judge) == "#"'), encoding="utf-8")
    with pytest.raises(LawbookError, match="没有选项“#”；可选：NIL、G"):
        load_book(tmp_path)


@pytest.mark.parametrize("name", ["send_90", "notify_90", "pay_60", "prefect_60", "judge_60"])
def test_the_figures_of_the_readme_are_those_tested(name: str) -> None:
    readme = (run.HERE / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{name}` |")]
    _, under, equal, over, never, before, missing = SPREADS[name]
    cells = [cell.strip() for cell in line.split("|")]
    for n in (under, equal, over, never - before, before, missing):
        assert f"{n:,}" in cells, (name, n)
