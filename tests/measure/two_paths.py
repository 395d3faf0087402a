"""Judging the same cases one by one and set-wise, and saying where the answers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fadu.book import Book
from fadu.check import month_of
from fadu.law.cases import Case
from fadu.law.clocks import State
from fadu.law.dates import iso, key_day
from fadu.law.judge import Judgement, judge
from fadu.law.procedures import Clock, Procedure
from fadu.measure.calendar_tables import month_table
from fadu.measure.engine import DuckBackend, Judged, Question, judge_blocks, judge_part
from fadu.measure.facts import facts_of
from fadu.measure.one_by_one import judge_rows
from fadu.measure.regular import duty_column
from fadu.measure.results import counts, cube, findings, rules

Row = tuple[Any, ...]
FAST = ("runs", "duties", "deemed")
ALL = (*FAST, "findings")


@dataclass
class Answers:
    """What one path says: per case (number) sorted rows, and the summary."""

    runs: dict[int, list[Row]] = field(default_factory=dict)
    duties: dict[int, list[Row]] = field(default_factory=dict)
    deemed: dict[int, list[Row]] = field(default_factory=dict)
    findings: dict[int, list[Row]] = field(default_factory=dict)
    summary: Counter[Row] = field(default_factory=Counter)

    def differences(self, other: Answers, parts: Sequence[str] = ALL) -> dict[int, list[str]]:
        """By case: what this one says and the other does not (+), and the reverse (-). -1: the summary."""
        found: dict[int, list[str]] = {}
        for part in parts:
            mine, theirs = getattr(self, part), getattr(other, part)
            for number in mine.keys() | theirs.keys():
                ours, others = Counter(mine.get(number, ())), Counter(theirs.get(number, ()))
                for sign, rows in (("+", ours - others), ("-", others - ours)):
                    found.setdefault(number, []).extend(f"{sign} {part} {row}" for row in rows.elements())
        if parts == ALL and self.summary != other.summary:
            found[-1] = [f"+ summary {self.summary - other.summary}", f"- summary {other.summary - self.summary}"]
        return {number: lines for number, lines in found.items() if lines}


def _shown(day: int | None) -> str:
    return "" if day is None else iso(day)


def _run(clock: str, start: int, stop: int | None, last: int | None, state: int) -> Row:
    """Where the facts settle nothing, neither do the paths agree to say what stops it."""
    if state == State.UNDETERMINED:
        stop = last = None
    return clock, _shown(start), _shown(stop), _shown(last), State(state).name


def one_by_one(book: Book, procedure: Procedure, cases: Sequence[Case], as_of: int,
               known_on: int | None = None) -> Answers:  # fmt: skip
    answers = Answers()
    plan = book.plan(procedure)
    for number, case in enumerate(cases):
        judgement = judge(plan, case, as_of, known_on)
        _take(answers, number, judgement)
    return answers


def _take(answers: Answers, number: int, judgement: Judgement) -> None:
    unit = judgement.case.unit
    answers.runs[number] = [
        _run(run.clock.name, run.start_day, run.stop_day, run.last_day, run.state) for run in judgement.runs
    ]
    answers.duties[number] = [(verdict.duty.name, int(verdict.state)) for verdict in judgement.verdicts]
    answers.deemed[number] = [(step, iso(key_day(key))) for step, key in judgement.history.deemed]
    answers.findings[number] = [
        (found.rule.name, found.kind, _shown(found.start), _shown(found.last_day),
         _shown(found.stop) if isinstance(found.rule, Clock) else "", unit)
        for found in judgement.findings
    ]  # fmt: skip
    for run in judgement.runs:
        answers.summary[run.clock.name, run.state.name.lower(), unit, month_of(run.start_day)] += 1
    if judgement.history.events:
        month = month_of(judgement.history.events[0].day)
        for verdict in judgement.verdicts:
            answers.summary[verdict.duty.name, verdict.state.name.lower(), unit, month] += 1


def set_wise(book: Book, procedure: Procedure, cases: Iterable[Case], as_of: int, known_on: int | None = None,
             way: Way | None = None) -> Answers:  # fmt: skip
    """Runs, duties and deemed steps of the columnar path, read as they are stored."""
    way = way or Way()
    judged = judge_set(book, procedure, cases, as_of, known_on, way)
    return Answers() if judged is None else read_answers(way.backend, judged)


@dataclass
class Way:
    """How the columnar path goes: on which backend, and whether block by block over events in order."""

    backend: Any = field(default_factory=lambda: DuckBackend(threads=2))
    blocks: bool = False


def judge_set(book: Book, procedure: Procedure, cases: Iterable[Case], as_of: int, known_on: int | None,
              way: Way) -> Judged | None:  # fmt: skip
    """The judged part; None where no case had any event by then."""
    facts = facts_of(cases, book, as_of, known_on, only=procedure)
    rows = next(iter(facts.parts.values()), None)
    if rows is None or not rows.num_rows:
        return None
    question = Question(procedure, book.plan(procedure).calendar, facts.words, as_of)
    if way.blocks:
        first = min(rows["key"].to_pylist()) >> 32
        return judge_blocks(way.backend, rows.to_batches(max_chunksize=100), question, "x", first)
    way.backend.load("facts", rows)
    return judge_part(way.backend, "facts", question, "x")


def of_facts(book: Book, procedure: Procedure, cases: Iterable[Case], as_of: int) -> Answers:
    """The rows that ``judge_rows`` gives for the facts of the cases."""
    facts = facts_of(cases, book, as_of, only=procedure)
    rows = next(iter(facts.parts.values()), None)
    if rows is None or not rows.num_rows:
        return Answers()
    question = Question(procedure, book.plan(procedure).calendar, facts.words, as_of)
    return from_tables(procedure, judge_rows(question, rows))


def read_answers(backend: Any, judged: Judged) -> Answers:
    """Everything a judged part says, by case."""
    tables = {"runs": judged.run_table, "cases": judged.cases(), "deemed": judged.deemed_table}
    return from_tables(judged.procedure, {name: backend.rows(table) for name, table in tables.items()})


def from_tables(procedure: Procedure, tables: dict[str, Any]) -> Answers:
    answers = Answers()
    clocks = list(procedure.clocks.values())
    for row in tables["runs"].to_pylist():
        run = _run(clocks[row["clock"]].name, row["start"], row["stop"], row["last"], row["state"])
        answers.runs.setdefault(row["case_no"], []).append(run)
    for row in tables["cases"].to_pylist():
        states = [(duty, row[duty_column(duty)]) for duty in procedure.duties if row[duty_column(duty)]]
        answers.duties.setdefault(row["case_no"], []).extend(states)
    for row in tables["deemed"].to_pylist():
        lapse = clocks[row["clock"]].lapse
        assert lapse
        answers.deemed.setdefault(row["case_no"], []).append((lapse.deem, iso(row["day"])))
    return answers


def read_results(backend: Any, judged: Judged) -> Answers:
    """The same through the expressions that answers, drill-down and indicators use; findings and summary too."""
    answers = Answers()
    for clock in judged.procedure.clocks.values():
        for row in backend.rows(judged.runs(clock)).to_pylist():
            run = _run(clock.name, row["start"], row["stop"], row["last"], row["state"])
            answers.runs.setdefault(row["case_no"], []).append(run)
        if clock.lapse and clock.lapse.deem:
            for row in backend.rows(judged.deemed(clock.name)).to_pylist():
                answers.deemed.setdefault(row["case_no"], []).append((clock.lapse.deem, iso(row["day"])))
    for duty in judged.procedure.duties:
        for row in backend.rows(judged.verdicts(duty)).to_pylist():
            answers.duties.setdefault(row["case_no"], []).append((duty, row["state"]))
    _findings(backend, judged, answers)
    months = backend.table(month_table(judged.question.calendar.first, judged.as_of), "months")
    for item in counts(judged, backend.rows(cube(judged, months)).to_pylist()):
        answers.summary[item.rule, item.state, item.unit, f"{item.month // 100}-{item.month % 100:02d}"] += item.n
    return answers


def _findings(backend: Any, judged: Judged, answers: Answers) -> None:
    order, words = rules(judged.procedure), judged.words
    for row in backend.rows(findings(judged)).to_pylist():
        rule = order[row["rule"]]
        kind = "missed" if not isinstance(rule, Clock) else "late" if row["state"] == State.LATE else "early"
        answers.findings.setdefault(row["case_no"], []).append(
            (rule.name, kind, _shown(row["start"]), _shown(row["last"]), _shown(row["stop"]), words.text(row["unit"]))
        )


def disagreement(book: Book, procedure: Procedure, cases: Sequence[Case], as_of: int, known_on: int | None = None,
                 way: Way | None = None) -> str:  # fmt: skip
    """Empty where both paths agree, else the smallest of the first case that differs, and how it does."""
    one = one_by_one(book, procedure, cases, as_of, known_on)
    found = one.differences(set_wise(book, procedure, cases, as_of, known_on, way), FAST)
    if not found:
        return ""
    number = min(found)
    case, lines = smallest(book, procedure, cases[number], as_of, known_on, way)
    told = [f"{len(found)} of {len(cases)} cases differ (+ one by one, - set-wise); as of {iso(as_of)}, {case.fields}"]
    told += [f"  {iso(event.day)} {_attributes(event)}" for event in case.events]
    return "\n".join(told + (lines or [f"only in the batch: {line}" for line in found[number]]))


def smallest(book: Book, procedure: Procedure, case: Case, as_of: int, known_on: int | None,
             way: Way | None) -> tuple[Case, list[str]]:  # fmt: skip
    """The case with every event dropped that the difference does not need."""

    def lines(tried: Case) -> list[str]:
        one = one_by_one(book, procedure, [tried], as_of, known_on)
        return one.differences(set_wise(book, procedure, [tried], as_of, known_on, way), FAST).get(0, [])

    told = lines(case)
    for place in range(len(case.events) - 1, 0, -1):
        fewer = replace(case, events=[*case.events[:place], *case.events[place + 1 :]])
        try:
            shorter = lines(fewer)
        except Exception:  # noqa: S112 - a history no longer readable is no smaller history
            continue
        if shorter:
            case, told = fewer, shorter
    return case, told


def _attributes(event: Any) -> str:
    names = ("step", "minute", "days", "officers", "outcome", "reason", "amount", "by", "approved_by", "id", "corrects")
    return " ".join(f"{name}={getattr(event, name)}" for name in names if getattr(event, name) not in (None, 2047, ()))
