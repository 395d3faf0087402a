from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fadu.exchange import EVENT_SCHEMA, FileError

ROW = {
    "case_id": "1",
    "procedure": "penalty",
    "step": "register",
    "day": 19000,
    "seq": 0,
    "void": False,
    "minute": 545,
    "fields": '{"fine":3}',
}


def save(tmp_path, rows, schema=EVENT_SCHEMA):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "a.parquet")
    return "a.parquet"


def test_passes_through(read, tmp_path):
    (row,) = read(save(tmp_path, [ROW])).rows
    assert row == {name: ROW.get(name) for name in EVENT_SCHEMA.names}


def test_is_judged(read, tmp_path):
    assert "a.parquet:2: 程序 penalty 没有环节「飞」" in read(save(tmp_path, [ROW, ROW | {"step": "飞"}])).messages


def test_missing_column(read, tmp_path):
    with pytest.raises(FileError, match=r"a\.parquet: 缺少列：day；接受：case_id、procedure"):
        read(save(tmp_path, [ROW], EVENT_SCHEMA.remove(4)))


def test_wrong_type(read, tmp_path):
    schema = EVENT_SCHEMA.set(4, pa.field("day", pa.string()))
    with pytest.raises(FileError, match="列 day 的类型是 string，不能当 int32"):
        read(save(tmp_path, [ROW | {"day": "昨天"}], schema))


def test_no_rows(read, tmp_path):
    with pytest.raises(FileError, match="没有一行数据"):
        read(save(tmp_path, []))
