"""What the log is, before any rule: sizes, activities, variants, what follows what, days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from fadu.book import Book
from fadu.check import step_names
from fadu.exchange import open_events
from fadu.law.dates import date_of, iso

Trace = list[tuple[str, int]]
"""The events of one case in file order: step and day number."""


def read_traces(log: Path, book: Book, procedure: str) -> list[Trace]:
    """Every case of the log, through the reader that ``fadu check`` uses."""
    with open_events(log, steps=step_names(book), default_procedure=procedure) as source:
        return list(_traces(source))


def _traces(source: Any) -> Iterator[Trace]:
    trace: Trace = []
    for batch in source.batches():
        columns = (batch.column(name).to_pylist() for name in ("seq", "step", "day"))
        for seq, step, day in zip(*columns, strict=True):
            if seq == 0 and trace:
                yield trace
                trace = []
            trace.append((step, day))
    if trace:
        yield trace


def log_facts(traces: list[Trace], labels: dict[str, str]) -> dict[str, Any]:
    """The known facts of the log, counted."""
    follows: Counter[tuple[str, str]] = Counter()
    events: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    ties = 0
    for trace in traces:
        steps = [step for step, _ in trace]
        events.update(steps)
        cases.update(set(steps))
        follows.update(pairwise(steps))
        ties += sum(before[1] == after[1] for before, after in pairwise(trace))
    lengths = [len(trace) for trace in traces]
    days = [day for trace in traces for _, day in trace]
    return {
        "cases": len(traces),
        "events": len(days),
        "activities": {labels[step]: [events[step], cases[step]] for step, _ in events.most_common()},
        "variants": len({tuple(step for step, _ in trace) for trace in traces}),
        "trace_length": [min(lengths), max(lengths), round(sum(lengths) / len(lengths), 3)],
        "follows": follows.total(),
        "follows_distinct": len(follows),
        "starts": _counted(Counter(labels[trace[0][0]] for trace in traces)),
        "ends": _counted(Counter(labels[trace[-1][0]] for trace in traces)),
        "by_year": dict(sorted(Counter(date_of(trace[0][1]).year for trace in traces).items())),
        "first_day": iso(min(days)),
        "last_day": iso(max(days)),
        "same_day_as_before": ties,
    }


def _counted(counter: Counter[str]) -> dict[str, int]:
    return dict(counter.most_common())


@dataclass
class Distances:
    """How far apart two steps are, case by case, against a limit of ``limit`` days.

    A case counts once: ``under``, ``equal``, ``over`` by the first stop after the first start;
    ``never`` where the start has no stop after it; ``missing`` where there is a stop but no start before it.
    """

    limit: int
    under: int = 0
    equal: int = 0
    over: int = 0
    never: int = 0
    never_before: int = 0
    """Of ``never``: those with a stop before the start."""
    missing: int = 0


def distances(traces: list[Trace], start: str, stop: str, limit: int) -> Distances:
    found = Distances(limit)
    for trace in traces:
        begun: int | None = None
        early = done = False
        for step, day in trace:
            if step == start and begun is None:
                begun = day
            elif step == stop and begun is None:
                early = True
            elif step == stop:
                done = True
                apart = day - begun
                found.under += apart < limit
                found.equal += apart == limit
                found.over += apart > limit
                break
        if begun is None:
            found.missing += early
        elif not done:
            found.never += 1
            found.never_before += early
    return found
