"""A fact set on disk: Parquet by procedure version and month, ordered by case, with its vocabulary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fadu.book import Book
from fadu.law.cases import Case
from fadu.law.dates import day_of, iso
from fadu.law.errors import FaduError, Place
from fadu.law.procedures import Procedure
from fadu.measure.columns import Words, fact_schema
from fadu.measure.engine import DuckBackend, Judged, Question, judge_blocks
from fadu.measure.facts import case_name, part_name
from fadu.measure.one_by_one import case_of

META = "meta.json"



@dataclass(frozen=True)
class FactSet:
    """A folder as ``fadu simulate`` writes it. ``simulated``: its data are 模拟数据 and must be shown as such."""

    folder: Path

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What ``meta.json`` says. Raises ``FaduError`` where the folder is no fact set."""
        path = self.folder / META
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FaduError(f"不是事实集：文件夹里没有可读的 {META}；接受 fadu simulate 写出的文件夹",
                            Place(str(path))) from error
        if not isinstance(found, dict) or not isinstance(found.get("parts"), list):
            raise FaduError(f"不是事实集：{META} 里没有各程序的清单（parts）", Place(str(path)))
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 over its files, each by name and content."""
        total = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as source:
                    content = hashlib.file_digest(source, "sha256").hexdigest()
                total.update(f"{path.relative_to(self.folder).as_posix()}\t{content}\n".encode())
        return total.hexdigest()

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
                raise FaduError(f"法典中没有 {part['code']} 的 {part['effective']} 版；事实集与法典不一致，请按这部法典"
                                "重新生成事实集")
            files = self._files(procedure)
            told = set(pq.read_schema(files[0]).names) if files else set()
            for kind, differ in (("环节", list(procedure.steps) != part.get("steps")),
                                 ("字段", bool(files) and not told.issuperset(fact_schema(procedure).names))):
                if differ:
                    raise FaduError(f"{part['code']} 的 {part['effective']} 版在法典中的{kind}与写事实集时不同，"
                                    "其中的数字会被读错；请按这部法典重新生成事实集", Place(str(self.folder / META)))
            yield procedure, files, day_of(part["first_day"])

    def judge(self, backend: DuckBackend, book: Book, as_of: int, extra: tuple[Any, ...] = ()) -> Iterator[Judged]:
        """Judge every part that has begun by ``as_of``, block by block."""
        for procedure, files, first in self.parts(book):
            if first <= as_of:
                question = Question(procedure, book.plan(procedure).calendar, self.words, as_of, extra)
                held = batches(files, question.needs.fact_columns)
                yield judge_blocks(backend, held, question, part_name(procedure), first)

    def view(self, backend: DuckBackend, procedure: Procedure, as_of: int) -> str:
        """Let the backend see the facts of one version up to ``as_of`` where they lie; the name of the table."""
        name = f"facts_{part_name(procedure)}"
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in self._files(procedure))
        backend.run(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{files}]) "
                    f"WHERE key < {as_of + 1 << 32}")
        return name

    def _files(self, procedure: Procedure) -> list[Path]:
        return sorted((self.folder / f"{procedure.code}@{iso(procedure.effective_day)}").glob("month=*/*.parquet"))

    @property
    def prefix(self) -> str:
        """What the name of every case begins with."""
        return str(self.meta.get("case_prefix", ""))

    def names(self, backend: DuckBackend, code: str, parts: list[str]) -> str:
        """Let the backend name the judged cases of a procedure (case_no, case_id); the name of the table.

        ``parts``: the names under which its versions were judged.
        """
        name, before = f"names_{code}", case_name(self.prefix, code, "").replace("'", "''")
        cases = " UNION ALL ".join(f"SELECT case_no FROM {part}_cases" for part in parts)
        backend.run(f"CREATE OR REPLACE VIEW {name} AS SELECT case_no, '{before}' || case_no AS case_id FROM ({cases})")
        return name

    def case(self, name: str, book: Book) -> Case | None:
        """The case of that name; None where there is none."""
        code, _, number = name.removeprefix(self.prefix).rpartition("-")
        if not name.startswith(self.prefix) or not number.isdecimal():
            return None
        for procedure, files, _ in self.parts(book):
            if procedure.code == code and files:
                table = pq.read_table(files, filters=[("case_no", "=", int(number))], partitioning=None)
                if table.num_rows:
                    question = Question(procedure, book.plan(procedure).calendar, self.words, self.last_day)
                    return case_of(table.sort_by("key").to_pylist(), question, name)
        return None


def batches(files: list[Path], names: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Record batches of some files, in order."""
    for path in files:
        with pq.ParquetFile(path) as source:
            yield from source.iter_batches(batch_size=1 << 18, columns=names)
