"""The whole law over a simulated district: every clock, duty and the cube, beside a plain group-by of the same files.

    python bench/scale.py [--events 50000000] [--rounds 5] [--data bench/data] [--write]

Sides: ``floor`` counts events by case (DuckDB, the same Parquet); ``fadu`` judges every case, stores runs, cases,
findings and the cube of counts, in a fresh process. Also printed: seconds at a fiftieth and a fifth of the size.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from harness import Side, compare, serve

PACKAGES = ("duckdb", "ibis-framework", "pyarrow", "numpy")
DATA = Path(__file__).parent / "data"


def facts(events: int, data: Path) -> Path:
    """A fact set of about that many events, simulated once and kept."""
    from fadu.book import load_book
    from fadu.law.dates import day_of
    from fadu.simulate import SimulationPlan, write_facts

    folder = data / f"facts-{events}"
    if not (folder / "meta.json").exists():
        plan = SimulationPlan(day_of("2023-01-01"), day_of("2024-12-31"), events=events, seed=7, unlawful=0.08)
        write_facts(load_book(), plan, folder, 2)
    return folder


def floor(folder: Path) -> int:
    """Events counted by case, nothing else."""
    import duckdb

    db = duckdb.connect()
    query = f"SELECT count(*) FROM (SELECT case_no, count(*) FROM read_parquet('{folder}/*/*/*.parquet') GROUP BY ALL)"
    return int(db.execute(query).fetchall()[0][0])


def whole(folder: Path) -> dict[str, int]:
    """Every case of the set judged; findings and cube stored."""
    from fadu.book import load_book
    from fadu.measure.calendar_tables import month_table
    from fadu.measure.engine import DuckBackend
    from fadu.measure.facts import part_name
    from fadu.measure.factset import FactSet
    from fadu.measure.results import keep_results

    book, source = load_book(), FactSet(folder)
    backend = DuckBackend()
    backend.load("months", month_table(book.calendars["CN"].first, source.last_day))
    found = cases = 0
    for judged in source.judge(backend, book, source.last_day):
        name = part_name(judged.procedure)
        keep_results(backend, judged, "months", name)
        found += backend.number(f"SELECT count(*) FROM {name}_findings")
        cases += backend.number(f"SELECT count(*) FROM {name}_cases")
    return {"cases": cases, "findings": found}


def sides(folder: Path) -> list[Side]:
    """The two sides, each a fresh process."""
    return [Side(name, (sys.executable, __file__, "--side", name, "--data", str(folder))) for name in ("floor", "fadu")]


@click.command()
@click.option("--events", default=50_000_000)
@click.option("--rounds", default=5)
@click.option("--data", default=DATA, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True)
@click.option("--side", "name", default="", hidden=True)
def main(events: int, rounds: int, data: Path, write: bool, name: str) -> None:
    """Measure, or be one of the measured."""
    if name:
        serve(lambda: whole(data) if name == "fadu" else floor(data))
        return
    told: dict[str, Any] = {}
    for size in (events // 50, events // 5):
        small = compare(f"scale_{size}", sides(facts(size, data)), 1, PACKAGES)
        told[f"{size} events"] = {side.name: round(side.median("cpu"), 2) for side in small.sides}
    folder = facts(events, data)
    report = compare("scale", sides(folder), rounds, PACKAGES)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    total = sum(part["events"] for part in meta["parts"])
    report.notes = {"events": total, "cpu_by_size": told, "ratio_cpu": round(report.ratio("fadu"), 2),
                    "result": report.side("fadu").results[0]}
    print("\n".join(report.lines()), report.notes, sep="\n")
    if write:
        report.write()


if __name__ == "__main__":
    main()
