"""How often planted bursts are found: held-back months of a made-up hotline with bursts of known place and week.

    python bench/ahead.py [--write]

Says nothing of any real district: the season, the places and the bursts are all made up.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ahead"))
from harness import machine, write_results
from planted import END, PLACES, TOPICS, Burst, district, working_before

from fadu.ahead import rises

MONTHS_WEEKS = 26
"""The last half year is held back: each of its weeks is judged from what came before it only."""
A_WEEK = 3
SEEDS = range(5)
SIZES = (2.0, 3.0, 4.0, 6.0)


def judged(seed: int, times: float) -> tuple[int, int, int, int]:
    """Bursts planted, bursts found, rises told, of them where nothing was planted."""
    rng = np.random.default_rng(1000 + seed)
    bursts = {
        Burst(int(rng.integers(len(PLACES))), int(rng.integers(len(TOPICS))), week)
        for week in range(MONTHS_WEEKS) for _ in range(A_WEEK)
    }  # fmt: skip
    complaints, found, told = district(seed, tuple(bursts), times), 0, 0
    for week in range(MONTHS_WEEKS):
        as_of = END - 7 * week
        rows = {(rise.place, rise.topic) for rise in rises(complaints.between(0, as_of), as_of, working_before(as_of))}
        planted = {(PLACES[burst.place], TOPICS[burst.topic]) for burst in bursts if burst.week == week}
        found, told = found + len(rows & planted), told + len(rows)
    return len(bursts), found, told, told - found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write bench/results/ahead.json")
    write = parser.parse_args().write
    rows, begun = [], time.process_time()
    for times in SIZES:
        planted, found, told, wrong = np.array([judged(seed, times) for seed in SEEDS]).sum(axis=0).tolist()
        rows.append({
            "times": times, "planted": planted, "found": found, "hit_rate": round(found / planted, 3), "told": told,
            "false_share": round(wrong / told, 3) if told else 0.0,
        })  # fmt: skip
        print(rows[-1], flush=True)
    weeks = MONTHS_WEEKS * len(SEEDS) * len(SIZES)
    answer = {"machine": machine(), "looked_at_a_week": len(PLACES) * len(TOPICS), "rows": rows,
              "cpu_ms_a_week": round((time.process_time() - begun) / weeks * 1000, 1)}  # fmt: skip
    print(answer["cpu_ms_a_week"], "ms CPU a week")
    if write:
        write_results("ahead", answer)


if __name__ == "__main__":
    main()
