"""Loading an event log: Fadu's reader (read, judged and ordered, as an Arrow table) against rustxes.

    PYTHONPATH=src python bench/xes_load.py [LOG.xes.gz] [--rounds 5]

Both sides run in turn, each time in a fresh process; imports (and the pandas that pyarrow imports
where it is installed) are not counted. rustxes is a bench-only dependency: ``pip install rustxes``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

SHARED = Path(os.environ.get("FADU_SHARED", Path(__file__).parents[2] / "shared"))
LOG = SHARED / "logs" / "Road_Traffic_Fine_Management_Process.xes.gz"

MEASURE = """
import json, resource, sys, time
import pyarrow; pyarrow.array(["warm"])
{imports}
wall, cpu = time.perf_counter(), time.process_time()
{load}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall, peak, rows]))
"""
FADU = (
    "from fadu.exchange import StepNames, open_events",
    """
ACTIVITIES = ["Create Fine", "Send Fine", "Insert Fine Notification", "Add penalty", "Payment",
    "Send for Credit Collection", "Insert Date Appeal to Prefecture", "Send Appeal to Prefecture",
    "Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender", "Appeal to Judge"]
names = StepNames({"fine": {name: name for name in ACTIVITIES}}, {"fine": frozenset({"Create Fine"})},
    {"fine": {"vehicleClass": ("vehicle", "text"), "article": ("article", "number"), "points": ("points", "number"),
              "expense": ("expense", "number"), "dismissal": ("dismissal", "text")}})
with open_events(sys.argv[1], steps=names, default_procedure="fine", mapping={"paymentAmount": "amount"}) as events:
    rows = len(events.table())
    assert not len(events.rejects)
""",
)
RUSTXES = ("import rustxes", "loaded = rustxes.import_xes(sys.argv[1])\nrows = len(loaded[0])")
SIDES = {"fadu": FADU, "rustxes": RUSTXES}


def measure(side: str, log: Path) -> list[float]:
    imports, load = SIDES[side]
    script = MEASURE.format(imports=imports, load=load)
    done = subprocess.run([sys.executable, "-c", script, str(log)], capture_output=True, text=True, check=True)
    return [float(number) for number in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", nargs="?", type=Path, default=LOG)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    found: dict[str, list[list[float]]] = {side: [] for side in SIDES}
    for _ in range(asked.rounds):
        for side in SIDES:
            found[side].append(measure(side, asked.log))
    print(f"{asked.log.name}, medians of {asked.rounds} rounds\n")
    print(f"{'':8} {'CPU s':>7} {'min–max':>13} {'wall s':>7} {'peak MB':>8} {'events':>8}")
    for side, rounds in found.items():
        cpu, wall, peak, rows = (statistics.median(column) for column in zip(*rounds, strict=True))
        low, high = min(r[0] for r in rounds), max(r[0] for r in rounds)
        print(f"{side:8} {cpu:7.2f} {low:6.2f}–{high:.2f} {wall:7.2f} {peak:8.0f} {rows:8.0f}")


if __name__ == "__main__":
    main()
