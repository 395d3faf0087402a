"""What commands share: days, lawbook, answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from fadu.law.dates import day_of

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[int]):
    """A date written 2024-02-07, as a day number."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The day number of a date written 2024-02-07; a number is one already."""
        if isinstance(value, int):
            return value
        try:
            return day_of(date.fromisoformat(value))
        except ValueError:
            self.fail(f"“{value}”不是日期；接受 2024-02-07 这样的写法", param, ctx)


DAY = Day()
lawbook_option = click.option("--lawbook", metavar="DIR", type=click.Path(file_okay=False),
                              help="另用一个法典文件夹（默认：随程序的法典）。")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 回答。")
as_of_option = click.option("--as-of", type=DAY, default=None, help="判断日（默认：今天）。")


def today() -> int:
    """The day of judgement where none is given."""
    return day_of(date.today())


def answer(value: Any) -> None:
    """Print one JSON answer."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
