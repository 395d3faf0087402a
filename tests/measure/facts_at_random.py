"""Facts of random histories of shipped procedures."""

from __future__ import annotations

import random

import pyarrow as pa

from fadu.book import load_book
from fadu.law.cases import Case, Event
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words
from fadu.measure.facts import facts_of

BOOK = load_book()


def random_facts(code: str, seed: int, count: int = 120) -> tuple[Procedure, pa.Table, Words]:
    """A procedure version, the facts of random histories under it, and their vocabulary."""
    rnd = random.Random(seed)
    procedure = BOOK.versions(code)[-1]
    steps = list(procedure.steps)
    cases = []
    for number in range(count):
        day = procedure.effective_day + rnd.randrange(200)
        events = [Event(rnd.choice(procedure.openings), day)]
        for _ in range(rnd.randrange(9)):
            step = rnd.choice(steps)
            outcomes = procedure.steps[step].outcomes or ("其他",)
            events.append(Event(step, day + rnd.randrange(80), outcome=rnd.choice([None, *outcomes]),
                                officers=rnd.choice([None, 1, 2]), reason=rnd.choice([None, "理由"])))
        fields = {name: rnd.choice(item.choices) for name, item in procedure.fields.items()
                  if item.choices and rnd.random() < 0.8}
        cases.append(Case(f"c{number}", code, sorted(events, key=lambda event: event.day), fields, "甲局"))
    facts = facts_of(cases, BOOK, procedure.effective_day + 400, only=procedure)
    return procedure, facts.parts[code, procedure.effective_day], facts.words
