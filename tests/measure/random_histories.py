"""Random histories of a procedure: tidy ones, that the regular path judges, and untidy ones.

Drawn from a seed, not by Hypothesis: one example is a batch of some hundred cases. A case that
judges differently is shrunk by ``two_paths.smallest``.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.procedures import Procedure

APPROVERS = ("局长", "科长", None)


def histories(procedure: Procedure, seed: int, count: int, opened: tuple[int, int] | None = None) -> list[Case]:
    """``count`` cases opened within ``opened`` (days; default: the first 120 from the version's day)."""
    dice = Random(seed)
    first, last = opened or (procedure.effective_day, procedure.effective_day + 120)
    return [_case(f"案{n}", procedure, dice, dice.randint(first, last)) for n in range(count)]


def _case(name: str, procedure: Procedure, dice: Random, day: int) -> Case:
    spread = dice.choice((0, 3, 10, 40, 120, 400))
    steps = list(procedure.steps)
    opening = dice.choice(procedure.openings)
    if dice.random() < 0.4:
        others = [step for step in dice.sample(steps, dice.randint(0, len(steps))) if step != opening]
    else:
        others = dice.choices(steps, k=dice.randint(0, 10))
    days = sorted(day + dice.randint(0, spread) for _ in others)
    found = [_event(procedure, dice, step, day) for step, day in zip([opening, *others], [day, *days], strict=True)]
    found[0] = replace(found[0], recorded=None)  # what is not known to have opened is no case
    if dice.random() < 0.1:
        found = _corrected(found, dice)
    return Case(name, procedure.code, found, _fields(procedure, dice), dice.choice(("甲局", "乙局", "")))


def _event(procedure: Procedure, dice: Random, step: str, day: int) -> Event:
    outcomes = (*procedure.steps[step].outcomes, None) if procedure.steps[step].outcomes else ("维持", None)
    by = dice.choice(((), ("甲",), ("甲", "乙")))
    return Event(
        step=step, day=day, minute=dice.choice((NO_MINUTE, NO_MINUTE, 0, 540, 1439, dice.randrange(1440))),
        recorded=dice.choice((None, None, day, day + dice.randint(0, 40))), by=by,
        officers=dice.choice((None, 1, 2, 3)) if len(by) < 2 else 2, days=dice.choice((None, None, 0, 1, 5, 20, 90)),
        outcome=dice.choice(outcomes), approved_by=dice.choice(APPROVERS), reason=dice.choice((None, "理由")),
        amount=dice.choice((None, 2, 500.0, 3000.0)),
    )  # fmt: skip


def _corrected(events: list[Event], dice: Random) -> list[Event]:
    """One event replaced or withdrawn by a later record."""
    place = dice.randrange(len(events))
    old = replace(events[place], id="原")
    void = place > 0 and dice.random() < 0.4
    late = old.day if place == 0 else old.day + dice.choice((0, 0, 1, 7))
    new = replace(old, id="正", corrects="原", void=void, day=late, recorded=late + dice.randint(0, 30))
    return [*events[:place], old, *events[place + 1 :], new]


def _fields(procedure: Procedure, dice: Random) -> dict[str, FieldValue]:
    found: dict[str, FieldValue] = {}
    for name, item in procedure.fields.items():
        if dice.random() < 0.3:
            continue
        match item.kind:
            case "choice":
                found[name] = dice.choice(item.choices)
            case "number":
                found[name] = dice.choice((2.5, 0, 1, 3, 3000, 3001, 100000))
            case "flag":
                found[name] = dice.choice((True, False))
            case "date":
                near = day_of("2024-02-28") + dice.randint(0, 3)
                found[name] = iso(dice.choice((near, near, near + dice.randint(-120, 300), near + 366 * 9)))
            case _:
                found[name] = dice.choice(("甲", "乙", "丙", "丁"))
    return found
