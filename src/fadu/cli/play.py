"""``fadu play``: fills a fictitious district with a played year (模拟数据)."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import DAY, answer, json_option
from fadu.law.dates import date_of, day_of


@click.command(help="把一年的模拟办件放进一个虚构的区（用 fadu init --simulated 建立的）。")
@district_option
@click.option("--cases", default=174_000, show_default=True, type=click.IntRange(min=1),
              help="办件数，其中热线约七成。")
@click.option("--from", "first", type=DAY, default=day_of("2023-01-01"), help="第一天（默认 2023-01-01）。")
@click.option("--until", type=DAY, default=day_of("2023-12-31"), help="最后一天（默认 2023-12-31）。")
@click.option("--seed", default=1, show_default=True, type=int, help="随机种子。")
@json_option
def play(district: Path | None, cases: int, first: int, until: int, seed: int, as_json: bool) -> None:
    use_district(district)
    from fadu.clock import BEIJING, standing_at
    from fadu.played.filling import fill
    from fadu.simulate.plan import SimulationPlan

    evening = datetime.combine(date_of(until), time(18, 0), BEIJING)
    plan = SimulationPlan(first, until, cases=cases, seed=seed, sampled=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with standing_at(evening), Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("放入模拟办件", total=cases)
        summary = fill(plan, lambda done: bar.update(task, completed=done))
    if as_json:
        answer(summary.as_json())
        return
    click.echo(f"{summary.cases} 件、{summary.events} 个事件（模拟数据），{summary.units} 个单位，{summary.people} 人")
    for words in summary.refused:
        click.echo(f"  未放入：{words}")
    click.echo(f"每种角色一个账号，密码都是 {summary.password}：")
    for role, login, name in summary.logins:
        click.echo(f"  {role}：{login}（{name}）")
