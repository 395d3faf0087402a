"""pm4py's side of bench/peers.py. It runs in an environment of its own: pm4py is AGPL and no part of the product.

PEER_PYTHON bench/peers_pm4py.py OPERATION FOLDER
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pm4py
from harness import serve

warnings.filterwarnings("ignore")
DAY = 86_400
WHOLE_WEEKDAYS = [(day * DAY, (day + 1) * DAY) for day in range(5)]
RICH_MODEL = {"min_support_ratio": 0.5, "min_confidence_ratio": 0.8}

# The modules pm4py imports on first use are imported here: imports are not what is measured.
import pm4py.algo.conformance.declare.algorithm  # noqa: E402
import pm4py.algo.conformance.temporal_profile.algorithm  # noqa: E402
import pm4py.statistics.traces.generic.pandas.case_statistics  # noqa: E402


def frame(path: Path) -> pd.DataFrame:
    """The log as pm4py wants it. Civil dates become timestamps without a zone, so a day is always 86,400 s."""
    events = pd.read_parquet(path)
    events["time:timestamp"] = pd.to_datetime(events["day"], unit="D")
    return pm4py.format_dataframe(events, case_id="case_id", activity_key="activity", timestamp_key="time:timestamp")


def constraint(template: str, key: Any) -> list[str]:
    return [template, key] if isinstance(key, str) else [template, *key]


def flattened(model: dict[str, dict[Any, Any]]) -> list[list[str]]:
    return sorted(constraint(template, key) for template, found in model.items() for key in found)


def unflattened(listed: list[list[str]]) -> dict[str, dict[Any, Any]]:
    model: dict[str, dict[Any, Any]] = {}
    for template, *names in listed:
        model.setdefault(template, {})[names[0] if len(names) == 1 else tuple(names)] = {}
    return model


def counted(cases: list[dict[str, Any]]) -> list[list[Any]]:
    """Deviations per constraint."""
    totals = Counter(tuple(constraint(*deviation)) for case in cases for deviation in case["deviations"])
    return [[*key, n] for key, n in sorted(totals.items())]


def discover(folder: Path) -> None:
    """Write the models that both sides judge by."""
    log = frame(folder / "road.parquet")
    models = {
        "default": flattened(pm4py.discover_declare(log)),
        "rich": flattened(pm4py.discover_declare(log, **RICH_MODEL)),
        "temporal": [[*pair, mean, sd] for pair, (mean, sd) in sorted(pm4py.discover_temporal_profile(log).items())],
        "version": pm4py.__version__,
    }
    (folder / "models.json").write_text(json.dumps(models, ensure_ascii=False), encoding="utf-8")


def every_template(folder: Path) -> None:
    """Judge one trace of each variant by every constraint of every template, for the comparison of meanings."""
    listed = json.loads((folder / "every.json").read_text(encoding="utf-8"))
    log = frame(folder / "variants.parquet")
    cases = log["case:concept:name"].drop_duplicates().tolist()
    found = pm4py.conformance_declare(log, unflattened(listed))
    deviations = [
        [case, [constraint(*deviation) for deviation in one["deviations"]]]
        for case, one in zip(cases, found, strict=True)
    ]
    (folder / "every_pm4py.json").write_text(json.dumps(deviations, ensure_ascii=False), encoding="utf-8")


def declare(folder: Path, model: str) -> Callable[[], Any]:
    log, small = frame(folder / "road.parquet"), frame(folder / "tiny.parquet")
    rules = unflattened(json.loads((folder / "models.json").read_text(encoding="utf-8"))[model])
    pm4py.conformance_declare(small, rules)
    kept: list[Any] = []
    serve(lambda: kept.append(pm4py.conformance_declare(log, rules)))
    return lambda: counted(kept[0])


def temporal(folder: Path, log_name: str) -> Callable[[], Any]:
    log, small = frame(folder / log_name), frame(folder / "tiny.parquet")
    listed = json.loads((folder / "models.json").read_text(encoding="utf-8"))["temporal"]
    profile = {(first, second): (mean, sd) for first, second, mean, sd in listed}
    pm4py.conformance_temporal_profile(small, profile, zeta=2.0)
    kept: list[Any] = []
    serve(lambda: kept.append(pm4py.conformance_temporal_profile(log, profile, zeta=2.0)))
    totals = Counter((first, second) for case in kept[0] for first, second, _, _ in case)
    return lambda: [[*pair, n] for pair, n in sorted(totals.items())]


def working_time(folder: Path, log_name: str) -> Callable[[], Any]:
    log, small = frame(folder / log_name), frame(folder / "tiny.parquet")
    slots = {"business_hours": True, "business_hour_slots": WHOLE_WEEKDAYS}
    pm4py.get_all_case_durations(small, **slots)
    kept: list[Any] = []
    serve(lambda: kept.append(pm4py.get_all_case_durations(log, **slots)))
    return lambda: [len(kept[0]), sum(kept[0]) / DAY]


OPERATIONS: dict[str, Callable[[Path], Any]] = {
    "discover": discover,
    "every": every_template,
    "declare_default": lambda folder: declare(folder, "default"),
    "declare_rich": lambda folder: declare(folder, "rich"),
    "temporal_tenth": lambda folder: temporal(folder, "tenth.parquet"),
    "temporal_full": lambda folder: temporal(folder, "road.parquet"),
    "working_tenth": lambda folder: working_time(folder, "tenth.parquet"),
    "working_full": lambda folder: working_time(folder, "road.parquet"),
}

if __name__ == "__main__":
    name, where = sys.argv[1], Path(sys.argv[2])
    answer = OPERATIONS[name](where)
    if answer is not None:
        (where / f"{name}_pm4py.json").write_text(json.dumps(answer(), ensure_ascii=False), encoding="utf-8")
