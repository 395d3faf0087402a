"""``fadu verify``: is what is recorded what was recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option


@click.command(help="校验账本：未被改动、次序、齐全，三个结论各自独立；有问题时退出码为 1。")
@district_option
@click.option("--checkpoint", "published", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              metavar="文件", help="别处保存的检查点，一并核对（可多次）；只有这样才能发现末尾被整段删去。")
@json_option
def verify(district: Path | None, published: tuple[Path, ...], as_json: bool) -> None:
    use_district(district)
    from fadu.store.verifying import verify_store

    verdicts = verify_store([path.read_text(encoding="utf-8") for path in published])
    if as_json:
        answer({verdict.name: {
            "ok": verdict.ok, "faults": verdict.total, "counts": dict(verdict.counts),
            "first": [{"where": fault.where, "words": fault.words} for fault in verdict.faults],
        } for verdict in verdicts})  # fmt: skip
    else:
        for verdict in verdicts:
            click.echo(f"{verdict.label}：{'没有问题' if verdict.ok else f'{verdict.total} 处问题'}")
            for fault in verdict.faults:
                click.echo(f"  {fault.where}：{fault.words}")
    if not all(verdict.ok for verdict in verdicts):
        sys.exit(1)
