"""The next lawful steps in an order people look for them: what the running clocks wait for comes first."""

from __future__ import annotations

from fadu.law.judge import Judgement
from fadu.law.procedures import Step

FIRST = 6
ORDINARY = 2


def in_order(judgement: Judgement) -> tuple[list[Step], list[Step]]:
    """The ordinary next steps, and the rest of those that are lawful now."""
    steps = judgement.next_steps
    if len(steps) <= FIRST:
        return steps, []
    weights = {step.name: _weight(step, judgement) for step in steps}
    likely = sorted((step for step in steps if weights[step.name] >= ORDINARY), key=lambda step: -weights[step.name])
    first = likely[:FIRST] or steps[:FIRST]
    return first, [step for step in steps if step not in first]


def _weight(step: Step, judgement: Judgement) -> int:
    """How near the step is: it stops a running clock, follows the last step, has not been taken, ends nothing."""
    state = judgement.state
    awaited = any(step.name in run.clock.stops for run in judgement.running if not run.clock.minimum)
    follows = state is not None and state.name in step.after
    exceptional = step.closes and step.reason_required
    again = step.name in judgement.history.keys
    return 4 * awaited + 2 * follows - 3 * exceptional - 2 * step.reason_required - 3 * again
