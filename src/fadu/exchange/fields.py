"""The facts of a case: first value given for each field, typed, as one JSON object."""

# ruff: noqa: S608 - the SQL is built of our own column names and quoted literals only

from __future__ import annotations

import json

import duckdb

from fadu.exchange import values
from fadu.exchange.dates import ACCEPTED_DATES, parsed_dates
from fadu.exchange.names import Kind
from fadu.exchange.staging import Staging

Spec = tuple[str, Kind]


def define_macros(db: duckdb.DuckDBPyConnection) -> None:
    """``day_of(text)``: the day of one date cell, as in ``dates``."""
    db.execute(f"CREATE MACRO day_of(cell) AS (SELECT day FROM ({parsed_dates('SELECT cell AS text')}))")


def make_cases(staging: Staging) -> None:
    """One row a case: its place in the file, unit, fields, and the key of its first opening event."""
    by_key = _fields_by_key(staging)
    firsts = "".join(
        f", arg_min({expr}, rowno) AS j{i}, min({expr}) <> max({expr}) AS differs{i}"
        for i, expr in enumerate(_first_value(code, columns) for (code, _), columns in by_key.items())
    )
    staging.db.execute(f"""CREATE TABLE cases AS SELECT *, {_object(by_key)} AS case_fields FROM (
      SELECT min(rowno) AS cid, code, case_id, arg_min(unit, rowno) AS case_unit,
             min(unit) AS first_unit, max(unit) AS last_unit,
             min(k) FILTER (problem IS NULL AND opens AND NOT is_void) AS open_k{firsts}
      FROM rows WHERE code IS NOT NULL AND case_id IS NOT NULL GROUP BY code, case_id)""")
    for i, (code, key) in enumerate(by_key):
        row = staging.db.execute(f"SELECT count(*) FROM cases WHERE differs{i}").fetchone()
        staging.notice("field_differs", f"同一办件的字段「{key}」（{code}）前后不一致，取先写的", row[0] if row else 0)


Columns = list[tuple[str, str, Kind]]  # name in the file, raw column, kind


def _fields_by_key(staging: Staging) -> dict[tuple[str, str], Columns]:
    names = staging.request.names
    codes = [c for (c,) in staging.db.execute("SELECT DISTINCT code FROM rows WHERE code IS NOT NULL").fetchall()]
    found: dict[tuple[str, str], Columns] = {}
    for code in sorted(codes):
        for name, column in staging.fields.items():
            if spec := names.field(code, name):
                found.setdefault((code, spec[0]), []).append((name, column, spec[1]))
    return dict(sorted(found.items()))


def _first_value(code: str, columns: Columns) -> str:
    jsons = ", ".join(_json(column, kind) for _, column, kind in columns)
    return f"CASE WHEN code = {_text(code)} THEN coalesce({jsons}) END"


def _json(column: str, kind: Kind) -> str:
    """SQL: the JSON text of a cell, NULL for an empty or unreadable one."""
    if kind == "number":
        return values.number_json(column)
    if kind == "flag":
        return f"({values.flag(column)})::VARCHAR"
    if kind == "date":
        return f"'\"' || (DATE '1970-01-01' + day_of({column}))::VARCHAR || '\"'"
    return f"CASE WHEN {column} IS NOT NULL THEN to_json({column})::VARCHAR END"


def _object(by_key: dict[tuple[str, str], Columns]) -> str:
    by_code: dict[str, list[str]] = {}
    for i, (code, key) in enumerate(by_key):
        by_code.setdefault(code, []).append(f"{_text(json.dumps(key, ensure_ascii=False) + ':')} || j{i}")
    if not by_code:
        return "NULL::VARCHAR"
    arms = (
        f"WHEN {_text(code)} THEN nullif('{{' || concat_ws(',', {', '.join(parts)}) || '}}', '{{}}')"
        for code, parts in by_code.items()
    )
    return f"CASE code {' '.join(arms)} END"


def complain_fields(staging: Staging) -> None:
    """Reject field values that cannot be read; count those of fields the procedure does not have."""
    for (code, _), columns in _fields_by_key(staging).items():
        for name, column, kind in columns:
            if kind in ("number", "flag", "date"):
                _complain_values(staging, code, (name, column, kind))
    codes = {c for (c,) in staging.db.execute("SELECT DISTINCT code FROM cases").fetchall()}
    for name, column in staging.fields.items():
        if all(staging.request.names.field(code, name) for code in codes):
            continue
        query = f"SELECT code, count(*) FROM rows WHERE {column} IS NOT NULL AND code IS NOT NULL GROUP BY code"
        for code, count in staging.db.execute(query).fetchall():
            if staging.request.names.field(code, name) is None:
                staging.ignored[f"{name}（{code} 没有此字段）"] += count


def _complain_values(staging: Staging, code: str, field: tuple[str, str, Kind]) -> None:
    name, column, kind = field
    accepted = ACCEPTED_DATES if kind == "date" else values.ACCEPTED[kind]
    query = f"""SELECT min(line), arg_min(nth, rowno), case_id, {column} FROM rows
      WHERE code = {_text(code)} AND {column} IS NOT NULL AND {_json(column, kind)} IS NULL
      GROUP BY case_id, {column} ORDER BY 1"""
    for line, nth, case, found in staging.db.execute(query).fetchall():
        staging.reject(
            "bad_field", staging.place(line, nth, f"field:{name}"),
            f"办件字段「{name}」的值「{found}」读不懂，按未填处理",
            case=case or "", found=found, accepted=accepted, scope="value",
        )  # fmt: skip


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
