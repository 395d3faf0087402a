"""20,000 new events folded into a snapshot: recent cases, and cases scattered over the whole period.

    python bench/fold.py [--events 50000000] [--batch 20000] [--rounds 5] [--write]

The new events are copies of existing ones of the largest procedure, one a case (a step recorded again, a day later),
the hard kind: they may stand anywhere in a history. After each fold the cube is read, so that indicators are current.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from harness import measured, write_results
from scale import DATA, facts


def build(folder: Path, file: Path, reuse: bool) -> Any:
    """A snapshot of the set, in a new file; or the one an earlier run left."""
    from fadu.book import load_book
    from fadu.measure.factset import FactSet
    from fadu.measure.snapshot import Snapshot

    source = FactSet(folder)
    if reuse and file.exists():
        return Snapshot.open(file, source, load_book(), source.last_day)
    file.unlink(missing_ok=True)
    return Snapshot.build(file, source, load_book(), source.last_day)


def batch(snapshot: Any, procedure: Any, size: int, recent: bool, seed: int) -> Any:
    """New events: of the newest cases, or of any."""
    from fadu.measure.facts import part_name

    name = part_name(procedure)
    order = "case_no DESC" if recent else f"hash(case_no + {seed})"
    query = f"""SELECT * REPLACE (key + (1::BIGINT << 32) AS key) FROM {name}_events
        WHERE case_no IN (SELECT case_no FROM {name}_cases ORDER BY {order} LIMIT {size})
        QUALIFY row_number() OVER (PARTITION BY case_no ORDER BY hash(key + {seed})) = 1"""
    return snapshot.backend.db.sql(query).to_arrow_table()


@click.command()
@click.option("--events", default=50_000_000)
@click.option("--batch", "size", default=20_000)
@click.option("--rounds", default=5)
@click.option("--data", default=DATA, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True)
@click.option("--reuse", is_flag=True, help="Use the snapshot of an earlier run.")
def main(events: int, size: int, rounds: int, data: Path, write: bool, reuse: bool) -> None:
    """Build once, fold several batches, print medians."""
    from statistics import median

    snapshot = build(facts(events, data), data / "snapshot.duckdb", reuse)
    procedure = max((part.question.procedure for part in snapshot.parts.values()),
                    key=lambda item: snapshot.backend.number(
                        f"SELECT count(*) FROM {item.code}_{item.effective_day}_events"))
    told: dict[str, Any] = {}
    for kind in ("recent", "scattered"):
        samples = []
        for number in range(rounds + 1):
            rows = batch(snapshot, procedure, size, kind == "recent", number)
            samples.append(measured(lambda rows=rows: (snapshot.fold(procedure, rows), snapshot.counts(procedure))))
        kept = samples[1:]
        told[kind] = {"wall": median(item.wall for item in kept), "cpu": median(item.cpu for item in kept),
                      "wall_all": [round(item.wall, 2) for item in kept], "cases": kept[0].result[0]}
    print(told)
    if write:
        write_results("fold", {"events": events, "batch": size, "rounds": rounds, "figures": told})


if __name__ == "__main__":
    main()
