"""Raw rows of a file, all text, on disk in a private DuckDB until they are judged and ordered."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fadu.exchange.arrays import EMPTY, NO_TEXT, integers, texts
from fadu.exchange.names import StepNames
from fadu.exchange.rejects import Notice, Reject, RejectLog, Scope
from fadu.exchange.schema import COLUMNS, column_of, plain

FIELD = "field:"  # prefix of a batch column that holds a case field, followed by the name in the file
MEMORY = 512  # MB
LARGE_MEMORY = 900
FIELD_MEMORY = 8  # MB more for each column of a case field: a column being written is held whole, by every thread
LARGE = 400 << 20  # bytes of a file from which memory, not time, is what is short
HELD = 500_000
Cells = Sequence[str | None] | Any  # or an Arrow array of text


@dataclass(frozen=True)
class Request:
    """What the caller asked for."""

    path: Path
    names: StepNames
    default: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    def target(self, name: str, *, fields_first: bool = False) -> str | None:
        """Where a header or attribute goes: a column, ``field:name``, or nowhere."""
        mapped = self.mapped(name)
        name = mapped or name
        column = name if name in COLUMNS else column_of(name)
        is_field = self.names.is_field(name)
        if is_field and (column is None or (fields_first and not mapped)):
            return FIELD + name
        return column

    def mapped(self, name: str) -> str | None:
        """What the caller's mapping says of a header or attribute."""
        return {plain(key): value for key, value in self.mapping.items()}.get(plain(name))


class Staging:
    """The raw table, and everything noticed while filling it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.rejects = RejectLog()
        self.notices: list[Notice] = []
        self.ignored: Counter[str] = Counter()
        self.sheet = ""
        self.letters: dict[str, str] = {}  # column → letter on the sheet, for places
        self.unit_word = ""  # how `nth` is worded: 第 n 个事件
        self.fields: dict[str, str] = {}  # name in the file → column of the raw table
        self.rows = 0
        self._folder = tempfile.TemporaryDirectory(prefix="fadu-")
        # In memory up to the limit and then spilled; a large file is on disk from the start.
        self.large = _unpacked(request.path) > LARGE
        where = str(Path(self._folder.name) / "events.duckdb") if self.large else ":memory:"
        self.db = duckdb.connect(where)
        self._allow_memory()
        self.db.execute(f"SET temp_directory='{self._folder.name}/spill'; SET enable_progress_bar=false")
        columns = ", ".join(f'"{column}" VARCHAR' for column in COLUMNS)
        self.db.execute(f"CREATE TABLE raw (rowno BIGINT, line BIGINT, nth INTEGER, {columns})")
        self.db.execute("BEGIN")  # for many inserts at once: one transaction each costs three times as much
        self._held = 0  # rows in the open transaction, which may not spill

    def add(
        self, columns: Mapping[str, Cells], lines: Sequence[int] | pa.Array[Any], nth: Sequence[int] | None = None
    ) -> None:
        """Append rows: text columns by canonical name or ``field:name``; their lines in the file."""
        n = len(lines)
        arrays: dict[str, pa.Array[Any]] = {
            "rowno": integers(np.arange(self.rows, self.rows + n)),
            "line": lines if isinstance(lines, pa.Array) else integers(np.array(lines, np.int64)),
        }
        if nth is not None:
            arrays["nth"] = integers(np.array(nth, np.int64))
        for name, cells in columns.items():
            arrays[self._column(name)] = _clean(cells)
        self._insert(pa.table(arrays))
        self.rows += n
        self._held += n
        if self._held > HELD:
            self.db.execute("COMMIT; BEGIN")
            self._held = 0

    def _allow_memory(self) -> None:
        """What the database may hold; a file of all procedures has a hundred columns and more."""
        limit = (LARGE_MEMORY if self.large else MEMORY) + FIELD_MEMORY * len(self.fields)
        self.db.execute(f"SET memory_limit='{limit}MB'")

    def _column(self, name: str) -> str:
        if not name.startswith(FIELD):
            return name
        name = name.removeprefix(FIELD)
        if name not in self.fields:
            self.fields[name] = f"f{len(self.fields)}"
            self.db.execute(f"ALTER TABLE raw ADD COLUMN {self.fields[name]} VARCHAR")
            self._allow_memory()
        return self.fields[name]

    def _insert(self, batch: pa.Table) -> None:
        self.db.register("batch", batch)
        self.db.execute("INSERT INTO raw BY NAME SELECT * FROM batch")
        self.db.unregister("batch")

    def filled(self) -> None:
        """No more rows will come."""
        self.db.execute("COMMIT")
        if self.large:
            self.db.execute("SET preserve_insertion_order=false; SET threads=1")

    def place(self, line: int, nth: int | None = None, column: str = "") -> str:
        """``12`` · ``12（第 3 个事件）`` · ``Sheet1!C12``."""
        if self.sheet:
            return f"{self.sheet}!{self.letters.get(column, 'A')}{line}"
        return f"{line}（第 {nth} 个事件）" if nth else str(line)

    def reject(
        self, kind: str, place: str, reason: str, *, case: str = "", found: str = "", accepted: str = "",
        scope: Scope = "row",
    ) -> None:  # fmt: skip
        """Log what was not taken, with its place and what would have been accepted."""
        name = self.request.path.name
        self.rejects.add(Reject(name, place, case, found[:500], reason, accepted, scope, kind))

    def notice(self, kind: str, message: str, count: int) -> None:
        """Remember something the user should know; nothing if it never occurred."""
        if count:
            self.notices.append(Notice(kind, message, count))

    def close(self) -> None:
        """Delete everything on disk."""
        self.db.close()
        self.rejects.close()
        self._folder.cleanup()


def _unpacked(path: Path) -> int:
    """About how many bytes the file holds."""
    size = path.stat().st_size
    return size * 12 if path.suffix in (".gz", ".xlsx", ".parquet") else size


def _clean(cells: Cells) -> pa.Array[Any]:
    """Text without surrounding space, NULL where nothing is left."""
    array = cells if isinstance(cells, pa.Array) else texts(cells)
    if isinstance(array, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(array.indices, _clean(array.dictionary))
    if array.type == pa.null():
        return array.cast(pa.string())
    bare: pa.Array[Any] = pc.utf8_trim_whitespace(array)
    cleaned: pa.Array[Any] = pc.if_else(pc.equal(bare, EMPTY), NO_TEXT, bare)
    return cleaned
