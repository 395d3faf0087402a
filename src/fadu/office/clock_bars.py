"""Runs of clocks as bars: how far a term has run, where it stood still, when it ends and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fadu.law.clocks import Run, State, paused
from fadu.law.dates import date_of, iso
from fadu.law.explain import explain_run, lines
from fadu.law.judge import Judgement
from fadu.office.articles import Cited, cited
from fadu.office.moments import in_words

SOON = 3


@dataclass(frozen=True, slots=True)
class ClockBar:
    """One run as ``parts/clock_bar.html`` draws it. ``why``: the explanation, a sentence a line."""

    label: str
    tone: str
    left: str
    cites: tuple[Cited, ...]
    parts: tuple[tuple[float, float, str], ...]
    marks: tuple[float, ...]
    feet: tuple[str, ...]
    why: tuple[str, ...]


def bars(judgement: Judgement) -> list[ClockBar]:
    """The runs of a case, those still counting first."""
    runs = [run for run in judgement.runs if run.last_day is not None]
    runs.sort(key=lambda run: (run.stop is not None, run.last_day or 0))
    return [_bar(run, judgement) for run in runs]


def _bar(run: Run, judgement: Judgement) -> ClockBar:
    history, plan = judgement.history, judgement.plan
    last = run.last_day or 0
    still = paused(run, history, plan.procedure.pause_on_last_day)
    end = run.stop_day if run.stop_day is not None else history.as_of
    tone, left = _standing(run, still, last, history.as_of)
    whole = max(last, end) - run.start_day or 1

    def place(day: int) -> float:
        return round(100 * (min(max(day, run.start_day), max(last, end)) - run.start_day) / whole, 1)

    parts = [(0.0, place(min(end, last)), tone if not still else "mute")]
    if end > last:
        parts.append((place(last), 100 - place(last), "bad"))
    parts += [
        (place(added.key >> 32), max(0.0, place(added.end) - place(added.key >> 32)), "mute")
        for added in run.added if added.kind == "pause" and added.counted
    ]  # fmt: skip
    provisional = "（暂定）" if plan.calendar.provisional(last) else ""
    name = "最早" if run.clock.minimum else "最后一日"
    feet = (f"{iso(run.start_day)} 起", f"{name} {in_words(date_of(last))}{provisional}")
    return ClockBar(
        run.clock.label, tone, left, tuple(cited(run.clock.cites, judgement)), tuple(parts),
        (place(last),) if end > last else (), feet, tuple(lines(explain_run(run, history, plan))),
    )  # fmt: skip


def _standing(run: Run, still: bool, last: int, today: int) -> tuple[str, str]:
    if run.stop is not None or run.state not in (State.RUNNING, State.LATE):
        return ("bad" if run.state.missed else "ok" if run.state is State.KEPT else "mute"), run.state.label
    if still:
        return "mute", "中止，不计时"
    if run.clock.minimum:
        return ("mute", "已满") if today >= last else ("warn", f"还须 {last - today} 日")
    if today > last:
        return "bad", f"超 {today - last} 日"
    return ("warn" if last - today <= SOON else "ok"), ("今日到期" if today == last else f"剩 {last - today} 日")


def due_chip(due: date | None, today: date) -> tuple[str, str]:
    """Tone and words of a last day in a list."""
    if due is None:
        return "mute", "—"
    left = (due - today).days
    if left < 0:
        return "bad", f"超 {-left} 日"
    return ("warn" if left <= SOON else "ok"), ("今日" if not left else f"剩 {left} 日")
