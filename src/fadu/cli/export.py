"""``fadu export``: a register taken away, as far as a named person may see it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from fadu.cli.at_district import as_option, district_option, person_of, use_district
from fadu.cli.options import answer, json_option


@click.command(help="导出台账：只含所指的人有权查看的办件，号码遮盖，经办人是假名；导出留痕。")
@district_option
@as_option
@click.option("--procedure", required=True, metavar="程序", help="台账的程序代码或名称。")
@click.option("--format", "form", required=True, type=click.Choice(["xlsx", "csv", "xes", "ocel"]), help="格式。")
@click.option("--rows", type=click.Choice(["case", "event"]), default="case", show_default=True,
              help="xlsx、csv：一行一件，还是一行一个事件。")
@click.option("--out", required=True, metavar="文件", type=click.Path(dir_okay=False, path_type=Path),
              help="写到哪里；已经存在的不覆盖。")
@json_option
def export(district: Path | None, login: str, procedure: str, form: str, rows: str, out: Path, as_json: bool) -> None:
    use_district(district)
    from fadu.acts.export_register import Wanted, export_register
    from fadu.law.errors import FaduError
    from fadu.store.lawbook import book

    actor = person_of(login)
    version = book().versions(procedure)[-1]
    if out.exists():
        raise FaduError(f"{out} 已经存在，不会覆盖；请换一个文件名")
    if not out.parent.is_dir():
        raise FaduError(f"没有文件夹 {out.parent}；请先建立，或者换一个地方")
    wanted = Wanted(version.code, form, rows=rows)
    written = out.with_name(f".{out.name}.tmp")
    try:
        with os.fdopen(os.open(written, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            assert actor.access is not None  # noqa: S101 - a person was named
            cases = actor.access.cases().filter(procedure=version.code).order_by("pk")
            count = export_register(actor, wanted, list(cases.values_list("pk", flat=True)), file)
        written.replace(out)
    finally:
        written.unlink(missing_ok=True)
    if as_json:
        answer({"file": str(out), "procedure": version.code, "format": form, "cases": count})
    else:
        click.echo(f"已导出{version.name}台账 {count} 件：{out}")
