"""``fadu worker``: the work behind the office."""

from __future__ import annotations

from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district


@click.command(help="后台任务：账本入账、检查点、每日期限推算和提醒。可随时停止，再启动时接着做。")
@district_option
@click.option("--once", is_flag=True, help="做完现在该做的就结束。")
def worker(district: Path | None, once: bool) -> None:
    use_district(district)
    from fadu.worker import run, run_once

    if once:
        for words in run_once():
            click.echo(words)
    else:
        run(click.echo)
