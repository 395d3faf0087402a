"""What the law says to a step that someone is about to take, or says has been taken.

A step of today is asked for: what the law forbids is refused, with the article. A step of an earlier day has happened:
it is recorded as it was, the breach is told and a reason is asked for. Either way the record then shows the finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fadu.law.clocks import Run, State
from fadu.law.dates import chinese, date_of, day_of
from fadu.law.duties import Verdict
from fadu.law.explain import Note, explain_duty, explain_run
from fadu.law.judge import Judgement
from fadu.law.procedures import Step


@dataclass(frozen=True, slots=True)
class LawAnswer:
    """``refused``: why the law forbids it. ``warnings``: what needs a reason; both kinds bear their articles."""

    refused: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()

    @property
    def names(self) -> list[str]:
        """The warnings in one line each, as they are recorded."""
        return [note.text for note in self.warnings]


def ask(before: Judgement | None, after: Judgement, step: Step, on: date, today: date) -> LawAnswer:
    """The law's answer to ``step``, by what it changes between ``before`` and ``after``.

    ``before`` is None for the step that opens a case. Deviations the statute's own text forbids are refused for a step
    of ``today``; what rests on inference, policy or a secondary source is left to judgement.
    """
    forbidden: list[Note] = []
    doubtful: list[Note] = []
    order = _order(before, step) if before is not None else None
    if order is not None:
        (forbidden if step.certainty == "text" else doubtful).append(order)
    for verdict in _new_breaches(before, after):
        note = explain_duty(verdict, after.history, after.plan)
        (forbidden if verdict.duty.certainty == "text" else doubtful).append(note)
    for run in _new_runs(before, after, State.EARLY):
        note = explain_run(run, after.history, after.plan)
        (forbidden if run.clock.certainty == "text" else doubtful).append(note)
    forbidden += _idle_extensions(before, after, step)
    late = [explain_run(run, after.history, after.plan) for run in _stopped_late(before, after)]
    if on < today:
        days = chinese(day_of(on)), chinese(day_of(today))
        backdated = Note(f"{days[0]}的“{step.label}”今日（{days[1]}）补录，记录日期会一并显示")
        return LawAnswer((), (*forbidden, *doubtful, *late, backdated))
    return LawAnswer(tuple(forbidden), (*doubtful, *late))


def _order(before: Judgement, step: Step) -> Note | None:
    """Why the step is not among the lawful next ones; None where it is."""
    if before.may_take(step):
        return None
    history, procedure = before.history, before.plan.procedure
    if not history.events and not step.opens:
        opening = "、".join(procedure.steps[name].label for name in procedure.openings)
        return Note(f"“{step.label}”不能作为第一个环节；应先有：{opening}", step.cites, step.certainty)
    if step.once and step.name in history.keys:
        day = history.keys[step.name][-1] >> 32
        return Note(f"“{step.label}”已于{chinese(day)}进行，一个办件只有一次", step.cites, step.certainty)
    closed = history.last(before.plan.closings)
    if closed is not None:
        return Note(f"办件已于{chinese(closed >> 32)}办结，此后不再有“{step.label}”", step.cites, step.certainty)
    if step.after and not any(name in history.keys for name in step.after):
        wanted = "或者".join(f"“{procedure.steps[name].label}”" for name in step.after)
        return Note(f"“{step.label}”应在{wanted}之后", step.cites, step.certainty)
    return Note(f"按现在记录的情况，不适用“{step.label}”", step.cites, step.certainty)


def _new_breaches(before: Judgement | None, after: Judgement) -> list[Verdict]:
    """Duties that this step makes missed. One that only the passing of time or an old fact misses is not of it."""
    missed = after.missed
    if not missed or before is None:
        return missed
    known = {verdict.duty.name for verdict in before.missed}
    return [verdict for verdict in missed if verdict.duty.name not in known]


def _new_runs(before: Judgement | None, after: Judgement, state: State) -> list[Run]:
    found = [run for run in after.runs if run.state is state]
    if not found or before is None:
        return found
    known = {(run.clock.name, run.start) for run in before.runs if run.state is state}
    return [run for run in found if (run.clock.name, run.start) not in known]


def _stopped_late(before: Judgement | None, after: Judgement) -> list[Run]:
    """Runs that the step stops after their last day."""
    late = [run for run in after.runs if run.state is State.LATE and run.stop is not None]
    if not late or before is None:
        return []
    was_open = {(run.clock.name, run.start) for run in before.runs if run.stop is None}
    return [run for run in late if (run.clock.name, run.start) in was_open]


def _idle_extensions(before: Judgement | None, after: Judgement, step: Step) -> list[Note]:
    """An extension decided when it can no longer lengthen anything."""
    found = []
    for clock in after.plan.procedure.clocks.values():
        if clock.extension is None or clock.extension.step != step.name:
            continue
        runs = [run for run in after.runs if run.clock is clock]
        counted = [added for run in runs for added in run.added if added.kind == "extend" and added.counted]
        already = _counted(before, clock.name) if before else 0
        if runs and len(counted) <= already:
            run = runs[-1]
            last = "" if run.last_day is None else f"，最后一日是{date_of(run.last_day).isoformat()}"
            words = f"“{step.label}”不能再延长“{clock.label}”{last}"
            found.append(Note(words, clock.extension.cites or clock.cites, clock.certainty))
    return found


def _counted(judgement: Judgement, clock: str) -> int:
    return sum(
        added.kind == "extend" and added.counted
        for run in judgement.runs if run.clock.name == clock
        for added in run.added
    )  # fmt: skip
