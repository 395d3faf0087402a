"""Writes the generated pages of docs: from the lawbook, the commands and the results of measurements.

    python scripts/write_docs.py              # write them
    python scripts/write_docs.py --check      # name the pages that differ; exit code 1 if there are any
    python scripts/write_docs.py --law-md law.md    # the page of coverage too; without it that page is left as it is

The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from pages.benchmarks import benchmark_page
from pages.commands import command_page
from pages.lawbook import calendar_page, indicator_pages, statute_page
from pages.markdown import GENERATED, Pages
from pages.mechanisms import mechanism_page
from pages.picture import picture_pages
from pages.procedures import procedure_pages

from fadu.book import Book, load_book
from fadu.coverage import cover

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = "reference/coverage.md"


def generated(law_md: Path | None = None, results: Path = ROOT / "bench" / "results") -> Pages:
    """Every generated page: path under docs → text."""
    book = load_book()
    parts = (
        procedure_pages(book), statute_page(book), calendar_page(book), indicator_pages(book),
        mechanism_page(book), command_page(),
        benchmark_page(results), picture_pages(), coverage_page(book, law_md) if law_md else {},
    )  # fmt: skip
    return {path: text for part in parts for path, text in part.items()}


def coverage_page(book: Book, law_md: Path) -> Pages:
    """Which rows of the handbook of statutory facts the lawbook translates."""
    return {COVERAGE: f"{GENERATED}\n\n{cover(law_md, book.procedures).markdown()}"}


def left_over(pages: Pages, docs: Path) -> Iterator[Path]:
    """Pages generated earlier for something that is gone."""
    for path in sorted((docs / "reference").rglob("*.md")):
        name = path.relative_to(docs).as_posix()
        if name not in pages and name != COVERAGE and path.read_text(encoding="utf-8").startswith(GENERATED):
            yield path


def write(pages: Pages, docs: Path) -> list[Path]:
    """Write what differs and remove what is left over; return what was touched."""
    touched = differing(pages, docs)
    for name, text in pages.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    for path in left_over(pages, docs):
        path.unlink()
    return touched


def differing(pages: Pages, docs: Path) -> list[Path]:
    """Pages whose file is absent, other or left over."""
    changed = [docs / name for name, text in pages.items()
               if not (docs / name).is_file() or (docs / name).read_text(encoding="utf-8") != text]  # fmt: skip
    return [*changed, *left_over(pages, docs)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="写出 docs 中生成的页。")
    parser.add_argument("--check", action="store_true", help="只比较：有不同的页时列出并以 1 退出")
    parser.add_argument("--law-md", type=Path, help="法定事实手册；给出时也写 reference/coverage.md")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    pages = generated(chosen.law_md)
    if not chosen.check:
        touched = write(pages, chosen.docs)
        print(f"{len(pages)} 页，其中 {len(touched)} 页有变化。")
        return 0
    stale = differing(pages, chosen.docs)
    for path in stale:
        print(f"{path.relative_to(chosen.docs)}：与法典、命令或者测量结果不一致；运行 make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
