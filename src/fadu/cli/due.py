"""``fadu due``: when a clock ends, and why."""

from __future__ import annotations

import click

from fadu.book import Book, load_book
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.calendars import Calendar
from fadu.law.cases import Event, FieldValue, History, field_defaults
from fadu.law.clocks import Run
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.errors import FaduError
from fadu.law.explain import explain_run, lines
from fadu.law.judge import Plan, judge_clocks
from fadu.law.procedures import Clock, Procedure


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
    rule = version.rule(clock)
    if not isinstance(rule, Clock):
        known = "、".join(f"{item.name}（{item.label}）" for item in version.clocks.values())
        raise FaduError(f"程序“{version.name}”没有时钟“{clock}”；可用：{known}")
    plan = book.plan(version)
    run, history = _run(plan, rule, begun, [_event(text, version) for text in events],
                        dict(_field(text, version) for text in fields), as_of)
    _tell(book, plan, run, history, as_json)


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


def _run(plan: Plan, clock: Clock, begun: tuple[int, int], others: list[Event], fields: dict[str, FieldValue],
         as_of: int | None) -> tuple[Run, History]:
    events = sorted([Event(clock.starts[0], *begun), *others], key=lambda event: event.day)
    judged_on = max([today() if as_of is None else as_of, *(event.day for event in events)])
    history = History(events, {**field_defaults(plan.procedure), **fields}, judged_on)
    runs = judge_clocks(plan, history)
    for run in runs:
        if run.clock is clock and run.start_day == begun[0]:
            return run, history
    conditions = "；请用 --set 给出决定它的字段" if clock.applies or len(clock.terms) > 1 else ""
    raise FaduError(f"时钟“{clock.label}”在这些事实下不适用{conditions}")


def _tell(book: Book, plan: Plan, run: Run, history: History, as_json: bool) -> None:
    calendar: Calendar = plan.calendar
    note = explain_run(run, history, plan)
    provisional = run.last_day is not None and calendar.provisional(run.last_day)
    if as_json:
        answer({
            "procedure": plan.procedure.code, "version": iso(plan.procedure.effective_day), "clock": run.clock.name,
            "id": list(run.clock.ids), "last_day": None if run.last_day is None else iso(run.last_day),
            "state": run.state.name.lower(), "unit": "" if run.span is None else run.span.unit.label,
            "provisional": provisional, "explanation": list(lines(note)),
            "cite": [cite.short for cite in run.clock.cites], "certainty": run.clock.certainty,
        })
        return
    for line in lines(note):
        click.echo(line)
