"""Registers as units send them, handed in to the district of the tests (模拟数据)."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl

from fadu.acts.import_file import take_in
from fadu.acts.import_queue import queue
from fadu.store.models import ImportBatch, Role
from fadu.worker.imports import run

HEAD = ("案号", "承办单位", "案件名称", "申请人", "申请人联系电话", "收到申请日期", "受理日期", "复议决定日期", "复议结果")
ROWS = (
    ("明复〔2024〕1号", "区司法局", "不服罚款决定", "甲公司", "13800000001", "2024-01-02", "2024-01-05", "2024-02-20", "维持"),
    ("明复〔2024〕2号", "区司法局", "不服强制措施", "乙公司", "13800000002", "2024-01-03", "2024-01-08", "", ""),
    ("明复〔2024〕3号", "区司法局", "请求履职", "张三", "13800000003", "2024-03-04", "2024-13-08", "", ""),
)  # fmt: skip


def sheet(rows: Iterable[Sequence[Any]], head: Sequence[str] = HEAD, name: str = "台账") -> bytes:
    """A workbook of one sheet."""
    return sheets({name: [head, *rows]})


def sheets(given: dict[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in given.items():
        made = book.create_sheet(name)
        for row in rows:
            made.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_with(row: int, **changed: Any) -> list[tuple[Any, ...]]:
    """``ROWS`` with cells of one row changed: ``复议结果="撤销"``."""
    rows = [list(each) for each in ROWS]
    for name, value in changed.items():
        rows[row][HEAD.index(name)] = value
    return [tuple(each) for each in rows]


def handed_in(town: Any, data: bytes, name: str = "复议台账.xlsx", role: Role = Role.LEGAL_OFFICER,
              procedure: str = "reconsideration") -> ImportBatch:  # fmt: skip
    """A file taken in by a person, its columns understood as proposed."""
    return take_in(town.actor(role), name, data, procedure)


def ran(town: Any, batch: ImportBatch, dry: bool = False, role: Role = Role.LEGAL_OFFICER) -> ImportBatch:
    """Started and run to its end."""
    queue(town.actor(role), batch, dry)
    list(run(batch.pk))
    batch.refresh_from_db()
    return batch


def imported(town: Any, rows: Iterable[Sequence[Any]] | bytes, dry: bool = False, role: Role = Role.LEGAL_OFFICER,
             **given: Any) -> ImportBatch:  # fmt: skip
    """Rows handed in, started and run."""
    data = rows if isinstance(rows, bytes) else sheet(rows)
    return ran(town, handed_in(town, data, role=role, **given), dry, role)
