"""The whole year of the demonstration district: simulated, then checked, by the commands a user would give.

    python bench/year.py [--rounds 3] [--write]

``cold``: nothing kept from earlier runs (the lawbook is read, every script compiled); ``warm``: as on every later run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import click
from harness import machine, write_results

CASES = 560_000
"""With these there are 147,000 hotline cases and 220,000 enforcement records to publish."""
NAMED = ("hotline", "enforcement_publication")


def run(home: Path, *words: str) -> tuple[float, float]:
    """Wall and CPU seconds of a command of its own process."""
    before, begun = os.times(), time.perf_counter()
    subprocess.run((sys.executable, "-m", "fadu", *words), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env=os.environ | {"FADU_HOME": str(home)})
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begun, cpu


def rounds_of(number: int, folder: Path) -> dict[str, dict[str, float]]:
    """Medians over some rounds: the year simulated anew, checked cold and warm."""
    found: dict[str, list[tuple[float, float]]] = {"simulate": [], "check, cold": [], "check, warm": []}
    for place in range(number):
        home, facts = folder / f"home-{place}", folder / f"facts-{place}"
        found["simulate"].append(run(home, "simulate", "--cases", str(CASES), "--from", "2023-01-01", "--until",
                                     "2023-12-31", "--out", str(facts)))
        for name in ("check, cold", "check, warm"):
            found[name].append(run(home, "check", str(facts), "--as-of", "2023-12-31", "--out",
                                   str(folder / "out")))
    return {name: {kind: round(median(time[place] for time in times), 1) for place, kind in enumerate(("wall", "cpu"))}
            for name, times in found.items()}


@click.command()
@click.option("--rounds", default=3)
@click.option("--write", is_flag=True)
def main(rounds: int, write: bool) -> None:
    """Measure, print medians."""
    with tempfile.TemporaryDirectory(prefix="fadu-year-") as name:
        folder = Path(name)
        seconds = rounds_of(rounds, folder)
        parts: list[dict[str, Any]] = json.loads((folder / "facts-0" / "meta.json").read_text("utf-8"))["parts"]
    told = {"cases": sum(part["cases"] for part in parts), "events": sum(part["events"] for part in parts),
            "procedures": len({part["code"] for part in parts}),
            **{code: sum(part["cases"] for part in parts if part["code"] == code) for code in NAMED},
            "seconds": seconds}
    print(told)
    if write:
        write_results("year", {"machine": machine(("duckdb", "ibis-framework", "pyarrow", "numpy")), "rounds": rounds,
                               **told})


if __name__ == "__main__":
    main()
