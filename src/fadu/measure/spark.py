"""The same judging on Apache Spark (extra ``fadu[spark]``): facts from Parquet, answers row for row as DuckDB's.

Local mode here; on a cluster give a session of your own and a folder that all its machines see.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import ibis
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

from fadu.law.errors import FaduError
from fadu.measure.expressions import Expr

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "8",
}


def local_session(memory: str = "3g", cores: str = "*") -> Any:
    """A Spark session on this machine. Raises ``FaduError`` where Spark is not installed."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FaduError("没有安装 Spark；请安装 fadu[spark]（另需 Java 17 以上）") from error
    builder = SparkSession.builder.master(f"local[{cores}]").appName("fadu")
    builder = builder.config("spark.driver.memory", memory).config("spark.driver.bindAddress", "127.0.0.1")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class SparkBackend:
    """Spark through Ibis. What is kept is written to ``folder`` as Parquet and read back.

    Writing cuts the lineage: a later round reads columns from disk, and never computes an earlier
    round again. Without ``folder`` it is a temporary one, removed by ``close`` or at the end of a ``with``.
    """

    name = "spark"

    def __init__(self, session: Any = None, folder: str | Path | None = None) -> None:
        ibis.options.sql.fuse_selects = False
        self._own = folder is None
        self.folder = Path(mkdtemp(prefix="fadu-spark-") if folder is None else folder)
        self.session: Any = session or local_session()
        self.ibis: Any = ibis.pyspark.connect(self.session)
        self._serial = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was kept in a temporary folder. The session is left running: it may be shared."""
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, expr: Expr, name: str = "") -> Expr:
        """Store the rows of an expression and read them back: under ``name``, or one of its own."""
        path = self._path(name)
        self._frame(expr).write.parquet(str(path))
        return self._view(path, name or path.name)

    def number(self, expr: Expr) -> int:
        value = self._frame(expr.as_table()).first()[0]
        return 0 if value is None else int(value)

    def table(self, rows: pa.Table, name: str) -> Expr:
        path = self._path(name)
        path.mkdir(parents=True)
        pyarrow.parquet.write_table(rows, path / "rows.parquet")
        return self._view(path, name)

    def read(self, path: str | Path, name: str = "") -> Expr:
        """Facts (or any rows) from a Parquet file or folder, as they lie."""
        return self._view(Path(path), name or self._path("").name)

    def rows(self, expr: Expr) -> pa.Table:
        """All rows at once, for answers that fit in memory."""
        table: pa.Table = self._frame(expr).toArrow()
        return table.cast(expr.schema().to_pyarrow())

    def batches(self, expr: Expr, size: int = 65536) -> Iterator[pa.RecordBatch]:
        """Rows in batches and in order, through Parquet: the answer never lies in the driver as a whole."""
        path = self._path("")
        self._frame(expr).write.parquet(str(path))
        schema = expr.schema().to_pyarrow()
        for part in sorted(path.glob("*.parquet")):
            for batch in pyarrow.parquet.ParquetFile(part).iter_batches(size):
                yield batch.cast(schema)

    def _frame(self, expr: Expr) -> Any:
        """The Spark data frame of an expression."""
        self.ibis._run_pre_execute_hooks(expr)
        return self.session.sql(self.ibis.compile(expr))

    def _view(self, path: Path, name: str) -> Expr:
        self.session.read.parquet(str(path)).createOrReplaceTempView(name)
        return self.ibis.table(name)

    def _path(self, name: str) -> Path:
        """A place of its own, so that a table may be replaced while its earlier rows are being read."""
        self._serial += 1
        return self.folder / f"step_{self._serial}{'_' if name else ''}{name}"
