"""Readers of case files: whatever the format, one Arrow event table and a log of what was not taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from fadu.exchange import csv_file, excel_file, json_file, parquet_file, xes_file
from fadu.exchange.files import Progress, format_of
from fadu.exchange.judging import Counts, judge
from fadu.exchange.names import Kind, StepNames
from fadu.exchange.rejects import FileError, Notice, Reject, RejectLog
from fadu.exchange.schema import EVENT_SCHEMA
from fadu.exchange.staging import Request, Staging

__all__ = [
    "EVENT_SCHEMA", "Counts", "EventFile", "FileError", "Kind", "Notice", "Reject", "RejectLog", "StepNames",
    "open_events",
]  # fmt: skip

Reader = Callable[[Staging, Progress | None], None]
READERS: dict[str, Reader] = {
    "csv": csv_file.read, "excel": excel_file.read, "json": json_file.read, "jsonl": json_file.read_lines,
    "parquet": parquet_file.read, "xes": xes_file.read,
}  # fmt: skip


class EventFile:
    """A file that has been read. Close it, or use it in a ``with``: it holds temporary files."""

    def __init__(self, staging: Staging, counts: Counts) -> None:
        self._staging = staging
        self.counts = counts
        self.rejects = staging.rejects
        self.notices = tuple(staging.notices)

    def batches(self, rows: int = 65536) -> Iterator[pa.RecordBatch]:
        """The events, cases in order of first appearance, each case's events in order of ``seq``."""
        reader = self._staging.db.cursor().sql("SELECT * FROM events").to_arrow_reader(rows)
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.cast(EVENT_SCHEMA.remove_metadata()).columns, schema=EVENT_SCHEMA)

    def table(self) -> pa.Table:
        """All events at once, for files that fit in memory."""
        return pa.Table.from_batches(self.batches(), schema=EVENT_SCHEMA)

    def close(self) -> None:
        self._staging.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_events(
    path: str | Path, *, steps: StepNames, default_procedure: str | None = None,
    mapping: Mapping[str, str] | None = None, progress: Progress | None = None,
) -> EventFile:  # fmt: skip
    """Read a file of cases; raise ``FileError`` for one of which nothing can be taken.

    ``default_procedure`` is for cases that name none. ``mapping`` sends a header or attribute of the
    file to an event column (``paymentAmount`` → ``amount``) or to a case field by its name.
    ``progress`` is called with bytes read and bytes in all.
    """
    path = Path(path)
    reader = READERS[format_of(path)]
    code = _default(steps, default_procedure)
    staging = Staging(Request(path, steps, code, mapping or {}))
    try:
        reader(staging, progress)
        staging.filled()
        return EventFile(staging, judge(staging))
    except BaseException:
        staging.close()
        raise


def _default(steps: StepNames, name: str | None) -> str | None:
    if name is None:
        return None
    code = steps.procedure(name)
    if code is None:
        raise FileError(f"没有程序「{name}」；接受：{steps.accepted_procedures()}")
    return code
