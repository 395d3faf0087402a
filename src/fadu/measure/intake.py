"""From an imported event table to facts, set-wise: versions chosen, texts coded, keys packed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from fadu.book import Book
from fadu.law.cases import Case, Event, standing
from fadu.law.dates import NO_MINUTE, iso
from fadu.law.errors import CaseError, NoVersion
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words, field_column
from fadu.measure.engine import DuckBackend
from fadu.measure.facts import PartKey, part_name, vocabulary


@dataclass
class Intake:
    """Fact tables in the backend by procedure version; ``cases``: case_no → case_id, kept in the backend."""

    parts: dict[PartKey, Any] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    unplaced: list[tuple[str, str, int]] = field(default_factory=list)
    """(procedure, reason, cases) of cases that no version binds."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to take in: under which lawbook, up to which day, as known on which day.

    ``on``: judge every case under the version in force that day, whatever its own dates say.
    """

    book: Book
    as_of: int
    known_on: int | None = None
    on: int | None = None


def take_in(backend: DuckBackend, events: pa.RecordBatchReader, scope: Scope) -> Intake:
    """Load an event table (``exchange.EVENT_SCHEMA``) and make facts of it.

    Cases with corrections are folded one by one; everything else is set-wise.
    """
    db, book, as_of, known_on = backend.db, scope.book, scope.as_of, scope.known_on
    schema = events.schema
    db.register("incoming", events)
    db.execute("CREATE OR REPLACE TABLE events_in AS SELECT * FROM incoming")
    db.unregister("incoming")
    result = Intake(words=vocabulary(book))
    _fold_corrections(db, schema, known_on, result)
    _drop_unknown(db, as_of, known_on)
    db.execute("""CREATE OR REPLACE TABLE case_names AS
        SELECT row_number() OVER () - 1 AS case_no, procedure, case_id, min(day) AS opened, first(unit) AS unit
        FROM events_in GROUP BY procedure, case_id""")
    _code_texts(db, result.words, ("unit", "outcome", "approved_by", '"by"'))
    for (code,) in db.execute("SELECT DISTINCT procedure FROM events_in ORDER BY 1").fetchall():
        if scope.on is None:
            _place(db, book.versions(code), result, single=False)
            continue
        try:
            _place(db, [book.procedure(code, scope.on)], result, single=True)
        except NoVersion as error:
            number = db.execute("SELECT count(*) FROM case_names WHERE procedure = ?", [code]).fetchall()[0][0]
            result.unplaced.append((code, f"：{error.message}", number))
    return result


def _drop_unknown(db: Any, as_of: int, known_on: int | None) -> None:
    """Leave the events up to ``as_of``, as known on ``known_on``; a case keeps its fields, whatever event bore them."""
    if known_on is not None:
        unknown = f"coalesce(recorded, day) > {int(known_on)}"
        db.execute(f"""CREATE OR REPLACE TABLE fields_in AS SELECT procedure, case_id, fields FROM events_in
            WHERE fields IS NOT NULL AND {unknown}""")
        db.execute(f"DELETE FROM events_in WHERE {unknown}")
        db.execute("""UPDATE events_in SET fields = f.fields FROM fields_in f
            WHERE events_in.procedure = f.procedure AND events_in.case_id = f.case_id""")
    db.execute(f"DELETE FROM events_in WHERE day > {int(as_of)}")


_CORRECTED = "(procedure, case_id) IN (SELECT (procedure, case_id) FROM events_in WHERE corrects IS NOT NULL OR void)"


def _fold_corrections(db: Any, schema: pa.Schema, known_on: int | None, result: Intake) -> None:
    """Replace the events of corrected cases by those in force; a case whose corrections make no sense is set aside."""
    if not db.execute("SELECT 1 FROM events_in WHERE corrects IS NOT NULL OR void LIMIT 1").fetchall():
        return
    query = f"SELECT * FROM events_in WHERE {_CORRECTED} ORDER BY procedure, case_id, seq"
    found = db.sql(query).to_arrow_table()
    rows: list[dict[str, Any]] = []
    originals = {(row["procedure"], row["case_id"], index): row for index, row in enumerate(found.to_pylist())}
    by_case: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in originals.values():
        by_case.setdefault((row["procedure"], row["case_id"]), []).append(row)
    for members in by_case.values():
        case = _case(members)
        source = {id(event): row for event, row in zip(case.events, members, strict=True)}
        try:
            in_force = sorted(standing(case, known_on), key=lambda event: event.day)
        except CaseError as error:
            result.unplaced.append((case.procedure, f"：{error.message}", 1))
            continue
        fields = members[0]["fields"]
        for position, event in enumerate(in_force):
            first = fields if position == 0 else None
            rows.append({**source[id(event)], "seq": position, "corrects": None, "void": False, "fields": first})
    db.execute(f"DELETE FROM events_in WHERE {_CORRECTED}")
    if rows:
        db.register("folded", pa.Table.from_pylist(rows, schema=schema))
        db.execute("INSERT INTO events_in SELECT * FROM folded")
        db.unregister("folded")


def _case(rows: list[dict[str, Any]]) -> Case:
    """As much of a case as tells which of its events stand."""
    events = [Event(row["step"], row["day"], recorded=row["recorded"], id=row["event_id"], corrects=row["corrects"],
                    void=bool(row["void"])) for row in rows]
    return Case(rows[0]["case_id"], rows[0]["procedure"], events)


def _code_texts(db: Any, words: Words, names: tuple[str, ...]) -> None:
    for name in names:
        query = f"SELECT DISTINCT {name} FROM events_in WHERE {name} IS NOT NULL"
        for (text,) in db.execute(query).fetchall():
            words.code(text)
    _write_words(db, words)


def _write_words(db: Any, words: Words) -> None:
    table = pa.table({"text": pa.array(words.texts, pa.string()),
                      "code": pa.array(range(1, len(words.texts) + 1), pa.int32())})
    db.register("incoming_words", table)
    db.execute("CREATE OR REPLACE TABLE words AS SELECT * FROM incoming_words")
    db.unregister("incoming_words")


def _place(db: Any, versions: list[Procedure], result: Intake, single: bool) -> None:
    """Give every case of one procedure its version, then write that version's facts."""
    code = versions[0].code
    turning = [p.transition_step for p in reversed(versions) if p.transition_step]
    deciding = ", ".join(f"min(e.day) FILTER (e.step = '{step}')" for step in dict.fromkeys(turning))
    day = f"coalesce({deciding}, min(e.day))" if deciding else "min(e.day)"
    strange = "".join(f", max(e.step) FILTER (e.step NOT IN ({_listed(procedure.steps)})) AS strange_{index}"
                      for index, procedure in enumerate(versions))
    db.execute(f"""CREATE OR REPLACE TABLE case_versions AS SELECT c.case_no, {day} AS deciding,
          arg_min(e.step, e.day::BIGINT << 32 | e.seq) AS opening {strange}
        FROM events_in e JOIN case_names c USING (procedure, case_id)
        WHERE e.procedure = ? GROUP BY c.case_no""", [code])
    bound = ["true"] if single else [_binding(versions, index) for index in range(len(versions))]
    for index, (procedure, binds) in enumerate(zip(versions, bound, strict=True)):
        _refuse_unreadable(db, procedure, f"{binds} AND strange_{index} IS NOT NULL", f"strange_{index}", result)
        unopened = f"{binds} AND opening NOT IN ({_listed(procedure.openings)})"
        _refuse_unreadable(db, procedure, unopened, "opening", result)
        _write_facts(db, procedure, binds, result)
    lost = db.execute(f"SELECT count(*) FROM case_versions WHERE NOT ({' OR '.join(bound)})").fetchall()[0][0]
    if lost:
        known = "、".join(iso(procedure.effective_day) for procedure in versions)
        result.unplaced.append((code, f"所依日期没有可适用的版本；“{versions[0].name}”已有版本自 {known} 起施行", lost))


def _binding(versions: list[Procedure], index: int) -> str:
    """The condition under which a version binds a case, on the day that decides."""
    later = [procedure.effective_day for procedure in versions[index + 1:]]
    end = min([day for day in (versions[index].ends_day, *later) if day is not None], default=None)
    return f"deciding >= {versions[index].effective_day}" + (f" AND deciding < {end}" if end is not None else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _refuse_unreadable(db: Any, procedure: Procedure, which: str, column: str, result: Intake) -> None:
    """Set aside the cases this version cannot read, as ``law.cases.fold`` refuses them, with the reason."""
    query = f"SELECT {column}, count(*) FROM case_versions WHERE {which} GROUP BY 1 ORDER BY 1"
    version = f"“{procedure.name}”（{iso(procedure.effective_day)} 版）"
    for step, number in db.execute(query).fetchall():
        label = f"“{procedure.steps[step].label}”" if step in procedure.steps else f"“{step}”"
        if column == "opening" and step in procedure.steps:
            opening = "、".join(procedure.steps[name].label for name in procedure.openings)
            why = f"的{label}早于办件开始；{version}的第一个环节应是：{opening}"
        else:
            why = f"有环节{label}，不在{version}中"
        result.unplaced.append((procedure.code, why, number))
    db.execute(f"DELETE FROM case_versions WHERE {which}")


def _write_facts(db: Any, procedure: Procedure, binds: str, result: Intake) -> None:
    key: PartKey = procedure.code, procedure.effective_day
    name = f"facts_{part_name(procedure)}"
    steps = "(VALUES " + ", ".join(f"('{step}', {i})" for i, step in enumerate(procedure.steps)) + ") AS s(step, code)"
    fields = "".join(f", {_field_sql(procedure, item)} AS {field_column(item)}" for item in procedure.fields)
    _intern_fields(db, procedure, result.words)
    db.execute(f"""CREATE OR REPLACE TABLE {name} AS
        WITH placed AS (SELECT case_no FROM case_versions WHERE {binds}),
        mine AS (
          SELECT e.*, c.case_no, (row_number() OVER (PARTITION BY c.case_no ORDER BY e.day, e.seq) - 1) AS position
          FROM events_in e JOIN case_names c USING (procedure, case_id) SEMI JOIN placed p ON c.case_no = p.case_no
          WHERE e.procedure = '{procedure.code}')
        SELECT m.case_no::BIGINT AS case_no,
          (m.day::BIGINT << 32) | (m.position::BIGINT << 12) | coalesce(m.minute, {NO_MINUTE})::BIGINT AS key,
          s.code::SMALLINT AS step, u.code AS unit, m.days, coalesce(m.officers,
            CASE WHEN contains(m."by", '、') THEN len(string_split(m."by", '、')) END)::SMALLINT AS officers,
          o.code AS outcome, a.code AS approved_by, m.reason <> '' AS reason, m.amount, b.code AS "by" {fields}
        FROM mine m JOIN {steps} ON m.step = s.step
        LEFT JOIN words u ON m.unit = u.text LEFT JOIN words o ON m.outcome = o.text
        LEFT JOIN words a ON m.approved_by = a.text LEFT JOIN words b ON m."by" = b.text""")
    if db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]:
        result.parts[key] = name
    else:
        db.execute(f"DROP TABLE {name}")


def _intern_fields(db: Any, procedure: Procedure, words: Words) -> None:
    """Give codes to the texts of free-text fields."""
    texts = [name for name, item in procedure.fields.items() if item.kind == "text"]
    before = len(words.texts)
    for name in texts:
        query = f"SELECT DISTINCT fields ->> '$.{name}' FROM events_in WHERE procedure = ? AND fields IS NOT NULL"
        for (text,) in db.execute(query, [procedure.code]).fetchall():
            if text is not None:
                words.code(text)
    if len(words.texts) > before:
        _write_words(db, words)


def _field_sql(procedure: Procedure, name: str) -> str:
    """One field out of the JSON, in the type the facts hold it."""
    text = f"(m.fields ->> '$.{name}')"
    match procedure.fields[name].kind:
        case "flag":
            return f"({text} = 'true')"
        case "number":
            return f"TRY_CAST({text} AS DOUBLE)"
        case "date":
            return f"(TRY_CAST({text} AS DATE) - DATE '1970-01-01')::INTEGER"
        case _:
            return f"(SELECT w.code FROM words w WHERE w.text = {text})"
