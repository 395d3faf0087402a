"""From raw text rows to the event table: names resolved, dates read, cases ordered, the rest rejected.

All of it is set-wise SQL in the staging database, which spills to disk; so a case whose rows are
scattered over a file of any size still gets its right order.
"""

# ruff: noqa: S608 - the SQL is built of our own column names and quoted literals only

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from fadu.exchange import fields, values
from fadu.exchange.arrays import booleans, texts
from fadu.exchange.complaints import complain_rows, complain_values
from fadu.exchange.dates import parsed_dates, time_minute
from fadu.exchange.staging import Staging


@dataclass(frozen=True, slots=True)
class Counts:
    """``rows_read == events + rejected_rows``, always."""

    rows_read: int
    events: int
    cases: int
    rejected_rows: int
    rejected_values: int
    rejected_cases: int


def judge(staging: Staging) -> Counts:
    """Fill the table ``events`` and the reject log; count both."""
    _read_dates(staging.db)
    _name_procedures(staging)
    _name_steps(staging)
    _make_rows(staging.db)
    _reject_doubles(staging.db)
    fields.make_cases(staging)
    complain_rows(staging)
    complain_values(staging)
    fields.complain_fields(staging)
    _make_events(staging.db, staging.large)
    _notice_odd(staging)
    return _counts(staging)


def _read_dates(db: duckdb.DuckDBPyConnection) -> None:
    for table, column in (("dates", "date"), ("recorded_dates", "recorded")):
        written = f"SELECT DISTINCT {column} AS text FROM raw WHERE {column} IS NOT NULL"
        db.execute(f"CREATE TABLE {table} AS {parsed_dates(written)}")
    # Midnight everywhere means that the file records no times, only that its format demands them.
    db.execute("UPDATE dates SET minute = NULL WHERE (SELECT max(minute) FROM dates) = 0")


def _name_procedures(staging: Staging) -> None:
    db, names = staging.db, staging.request.names
    found = [t for (t,) in db.execute("SELECT DISTINCT procedure FROM raw WHERE procedure IS NOT NULL").fetchall()]
    codes = [names.procedure(text) for text in found]
    _keep(db, "procedure_names", pa.table({"text": texts(found), "code": texts(codes)}))
    db.execute("CREATE MACRO fallback() AS " + (_literal(staging.request.default) or "NULL::VARCHAR"))
    # A case that names its procedure on one row only means it for all its rows.
    db.execute("""CREATE TABLE case_procedures AS SELECT case_id, arg_min(code, rowno) AS code
        FROM raw JOIN procedure_names ON procedure = text
        WHERE code IS NOT NULL AND case_id IN (SELECT case_id FROM raw WHERE procedure IS NULL) GROUP BY case_id""")


_CODED = """FROM raw r LEFT JOIN procedure_names p ON r.procedure = p.text
    LEFT JOIN case_procedures q ON r.case_id = q.case_id AND r.procedure IS NULL"""
_CODE = "CASE WHEN r.procedure IS NULL THEN coalesce(q.code, fallback()) ELSE p.code END"


def _name_steps(staging: Staging) -> None:
    names = staging.request.names
    query = f"SELECT DISTINCT {_CODE}, r.step {_CODED} WHERE r.step IS NOT NULL AND {_CODE} IS NOT NULL"
    pairs = staging.db.execute(query).fetchall()
    keys = [names.step(code, text) for code, text in pairs]
    opens = [key is not None and names.opens(code, key) for (code, _), key in zip(pairs, keys, strict=True)]
    columns = {"code": [c for c, _ in pairs], "text": [t for _, t in pairs], "key": keys}
    arrays = {name: texts(cells) for name, cells in columns.items()}
    _keep(staging.db, "step_names", pa.table(arrays | {"opens": booleans(opens)}))


def _make_rows(db: duckdb.DuckDBPyConnection) -> None:
    """Every raw row with its names resolved, its day, its order key and its problem, if any."""
    db.execute(f"""CREATE TABLE rows AS
      WITH coded AS (SELECT r.*, {_CODE} AS code {_CODED})
      SELECT r.*, s.key, s.opens, d.day, d.minute, coalesce({values.flag("r.void")}, false) AS is_void,
        (d.day + 200000)::BIGINT << 40 | r.rowno AS k,
        CASE WHEN r.case_id IS NULL THEN 'no_case'
             WHEN r.code IS NULL AND r.procedure IS NULL THEN 'no_procedure'
             WHEN r.code IS NULL THEN 'unknown_procedure'
             WHEN r.step IS NULL THEN 'no_step' WHEN s.key IS NULL THEN 'unknown_step'
             WHEN r.date IS NULL THEN 'no_date' WHEN d.day IS NULL THEN 'bad_date' END AS problem
      FROM coded r LEFT JOIN step_names s ON r.code = s.code AND r.step = s.text
      LEFT JOIN dates d ON r.date = d.text""")
    db.execute("DROP TABLE raw")


def _reject_doubles(db: duckdb.DuckDBPyConnection) -> None:
    if not db.execute("SELECT 1 FROM rows WHERE event_id IS NOT NULL LIMIT 1").fetchone():
        return
    db.execute("""UPDATE rows SET problem = 'double' WHERE rowno IN (SELECT rowno FROM (
        SELECT rowno, row_number() OVER (PARTITION BY code, case_id, event_id ORDER BY rowno) AS n
        FROM rows WHERE problem IS NULL AND event_id IS NOT NULL) WHERE n > 1)""")


def _make_events(db: duckdb.DuckDBPyConnection, large: bool) -> None:
    # The order is found on three numbers a row; ordering whole rows would cost twice the time.
    db.execute(f"""CREATE TABLE places AS
      SELECT r.rowno, c.cid, (row_number() OVER (PARTITION BY c.cid ORDER BY {_order(db)}) - 1)::INTEGER AS seq
      FROM rows r JOIN cases c ON r.code = c.code AND r.case_id = c.case_id
      WHERE r.problem IS NULL AND r.k >= c.open_k""")
    _place_rows(db, large)
    db.execute(f"""CREATE TABLE events AS
      SELECT e.case_id, e.code AS procedure, e.case_unit AS unit, e.key AS step, e.day, e.seq,
        CASE WHEN e.time IS NULL THEN e.minute ELSE {time_minute("e.time")} END AS minute,
        w.day AS recorded, e.by, {values.whole("e.officers")} AS officers, {values.whole("e.days")} AS days,
        e.outcome, e.approved_by, e.reason, {values.number("e.amount")} AS amount, e.event_id, e.corrects,
        e.is_void AS void, CASE WHEN e.seq = 0 THEN e.case_fields END AS fields
      FROM placed e LEFT JOIN recorded_dates w ON e.recorded = w.text ORDER BY e.cid, e.seq""")


def _order(db: duckdb.DuckDBPyConnection) -> str:
    """By day, then as written; a case with corrections wholly as written, for only that says which came later."""
    if not db.execute("SELECT 1 FROM rows WHERE corrects IS NOT NULL LIMIT 1").fetchone():
        return "r.k"
    corrected = """SELECT n.cid FROM rows o JOIN cases n ON o.code = n.code AND o.case_id = n.case_id
        WHERE o.corrects IS NOT NULL AND o.problem IS NULL AND o.k >= n.open_k"""
    return f"CASE WHEN c.cid IN ({corrected}) THEN r.rowno ELSE r.k END"


_PLACED = "SELECT e.* EXCLUDE (k, problem), p.cid, p.seq FROM rows e JOIN places p ON e.rowno = p.rowno"
_WITH_CASE = "SELECT e.*, c.case_unit, c.case_fields FROM ({}) e JOIN cases c ON e.cid = c.cid"


def _place_rows(db: duckdb.DuckDBPyConnection, large: bool) -> None:
    """``placed``: the rows with their place and their case. Of many rows one join at a time, on disk."""
    if not large:
        db.execute(f"CREATE VIEW placed AS {_WITH_CASE.format(_PLACED)}")
        return
    db.execute(f"CREATE TABLE numbered AS {_PLACED}")
    db.execute("DROP TABLE rows")
    db.execute(f"CREATE TABLE placed AS {_WITH_CASE.format('SELECT * FROM numbered')}")
    db.execute("DROP TABLE numbered; DROP TABLE places; SET preserve_insertion_order=true")


def _notice_odd(staging: Staging) -> None:
    for name, count in sorted(staging.ignored.items()):
        staging.notice("ignored", f"「{name}」不是事件的列，也不是办件字段，未使用", count)
    lost = """SELECT count(*) FROM events e WHERE corrects IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events o
        WHERE o.procedure = e.procedure AND o.case_id = e.case_id AND o.event_id = e.corrects)"""
    staging.notice("corrects", "「更正」所指的事件编号不在该办件之内", _one(staging.db, lost))
    units = _one(staging.db, "SELECT count(*) FROM cases WHERE first_unit <> last_unit")
    staging.notice("unit", "同一办件写了不同的单位，取先写的", units)


def _counts(staging: Staging) -> Counts:
    events = _one(staging.db, "SELECT count(*) FROM events")
    cases = _one(staging.db, "SELECT count(*) FROM events WHERE seq = 0")
    scopes = staging.rejects.scopes
    return Counts(events + scopes["row"], events, cases, scopes["row"], scopes["value"], scopes["case"])


def _keep(db: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    db.register("incoming", table)
    db.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    db.unregister("incoming")


def _one(db: duckdb.DuckDBPyConnection, query: str) -> int:
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


def _literal(text: str | None) -> str:
    return "" if text is None else "'" + text.replace("'", "''") + "'"
