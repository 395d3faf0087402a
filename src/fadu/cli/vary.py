"""``fadu vary``: what would change if one term, one calendar day or the lawbook were another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fadu.book import Book, load_book
from fadu.check import MISSED, Options, check_file, open_cases
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.variation import with_days, with_lawbook, with_term

SHOWN = 20


@click.command(help="假设：同一批办件 CASES（文件或事实集文件夹），改一个期限、一天日历或整部法典，两边结果和差别。")
@click.argument("cases", type=click.Path(exists=True, path_type=Path))
@click.option("--term", "terms", multiple=True, metavar="程序.时钟=期限", help="如 reconsideration.decide=四十五日。")
@click.option("--rest", "rest", type=DAY, multiple=True, help="假设这一天放假。")
@click.option("--work", "work", type=DAY, multiple=True, help="假设这一天上班。")
@click.option("--other-lawbook", "other", type=click.Path(exists=True, file_okay=False), default=None,
              help="与这个法典比较。")
@click.option("--procedure", default=None, help="未写明程序的办件按此程序。")
@as_of_option
@lawbook_option
@json_option
def vary(cases: Path, terms: tuple[str, ...], rest: tuple[int, ...], work: tuple[int, ...], other: str | None,
         procedure: str | None, as_of: int | None, lawbook: str | None, as_json: bool) -> None:
    if not (terms or rest or work or other):
        raise FaduError("没有说明要改什么；用 --term、--rest、--work 或 --other-lawbook 之一")
    book = load_book(lawbook)
    options = Options(today() if as_of is None else as_of, procedure=procedure)
    varied = _varied(book, terms, rest, work, other)
    before, findings_before = _run(cases, book, options)
    after, findings_after = _run(cases, varied, options)
    rows = _differences(before, after)
    gone = sorted(findings_before - findings_after)
    new = sorted(findings_after - findings_before)
    if as_json:
        answer({
            "as_of": iso(options.as_of),
            "changed": {"terms": list(terms), "rest": [iso(day) for day in rest], "work": [iso(day) for day in work],
                        "lawbook": other},
            "base": {"findings": len(findings_before)}, "varied": {"findings": len(findings_after)},
            "rules": rows, "no_longer": [_finding(item) for item in gone], "newly": [_finding(item) for item in new],
        })
        return
    _print(rows, len(findings_before), len(findings_after), gone, new)


def _varied(book: Book, terms: tuple[str, ...], rest: tuple[int, ...], work: tuple[int, ...],
            other: str | None) -> Book:
    varied = with_lawbook(other) if other else book
    for pair in terms:
        target, equals, text = pair.partition("=")
        if not equals or "." not in target:
            raise FaduError(f"--term “{pair}”不能用；接受 程序.时钟=期限，如 reconsideration.decide=四十五日")
        varied = with_term(varied, target, text)
    return with_days(varied, rest, work) if rest or work else varied


Key = tuple[str, str, str, str]


def _run(cases: Path, book: Book, options: Options) -> tuple[Counter[tuple[str, str, str]], set[Key]]:
    """States by rule, and every finding as (procedure, case, rule, start)."""
    with open_cases(cases, book, options) as source:
        checked = check_file(source, book, options)
        found = {(item.procedure, item.case, item.rule, item.start or "") for item in checked.findings}
    states: Counter[tuple[str, str, str]] = Counter()
    for (code, _, rule, state, _, _), n in checked.counts.items():
        states[code, rule, state] += n
    return states, found


def _differences(before: Counter[tuple[str, str, str]], after: Counter[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Rules whose states differ, with both counts."""
    rows: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for key in sorted({*before, *after}):
        if before[key] != after[key]:
            code, rule, state = key
            rows.setdefault((code, rule), {})[state] = {"base": before[key], "varied": after[key]}
    return [{"procedure": code, "rule": rule, "states": states} for (code, rule), states in rows.items()]


def _finding(key: Key) -> dict[str, str]:
    return dict(zip(("procedure", "case", "rule", "start"), key, strict=True))


def _print(rows: list[dict[str, Any]], before: int, after: int, gone: list[Key], new: list[Key]) -> None:
    console = Console()
    console.print(f"问题：原 {before:,} 处，改后 {after:,} 处（少 {len(gone):,}，多 {len(new):,}）")
    table = Table("程序", "规则", "状态", "原", "改后", "差", box=None, pad_edge=False)
    for row in rows:
        for state, n in row["states"].items():
            change = n["varied"] - n["base"]
            style = "red" if (state in MISSED) == (change > 0) else "green"
            table.add_row(row["procedure"], row["rule"], state, f"{n['base']:,}", f"{n['varied']:,}", f"{change:+,}",
                          style=style)
    console.print(table)
    for mark, found in (("不再是问题", gone), ("新的问题", new)):
        for code, case, rule, start in found[:SHOWN]:
            console.print(f"{mark}：{case}　{code}.{rule}　{start}", markup=False)
        if len(found) > SHOWN:
            console.print(f"… {mark}共 {len(found):,} 处；--json 给出全部")
