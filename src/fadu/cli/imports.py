"""``fadu import``: a register into a district, as its pages do it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fadu.cli.at_district import as_option, district_option, person_of, use_district
from fadu.cli.options import answer, json_option

if TYPE_CHECKING:
    from fadu.acts.recording import Actor
    from fadu.store.models import ImportBatch

SHOWN = 20


@click.command("import", help="导入单位报来的登记表（Excel 或 CSV）；再导入一次不会重复。有行退回时退出码为 1。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="文件")
@district_option
@as_option
@click.option("--procedure", default="", metavar="程序", help="台账的程序代码或名称（默认：按列名判断）。")
@click.option("--mapping", default="", metavar="名称", help="用保存过的这个对应（默认：认出的，否则程序提出的）。")
@click.option("--unit", default="", metavar="单位", help="表里没有单位列时，全表的单位。")
@click.option("--dry", is_flag=True, help="试运行：逐行判断，不登记。")
@click.option("--copy", "copy_to", default=None, metavar="文件", type=click.Path(dir_okay=False, path_type=Path),
              help="有退回的行时，把批注副本写到这里（.xlsx；已经存在的不覆盖）。")
@json_option
def import_register(file: Path, district: Path | None, login: str, procedure: str, mapping: str, unit: str, dry: bool,
                    copy_to: Path | None, as_json: bool) -> None:  # fmt: skip
    use_district(district)
    from fadu.acts.import_file import take_in
    from fadu.law.errors import FaduError

    if copy_to is not None and copy_to.exists():
        raise FaduError(f"{copy_to} 已经存在，不会覆盖；请换一个文件名")
    actor = person_of(login)
    batch = take_in(actor, file.name, file.read_bytes(), procedure)
    known = _settle(actor, batch, mapping, unit)
    _run(actor, batch, dry)
    told = _told(batch, known)
    if copy_to is not None and told["refused"]:
        from fadu.acts.import_reading import copy_of

        copy_to.write_bytes(copy_of(batch))
    if as_json:
        answer(told)
    else:
        _say(told, copy_to)
    if batch.state != "done" or told["rows"]["refused"]:
        sys.exit(1)


def _settle(actor: Actor, batch: ImportBatch, name: str, unit: str) -> list[dict[str, Any]]:
    """Take the named mapping, or leave what was recognised or proposed; sheet by sheet, what the columns mean."""
    from fadu.acts.import_file import named_mapping, plans_of
    from fadu.acts.import_queue import settle
    from fadu.store.lawbook import book

    plans = plans_of(batch)
    if name:
        saved = named_mapping(name, batch.procedure, batch.owner)
        plans = [replace(plan, mapping=saved, known=name) for plan in plans]
    if unit:
        plans = [replace(plan, mapping=replace(plan.mapping, unit=unit)) for plan in plans]
    settle(actor, batch, plans)
    procedure = book().versions(batch.procedure)[-1]
    return [
        {
            "sheet": plan.name, "used": plan.use, "known": plan.known or None,
            "columns": {item.label: item.target.label(procedure) for item in plan.mapping.columns
                        if item.target.what != "ignore"},
        } for plan in plans
    ]  # fmt: skip


def _run(actor: Actor, batch: ImportBatch, dry: bool) -> None:
    """Run it here and now, with a bar where someone is looking."""
    from fadu.acts.import_queue import queue
    from fadu.worker.imports import run

    queue(actor, batch, dry)
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("试运行" if dry else "导入", total=batch.total)
        list(run(batch.pk, lambda done, total: bar.update(task, completed=done, total=total)))
    batch.refresh_from_db()


def _told(batch: ImportBatch, sheets: list[dict[str, Any]]) -> dict[str, Any]:
    from fadu.store.models import ImportRow
    from fadu.worker.imports import counts

    refused = ImportRow.objects.filter(batch=batch, outcome="refused").order_by("place", "row")
    return {
        "batch": batch.pk, "procedure": batch.procedure, "dry": batch.dry, "state": batch.state, "words": batch.words,
        "sheets": sheets, "rows": {outcome: rows for outcome, (rows, _) in counts(batch).items()},
        "refused": [
            {"sheet": row.place, "row": row.row, "words": row.words} for row in refused[:SHOWN]
        ],
    }  # fmt: skip


def _say(told: dict[str, Any], copy_to: Path | None) -> None:
    for sheet in told["sheets"]:
        known = f"，用保存过的对应“{sheet['known']}”" if sheet["known"] else "，用程序提出的对应"
        click.echo(f"工作表“{sheet['sheet']}”{known if sheet['used'] else '：没有导入'}")
        for label, target in sheet["columns"].items() if sheet["used"] else ():
            click.echo(f"  {label} → {target}")
    click.echo(f"第 {told['batch']} 批：{told['words']}")
    for row in told["refused"]:
        for line in row["words"].splitlines():
            click.echo(f"  {row['sheet']} 第 {row['row']} 行　{line}")
    more = told["rows"]["refused"] - len(told["refused"])
    if more > 0:
        click.echo(f"  ……还有 {more} 行退回")
    if copy_to is not None and told["refused"]:
        click.echo(f"批注副本：{copy_to}")
