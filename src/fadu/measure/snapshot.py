"""A snapshot: facts and judgements in one DuckDB file, kept current by judging again only the cases touched.

Per procedure version: ``NAME_events`` (facts), ``NAME_runs``, ``NAME_cases``, ``NAME_deemed`` and
``NAME_cube`` (counts by rule, state, unit and month). Folding new events re-judges their cases in one
transaction; the cube gains the new counts and loses the old.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from fadu.book import Book
from fadu.law.dates import MAX_POSITION
from fadu.law.procedures import Procedure
from fadu.measure.calendar_tables import month_table
from fadu.measure.columns import Words, fact_schema
from fadu.measure.engine import (
    DuckBackend,
    Judged,
    Question,
    calendar_tables,
    finish,
    judge_blocks,
    regular_script,
    results,
)
from fadu.measure.facts import part_name
from fadu.measure.factset import FactSet, batches
from fadu.measure.one_by_one import FEW, judge_rows
from fadu.measure.results import keep_results
from fadu.measure.script import run

_RESULTS = ("runs", "cases", "deemed")


@dataclass
class Part:
    """One procedure version of a snapshot."""

    name: str
    question: Question


class Snapshot:
    """Judged facts that can be kept current."""

    def __init__(self, backend: DuckBackend, book: Book, words: Words, as_of: int) -> None:
        self.backend = backend
        self.book = book
        self.words = words
        self.as_of = as_of
        self.parts: dict[tuple[str, int], Part] = {}
        first = min(book.plan(procedure).calendar.first for procedure in book.procedures)
        backend.load("snapshot_months", month_table(first, as_of))

    @classmethod
    def build(cls, path: str | Path, facts: FactSet, book: Book, as_of: int, memory: str = "3GB") -> Snapshot:
        """Judge a whole fact set into a new file."""
        snapshot = cls(DuckBackend(str(path), memory), book, facts.words, as_of)
        for procedure, files, first in facts.parts(book):
            part = snapshot._part(procedure)
            judge_blocks(snapshot.backend, batches(files), part.question, part.name, first)
            source = ", ".join(f"'{file}'" for file in files)
            names = ", ".join(f'"{name}"' for name in fact_schema(procedure).names)
            snapshot.backend.create(f"{part.name}_events", f"SELECT {names} FROM read_parquet([{source}])")
            snapshot._make_cube(part)
        return snapshot

    @classmethod
    def open(cls, path: str | Path, facts: FactSet, book: Book, as_of: int, memory: str = "3GB") -> Snapshot:
        """A snapshot that ``build`` made of the same fact set, with what was folded in since."""
        snapshot = cls(DuckBackend(str(path), memory), book, facts.words, as_of)
        for procedure, _, _ in facts.parts(book):
            snapshot._part(procedure)
        return snapshot

    def _part(self, procedure: Procedure) -> Part:
        key = procedure.code, procedure.effective_day
        if key not in self.parts:
            question = Question(procedure, self.book.plan(procedure).calendar, self.words, self.as_of)
            self.parts[key] = Part(part_name(procedure), question)
        return self.parts[key]

    def judged(self, procedure: Procedure) -> Judged:
        """The judgements of one version as they stand."""
        part = self._part(procedure)
        return results(self.backend, part.question, part.name)

    def fold(self, procedure: Procedure, events: pa.Table) -> int:
        """Take in new events of one version and judge their cases again; returns the number of cases.

        ``events``: facts in the order they were recorded. Each is placed after what its case already has that day.
        """
        if not events.num_rows:
            return 0
        part = self._part(procedure)
        db = self.backend.db
        db.register("folding", events.append_column("arrival", pa.array(range(events.num_rows), pa.int64())))
        try:
            self.backend.run("BEGIN")
            touched = self._place(part)
            self._replace(part, touched)
            self.backend.run("COMMIT")
        except BaseException:
            self.backend.run("ROLLBACK")
            raise
        finally:
            db.unregister("folding")
        return touched

    def _place(self, part: Part) -> int:
        """Append the events and gather all of the touched cases as ``NAME_facts``.

        A new event's position is above all others of its case, so that it comes last on its day.
        """
        name, create = part.name, self.backend.create
        needed = ", ".join(f'"{column}"' for column in part.question.needs.fact_columns)
        create("touched_numbers", "SELECT DISTINCT case_no FROM folding")
        create("gathered", f"""SELECT {needed} FROM {name}_events e
            WHERE case_no IN (SELECT case_no FROM touched_numbers)""")
        create("highest", f"SELECT case_no, max((key >> 12) & {MAX_POSITION}) AS top FROM gathered GROUP BY case_no")
        position = "coalesce(h.top, -1) + row_number() OVER (PARTITION BY f.case_no ORDER BY f.arrival)"
        placed = ", ".join(f"(f.key >> 32 << 32) | (({position}) << 12) | (f.key & 4095) AS key" if column == "key"
                           else f'f."{column}"' for column in fact_schema(part.question.procedure).names)
        create("placed", f"SELECT {placed} FROM folding f LEFT JOIN highest h ON f.case_no = h.case_no")
        self.backend.run(f"INSERT INTO {name}_events SELECT * FROM placed")
        everything = f"SELECT * FROM gathered UNION ALL SELECT {needed} FROM placed"
        create(f"{name}_facts", f"SELECT * FROM ({everything}) WHERE key < {self.as_of + 1 << 32}")
        return self.backend.number("SELECT count(*) FROM touched_numbers")

    def _replace(self, part: Part, touched: int) -> None:
        """Judge the touched cases again and put the new judgements in the place of the old."""
        name, backend = part.name, self.backend
        self._count(part, -1)
        for table in _RESULTS:
            backend.run(f"DELETE FROM {name}_{table} WHERE case_no IN (SELECT case_no FROM touched_numbers)")
        if touched <= FEW:
            facts = backend.db.sql(f"SELECT * FROM {name}_facts ORDER BY case_no, key").to_arrow_table()
            for table, rows in judge_rows(part.question, facts).items():
                if rows.num_rows:
                    backend.add(f"{name}_{table}", rows)
        else:
            first = backend.number(f"SELECT min(key) FROM {name}_facts") >> 32
            calendar_tables(backend, part.question, name, first)
            backend.drop(f"{name}_strange")
            run(regular_script(part.question, name, backend.dialect), backend)
            finish(backend, part.question, name)
        self._count(part, 1)

    def _make_cube(self, part: Part) -> None:
        keep_results(self.backend, results(self.backend, part.question, part.name), "snapshot_months", part.name)
        self.backend.drop(f"{part.name}_findings")

    def _count(self, part: Part, sign: int) -> None:
        """Add (or take away) the touched cases' counts."""
        for table in ("runs", "cases"):
            self.backend.create(f"touched_{table}", f"""SELECT r.* FROM {part.name}_{table} r
                SEMI JOIN touched_numbers t ON r.case_no = t.case_no""")
        read = self.backend.read
        judged = Judged(part.question, read("touched_runs"), read("touched_cases"), None)
        keep_results(self.backend, judged, "snapshot_months", "touched")
        self.backend.run(f"""INSERT INTO {part.name}_cube
            SELECT rule, state, unit, month, {sign} * n FROM touched_cube""")

    def counts(self, procedure: Procedure) -> list[tuple[int, int, int | None, int, int]]:
        """The cube as it stands: (rule, state, unit, month, n), without empty cells."""
        name = self._part(procedure).name
        found: list[tuple[int, int, int | None, int, int]] = self.backend.run(
            f"""SELECT rule, state, unit, month, sum(n)::BIGINT FROM {name}_cube
                GROUP BY ALL HAVING sum(n) <> 0 ORDER BY ALL""")
        return found
