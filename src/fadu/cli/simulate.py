"""``fadu simulate``: plays procedures forward to make a lifelike, fictitious district (模拟数据)."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fadu.book import Book, survey_book
from fadu.cli.options import DAY, answer, json_option, lawbook_option
from fadu.law.dates import date_of, day_of, iso
from fadu.law.errors import FaduError

if TYPE_CHECKING:
    from fadu.simulate import SimulationPlan, Summary

SMALL = 200_000
"""Events up to which one process is quicker than several."""


@click.command(help="模拟：把程序往前推演，生成一个虚构的区（明川区）的办件。数据全部标明“模拟数据”。")
@click.option("--procedure", "procedures", multiple=True, metavar="程序", help="只模拟这个程序（可多次；默认全部）。")
@click.option("--events", type=click.IntRange(min=1), default=None, help="大约生成多少个事件。")
@click.option("--cases", type=click.IntRange(min=1), default=None, help="生成多少件（默认 2000）。")
@click.option("--from", "first", type=DAY, default=None, help="第一件的日期（默认：截止日之前一年）。")
@click.option("--until", type=DAY, default=None,
              help="截止日：此后没有事件，未办结的停在这一天（默认：去年12月31日）。")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子；同一种子结果逐字节相同。")
@click.option("--unlawful", type=click.FloatRange(0.0, 1.0), default=0.08, show_default=True,
              help="至少有一处问题的办件所占比例。")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="写入此文件夹（新的或空的）。")
@click.option("--format", "form", type=click.Choice(["parquet", "jsonl", "csv"]), default="parquet", show_default=True,
              help="parquet：事实集文件夹；jsonl、csv：办件文件。都可以交给 fadu check。")
@click.option("--jobs", type=click.IntRange(min=1), default=None, help="进程数（默认：处理器个数；只用于 parquet）。")
@click.option("--district", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="另用一个区的设定文件（默认：明川区）。")
@lawbook_option
@json_option
def simulate(procedures: tuple[str, ...], events: int | None, cases: int | None, first: int | None, until: int | None,
             seed: int, unlawful: float, out: Path, form: str, jobs: int | None, district: Path | None,
             lawbook: str | None, as_json: bool) -> None:
    from fadu.simulate import SimulationPlan
    from fadu.simulate.cast import fitted

    if events and cases:
        raise FaduError("--events 与 --cases 只能写一个")
    book = _read(lawbook)
    last = _last_year_end() if until is None else until
    begin = day_of(date_of(last) - timedelta(days=365)) + 1 if first is None else first
    plan = fitted(SimulationPlan(begin, last, cases or (0 if events else 2000), events or 0, seed, unlawful,
                                 procedures, district))
    started = time.perf_counter()
    summary = _write(book, plan, out, form, jobs)
    told = _told(summary, plan, out, form, time.perf_counter() - started)
    if as_json:
        answer(told)
    else:
        _print(told, book)


def _read(lawbook: str | None) -> Book:
    """The lawbook; files with mistakes are left out, and said to be."""
    book, faults = survey_book(lawbook)
    for fault in faults:
        click.echo(f"注意：未采用 {fault}", err=True)
    return book


def _last_year_end() -> int:
    from fadu.cli.options import today

    return day_of(f"{date_of(today()).year - 1}-12-31")


def _write(book: Book, plan: SimulationPlan, out: Path, form: str, jobs: int | None) -> Summary:
    from fadu.simulate import write_cases, write_facts

    columns = (TextColumn("推演"), BarColumn(), MofNCompleteColumn(), TextColumn("件"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if form != "parquet":
            return write_cases(book, plan, out, form, progress)
        small = (plan.events or plan.cases * 6) < SMALL
        return write_facts(book, plan, out, jobs or (1 if small else os.cpu_count() or 1), progress)


def _told(summary: Summary, plan: SimulationPlan, out: Path, form: str, seconds: float) -> dict[str, Any]:
    return {
        "simulated": True, "label": "模拟数据", "out": str(out), "format": form, "seed": plan.seed,
        "from": iso(plan.first), "until": iso(plan.until), "events": summary.events, "cases": summary.cases,
        "unlawful_cases": summary.unlawful, "unlawful_asked": plan.unlawful, "seconds": round(seconds, 2),
        "events_per_second": round(summary.events / max(seconds, 1e-9)),
        "parts": [{"procedure": code, "version": iso(effective), "events": part.events, "cases": part.cases,
                   "unlawful_cases": part.unlawful, "first_day": iso(part.first_day), "last_day": iso(part.last_day)}
                  for (code, effective), part in sorted(summary.parts.items())],
    }


def _print(told: dict[str, Any], book: Book) -> None:
    console = Console()
    rate = told["unlawful_cases"] / max(told["cases"], 1)
    console.print(f"模拟数据：{told['cases']:,} 件，{told['events']:,} 个事件，{told['from']} 至 {told['until']}；"
                  f"有问题的 {told['unlawful_cases']:,} 件（{rate:.1%}）")
    table = Table(box=None, pad_edge=False)
    for name in ("程序", "版本"):
        table.add_column(name)
    for name in ("件数", "事件数", "有问题"):
        table.add_column(name, justify="right")
    for part in sorted(told["parts"], key=lambda item: -item["events"]):
        table.add_row(book.versions(part["procedure"])[0].name, part["version"], f"{part['cases']:,}",
                      f"{part['events']:,}", f"{part['unlawful_cases']:,}")
    console.print(table)
    console.print(f"用时 {told['seconds']:.1f} 秒（每秒 {told['events_per_second']:,} 个事件），写在 {told['out']}/")
