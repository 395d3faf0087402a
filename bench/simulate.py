"""How many events a second ``fadu simulate`` writes: the whole district, one year, on one process and on all cores.

Each round starts a fresh process; reading the lawbook and finding the path templates are part of what is measured.

    PYTHONPATH=src python bench/simulate.py [--events 20000000] [--rounds 3] [--write]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from harness import Report, Side, compare, serve

PACKAGES = ("numpy", "pyarrow")


def play(events: int, jobs: int) -> dict[str, Any]:
    """Write a fact set to a temporary folder and say how large it is."""
    from fadu.book import survey_book
    from fadu.law.dates import day_of
    from fadu.simulate import SimulationPlan, write_facts

    plan = SimulationPlan(day_of("2025-01-01"), day_of("2025-12-31"), events=events, seed=1)
    out = Path(tempfile.mkdtemp(prefix="fadu-simulate-"))
    try:
        summary = write_facts(survey_book()[0], plan, out, jobs)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    finally:
        shutil.rmtree(out)
    return {"events": summary.events, "cases": summary.cases, "unlawful": summary.unlawful, "bytes": size}


def side(events: int, jobs: int) -> Side:
    """A fresh process that plays so many events."""
    return Side(f"{jobs} 进程", (sys.executable, __file__, "--side", str(jobs), "--events", str(events)))


def told(report: Report) -> dict[str, Any]:
    """Events a second of CPU and of wall time, by side."""
    found = {}
    for figures in report.sides:
        written = figures.results[0]
        found[figures.name] = written | {
            "events_per_cpu_second": round(written["events"] / figures.median("cpu")),
            "events_per_second": round(written["events"] / figures.median("wall")),
            "bytes_per_event": round(written["bytes"] / written["events"], 2),
        }
    return {"simulated": found}


@click.command()
@click.option("--events", default=20_000_000)
@click.option("--rounds", default=3)
@click.option("--write", is_flag=True)
@click.option("--side", "jobs", default=0, hidden=True)
def main(events: int, rounds: int, write: bool, jobs: int) -> None:
    """Measure, or be one of the measured."""
    if jobs:
        serve(lambda: play(events, jobs))
        return
    sides = [side(events, count) for count in sorted({1, os.cpu_count() or 1})]
    report = compare("simulate", sides, rounds, PACKAGES)
    report.notes = told(report)
    print("\n".join(report.lines()), report.notes, sep="\n")
    if write:
        report.write()


if __name__ == "__main__":
    main()
