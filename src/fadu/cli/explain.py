"""``fadu explain``: one case, everything the law says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from fadu.book import load_book
from fadu.check import Options, find_case, found_row, judge_case, open_cases
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.dates import date_of, iso
from fadu.law.duties import DutyState
from fadu.law.errors import FaduError
from fadu.law.explain import Note, describe, explain_duty, explain_run, lines
from fadu.law.judge import Judgement


@click.command(help="说明 CASES（文件或事实集文件夹）中编号为 CASE_ID 的办件：状态、时钟、下一步、问题及理由。")
@click.argument("cases", type=click.Path(exists=True, path_type=Path))
@click.argument("case_id")
@click.option("--procedure", default=None, help="未写明程序的办件按此程序。")
@click.option("--on", type=DAY, default=None, help="按这一天有效的版本判断。")
@as_of_option
@click.option("--known-on", type=DAY, default=None, help="只看到这一天为止已记录的。")
@lawbook_option
@json_option
def explain(cases: Path, case_id: str, procedure: str | None, on: int | None, as_of: int | None,
            known_on: int | None, lawbook: str | None, as_json: bool) -> None:
    book = load_book(lawbook)
    options = Options(today() if as_of is None else as_of, on, known_on, procedure)
    with open_cases(cases, book, options) as source:
        case = find_case(source, book, case_id)
    if case is None:
        raise FaduError(f"{cases.name} 中没有编号为“{case_id}”的办件（或它的行都未被采用）")
    judgement = judge_case(case, book, options)
    if as_json:
        answer(_told(judgement))
        return
    for line in lines(describe(judgement)):
        click.echo(line)
    for note in _rest(judgement):
        click.echo("")
        for line in lines(note):
            click.echo(line)


def _rest(judgement: Judgement) -> Iterator[Note]:
    """What ``describe`` has not explained: clocks that have stopped in time, and what cannot be decided."""
    history, plan = judgement.history, judgement.plan
    told = {(finding.rule.name, finding.start) for finding in judgement.findings}
    for run in judgement.runs:
        if (run.clock.name, run.start_day) not in told and run not in judgement.running:
            yield explain_run(run, history, plan)
    for verdict in judgement.verdicts:
        if verdict.state is DutyState.UNDETERMINED:
            yield explain_duty(verdict, history, plan)


def _told(judgement: Judgement) -> dict[str, object]:
    from dataclasses import asdict

    plan, history = judgement.plan, judgement.history
    state = judgement.state
    return {
        "case": judgement.case.id, "procedure": plan.procedure.code, "version": iso(plan.procedure.effective_day),
        "unit": judgement.case.unit, "as_of": iso(history.as_of), "closed": judgement.closed,
        "state": None if state is None else {"step": state.name, "label": state.label},
        "next": [{"step": step.name, "label": step.label, "cite": [cite.short for cite in step.cites]}
                 for step in judgement.next_steps],
        "clocks": [{
            "clock": run.clock.name, "label": run.clock.label, "id": list(run.clock.ids), "party": run.clock.party,
            "start": iso(run.start_day), "stop": None if run.stop_day is None else iso(run.stop_day),
            "last_day": None if run.last_day is None else iso(run.last_day), "state": run.state.name.lower(),
            "provisional": run.last_day is not None and plan.calendar.provisional(run.last_day),
            "explanation": list(lines(explain_run(run, history, plan))),
            "cite": [cite.short for cite in run.clock.cites],
        } for run in judgement.runs],
        "duties": [{
            "duty": verdict.duty.name, "label": verdict.duty.label, "id": list(verdict.duty.ids),
            "state": verdict.state.name.lower(), "cite": [cite.short for cite in verdict.duty.cites],
        } for verdict in judgement.verdicts],
        "deemed": [{"step": step, "date": date_of(key >> 32).isoformat()} for step, key in history.deemed],
        "findings": [asdict(found_row(judgement, finding)) for finding in judgement.findings],
        "undetermined": [rule.name for rule in judgement.undetermined],
    }
