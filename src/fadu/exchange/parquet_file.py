"""Parquet with the columns of ``EVENT_SCHEMA``: judged like any other file. Rows in the file's order."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fadu.exchange.files import Progress, fail
from fadu.exchange.schema import EVENT_SCHEMA
from fadu.exchange.staging import FIELD, Staging

NEEDED = ("case_id", "procedure", "step", "day")
_RENAMED = {"day": "date", "minute": "time"}


def read(staging: Staging, progress: Progress | None) -> None:
    """Rows of an event table as ``EVENT_SCHEMA`` has it. Raises ``FileError`` if broken or lacking columns."""
    path = staging.request.path
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise fail(path, f"Parquet 文件已损坏或不完整（{error}）；请重新导出") from error
    names = file.schema_arrow.names
    if missing := [name for name in NEEDED if name not in names]:
        raise fail(path, f"缺少列：{'、'.join(missing)}；接受：{'、'.join(EVENT_SCHEMA.names)}")
    for name in names:
        if name not in EVENT_SCHEMA.names:
            staging.ignored[name] += file.metadata.num_rows
    done = 0
    for batch in file.iter_batches(columns=[n for n in names if n in EVENT_SCHEMA.names]):
        _add(staging, _checked(staging, batch), done)
        done += batch.num_rows
        if progress:
            progress(done, file.metadata.num_rows)
    if not done:
        raise fail(path, "没有一行数据")


def _checked(staging: Staging, batch: pa.RecordBatch) -> pa.Table:
    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        wanted = EVENT_SCHEMA.field(name).type
        try:
            columns[name] = column.cast(wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            message = f"列 {name} 的类型是 {column.type}，不能当 {wanted}（{error}）；接受：{wanted}"
            raise fail(staging.request.path, message) from error
    return pa.table(columns)


def _add(staging: Staging, table: pa.Table, done: int) -> None:
    columns: dict[str, pa.Array[Any]] = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in ("seq", "fields"):
            continue
        if name in ("day", "recorded"):
            days: Any = column.cast(pa.date32()).cast(pa.timestamp("s"))
            column = pc.strftime(days, "%Y-%m-%d")
        elif name == "minute":
            column = _clock(column)
        columns[_RENAMED.get(name, name)] = column.cast(pa.string())
    if "fields" in table.column_names:
        columns |= _fields(staging, table["fields"].to_pylist())
    staging.add(columns, list(range(done + 1, done + table.num_rows + 1)))


def _clock(minutes: pa.Array[Any]) -> pa.Array[Any]:
    return pa.array([None if m is None else f"{m // 60}:{m % 60:02}" for m in minutes.to_pylist()], pa.string())


def _fields(staging: Staging, cells: list[str | None]) -> dict[str, pa.Array[Any]]:
    found: dict[str, list[str | None]] = {}
    for i, cell in enumerate(cells):
        for name, value in _object(staging, cell).items():
            if staging.request.names.is_field(name):
                text = value if isinstance(value, str) else json.dumps(value)
                found.setdefault(FIELD + name, [None] * len(cells))[i] = text
            else:
                staging.ignored[f"{name}（字段）"] += 1
    return {name: pa.array(column, pa.string()) for name, column in found.items()}


def _object(staging: Staging, cell: str | None) -> dict[str, object]:
    try:
        value = json.loads(cell) if cell else {}
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    staging.ignored["fields 中不是 JSON 对象的内容"] += 1
    return {}
