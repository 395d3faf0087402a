"""``fadu init``: an empty district, ready to be worked in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from fadu.cli.at_district import use_district
from fadu.cli.options import answer, json_option


@click.command(help="建立一个空的区：文件夹、密钥、数据库，以及互相独立的三名管理员。")
@click.argument("folder", metavar="文件夹", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", required=True, metavar="名称", help="区的全称，如“明川区”。")
@click.option("--code", required=True, metavar="代码", help="区的代码，字母和数字，如 MC。")
@click.option("--short", default="", metavar="简称", help="发文简称，如“明”（默认：全称的第一个字）。")
@click.option("--database", default="", metavar="URL", help="PostgreSQL 的地址；不写则用文件夹里的 SQLite。")
@click.option("--lawbook", default="", metavar="文件夹", help="本区自己的法典文件，叠加在随附的法典之上。")
@click.option("--origin", default="", metavar="名字", help="账本的名字，写进每个检查点（默认：fadu.example/代码）。")
@click.option("--simulated", is_flag=True, help="这是虚构的区，每一页都标明“模拟数据”。")
@click.option("--begins-on", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="日期",
              help="只用于虚构的区：打开时以这一天为“今天”。")
@json_option
def init(folder: Path, name: str, code: str, short: str, database: str, lawbook: str, origin: str, simulated: bool,
         begins_on: datetime | None, as_json: bool) -> None:
    from fadu.district import District, write_district

    write_district(District(
        folder.resolve(), code, name, short or name[:1], database, origin or f"fadu.example/{code}", simulated, lawbook,
        begins_on=begins_on.date() if begins_on else None,
    ))  # fmt: skip
    use_district(folder)
    from fadu.acts.found import found_district

    passwords = found_district(name, code, short or name[:1], simulated)
    if as_json:
        answer({"folder": str(folder), "people": passwords})
        return
    click.echo(f"已建立 {name}（{folder}）。三名管理员互相独立，首次登录须改密码：")
    for person in passwords:
        click.echo(f"  {person['role']}：{person['login']}　一次性密码 {person['password']}")
    click.echo(f"下一步：fadu serve --district {folder}　然后由系统管理员建立单位和人员。")
