"""Judging alone: events in memory → runs and duties of every case, per rule and case. No reading, no storing.

    python bench/rules.py [--events 10000000] [--rounds 5] [--data bench/data] [--write]

Three figures: ``whole`` from the events on (finding the order of steps of every case is part of it), ``rules`` with
the orders found and judged and the columns of a case stored: terms, last days and states of runs, states of duties;
``large``, the same of the parts of so many cases that what a block costs whatever its size is next to nothing.
A rule is a clock or a duty.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import click
from harness import machine, measured, write_results
from scale import DATA, PACKAGES, facts

LARGE = 50_000
"""Cases of a large part."""


def parts(folder: Path) -> list[tuple[Any, list[Any], int]]:
    """Each part's judge, its blocks in memory, and how many rules it has."""
    from fadu.book import load_book
    from fadu.measure.engine import Question
    from fadu.measure.factset import FactSet, batches
    from fadu.measure.ordered import Ordered
    from fadu.measure.sorted_pass import blocks

    book, source = load_book(), FactSet(folder)
    found = []
    for procedure, files, first in source.parts(book):
        question = Question(procedure, book.plan(procedure).calendar, source.words, source.last_day)
        held = list(blocks(batches(files, question.needs.fact_columns)))
        found.append((Ordered(question, first), held, len(procedure.clocks) + len(procedure.duties)))
    return found


@click.command()
@click.option("--events", default=10_000_000)
@click.option("--rounds", default=5)
@click.option("--data", default=DATA, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True)
def main(events: int, rounds: int, data: Path, write: bool) -> None:
    """Measure, print medians."""
    held = parts(facts(events, data))
    opened = [[judge.open(block) for block in blocks] for judge, blocks, _ in held]
    cases = [sum(len(block.heads) for block in blocks) for blocks in opened]
    weights = [count * rules for count, (*_, rules) in zip(cases, held, strict=True)]
    total = sum(weights)
    everything = range(len(held))
    large = [place for place in everything if cases[place] >= LARGE]

    def whole() -> None:
        for judge, blocks, _ in held:
            for block in blocks:
                judge.judge(block)

    def rules(places: Iterable[int]) -> None:
        for place in places:
            for block in opened[place]:
                held[place][0].settle(block)

    told = {}
    for name, operation, weight in (("whole", whole, total), ("rules", lambda: rules(everything), total),
                                    ("large", lambda: rules(large), sum(weights[place] for place in large))):
        samples = [measured(operation).cpu / max(weight, 1) * 1e9 for _ in range(rounds + 1)][1:]
        told[name] = {"median": median(samples), "min": min(samples), "max": max(samples)}
    print(told)
    if write:
        write_results("rules", {"machine": machine(PACKAGES), "rounds": rounds, "events": events,
                                "cases": sum(cases), "rules_and_cases": total,
                                "nanoseconds": told})


if __name__ == "__main__":
    main()
