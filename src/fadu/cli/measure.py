"""``fadu measure``: indicators over a file of cases, each figure with its receipt and its rows."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fadu.book import Book, load_book
from fadu.check import JudgedFile, Options, judge_file, open_cases
from fadu.cli.options import DAY, answer, as_of_option, json_option, lawbook_option, today
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.law.indicators import Indicator
from fadu.measure.indicators import (
    Figure,
    Period,
    aggregate,
    conditions_of,
    definition_digest,
    figure,
    parse_period,
    population,
    rows,
)


@click.command(help="按指标定义计数：CASES 是办件文件或事实集文件夹。每个数都能打开到它的办件（--rows）。")
@click.argument("cases", type=click.Path(exists=True, path_type=Path))
@click.option("--indicators", "-i", "names", multiple=True, metavar="NAME",
              help="指标名（可多次；可写前缀，如 reconsideration；默认：文件中程序的全部指标）。")
@click.option("--period", required=True, help="期间：2023、2023Q4、2023-10、2023-10-01..2023-12-31。")
@click.option("--by", type=click.Choice(["unit"]), default=None, help="按单位分列。")
@click.option("--procedure", default=None, help="未写明程序的办件按此程序。")
@as_of_option
@click.option("--known-on", type=DAY, default=None, help="只看到这一天为止已记录的。")
@click.option("--rows", "rows_out", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="把每个数背后的办件写入此文件夹（CSV）。")
@lawbook_option
@json_option
def measure(cases: Path, names: tuple[str, ...], period: str, by: str | None, procedure: str | None,
            as_of: int | None, known_on: int | None, rows_out: Path | None, lawbook: str | None,
            as_json: bool) -> None:
    book = load_book(lawbook)
    span = parse_period(period)
    judged_on = max(today(), span.first) if as_of is None else as_of
    chosen = _chosen(names, book)
    options = Options(judged_on, known_on=known_on, procedure=procedure)
    with open_cases(cases, book, options) as source:
        whole = judge_file(source, book, options, conditions_of(chosen))
        present = {judged.procedure.code for judged in whole.parts}
        figures: list[Figure] = []
        digests: dict[str, str] = {}
        for indicator in chosen:
            if indicator.procedure in present:
                figures += _figures(whole, indicator, span, by == "unit")
                digests[indicator.name] = _row_digest(whole, indicator, span)
                if rows_out:
                    _write_rows(whole, indicator, span, rows_out)
        rejected, notices = source.counts.rejected_rows, [str(notice) for notice in source.notices]
    if not figures:
        raise FaduError(f"文件中没有这些指标所计的程序；文件中有：{'、'.join(sorted(present)) or '（无）'}")
    receipt = {"lawbook": book.digest, "snapshot": _digest(cases), "engine": whole.backend.name,
               "as_of": iso(judged_on), "known_on": None if known_on is None else iso(known_on)}
    if as_json:
        answer({"period": span.name, "rejected_rows": rejected, "notices": notices, "not_judged": whole.unplaced,
                "figures": [_told(item, digests, receipt) for item in figures]})
    else:
        _print(figures, span, [*notices, *whole.unplaced], rows_out)


def _chosen(names: Iterable[str], book: Book) -> list[Indicator]:
    wanted = list(names)
    if not wanted:
        return list(book.indicators.values())
    found = []
    for name in wanted:
        matching = [card for card in book.indicators.values()
                    if card.name == name or card.name.startswith(f"{name}.") or card.label == name]
        if not matching:
            raise FaduError(f"没有指标“{name}”；可用：{'、'.join(book.indicators)}")
        found += matching
    return list(dict.fromkeys(found))


def _populations(whole: JudgedFile, indicator: Indicator) -> list[Any]:
    found = []
    for judged, name in zip(whole.parts, whole.facts, strict=True):
        if judged.procedure.code == indicator.procedure and _has(judged.procedure, indicator):
            found.append(population(judged, indicator, whole.backend.read(name)))
    return found


def _has(procedure: Any, indicator: Indicator) -> bool:
    """Whether this version of the procedure has what the indicator counts."""
    known = {"run": procedure.clocks, "duty": procedure.duties, "event": procedure.steps, "case": {"": None}}
    return indicator.target in known[indicator.subject]


def _figures(whole: JudgedFile, indicator: Indicator, span: Period, by_unit: bool) -> list[Figure]:
    parts = _populations(whole, indicator)
    if not parts:
        return []
    words = whole.parts[0].words
    found = whole.backend.rows(aggregate(rows(parts, span), indicator, by_unit)).to_pylist()
    figures = [figure(indicator, span, words.text(row.get("unit")), row) for row in found]
    return sorted(figures, key=lambda item: item.unit)


def _detail(whole: JudgedFile, indicator: Indicator, span: Period) -> Any:
    """The figure's rows with case ids: the same expression without the aggregation."""
    table = whole.named(rows(_populations(whole, indicator), span), indicator.procedure)
    return table.order_by("case_no", "period_day")


def _row_digest(whole: JudgedFile, indicator: Indicator, span: Period) -> str:
    """SHA-256 over the rows behind the figure, in order."""
    total = hashlib.sha256()
    if _populations(whole, indicator):
        for row in whole.backend.rows(_detail(whole, indicator, span)).to_pylist():
            total.update(f"{row['case_id']}\t{row['period_day']}\t{row['counted']}\n".encode())
    return total.hexdigest()


def _write_rows(whole: JudgedFile, indicator: Indicator, span: Period, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    words = whole.parts[0].words
    with (folder / f"{indicator.name}.csv").open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["办件", "单位", "归期日", "计入分子", "值"])
        if _populations(whole, indicator):
            for row in whole.backend.rows(_detail(whole, indicator, span)).to_pylist():
                counted = "是" if row["counted"] else "否"
                day, unit = iso(row["period_day"]), words.text(row["unit"])
                writer.writerow([row["case_id"], unit, day, counted, row["value"]])


def _digest(path: Path) -> str:
    """SHA-256 of a file, or of what is in a fact set."""
    if path.is_dir():
        from fadu.measure.factset import FactSet

        return FactSet(path).digest
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _told(item: Figure, digests: dict[str, str], receipt: dict[str, Any]) -> dict[str, Any]:
    card = item.indicator
    return {
        "indicator": card.name, "label": card.label, "period": item.period.name, "unit": item.unit or None,
        "value": item.value, "numerator": item.numerator, "denominator": item.denominator, "rows": item.rows,
        "kind": card.kind, "definition": card.definition, "cite": [cite.short for cite in card.cites],
        "receipt": receipt | {"definition": definition_digest(card), "rows": digests[card.name]},
    }


def _print(figures: list[Figure], span: Period, notices: list[str], rows_out: Path | None) -> None:
    console = Console()
    table = Table("指标", "单位", "值", "分子", "分母", box=None, pad_edge=False)
    for item in figures:
        table.add_row(item.indicator.label, item.unit, shown(item), f"{item.numerator:,}", f"{item.denominator:,}")
    console.print(f"期间 {span.name}（{iso(span.first)} 至 {iso(span.last)}）")
    console.print(table)
    for text in notices:
        console.print(f"注意：{text}", markup=False)
    if rows_out:
        console.print(f"各数背后的办件在 {rows_out}/")


def shown(item: Figure) -> str:
    """The value as people read it."""
    if item.value is None:
        return "—"
    if item.indicator.kind == "rate":
        return f"{item.value:.2%}"
    return f"{item.value:,.0f}{item.indicator.unit}" if item.value == int(item.value) else f"{item.value:,.2f}"
