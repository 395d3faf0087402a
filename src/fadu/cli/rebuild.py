"""``fadu rebuild``: projections from events, anew."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option


@click.command(help="由事件重新推算每个办件的状态、期限和分派；--check 只核对，不改动。")
@district_option
@click.option("--check", is_flag=True, help="只核对；有不同时退出码为 1。")
@json_option
def rebuild(district: Path | None, check: bool, as_json: bool) -> None:
    use_district(district)
    from fadu.store.rebuilding import rebuild as rebuilding

    found = list(rebuilding(check))
    if as_json:
        answer({"differences": [difference._asdict() for difference in found], "mended": bool(found) and not check})
    else:
        click.echo("\n".join(map(str, found[:200])))
        click.echo("核对一致，没有不同。" if not found else f"{len(found)} 处不同{'' if check else '，已改正'}。")
    if found and check:
        sys.exit(1)
