"""A fact set on disk: ``meta.json`` and Parquet by procedure version and month, as ``fadu.measure`` reads it."""

from __future__ import annotations

import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fadu.book import Book, survey_book
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.simulate.bulk import sheet_of, tables
from fadu.simulate.cast import Cast
from fadu.simulate.plan import Piece, SimulationPlan
from fadu.simulate.pool import Drawn, draw

LABEL = "模拟数据"
CASE_PREFIX = "模拟-"
"""What the name of every simulated case begins with: it always says that it is simulated."""
PartKey = tuple[str, int]
Progress = Callable[[int, int], None]
"""Called with (cases done, cases in all)."""


@dataclass
class Part:
    """What was written of one procedure version. Days are day numbers."""

    events: int = 0
    cases: int = 0
    unlawful: int = 0
    first_day: int = 1 << 30
    last_day: int = 0

    def add(self, other: Part) -> None:
        """Count more of the same version."""
        self.events += other.events
        self.cases += other.cases
        self.unlawful += other.unlawful
        self.first_day = min(self.first_day, other.first_day)
        self.last_day = max(self.last_day, other.last_day)


@dataclass
class Summary:
    """What was written in all."""

    parts: dict[PartKey, Part] = field(default_factory=dict)

    def add(self, found: dict[PartKey, Part]) -> None:
        """Count a piece of work."""
        for key, part in found.items():
            self.parts.setdefault(key, Part()).add(part)

    @property
    def events(self) -> int:
        return sum(part.events for part in self.parts.values())

    @property
    def cases(self) -> int:
        return sum(part.cases for part in self.parts.values())

    @property
    def unlawful(self) -> int:
        """Cases with at least one finding as of the end."""
        return sum(part.unlawful for part in self.parts.values())


def write_facts(book: Book, plan: SimulationPlan, out: Path, jobs: int = 1,
                progress: Progress | None = None) -> Summary:
    """Write a fact set to the folder ``out``, which must be new or empty. Same plan, same bytes, whatever ``jobs``."""
    prepare(out)
    cast = Cast(book, plan)
    work, summary, done = cast.pieces, Summary(), 0
    for piece, found in _carried_out(cast, work, out, jobs):
        summary.add(found)
        done += piece.cases
        if progress:
            progress(done, cast.cases)
    meta = _meta(cast, summary)
    (out / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return summary


def prepare(out: Path) -> None:
    """Refuse a folder that holds something already."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FaduError(f"{out} 已有内容；请另给一个新的或空的文件夹")
    out.mkdir(parents=True, exist_ok=True)


def _meta(cast: Cast, summary: Summary) -> dict[str, Any]:
    parts = [{"code": code, "effective": iso(effective), "events": part.events, "cases": part.cases,
              "first_day": iso(part.first_day), "last_day": iso(part.last_day),
              "steps": list(cast.version(code, effective).steps)}
             for (code, effective), part in sorted(summary.parts.items())]
    return {"simulated": True, "label": LABEL, "seed": cast.plan.seed, "district": cast.district.name,
            "until": iso(cast.plan.until), "lawbook_digest": cast.book.digest, "case_prefix": CASE_PREFIX,
            "words": cast.words.texts, "parts": parts}


def _carried_out(cast: Cast, work: list[Piece], out: Path, jobs: int) -> Iterator[tuple[Piece, dict[PartKey, Part]]]:
    if jobs <= 1 or len(work) < 2:
        for piece in work:
            yield piece, write_piece(cast, piece, out)
        return
    with _workers(cast, jobs) as pool:
        heaviest = sorted(work, key=lambda piece: -piece.cases)
        waiting = {pool.submit(_in_worker, piece, out): piece for piece in heaviest}
        for done in as_completed(waiting):
            yield waiting.pop(done), done.result()


_cast: Cast | None = None


@contextmanager
def _workers(cast: Cast, jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that share the cast: forked where that exists, otherwise they read the lawbook themselves."""
    global _cast
    _cast = cast
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    begin = None if forks else partial(_begin, str(cast.book.folder), cast.plan)
    try:
        with ProcessPoolExecutor(jobs, context, begin) as pool:
            yield pool
    finally:
        _cast = None


def _begin(folder: str, plan: SimulationPlan) -> None:
    global _cast
    _cast = Cast(survey_book(folder)[0], plan)


def _in_worker(piece: Piece, out: Path) -> dict[PartKey, Part]:
    if _cast is None:
        raise RuntimeError("a worker was started without its cast")
    return write_piece(_cast, piece, out)


def write_piece(cast: Cast, piece: Piece, out: Path) -> dict[PartKey, Part]:
    """Play one piece of work and write its facts, one file for each version that binds some of its cases."""
    drawn = draw(cast, piece)
    rows: dict[int, list[int]] = {}
    for place, exemplar in enumerate(drawn.exemplars):
        rows.setdefault(exemplar.procedure.effective_day, []).append(place)
    return {(piece.code, effective): part for effective, places in sorted(rows.items())
            if (part := _write_version(cast, piece, drawn, effective, places, out)) is not None}


def _write_version(cast: Cast, piece: Piece, drawn: Drawn, effective: int, places: list[int],
                   out: Path) -> Part | None:
    local = np.full(len(drawn.exemplars), -1, np.int64)
    local[places] = np.arange(len(places))
    members = np.flatnonzero(local[drawn.which] >= 0)
    if not len(members):
        return None
    exemplars = [drawn.exemplars[place] for place in places]
    sheet = sheet_of(cast.version(piece.code, effective), exemplars, cast.words)
    folder = out / f"{piece.code}@{iso(effective)}" / f"month={piece.month}"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"part-{piece.number:04d}.parquet", sheet.schema,
           tables(sheet, drawn, members, local, piece.first_case))
    return _counted(drawn, members)


def _write(path: Path, schema: pa.Schema, found: Iterable[pa.Table]) -> None:
    packed = {"key": "DELTA_BINARY_PACKED", "case_no": "DELTA_BINARY_PACKED"}
    options: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "column_encoding": packed,
                               "use_dictionary": [name for name in schema.names if name not in packed]}
    with pq.ParquetWriter(path, schema, **options) as writer:
        for table in found:
            writer.write_table(table, row_group_size=1 << 20)


def _counted(drawn: Drawn, members: NDArray[np.int64]) -> Part:
    part = Part()
    for place, count in Counter(drawn.which[members].tolist()).items():
        exemplar = drawn.exemplars[place]
        events = exemplar.events
        part.add(Part(len(events) * count, count, 0 if exemplar.lawful else count, events[0].day, events[-1].day))
    return part
