"""``fadu holidays``: loading the notice of a year's holidays into a district."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option
from fadu.law.dates import iso
from fadu.law.errors import FaduError

MOST = 1_000_000


@click.command(help="载入一年的放假安排：FILE 是通知正文的文本文件（UTF-8）。未结办件的最后一日随之重新计算。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="安排的是哪一年。")
@click.option("--notice", required=True, help="通知的文号或者标题。")
@click.option("--by", "login", required=True, metavar="登录名", help="谁载入（区司法局管理员）。")
@click.option("--dry-run", is_flag=True, help="只看会改变什么，不载入。")
@click.option("--sure", is_flag=True, help="通知确实没有让某个节日放假，已经核对。")
@district_option
@json_option
def holidays(file: Path, year: int, notice: str, login: str, dry_run: bool, sure: bool, district: Path | None,
             as_json: bool) -> None:
    use_district(district)
    from fadu.acts.load_holidays import NoticeGiven, load_holidays, try_holidays
    from fadu.acts.recording import Actor
    from fadu.clock import today
    from fadu.store.access import access_of
    from fadu.store.models import Person

    person = Person.objects.filter(login=login, is_active=True).first()
    if person is None:
        raise FaduError(f"没有登录名为“{login}”的在用账号；--by 须是区司法局管理员的登录名")
    actor = Actor(access_of(person, today()), "cli")
    given = NoticeGiven(year, notice, _text(file), sure)
    read, trial = try_holidays(actor, given)
    facts: dict[str, Any] = {
        "year": year, "notice": read.notice, "replaces": read.replaces or None,
        "off": [{"day": iso(day), "name": name} for day, name in read.arrangement.off],
        "work": [iso(day) for day in read.arrangement.work],
        "doubts": list(read.doubts), "cases": trial.concerned, "tried": trial.tried, "moved": len(trial.moved),
        "loaded": not dry_run, "told": 0, "left": 0,
    }  # fmt: skip
    if not dry_run:
        loaded = load_holidays(actor, given)
        facts |= {"told": loaded.told, "left": loaded.left}
    if as_json:
        answer(facts)
        return
    for line in _lines(facts):
        click.echo(line)


def _text(file: Path) -> str:
    if file.stat().st_size > MOST:
        raise FaduError(f"{file.name} 太大，不像一份通知；接受放假安排的正文")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FaduError(f"{file.name} 不是 UTF-8 文本；请另存为 UTF-8 后再试") from None


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['year']} 年：放假 {len(facts['off'])} 天，调休上班 {len(facts['work'])} 天"]
    lines += [f"  {item['day']} {item['name']}" for item in facts["off"]]
    lines += [f"  {day} 调休上班" for day in facts["work"]]
    lines += [f"请核对：{words}" for words in facts["doubts"]]
    lines.append(f"涉及办件 {facts['cases']} 件，最后一日改变的 {facts['moved']} 件"
                 + (f"（试算了前 {facts['tried']} 件）" if facts["tried"] < facts["cases"] else ""))  # fmt: skip
    if not facts["loaded"]:
        lines.append("没有载入（--dry-run）。")
    elif facts["left"]:
        lines.append(f"已载入；{facts['left']} 件由后台任务重新推算。")
    else:
        lines.append(f"已载入，发出 {facts['told']} 条消息。")
    return lines
