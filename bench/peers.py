"""Fadu against pm4py on the road-fines log: the same answers, and what they cost.

    python3 -m venv PEERS && PEERS/bin/pip install -r bench/requirements-peers.txt
    PYTHONPATH=src python bench/peers.py --peer PEERS/bin/python --log Road_Traffic_Fine_Management_Process.xes.gz

pm4py (AGPL) stays in that environment and runs as a process of its own. Both sides have the log loaded; only the
operation is measured. pm4py's ``nonsuccession`` and ``nonchainsuccession`` are the negation of (chain) succession, not
the textbook's constraint; for these both counts are printed. Every other template must agree, constraint by
constraint, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from harness import Report, Side, compare
from peers_fadu import SPELLING, constraint

from fadu.measure.patterns import Template, Traces, judge

HERE = Path(__file__).parent
NOT_TEXTBOOK = ("nonsuccession", "nonchainsuccession")
UNARY = ("existence", "exactly_one", "init", "absence")
PACKAGES = ("duckdb", "pyarrow")


@dataclass(frozen=True)
class Bench:
    """Where the two sides are, and the folder they share."""

    peer: str
    folder: Path

    def side(self, program: str, operation: str, python: str = sys.executable) -> Side:
        """One side of a comparison."""
        command = (python, str(HERE / f"peers_{program}.py"), operation, str(self.folder))
        return Side(f"{program} {operation}", command)

    def pm4py(self, operation: str) -> None:
        """Run pm4py's side once, unmeasured."""
        subprocess.run(self.side("pm4py", operation, self.peer).command, check=True, stdout=subprocess.DEVNULL)

    def read(self, name: str) -> Any:
        """A file that a side left."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))


def prepare(log: Path, folder: Path) -> None:
    """The log as Parquet (whole, a tenth of its cases, a few cases), civil dates of Italy, order of the file."""
    import polars as pl
    import rustxes

    found, _ = rustxes.import_xes(str(log))
    local = pl.col("time:timestamp").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Rome")
    events = found.select(
        pl.col("case:concept:name").alias("case_id"),
        pl.col("concept:name").alias("activity"),
        local.dt.date().cast(pl.Int32).alias("day"),
    ).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int32).over("case_id").alias("seq"),
        (pl.col("case_id").rle_id()).alias("number"),
    )
    for name, every in (("road", 1), ("tenth", 10), ("tiny", 2000)):
        events.filter(pl.col("number") % every == 0).drop("number").write_parquet(folder / f"{name}.parquet")


def every_constraint(names: Sequence[str]) -> list[list[str]]:
    """Every constraint of every template that pm4py judges."""
    ours = [str(template) for template in Template if "choice" not in template]
    spelling = {str(template): theirs for theirs, template in SPELLING.items()}
    written = [spelling.get(one, one) for one in ours]
    return [[one, a] for one in written if one in UNARY for a in names] + [
        [one, a, b] for one in written if one not in UNARY for a, b in permutations(names, 2)
    ]


def compare_meanings(bench: Bench) -> dict[str, Any]:
    """Judge every variant by every constraint of every template on both sides; count where they differ."""
    connection = duckdb.connect()
    connection.from_parquet(str(bench.folder / "road.parquet")).create_view("event")
    traces = Traces.read(connection, "event")
    listed = every_constraint(sorted({name for variant in traces.variants for name in variant.places}))
    rows = [
        {"case_id": f"v{index:04}", "activity": name, "day": place, "seq": place}
        for index, variant in enumerate(traces.variants)
        for place, name in enumerate(variant.trace)
    ]
    pq.write_table(pa.Table.from_pylist(rows), bench.folder / "variants.parquet")
    (bench.folder / "every.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    bench.pm4py("every")
    theirs = {(case, *one) for case, deviations in bench.read("every_pm4py") for one in deviations}
    report = judge(traces, [constraint(*one) for one in listed])
    ours = {(f"v{v:04}", *one) for one, broken in zip(listed, report.broken, strict=True) for v in broken}
    differing: dict[str, int] = {}
    for _, template, *_names in ours ^ theirs:
        differing[template] = differing.get(template, 0) + 1
    assert set(differing) <= set(NOT_TEXTBOOK), differing
    return {"variants": len(traces.variants), "constraints": len(listed), "differing_verdicts": differing}


def compare_constraints(bench: Bench, operation: str) -> dict[str, Any]:
    """Deviations per constraint on both sides: equal but for the two templates pm4py reads otherwise."""
    ours = {tuple(one[:-1]): one[-1] for one in bench.read(f"{operation}_fadu")}
    theirs = {tuple(one[:-1]): one[-1] for one in bench.read(f"{operation}_pm4py")}
    differing = {key: (ours.get(key, 0), theirs.get(key, 0)) for key in ours.keys() | theirs.keys()}
    differing = {key: both for key, both in sorted(differing.items()) if both[0] != both[1]}
    assert all(key[0] in NOT_TEXTBOOK for key in differing), differing
    same = [key for key in ours if key[0] not in NOT_TEXTBOOK]
    model = bench.read("models")[operation.removeprefix("declare_")]
    return {
        "constraints": len(model),
        "deviations_fadu": sum(ours.values()),
        "deviations_pm4py": sum(theirs.values()),
        "deviations_of_templates_read_alike": sum(ours[key] for key in same),
        "read_otherwise": [
            {"constraint": list(key), "fadu": both[0], "pm4py": both[1]} for key, both in differing.items()
        ],
    }


def same_answer(bench: Bench, operation: str) -> dict[str, Any]:
    """Both sides left the same answer."""
    ours, theirs = bench.read(f"{operation}_fadu"), bench.read(f"{operation}_pm4py")
    assert ours == theirs, (ours, theirs)
    total = ours[1] if operation.startswith("working") else sum(one[-1] for one in ours)
    return {"equal": True, "total": total}


def run(bench: Bench, rounds: int, full_rounds: int) -> None:
    """All comparisons, each to its results file."""
    meanings = compare_meanings(bench)
    print(json.dumps(meanings), flush=True)
    for model in ("default", "rich"):
        name = f"declare_{model}"
        ours = [bench.side("fadu", name), bench.side("fadu", f"{name}_counts")]
        report = compare(name, [*ours, bench.side("pm4py", name, bench.peer)], rounds, PACKAGES)
        finish(bench, report, {**compare_constraints(bench, name), "every_template": meanings})
    for name, times in (
        ("temporal_tenth", rounds),
        ("working_tenth", rounds),
        ("temporal_full", full_rounds),
        ("working_full", full_rounds),
    ):
        if times:
            sides = [bench.side("fadu", name), bench.side("pm4py", name, bench.peer)]
            report = compare(name, sides, times, PACKAGES)
            finish(bench, report, same_answer(bench, name))


def finish(bench: Bench, report: Report, notes: dict[str, Any]) -> None:
    """Write the results file with what both sides answered."""
    report.name = f"peers_{report.name}"
    report.notes = {"log": "road fines, 150,370 cases", "pm4py": bench.read("models")["version"], **notes}
    report.write()
    print(
        "  " + json.dumps({key: value for key, value in notes.items() if key != "every_template"}, ensure_ascii=False)
    )


def main() -> None:
    """Read the arguments, prepare the shared folder, run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--peer", required=True, help="python of the environment with bench/requirements-peers.txt")
    parser.add_argument("--log", type=Path, required=True, help="the road-fines log, .xes or .xes.gz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--full-rounds", type=int, default=1, help="rounds of the two that take pm4py minutes; 0: none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.peer, Path(folder))
        prepare(given.log, bench.folder)
        bench.pm4py("discover")
        run(bench, given.rounds, given.full_rounds)


if __name__ == "__main__":
    main()
