"""Checking files of cases and fact sets: read, judge (one by one or set-wise), findings and a summary.

Both ways give the same rows; which one runs depends only on size. A fact set is judged set-wise as it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fadu.book import Book
from fadu.law.cases import Case
from fadu.law.dates import iso
from fadu.law.duties import DutyState
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement, judge
from fadu.law.procedures import Clock, Duty, Procedure

if TYPE_CHECKING:
    from fadu.exchange import Counts, EventFile, StepNames
    from fadu.law.conditions import Condition
    from fadu.measure.engine import DuckBackend, Judged
    from fadu.measure.expressions import Expr
    from fadu.measure.factset import FactSet

LARGE = 20_000
"""Events above which the columnar path runs."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to check. Days are day numbers; ``on`` picks the versions in force that day for every case."""

    as_of: int
    on: int | None = None
    known_on: int | None = None
    procedure: str | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    columnar: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, as every answer writes it (docs/reference/answers.md)."""

    case: str
    procedure: str
    version: str
    unit: str
    rule: str
    label: str
    kind: str
    ids: tuple[str, ...]
    party: str
    start: str | None
    last_day: str | None
    stop: str | None
    days_late: int | None
    cite: tuple[str, ...]
    certainty: str


@dataclass
class Checked:
    """The answer of a check. ``findings`` may be read once."""

    events: int
    cases: int
    counts: Counter[tuple[str, str, str, str, str, str]]
    """(procedure, version, rule, state, unit, month) → n."""
    findings: Iterator[Found]
    failures: list[str] = field(default_factory=list)
    columnar: bool = False
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)


def step_names(book: Book) -> StepNames:
    """What files may call the steps and fields of a lawbook."""
    from fadu.exchange import StepNames

    steps: dict[str, dict[str, str]] = {}
    opening: dict[str, set[str]] = {}
    fields: dict[str, dict[str, Any]] = {}
    titles: dict[str, str] = {}
    for procedure in book.procedures:
        names = steps.setdefault(procedure.code, {})
        for step in procedure.steps.values():
            for name in (step.name, step.label, *step.aliases):
                names.setdefault(name, step.name)
        opening.setdefault(procedure.code, set()).update(procedure.openings)
        known = fields.setdefault(procedure.code, {})
        for item in procedure.fields.values():
            for name in (item.name, item.label):
                known.setdefault(name, (item.name, item.kind))
        titles[procedure.name] = procedure.code
    return StepNames(steps, {code: frozenset(found) for code, found in opening.items()}, fields, titles)


class FactFolder:
    """A fact set as commands read it, beside ``EventFile``: nothing in it is rejected."""

    def __init__(self, facts: FactSet) -> None:
        from fadu.exchange import Counts, RejectLog

        parts = facts.meta["parts"]
        events, cases = (sum(part[name] for part in parts) for name in ("events", "cases"))
        self.facts = facts
        self.counts: Counts = Counts(events, events, cases, 0, 0, 0)
        self.rejects = RejectLog()
        self.notices: tuple[str, ...] = ("模拟数据",) if facts.simulated else ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.rejects.close()


def open_cases(path: Path, book: Book, options: Options,
               progress: Callable[[int, int], None] | None = None) -> EventFile | FactFolder:
    """What a command is given: a file of cases in any accepted format, or the folder of a fact set.

    Raises ``FaduError`` for what is neither, and for options that a fact set leaves no room for.
    """
    if path.is_dir():
        from fadu.measure.factset import FactSet

        _refuse_options(options)
        return FactFolder(FactSet(path))
    from fadu.exchange import open_events

    return open_events(path, steps=step_names(book), default_procedure=options.procedure, mapping=options.mapping,
                       progress=progress)


def _refuse_options(options: Options) -> None:
    """In a fact set versions are chosen, corrections applied and columns named already."""
    given = {"--on": options.on is not None, "--known-on": options.known_on is not None, "--map": options.mapping,
             "--per-case": options.columnar is False}
    names = [name for name, used in given.items() if used]
    if names:
        raise FaduError(f"事实集不能用 {'、'.join(names)}：其中的版本已经选定、更正已经落实、列名已经统一，"
                        "一律成批判断；要用这些选项，请给办件文件（fadu simulate --format jsonl 或 csv）")


def find_case(source: EventFile | FactFolder, book: Book, name: str) -> Case | None:
    """The case of that number, if there is one."""
    if isinstance(source, FactFolder):
        return source.facts.case(name, book)
    from fadu.exchange.cases import cases_of

    return next((case for case in cases_of(source.batches()) if case.id == name), None)


def check_file(source: EventFile | FactFolder, book: Book, options: Options,
               progress: Progress | None = None) -> Checked:
    """Judge every case of a file that has been read."""
    columnar = source.counts.events > LARGE if options.columnar is None else options.columnar
    if columnar or isinstance(source, FactFolder):
        return _check_columnar(source, book, options, progress)
    from fadu.exchange.cases import cases_of

    return check_cases(cases_of(source.batches()), book, options)


def check_cases(cases: Iterable[Case], book: Book, options: Options) -> Checked:
    """Judge cases one by one."""
    result = Checked(0, 0, Counter(), iter(()))
    found: list[Found] = []
    for case in cases:
        try:
            judgement = judge_case(case, book, options)
        except FaduError as error:
            result.failures.append(error.message)
            continue
        result.cases += bool(judgement.history.events)
        result.events += len(judgement.history.events)
        for event in judgement.history.events:
            result.steps[case.procedure, event.step] += 1
        found += [found_row(judgement, finding) for finding in judgement.findings]
        _count(judgement, result.counts)
    result.findings = iter(found)
    return result


def judge_case(case: Case, book: Book, options: Options) -> Judgement:
    """One case under the version that binds it, or that of ``options.on``."""
    if options.on is None:
        procedure = book.procedure_for(case, options.as_of, options.known_on)
    else:
        procedure = book.procedure(case.procedure, options.on)
    return judge(book.plan(procedure), case, options.as_of, options.known_on)


def _count(judgement: Judgement, counts: Counter[tuple[str, str, str, str, str, str]]) -> None:
    procedure = judgement.plan.procedure
    version, unit = iso(procedure.effective_day), judgement.case.unit
    for run in judgement.runs:
        state = run.state.name.lower()
        counts[procedure.code, version, run.clock.name, state, unit, month_of(run.start_day)] += 1
    if judgement.history.events:
        month = month_of(judgement.history.events[0].day)
        for verdict in judgement.verdicts:
            counts[procedure.code, version, verdict.duty.name, verdict.state.name.lower(), unit, month] += 1


def month_of(day: int) -> str:
    """
    >>> month_of(19782)
    '2024-02'
    """
    return iso(day)[:7]


def found_row(judgement: Judgement, finding: Any) -> Found:
    return _found(judgement.case.id, judgement.plan.procedure, judgement.case.unit, finding.rule, finding.kind,
                  finding.start, finding.last_day, finding.stop, judgement.history.as_of)


def _found(case: str, procedure: Procedure, unit: str, rule: Clock | Duty, kind: str, start: int | None,
           last: int | None, stop: int | None, as_of: int) -> Found:
    clock = isinstance(rule, Clock)
    until = as_of if stop is None else stop
    return Found(
        case=case, procedure=procedure.code, version=iso(procedure.effective_day), unit=unit, rule=rule.name,
        label=rule.label, kind=kind, ids=rule.ids, party=rule.party if isinstance(rule, Clock) else "agency",
        start=None if start is None else iso(start), last_day=None if last is None else iso(last),
        stop=None if stop is None or not clock else iso(stop),
        days_late=None if last is None else until - last,
        cite=tuple(cite.short for cite in rule.cites), certainty=rule.certainty,
    )


@dataclass
class JudgedFile:
    """A file judged set-wise: the backend that holds it, and each procedure version's part."""

    backend: DuckBackend
    parts: list[Judged]
    facts: list[str]
    """Names of the fact tables, in the order of ``parts``."""
    unplaced: list[str]
    names: dict[str, str]
    """Procedure → the table that tells the names of its cases: case_no, case_id."""

    @property
    def cases(self) -> int:
        """Cases judged: those that had begun."""
        from fadu.measure.facts import part_name

        tables = (part_name(judged.procedure) for judged in self.parts)
        return sum(self.backend.number(f"SELECT count(*) FROM {name}_cases") for name in tables)  # noqa: S608

    def named(self, table: Expr, code: str) -> Expr:
        """Rows about cases (``case_no``) of a procedure, with the column ``case_id``: the case's own number."""
        names = self.backend.read(self.names[code]).select(n_case="case_no", case_id="case_id")
        return table.inner_join(names, table.case_no == names.n_case).drop("n_case")


def judge_file(source: EventFile | FactFolder, book: Book, options: Options, extra: tuple[Condition, ...] = (),
               progress: Progress | None = None) -> JudgedFile:
    """Load a file into DuckDB and judge every case. ``extra``: conditions that indicators will read."""
    say = progress or (lambda text, done, total: None)
    if isinstance(source, FactFolder):
        return _judge_facts(source.facts, book, options, extra, say)
    import pyarrow as pa

    from fadu.exchange import EVENT_SCHEMA
    from fadu.measure.engine import DuckBackend, Question, judge_table
    from fadu.measure.facts import part_name
    from fadu.measure.intake import Scope, take_in

    backend = DuckBackend()
    say("装入事件", 0, 1)
    scope = Scope(book, options.as_of, options.known_on, options.on)
    taken = take_in(backend, pa.RecordBatchReader.from_batches(EVENT_SCHEMA, source.batches()), scope)
    parts, facts = [], []
    for index, ((code, effective), name) in enumerate(sorted(taken.parts.items())):
        procedure = next(item for item in book.versions(code) if item.effective_day == effective)
        say(f"{procedure.name}（{iso(effective)} 版）", index, len(taken.parts))
        question = Question(procedure, book.plan(procedure).calendar, taken.words, options.as_of, extra)
        parts.append(judge_table(backend, name, question, part_name(procedure)))
        facts.append(name)
    say("完成", 1, 1)
    unplaced = [f"程序 {code}：{n} 件{why}" for code, why, n in taken.unplaced]
    return JudgedFile(backend, parts, facts, unplaced, {code: "case_names" for code, _ in taken.parts})


def _judge_facts(facts: FactSet, book: Book, options: Options, extra: tuple[Condition, ...],
                 say: Progress) -> JudgedFile:
    """Judge a fact set where it lies; its tables are read, not copied."""
    from fadu.measure.engine import DuckBackend
    from fadu.measure.facts import part_name

    backend = DuckBackend()
    whole = JudgedFile(backend, [], [], [], {})
    total = len(facts.meta["parts"])
    for judged in facts.judge(backend, book, options.as_of, extra):
        procedure = judged.procedure
        say(f"{procedure.name}（{iso(procedure.effective_day)} 版）", len(whole.parts), total)
        whole.parts.append(judged)
        whole.facts.append(facts.view(backend, procedure, options.as_of))
    for code in dict.fromkeys(judged.procedure.code for judged in whole.parts):
        versions = [part_name(judged.procedure) for judged in whole.parts if judged.procedure.code == code]
        whole.names[code] = facts.names(backend, code, versions)
    say("完成", 1, 1)
    return whole


def _check_columnar(source: EventFile | FactFolder, book: Book, options: Options,
                    progress: Progress | None) -> Checked:
    from fadu.measure.calendar_tables import month_table
    from fadu.measure.facts import part_name
    from fadu.measure.results import counts, keep_results

    whole = judge_file(source, book, options, progress=progress)
    result = Checked(0, whole.cases, Counter(), columnar_findings(whole), whole.unplaced, columnar=True)
    first = [whole.backend.number(f"SELECT min(key) FROM {facts}") >> 32 for facts in whole.facts]  # noqa: S608
    whole.backend.load("months", month_table(min(first, default=options.as_of), options.as_of))
    for judged, facts in zip(whole.parts, whole.facts, strict=True):
        names = list(judged.procedure.steps)
        for step, number in whole.backend.run(f"SELECT step, count(*) FROM {facts} GROUP BY ALL"):  # noqa: S608
            result.steps[judged.procedure.code, names[step]] += number
            result.events += number
        name = part_name(judged.procedure)
        keep_results(whole.backend, judged, "months", name)
        cube = whole.backend.db.sql(f"SELECT * FROM {name}_cube").to_arrow_table()  # noqa: S608
        for item in counts(judged, cube.to_pylist()):
            month = f"{item.month // 100}-{item.month % 100:02d}"
            result.counts[item.procedure, iso(item.version), item.rule, item.state, item.unit, month] += item.n
    return result


def columnar_findings(whole: JudgedFile) -> Iterator[Found]:
    """Every finding that ``keep_results`` stored, part by part, in order of case."""
    from fadu.measure.facts import part_name
    from fadu.measure.results import rules

    for judged in whole.parts:
        order = rules(judged.procedure)
        found = whole.backend.db.sql(f"""SELECT f.*, n.case_id
            FROM {part_name(judged.procedure)}_findings f JOIN {whole.names[judged.procedure.code]} n USING (case_no)
            ORDER BY case_no, rule, start""")  # noqa: S608
        for batch in found.to_arrow_reader(65536):
            for row in batch.to_pylist():
                rule = order[row["rule"]]
                kind = "missed" if isinstance(rule, Duty) else "late" if row["state"] == 2 else "early"
                yield _found(row["case_id"], judged.procedure, judged.words.text(row["unit"]), rule, kind,
                             row["start"], row["last"], row["stop"], judged.as_of)


MISSED = {"late", "early", DutyState.MISSED.name.lower()}
