"""A fact set on disk: Parquet by procedure version and month, ordered by case, with its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fadu.book import Book
from fadu.law.dates import day_of
from fadu.law.errors import FaduError, Place
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words
from fadu.measure.engine import DuckBackend, Judged, Question, judge_blocks


@dataclass(frozen=True)
class FactSet:
    """A folder as ``fadu simulate`` writes it. ``simulated``: its data are 模拟数据 and must be shown as such."""

    folder: Path

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What ``meta.json`` says. Raises ``FaduError`` where the folder is no fact set."""
        path = self.folder / "meta.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FaduError("不是事实表文件夹：没有可读的 meta.json", Place(str(path))) from error
        return found

    @property
    def simulated(self) -> bool:
        return bool(self.meta.get("simulated"))

    @property
    def last_day(self) -> int:
        return max(day_of(part["last_day"]) for part in self.meta["parts"])

    @cached_property
    def words(self) -> Words:
        """The vocabulary of every text in the facts."""
        words = Words()
        for text in self.meta["words"]:
            words.code(text)
        return words

    def parts(self, book: Book) -> Iterator[tuple[Procedure, list[Path], int]]:
        """Each procedure version with its files and its first day."""
        for part in self.meta["parts"]:
            effective = day_of(part["effective"])
            procedure = next((p for p in book.versions(part["code"]) if p.effective_day == effective), None)
            if procedure is None:
                raise FaduError(f"法典中没有 {part['code']} 的 {part['effective']} 版；事实表与法典不一致")
            files = sorted((self.folder / f"{part['code']}@{part['effective']}").glob("month=*/*.parquet"))
            yield procedure, files, day_of(part["first_day"])

    def judge(self, backend: DuckBackend, book: Book, as_of: int, extra: tuple[Any, ...] = ()) -> Iterator[Judged]:
        """Judge every part, block by block."""
        for procedure, files, first in self.parts(book):
            question = Question(procedure, book.plan(procedure).calendar, self.words, as_of, extra)
            name = f"{procedure.code}_{procedure.effective_day}"
            yield judge_blocks(backend, batches(files, question.needs.fact_columns), question, name, first)


def batches(files: list[Path], names: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Record batches of some files, in order."""
    for path in files:
        with pq.ParquetFile(path) as source:
            yield from source.iter_batches(batch_size=1 << 18, columns=names)
