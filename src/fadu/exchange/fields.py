"""The facts of a case: first value given for each field, typed, as one JSON object.

Cells are laid out one below the other, so the cost is that of the cells there are, however many procedures and
fields a lawbook has.
"""

# ruff: noqa: S608 - the SQL is built of our own column names and quoted literals only

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fadu.exchange import values
from fadu.exchange.arrays import integers, texts
from fadu.exchange.dates import ACCEPTED_DATES, parsed_dates
from fadu.exchange.staging import Staging


def make_cases(staging: Staging) -> None:
    """One row a case: its place in the file, unit, fields, and the key of its first opening event."""
    _name_fields(staging)
    _lay_out(staging)
    _read_values(staging)
    staging.db.execute(f"""CREATE TABLE firsts AS
      SELECT code, case_id, key, arg_min(json, (rowno, nth_column)) AS json, min(json) <> max(json) AS differs
      FROM ({_READ}) WHERE json IS NOT NULL GROUP BY ALL""")
    staging.db.execute("""CREATE TABLE cases AS
      SELECT c.*, f.case_fields FROM (
        SELECT min(rowno) AS cid, code, case_id, arg_min(unit, rowno) AS case_unit,
               min(unit) AS first_unit, max(unit) AS last_unit,
               min(k) FILTER (problem IS NULL AND opens AND NOT is_void) AS open_k
        FROM rows WHERE code IS NOT NULL AND case_id IS NOT NULL GROUP BY code, case_id) c
      LEFT JOIN (
        SELECT code, case_id,
               '{' || string_agg(to_json(key)::VARCHAR || ':' || json, ',' ORDER BY key) || '}' AS case_fields
        FROM firsts GROUP BY code, case_id) f ON c.code = f.code AND c.case_id = f.case_id""")
    differing = "SELECT code, key, count(*) FROM firsts WHERE differs GROUP BY code, key ORDER BY code, key"
    for code, key, count in staging.db.execute(differing).fetchall():
        staging.notice("field_differs", f"同一办件的字段「{key}」（{code}）前后不一致，取先写的", count)
    staging.db.execute("DROP TABLE firsts")


def complain_fields(staging: Staging) -> None:
    """Reject field values that cannot be read; count those of fields the procedure does not have."""
    bad = f"""SELECT min(line), arg_min(nth, rowno), case_id, text, kind, name FROM ({_READ})
      WHERE json IS NULL GROUP BY code, key, nth_column, case_id, text, kind, name
      ORDER BY code, key, nth_column, min(line)"""
    for line, nth, case, found, kind, name in staging.db.execute(bad).fetchall():
        staging.reject(
            "bad_field", staging.place(line, nth, f"field:{name}"),
            f"办件字段「{name}」的值「{found}」读不懂，按未填处理",
            case=case, found=found, accepted=ACCEPTED_DATES if kind == "date" else values.ACCEPTED[kind],
            scope="value",
        )  # fmt: skip
    unknown = """SELECT name, code, sum(times)::BIGINT FROM cells JOIN field_names USING (code, f)
      WHERE key IS NULL GROUP BY ALL"""
    for name, code, count in staging.db.execute(unknown).fetchall():
        staging.ignored[f"{name}（{code} 没有此字段）"] += count
    staging.db.execute("DROP TABLE cells")


def _name_fields(staging: Staging) -> None:
    """``field_names``: for each procedure met and each column of the file, the field it is, or none."""
    codes = [c for (c,) in staging.db.execute("SELECT DISTINCT code FROM rows WHERE code IS NOT NULL").fetchall()]
    pairs = [(code, name, f) for code in codes for name, f in staging.fields.items()]
    specs = [staging.request.names.field(code, name) or (None, None) for code, name, _ in pairs]
    table = pa.table({
        "code": texts([code for code, _, _ in pairs]),
        "name": texts([name for _, name, _ in pairs]),
        "f": texts([f for _, _, f in pairs]),
        "nth_column": integers(np.array([int(f[1:]) for _, _, f in pairs], np.int64)),
        "key": texts([key for key, _ in specs]),
        "kind": texts([kind for _, kind in specs]),
    })  # fmt: skip
    staging.db.register("incoming", table)
    staging.db.execute("CREATE TABLE field_names AS SELECT * FROM incoming")
    staging.db.unregister("incoming")


def _lay_out(staging: Staging) -> None:
    """``cells``: each value once a case and column, where it was first written."""
    columns = ", ".join(staging.fields.values())
    if not columns:
        staging.db.execute("""CREATE TABLE cells (code VARCHAR, case_id VARCHAR, f VARCHAR, text VARCHAR,
            rowno BIGINT, line BIGINT, nth INTEGER, times BIGINT)""")
        return
    staging.db.execute(f"""CREATE TABLE cells AS
      SELECT code, case_id, f, text, min(rowno) AS rowno, min(line) AS line, arg_min(nth, rowno) AS nth,
             count(*) AS times
      FROM (UNPIVOT (SELECT code, case_id, rowno, line, nth, {columns} FROM rows
                     WHERE code IS NOT NULL AND case_id IS NOT NULL)
            ON {columns} INTO NAME f VALUE text)
      GROUP BY code, case_id, f, text""")


def _read_values(staging: Staging) -> None:
    """``field_values``: each text that must be read (a date, a number, yes or no) once, as JSON."""
    read = "SELECT DISTINCT text FROM cells JOIN field_names USING (code, f) WHERE kind = '{}'"
    staging.db.execute(f"""CREATE TABLE field_values AS
      SELECT 'date' AS kind, text, '"' || (DATE '1970-01-01' + day)::VARCHAR || '"' AS json
      FROM ({parsed_dates(read.format("date"))})
      UNION ALL SELECT 'number', text, {values.number_json("text")} FROM ({read.format("number")})
      UNION ALL SELECT 'flag', text, ({values.flag("text")})::VARCHAR FROM ({read.format("flag")})""")


_READ = """SELECT c.*, n.name, n.key, n.kind, n.nth_column,
      CASE WHEN n.kind IN ('date', 'number', 'flag') THEN v.json ELSE to_json(c.text)::VARCHAR END AS json
    FROM cells c JOIN field_names n ON c.code = n.code AND c.f = n.f AND n.key IS NOT NULL
    LEFT JOIN field_values v ON n.kind = v.kind AND c.text = v.text"""
