"""Side-by-side measurements, the same way for every benchmark of the project.

Two or more *sides* do the same work in interleaved rounds. A side is either a command, started as a fresh process in
every round, or a callable of this process. What is loaded beforehand is not counted: a command calls ``serve`` with
its preparation and its operation, and only the operation is measured. CPU seconds are those of the process and its
children, user and system, all threads: the steady figure on a shared machine. Medians are given with min–max.

Only the standard library is used, so that a side may run in another environment (peers under other licences do).

    report = compare("name", [Side("fadu", (sys.executable, "side.py")), Side("peer", (PEER_PYTHON, "side.py"))])
    report.write()                       # bench/results/name.json
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"
ROUNDS = 5
MARK = "@@sample "


@dataclass(frozen=True)
class Sample:
    """One run: CPU and wall seconds of the operation, peak MiB of its process, and what it returned."""

    cpu: float
    wall: float
    rss_mib: float
    result: Any = None


@dataclass(frozen=True)
class Side:
    """Something measured: ``command`` (a process that calls ``serve``) or ``call`` (a step of this process)."""

    name: str
    command: tuple[str, ...] = ()
    call: Callable[[], Any] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def sample(self) -> Sample:
        """Run it once."""
        return measured(self.call) if self.call else _from_process(self)


@dataclass(frozen=True)
class Figures:
    """The samples of one side."""

    name: str
    samples: tuple[Sample, ...]

    def values(self, what: str) -> list[float]:
        """``cpu``, ``wall`` or ``rss_mib`` of every round."""
        return [getattr(sample, what) for sample in self.samples]

    def median(self, what: str) -> float:
        """Median of ``what``."""
        return median(self.values(what))

    @property
    def results(self) -> list[Any]:
        """What each round returned."""
        return [sample.result for sample in self.samples]

    def summary(self) -> dict[str, Any]:
        """Medians with min and max, for the results file."""
        return {
            what: {"median": self.median(what), "min": min(self.values(what)), "max": max(self.values(what))}
            for what in ("cpu", "wall", "rss_mib")
        }


@dataclass
class Report:
    """All sides of one comparison. The first side is the one the others are held against."""

    name: str
    sides: tuple[Figures, ...]
    notes: dict[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = ()

    def side(self, name: str) -> Figures:
        """The figures of one side."""
        return next(side for side in self.sides if side.name == name)

    def ratio(self, name: str, what: str = "cpu") -> float:
        """How many times the first side's median ``name`` takes."""
        return self.side(name).median(what) / max(self.sides[0].median(what), 1e-9)

    def lines(self) -> list[str]:
        """The table, as printed."""
        found = [f"{self.name}: {len(self.sides[0].samples)} interleaved rounds, median (min–max)"]
        for side in self.sides:
            cpu, wall = _spread(side.values("cpu")), _spread(side.values("wall"))
            found.append(
                f"  {side.name:<28} CPU {cpu:<24} wall {wall:<24} peak {side.median('rss_mib'):6.0f} MiB"
                f"  ×{self.ratio(side.name):.1f} CPU  ×{self.ratio(side.name, 'wall'):.1f} wall"
            )
        return found

    def record(self) -> dict[str, Any]:
        """What the results file holds."""
        return {
            "name": self.name,
            "machine": machine(self.packages),
            "rounds": len(self.sides[0].samples),
            "sides": {side.name: side.summary() for side in self.sides},
            "cpu_ratio_to_first": {side.name: round(self.ratio(side.name), 2) for side in self.sides[1:]},
            "samples": {side.name: [_without_result(sample) for sample in side.samples] for side in self.sides},
            **self.notes,
        }

    def write(self, folder: Path = RESULTS) -> Path:
        """Print the table and write ``folder/name.json``."""
        print("\n".join(self.lines()), flush=True)
        return write_results(self.name, self.record(), folder)


def compare(name: str, sides: Sequence[Side], rounds: int = ROUNDS, packages: Sequence[str] = ()) -> Report:
    """Measure every side once a round; the order turns each round, so that none always runs first."""
    samples: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for turn in range(rounds):
        shift = turn % len(sides)
        for side in [*sides[shift:], *sides[:shift]]:
            samples[side.name].append(side.sample())
    return Report(name, tuple(Figures(side.name, tuple(samples[side.name])) for side in sides), {}, tuple(packages))


def measured(operation: Callable[[], Any]) -> Sample:
    """Run ``operation`` once: CPU of this process and of the children it has waited for, wall, peak memory."""
    cpu, wall = _cpu(), time.perf_counter()
    result = operation()
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    return Sample(cpu, wall, peak_mib(), result)


def serve(operation: Callable[[], Any]) -> None:
    """In a side's process, when all is loaded: measure ``operation`` and hand the sample to ``compare``."""
    print(MARK + json.dumps(asdict(measured(operation))), flush=True)


def peak_mib() -> float:
    """Peak resident memory of this process, MiB. (``ru_maxrss`` would count the process that started it.)"""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    kib = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    return kib / 1024 if kib else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def machine(packages: Sequence[str] = ()) -> dict[str, Any]:
    """The machine as a reader needs it: no names of hosts, no paths."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
    }


def write_results(name: str, record: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write a results file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _from_process(side: Side) -> Sample:
    environment = {**os.environ, **side.environment}
    done = subprocess.run(side.command, env=environment, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith(MARK)), None)
    if done.returncode or line is None:
        raise RuntimeError(f"side {side.name!r} ended with {done.returncode} and no sample:\n{done.stderr[-4000:]}")
    return Sample(**json.loads(line.removeprefix(MARK)))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _cpu_model() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.4g} s ({min(values):.4g}–{max(values):.4g})"


def _without_result(sample: Sample) -> dict[str, float]:
    return {"cpu": sample.cpu, "wall": sample.wall, "rss_mib": sample.rss_mib}
