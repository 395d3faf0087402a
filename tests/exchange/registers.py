"""Registers as units send them, made by program (模拟数据), and what reads them. Shared by the tests of registers."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import openpyxl

from fadu.book import Book, load_book
from fadu.exchange.export_cases import ExportCase, ExportDocument, ExportEvent, pseudonym
from fadu.exchange.sheet_apply import Law, Result, apply
from fadu.exchange.sheet_mapping import SheetMapping
from fadu.exchange.sheet_proposal import propose
from fadu.exchange.sheets import Workbook, read_workbook
from fadu.exchange.table_shape import Table
from fadu.exchange.uploads import Upload, inspect_upload
from fadu.law.dates import day_of
from fadu.law.procedures import Field, Procedure, Step

AS_OF = day_of("2024-12-31")
UNITS = {"城管局": "cg", "区城管执法局": "cg", "市场监管局": "scjg"}
PENALTY = ["案号", "单位", "当事人名称", "立案日期", "告知日期", "决定日期", "罚款金额"]


@cache
def book() -> Book:
    return load_book()


def law(code: str) -> Law:
    return Law(book().versions(code), book().procedure_for)


def unit(text: str) -> str | None:
    return UNITS.get("".join(text.split()))


def saved(workbook: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def xlsx(rows: Iterable[Sequence[Any]], name: str = "台账", merges: Sequence[str] = ()) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for area in merges:
        sheet.merge_cells(area)
    return saved(made)


def upload(data: bytes, name: str = "台账.xlsx") -> Upload:
    return inspect_upload(data, name)


def read(data: bytes, name: str = "台账.xlsx") -> Workbook:
    return read_workbook(upload(data, name))


def table(rows: Iterable[Sequence[Any]], name: str = "台账", merges: Sequence[str] = ()) -> Table:
    (sheet,) = read(xlsx(rows, name, merges)).sheets
    assert sheet.table, sheet.fault
    return sheet.table


def imported(rows: Iterable[Sequence[Any]], code: str = "penalty", mapping: SheetMapping | None = None,
             merges: Sequence[str] = (), as_of: int | None = AS_OF) -> Result:  # fmt: skip
    """A sheet read, mapped as proposed and applied."""
    found = table(rows, merges=merges)
    return apply(mapping or propose(found, book().versions(code)[-1]), found, law(code), unit, as_of)


def ugly() -> bytes:
    """A penalty register with most of what units do: titles, three header rows, merges, notes, hidden rows, totals."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "2023处罚台账"
    for row in (
        ["某某区2023年度行政处罚案件台账（模拟数据）"],
        ["填报单位：区城管执法局", *[None] * 5, "填报日期：2024年1月5日", None, None, "金额单位：万元"],
        ["序号", "案号", "当事人", None, None, "案件办理", None, None, None, "处罚", None, "备注"],
        [None, None, "名称", "证件\n号码", "联系\n电话", "立案", None, "告知\n时间", "结案\n日期", "决定\n日期", "罚款金额（万元）"],
        [None, None, None, None, None, "日期", "立案审批人"],
        ["栏次", *range(1, 12)],
        ["示例", "京某罚〔2023〕0号", "某公司", "/", "/", "2023.1.1", "某", "2023.1.1", "2023.1.1", "2023.1.1", 1],
        ["一、综合执法队"],
        [1, "京某罚〔２０２３〕１号", "某甲 公司", "91999999MA0000000K", "13800000000", 44931, "赵", "2023年2月10日",
         "办理中", "二〇二三年三月一日", 0.5],
        [2, "京某罚〔2023〕2号", "李 四", "/", "010-1234567", "2023/2/30", "钱", "2月10日", "2023.4.1", "20230401", "3千元"],
        [3, "京某罚〔2023〕3号", "某乙公司", None, None, "2023-03-05", None, "2023-3-20", "2023-5-1", "2023-4-20", "2,000元"],
        ["小  计", *[None] * 9, "=SUM(K9:K11)"],
        [],
        ["二、街道执法队"],
        [4, "京某罚〔2023〕4号", "某丙公司", None, None, "2023年4月1日", None, "2023.4.10", "无", "2023.4.25", "1,500.00"],
        ["合计", *[None] * 9, 9],
        ["注：1.本表每月5日前报送。\n2.金额以万元计。"],
        ["填表人：王某", None, None, "审核人：赵某", None, "联系电话：69600000"],
    ):  # fmt: skip
        sheet.append(row)
    for area in ("A1:L1", "A3:A5", "B3:B5", "C3:E3", "F3:I3", "J3:K3", "L3:L5", "C4:C5", "D4:D5", "E4:E5", "F4:G4",
                 "H4:H5", "I4:I5", "J4:J5", "K4:K5"):  # fmt: skip
        sheet.merge_cells(area)
    sheet.row_dimensions[11].hidden = True
    sheet.column_dimensions["E"].hidden = True
    return saved(made)


SECTOR = 512


def ole(streams: dict[str, bytes], storages: Sequence[str] = ()) -> bytes:
    """A compound file of these streams, each padded beyond the size kept in small sectors."""
    body, entries, fat = b"", [], []

    def put(data: bytes) -> int:
        nonlocal body
        start = len(body) // SECTOR
        count = -(-len(data) // SECTOR)
        fat.extend([*range(start + 1, start + count), 0xFFFFFFFE])
        body += data.ljust(count * SECTOR, b"\0")
        return start

    for name, data in streams.items():
        entries.append((name, 2, put(data.ljust(4096, b"\0")), max(len(data), 4096)))
    entries += [(name, 1, 0, 0) for name in storages]
    folder = b"".join(
        _entry(name, kind, start, size) for name, kind, start, size in [("Root Entry", 5, 0xFFFFFFFE, 0), *entries]
    )  # fmt: skip
    folder_at = put(folder.ljust(-(-len(folder) // SECTOR) * SECTOR, b"\0"))
    count = next(n for n in range(1, 100) if (len(fat) + n) * 4 <= n * SECTOR)
    fat_at = len(body) // SECTOR
    table = struct.pack(f"<{len(fat) + count}I", *fat, *[0xFFFFFFFD] * count)
    body += table.ljust(count * SECTOR, b"\xff")
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += b"\0" * 6 + struct.pack("<IIIIIIIII", 0, count, folder_at, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    sectors = [*range(fat_at, fat_at + count), *[0xFFFFFFFF] * (109 - count)]
    return head + struct.pack("<109I", *sectors) + body


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    return (text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + struct.pack("<III", *[0xFFFFFFFF] * 3)
            + b"\0" * 36 + struct.pack("<III", start, size, 0))  # fmt: skip


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls_stream(rows: Sequence[Sequence[Any]], extra: bytes = b"", sheet_extra: bytes = b"") -> bytes:
    """A workbook stream (BIFF8) of one sheet 台账: text and numbers."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    sheet_begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)
    name = "台账".encode("utf-16-le")
    globals_ = record(0x0809, begin) + extra
    bound = 4 + 4 + 4 + len(name)
    at = len(globals_) + bound + 4
    globals_ += record(0x0085, struct.pack("<IHBB", at, 0, len(name) // 2, 1) + name) + record(0x000A)
    cells = b""
    for row, line in enumerate(rows):
        for column, value in enumerate(line):
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                cells += record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)
            elif value is not None:
                cells += record(0x0203, struct.pack("<HHHd", row, column, 0, value))
    width = max(map(len, rows), default=0)
    sheet = record(0x0809, sheet_begin) + record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    return globals_ + sheet + cells + sheet_extra + record(0x000A)


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    return ole({"Workbook": xls_stream(rows)})


def export_cases(code: str, count: int, seed: int = 1, *, times: bool = True) -> list[ExportCase]:
    """Cases of a procedure's latest version, its steps taken at random: every kind of value occurs (模拟数据)."""
    procedure = book().versions(code)[-1]
    random = Random(f"{code}{seed}")
    return [_export_case(procedure, f"模某字〔2024〕{number}号", random, times) for number in range(count)]


def _export_case(procedure: Procedure, number: str, random: Random, times: bool) -> ExportCase:
    opening = random.choice(procedure.openings)
    others = [name for name in procedure.steps if name != opening]
    names = [opening, *random.sample(others, k=min(3, len(others)))]
    names = sorted(names, key=lambda name: (name != opening, list(procedure.steps).index(name)))
    day = max(procedure.effective_day, day_of("2024-01-01")) + random.randrange(200)
    events = []
    for at, name in enumerate(names):
        day += 1 if at else 0
        events.append(_export_event(procedure.steps[name], day, random, times))
    fields = {item.name: _value(item, random) for item in procedure.fields.values() if random.random() < 0.7}
    documents = (ExportDocument(f"{procedure.code}-{number}-1", "决定书", f"{number}决", day),)
    last = replace(events[-1], documents=(documents[0].id,))
    return ExportCase(number, procedure.code, procedure.name, "cg", "城管局", "关于“甲 & 乙<丙>”的事项", fields,
                      (*events[:-1], last), documents)  # fmt: skip


def _export_event(step: Step, day: int, random: Random, times: bool) -> ExportEvent:
    return ExportEvent(
        step.name, step.label, day, random.choice([None, 0, 570, 1439]) if times else None,
        by=tuple(pseudonym(f"人员{random.randrange(5)}", b"k" * 32) for _ in range(random.randrange(3))),
        outcome=random.choice(step.outcomes) if step.outcomes else None,
        days=random.randrange(1, 60) if "days" in step.needs else None,
        officers=2 if "officers" in step.needs else None,
        amount=random.choice([300.0, 1234.5]) if "amount" in step.needs else None,
        reason="案情复杂，\n需要“核实” = 1" if step.reason_required else None,
    )  # fmt: skip


def _value(item: Field, random: Random) -> bool | float | str:
    if item.kind == "choice":
        return random.choice(item.choices)
    if item.kind == "flag":
        return random.random() < 0.5
    if item.kind == "number":
        return random.choice([0.0, 3000.0, 12.5])
    return "2024-02-29" if item.kind == "date" else "文本 & 说明"
