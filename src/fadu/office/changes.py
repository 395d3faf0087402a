"""What a step or a correction would change, side by side: last days, findings, the state of the case."""

from __future__ import annotations

from dataclasses import dataclass

from fadu.acts.foresee import Foreseen
from fadu.law.clocks import Run
from fadu.law.dates import date_of, iso
from fadu.law.explain import Note, explain_finding, lines
from fadu.law.judge import Judgement
from fadu.office.moments import in_words

NONE = "—"


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing: what it is, what it says now, what it would say."""

    what: str
    now: str
    then: str

    @property
    def differs(self) -> bool:
        return self.now != self.then


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that would be different; ``refused`` and ``warnings``: what the law says to it, a sentence a line."""

    changed: list[Changed]
    refused: list[str]
    warnings: list[str]


def outlook(seen: Foreseen) -> Outlook:
    """The changes in the order of the page: state, last days, findings."""
    before, after = seen.before, seen.after
    found = [Changed("环节", _state(before), _state(after)), *_clocks(before, after), *_findings(before, after)]
    return Outlook([row for row in found if row.differs], _lines(seen.answer.refused), _lines(seen.answer.warnings))


def _lines(notes: tuple[Note, ...]) -> list[str]:
    return [line.strip() for note in notes for line in lines(note)]


def _state(judgement: Judgement) -> str:
    step = judgement.state
    return (step.label if step else "尚未开始") + ("（已办结）" if judgement.closed else "")


def _clocks(before: Judgement, after: Judgement) -> list[Changed]:
    """Runs by clock and place: the first run of a clock is compared with the first."""
    now, then = _runs(before), _runs(after)
    return [
        Changed(f"期限“{(then.get(key) or now[key]).clock.label}”", _run(now.get(key)), _run(then.get(key)))
        for key in dict.fromkeys((*now, *then))
    ]


def _runs(judgement: Judgement) -> dict[tuple[str, int], Run]:
    found: dict[tuple[str, int], Run] = {}
    for run in judgement.runs:
        place = sum(name == run.clock.name for name, _ in found)
        found[run.clock.name, place] = run
    return found


def _run(run: Run | None) -> str:
    if run is None:
        return NONE
    last = in_words(date_of(run.last_day)) if run.last_day is not None else "无法确定"
    stopped = f"，{iso(run.stop_day)} 办理" if run.stop_day is not None else ""
    return f"{'最早' if run.clock.minimum else '最后一日'} {last}{stopped}，{run.state.label}"


def _findings(before: Judgement, after: Judgement) -> list[Changed]:
    now = [explain_finding(found, before).text for found in before.findings]
    then = [explain_finding(found, after).text for found in after.findings]
    gone = [Changed("问题", words, "不再有") for words in now if words not in then]
    return gone + [Changed("问题", NONE, words) for words in then if words not in now]
