"""``fadu due``: when a clock ends, and why."""

from __future__ import annotations

import click

from fadu.book import load_book
from fadu.book.due import Due, DueQuestion, clock_named, when_due
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.cases import Event, FieldValue
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.errors import FaduError
from fadu.law.explain import lines
from fadu.law.procedures import Procedure


@click.command(help="算一个期限：PROCEDURE 程序、CLOCK 时钟（名称或条目编号）、START 起算日"
                    "（可带时间 2024-02-07T09:30）。")
@click.argument("procedure")
@click.argument("clock")
@click.argument("start")
@click.option("--on", type=DAY, default=None, help="按哪一天有效的版本（默认：起算日）。")
@as_of_option
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="办件字段，如 track=简易程序。")
@click.option("--event", "events", multiple=True, metavar="STEP=DATE[,days=N]",
              help="其他事件，如 suspend=2024-03-01。")
@lawbook_option
@json_option
def due(procedure: str, clock: str, start: str, on: int | None, as_of: int | None, fields: tuple[str, ...],
        events: tuple[str, ...], lawbook: str | None, as_json: bool) -> None:
    book = load_book(lawbook)
    begun = _moment(start)
    version = book.procedure(procedure, begun[0] if on is None else on)
    others = tuple(_event(text, version) for text in events)
    facts = dict(_field(text, version) for text in fields)
    question = DueQuestion(clock_named(version, clock), begun, today() if as_of is None else as_of, others, facts)
    _tell(when_due(book.plan(version), question), as_json)


def _moment(text: str) -> tuple[int, int]:
    """Day and minute of ``2024-02-07`` or ``2024-02-07T09:30``."""
    day, _, time = text.replace(" ", "T").partition("T")
    try:
        minute = NO_MINUTE
        if time:
            hours, _, minutes = time.partition(":")
            minute = int(hours) * 60 + int(minutes or 0)
            if not 0 <= minute < 1440:
                raise ValueError
        return day_of(day), minute
    except ValueError:
        raise FaduError(f"“{text}”不是日期；接受 2024-02-07 或 2024-02-07T09:30") from None


def _event(text: str, procedure: Procedure) -> Event:
    step, equals, rest = text.partition("=")
    if not equals or step not in procedure.steps:
        known = "、".join(procedure.steps)
        raise FaduError(f"--event “{text}”不能用；接受 环节=日期，环节有：{known}")
    when, *extras = rest.split(",")
    day, minute = _moment(when)
    days = None
    for extra in extras:
        name, _, value = extra.partition("=")
        if name != "days" or not value.isdigit():
            raise FaduError(f"--event “{text}”中的“{extra}”不能用；接受 days=天数")
        days = int(value)
    return Event(step, day, minute, days=days)


def _field(text: str, procedure: Procedure) -> tuple[str, FieldValue]:
    name, equals, value = text.partition("=")
    known = procedure.fields.get(name)
    if not equals or known is None:
        listed = "、".join(f"{item.name}（{item.label}）" for item in procedure.fields.values())
        raise FaduError(f"--set “{text}”不能用；接受 字段=值，字段有：{listed or '（无）'}")
    if known.kind == "number":
        try:
            return name, float(value)
        except ValueError:
            raise FaduError(f"--set {name}：“{value}”不是数字") from None
    if known.kind == "flag":
        if value not in ("true", "false", "是", "否"):
            raise FaduError(f"--set {name}：“{value}”不能用；接受 true、false")
        return name, value in ("true", "是")
    if known.choices and value not in known.choices:
        raise FaduError(f"--set {name}：“{value}”不在可选值之内；可选：{'、'.join(known.choices)}")
    return name, value


def _tell(found: Due, as_json: bool) -> None:
    run, version = found.run, found.plan.procedure
    told = list(lines(found.explanation))
    if as_json:
        answer({
            "procedure": version.code, "version": iso(version.effective_day), "clock": run.clock.name,
            "id": list(run.clock.ids), "last_day": None if run.last_day is None else iso(run.last_day),
            "state": run.state.name.lower(), "unit": "" if run.span is None else run.span.unit.label,
            "provisional": found.provisional, "explanation": told,
            "cite": [cite.short for cite in run.clock.cites], "certainty": run.clock.certainty,
        })
        return
    for line in told:
        click.echo(line)
