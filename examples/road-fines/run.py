"""The road fines against their law: ``python examples/road-fines/run.py LOG [--model MODEL.pnml]``.

Runs ``fadu check`` on the log, then prints the known facts of the log and, rule by rule, how the cases kept to it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from log_facts import Distances, Trace, distances, log_facts, read_traces
from replay import report, told

from fadu.book import load_book
from fadu.law.procedures import Clock, Procedure

HERE = Path(__file__).parent
LAWBOOK = HERE / "lawbook"
PROCEDURE = "road_fine"
AS_OF = "2013-06-18"
MAPPING = {"dismissal": "outcome", "paymentAmount": "amount", "vehicleClass": "vehicle",
           "notificationType": "notification_type", "lastSent": "last_sent"}
KEPT, MISSED = ("kept", "met", "ended"), ("late", "early", "missed")


def check(log: Path, out: Path, lawbook: Path = LAWBOOK) -> dict[str, Any]:
    """Run ``fadu check`` as a user would; its JSON answer, with the seconds it took."""
    command = [sys.executable, "-m", "fadu", "check", str(log), "--lawbook", str(lawbook), "--procedure", PROCEDURE,
               "--as-of", AS_OF, "--out", str(out), "--json"]  # fmt: skip
    for name, target in MAPPING.items():
        command += ["--map", f"{name}={target}"]
    begun, before = time.perf_counter(), _cpu()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own command line
    answer: dict[str, Any] = json.loads(done.stdout)
    answer["seconds"] = {"wall": round(time.perf_counter() - begun, 1), "cpu": round(_cpu() - before, 1)}
    out.joinpath("answer.json").write_text(json.dumps(answer, ensure_ascii=False, indent=2), encoding="utf-8")
    return answer


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spread(procedure: Procedure, traces: list[Trace]) -> dict[str, Distances]:
    """For every clock of the whole log: how many stopped under, on and over its limit."""
    return {
        clock.name: distances(traces, clock.starts[0], clock.stops[0], clock.terms[0].span.number)
        for clock in procedure.clocks.values()
        if clock.since is None and clock.until is None and "_under_" not in clock.name
    }


def fact_lines(facts: dict[str, Any]) -> Iterator[str]:
    low, high, mean = facts["trace_length"]
    yield f"{facts['cases']:,} cases, {facts['events']:,} events, {facts['variants']} variants"
    yield f"events per case {low}–{high}, mean {mean}"
    yield f"directly follows: {facts['follows']:,} pairs, {facts['follows_distinct']} distinct"
    yield f"local civil days {facts['first_day']} … {facts['last_day']}"
    yield f"events on the day of the event before: {facts['same_day_as_before']:,} (their order is that of the file)"
    yield "fines by year: " + " ".join(f"{year}:{n}" for year, n in facts["by_year"].items())
    for title, key in (("first activity", "starts"), ("last activity", "ends")):
        yield f"{title}: " + "; ".join(f"{name} {n:,}" for name, n in facts[key].items())
    yield f"{'activity':40}{'events':>10}{'cases':>10}"
    for name, (events, cases) in facts["activities"].items():
        yield f"{name:40}{events:>10,}{cases:>10,}"


def rule_lines(answer: dict[str, Any], procedure: Procedure, spreads: dict[str, Distances]) -> Iterator[str]:
    """What ``fadu check`` answered for every rule; for clocks also the three sides of the limit."""
    states = {rule["rule"]: rule["states"] for rule in answer["rules"]}
    heads = ("kept", "missed", "running", "unknown", "N", "< N", "= N", "> N", "no stop", "no start", "start later")
    yield f"{'clock（期限）':22}" + "".join(f"{head:>12}" for head in heads)
    for clock in procedure.clocks.values():
        yield f"{clock.name:24}" + "".join(f"{n:>12,}" for n in _clock_counts(clock, states, spreads))
    yield ""
    yield f"{'duty（要求）':22}" + "".join(f"{head:>12}" for head in ("met", "missed", "pending", "unknown"))
    for duty in procedure.duties.values():
        found = states.get(duty.name, {})
        counts = (found.get(state, 0) for state in ("met", "missed", "pending", "undetermined"))
        yield f"{duty.name:26}" + "".join(f"{n:>12,}" for n in counts)[2:] + f"  {duty.label}"


def _clock_counts(clock: Clock, states: dict[str, dict[str, int]], spreads: dict[str, Distances]) -> list[int]:
    found = states.get(clock.name, {})
    counts = [_sum(found, KEPT), _sum(found, MISSED), found.get("running", 0), found.get("undetermined", 0)]
    spread = spreads.get(clock.name)
    if spread:
        counts += [spread.limit, spread.under, spread.equal, spread.over]
        counts += [spread.never - spread.never_before, spread.missing, spread.never_before]
    return counts


def _sum(states: dict[str, int], names: tuple[str, ...]) -> int:
    return sum(states.get(name, 0) for name in names)


OUTCOMES = {  # what is counted once a case: clock that judges it, duty that counts it without its precondition
    "appeal to the prefect": ("prefect_60", "notified_before_prefect"),
    "appeal to the judge": ("judge_60", "notified_before_judge"),
}


def outcome_lines(answer: dict[str, Any], spreads: dict[str, Distances]) -> Iterator[str]:
    """Every appeal once: in time, late, or against a fine not notified before."""
    states = {rule["rule"]: rule["states"] for rule in answer["rules"]}
    for name, (clock, duty) in OUTCOMES.items():
        kept, missing, spread = states[clock]["kept"], states[duty]["missed"], spreads[clock]
        yield (f"{name:24} in time {kept:,} (< {spread.limit}: {spread.under:,}; = {spread.limit}: {spread.equal:,})"
               f"  late {spread.over:,}  precondition missing {missing:,} (never notified {spread.missing:,};"
               f" notified later {spread.never_before:,})  total {kept + spread.over + missing:,}")  # fmt: skip


def show(log: Path, out: Path, model: Path | None) -> None:
    answer = check(log, out)
    book = load_book(LAWBOOK)
    (procedure,) = book.versions(PROCEDURE)
    traces = read_traces(log, book, PROCEDURE)
    facts = log_facts(traces, {step.name: step.label for step in procedure.steps.values()})
    spreads = spread(procedure, traces)
    out.joinpath("facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=2), encoding="utf-8")
    print("\nThe log（日志）", *fact_lines(facts), sep="\n  ")
    print(f"\nThe rules（规则），as of {answer['as_of']}", *rule_lines(answer, procedure, spreads), sep="\n  ")
    print("\nEvery appeal once（每件申诉只计一次）", *outcome_lines(answer, spreads), sep="\n  ")
    if model:
        print("\nThe model（模型）", *told(report(log, model)), sep="\n  ")
    used = answer["seconds"]
    print(f"\n{answer['findings']:,} findings in {out}/findings.csv; {used['wall']} s, {used['cpu']} s of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path, help="Road_Traffic_Fine_Management_Process.xes or .xes.gz")
    parser.add_argument("--out", type=Path, default=Path("out/road-fines"))
    parser.add_argument("--model", type=Path, default=None, help="RoadFines_WithData.pnml (default: beside the log)")
    arguments = parser.parse_args()
    beside = arguments.log.with_name("RoadFines_WithData.pnml")
    show(arguments.log, arguments.out, arguments.model or (beside if beside.exists() else None))


if __name__ == "__main__":
    main()
