"""``fadu check``: files of cases against the law that bound them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from fadu.book import Book, load_book
from fadu.check import MISSED, Checked, Found, Options, check_file, open_cases
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Clock

if TYPE_CHECKING:
    from fadu.exchange import Reject

SHOWN = 20
"""Findings printed on screen; all of them go to ``--out``."""
RULES_SHOWN = 100
"""Rules printed on screen, those with most misses first; all of them go to ``--out``."""
VALUES = attrgetter(*Found.__dataclass_fields__)


@click.command(help="检查办件 CASES：文件（JSON、JSONL、CSV、Excel、XES、Parquet）或事实集文件夹，一件或几百万件。")
@click.argument("cases", type=click.Path(exists=True, path_type=Path))
@click.option("--procedure", default=None, help="未写明程序的办件按此程序。")
@click.option("--on", type=DAY, default=None, help="所有办件都按这一天有效的版本判断（默认：各按自己的日期）。")
@as_of_option
@click.option("--known-on", type=DAY, default=None, help="只看到这一天为止已记录的（“当时所知”）。")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="结果写入此文件夹。")
@click.option("--map", "mapping", multiple=True, metavar="列=名",
              help="文件中的列名对应的标准名，如 paymentAmount=amount。")
@click.option("--columnar/--per-case", "columnar", default=None, help="指定算法（默认按规模自动选择，结果相同）。")
@lawbook_option
@json_option
def check(cases: Path, procedure: str | None, on: int | None, as_of: int | None, known_on: int | None,
          out: Path | None, mapping: tuple[str, ...], columnar: bool | None, lawbook: str | None,
          as_json: bool) -> None:
    book = load_book(lawbook)
    options = Options(today() if as_of is None else as_of, on, known_on, procedure, _mapping(mapping), columnar)
    with (
        Bar(console=Console(stderr=True), transient=True) as bar,
        open_cases(cases, book, options, _reading(bar)) as source,
    ):
        checked = check_file(source, book, options, _judging(bar))
        shown, total, kinds = _write_findings(checked.findings, out)
        if out:
            _write_summary(checked, book, out)
            if source.rejects:
                source.rejects.write_rejects(out)
        told = _answer(checked, source, book, options, total, kinds)
        rejects = list(islice(source.rejects, SHOWN))
    if as_json:
        answer(told | {"rejects": [str(item) for item in rejects]} | ({"out": str(out)} if out else {}))
    else:
        _print(told, checked, book, shown, rejects, out)


def _mapping(pairs: Iterable[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, target = pair.partition("=")
        if not equals:
            raise FaduError(f"--map “{pair}”不能用；接受 列名=标准名")
        found[name] = target
    return found


def _reading(bar: Bar) -> Any:
    task = bar.add_task("读取", total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _judging(bar: Bar) -> Any:
    task = bar.add_task("判断", total=None)
    return lambda text, done, total: bar.update(task, description=text, completed=done, total=total)


def _write_findings(findings: Iterator[Found], out: Path | None) -> tuple[list[Found], int, Counter[str]]:
    """Stream findings to ``findings.csv``; keep the first few for the screen."""
    shown: list[Found] = []
    kinds: Counter[str] = Counter()
    total = 0
    if out:
        out.mkdir(parents=True, exist_ok=True)
    target = (out / "findings.csv").open("w", encoding="utf-8-sig", newline="") if out else None
    try:
        writer = csv.writer(target) if target else None
        if writer:
            writer.writerow(Found.__dataclass_fields__)
        for item in findings:
            total += 1
            kinds[item.kind] += 1
            if len(shown) < SHOWN:
                shown.append(item)
            if writer:
                writer.writerow(["；".join(value) if isinstance(value, tuple) else value for value in VALUES(item)])
    finally:
        if target:
            target.close()
    return shown, total, kinds


def _write_summary(checked: Checked, book: Book, out: Path) -> None:
    with (out / "summary.csv").open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["procedure", "version", "rule", "label", "state", "unit", "month", "n"])
        for (code, version, rule, state, unit, month), n in sorted(checked.counts.items()):
            writer.writerow([code, version, rule, _label(book, code, version, rule), state, unit, month, n])


def _label(book: Book, code: str, version: str, rule: str) -> str:
    for procedure in book.versions(code):
        if iso(procedure.effective_day) == version:
            found = procedure.rule(rule)
            return found.label if found else rule
    return rule


def _answer(checked: Checked, source: Any, book: Book, options: Options, total: int,
            kinds: Counter[str]) -> dict[str, Any]:
    rules: dict[tuple[str, str, str], Counter[str]] = {}
    units: dict[str, Counter[str]] = {}
    months: dict[str, Counter[str]] = {}
    for (code, version, rule, state, unit, month), n in checked.counts.items():
        rules.setdefault((code, version, rule), Counter())[state] += n
        missed = "missed" if state in MISSED else "other"
        units.setdefault(unit, Counter())[missed] += n
        months.setdefault(month, Counter())[missed] += n
    steps = [{"procedure": code, "step": step, "events": n} for (code, step), n in sorted(checked.steps.items())]
    return {
        "as_of": iso(options.as_of),
        "path": "columnar" if checked.columnar else "per-case",
        "events": checked.events, "cases": checked.cases, "findings": total, "by_kind": dict(sorted(kinds.items())),
        "rejected": {"rows": source.counts.rejected_rows, "values": source.counts.rejected_values,
                     "cases": source.counts.rejected_cases},
        "notices": [str(notice) for notice in source.notices],
        "not_judged": checked.failures,
        "rules": [_rule(book, key, states) for key, states in sorted(rules.items())],
        "by_unit": [{"unit": unit, "findings": n["missed"], "judged": n.total()} for unit, n in sorted(units.items())],
        "by_period": [{"month": month, "findings": n["missed"], "judged": n.total()}
                      for month, n in sorted(months.items())],
        "steps": steps,
    }


def _rule(book: Book, key: tuple[str, str, str], states: Counter[str]) -> dict[str, Any]:
    code, version, name = key
    procedure = next(item for item in book.versions(code) if iso(item.effective_day) == version)
    rule = procedure.clocks.get(name) or procedure.duties[name]
    return {
        "procedure": code, "version": version, "rule": name, "label": rule.label, "id": list(rule.ids),
        "type": "clock" if isinstance(rule, Clock) else "duty", "cite": [cite.short for cite in rule.cites],
        "party": rule.party if isinstance(rule, Clock) else "agency", "certainty": rule.certainty,
        "states": dict(sorted(states.items())),
    }


def _rule_table(rules: list[dict[str, Any]], book: Book) -> tuple[Table, int]:
    """The rules that were judged, those with most misses first, and how many more there are.

    Rules whose time has not come are left out.
    """
    table = Table(box=None, pad_edge=False)
    for name in ("程序", "要求", "依据"):
        table.add_column(name, overflow="fold")
    for name in ("合法", "问题", "进行中", "无法判断"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = []
    for rule in rules:
        states = rule["states"]
        done = states.get("kept", 0) + states.get("met", 0) + states.get("ended", 0)
        missed = sum(states.get(state, 0) for state in MISSED)
        going, unknown = states.get("running", 0), states.get("undetermined", 0)
        if done or missed or going or unknown:
            rows.append((missed, rule, done, going, unknown))
    rows.sort(key=lambda row: -row[0])
    for missed, rule, done, going, unknown in rows[:RULES_SHOWN]:
        name = book.versions(rule["procedure"])[0].name
        cells = [name, rule["label"], "、".join(rule["cite"][:2]), *(f"{n:,}" for n in (done, missed, going, unknown))]
        table.add_row(*cells, style="red" if missed else None)
    return table, max(0, len(rows) - RULES_SHOWN)


def _print(told: dict[str, Any], checked: Checked, book: Book, shown: list[Found], rejects: list[Reject],
           out: Path | None) -> None:
    console = Console()
    console.print(f"{told['cases']:,} 件，{told['events']:,} 个事件；判断日 {told['as_of']}；"
                  f"问题 {told['findings']:,} 处")
    table, left = _rule_table(told["rules"], book)
    console.print(table)
    if left:
        console.print(f"… 另有 {left:,} 项要求，问题更少或没有" + ("" if out else "；用 --out 文件夹 取得全部"))
    for item in shown:
        late = f"，逾期 {item.days_late} 日" if item.kind == "late" else ""
        last = f"末日 {item.last_day}" if item.last_day else ""
        console.print(f"· {item.case}　{item.unit}　{item.label}　{last}{late}　〔{'、'.join(item.cite)}〕")
    if told["findings"] > len(shown):
        console.print(f"… 共 {told['findings']:,} 处" + ("" if out else "；用 --out 文件夹 取得全部"))
    rejected = told["rejected"]
    if any(rejected.values()):
        console.print(f"未采用：{rejected['rows']:,} 行、{rejected['values']:,} 个值、{rejected['cases']:,} 件；"
                      "其余照常判断")
        for reject in rejects:
            console.print(f"  {reject.brief}", markup=False)
    for text in (*told["notices"], *checked.failures[:SHOWN]):
        console.print(f"注意：{text}", markup=False)
    if out:
        more = "、rejects.csv" if any(rejected.values()) else ""
        console.print(f"全部结果在 {out}/：findings.csv、summary.csv{more}")
