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
import pyarrow.parquet

from fadu.law.errors import FaduError
from fadu.measure.engine import Stored
from fadu.measure.expressions import Expr

_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
}
_SQL = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",  # what is in double quotes is a name here, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
}
"""What the SQL of the scripts takes for granted; set on whatever session is given."""


def local_session(memory: str = "3g", cores: str = "*") -> Any:
    """A Spark session on this machine. Raises ``FaduError`` where Spark is not installed."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FaduError("没有安装 Spark；请安装 fadu[spark]（另需 Java 17 以上）") from error
    builder = SparkSession.builder.master(f"local[{cores}]").appName("fadu")
    builder = builder.config("spark.driver.memory", memory).config("spark.driver.bindAddress", "127.0.0.1")
    for key, value in _LOCAL.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class SparkBackend(Stored):
    """Spark through Ibis: tables are Parquet folders under ``folder``, seen as temporary views.

    Every stage is written and read back. That cuts the lineage (no stage computes an earlier one
    again) and leaves the next one only the columns it reads. Without ``folder`` it is a temporary
    one, removed by ``close`` or at the end of a ``with``.
    """

    name = "spark"
    dialect = "pyspark"

    def __init__(self, session: Any = None, folder: str | Path | None = None) -> None:
        self._own = folder is None
        self.folder = Path(mkdtemp(prefix="fadu-spark-") if folder is None else folder)
        self.session: Any = session or local_session()
        ibis.options.sql.fuse_selects = False
        self.ibis: Any = ibis.pyspark.connect(self.session, **_SQL)
        self._parts: dict[str, list[str]] = {}
        self._serial = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the tables of a temporary folder. The session is left running: it may be shared."""
        for table in list(self._parts):
            self.drop(table)
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, table: str, sql: str) -> None:
        """Store the rows of a query, replacing."""
        path = self._path(table)
        self.session.sql(sql).write.parquet(path)
        self._see(table, [path])

    def append(self, table: str, sql: str) -> None:
        """Add rows to a table, in its own types; it is made if it is not there."""
        if table not in self._parts:
            self.create(table, sql)
            return
        known = self.session.table(table).schema
        rows = self.session.sql(sql).toDF(*known.names)
        path = self._path(table)
        rows.select(*(rows[item.name].cast(item.dataType) for item in known)).write.parquet(path)
        self._see(table, [*self._parts[table], path])

    def load(self, table: str, rows: pa.Table) -> None:
        """Store an Arrow table, replacing."""
        path = self._path(table)
        Path(path).mkdir(parents=True)
        pyarrow.parquet.write_table(rows, Path(path) / "rows.parquet")
        self._see(table, [path])

    def load_parquet(self, table: str, *paths: str | Path) -> None:
        """Take Parquet files or folders as a table where they lie: facts, for one."""
        self._see(table, [str(path) for path in paths])

    def number(self, sql: str) -> int:
        """The one number a query gives; 0 for none."""
        found = self.session.sql(sql).first()
        return 0 if found is None or found[0] is None else int(found[0])

    def rename(self, old: str, new: str) -> None:
        """Let ``old`` take the place of ``new``."""
        self._see(new, self._parts[old])
        self.drop(old)

    def drop(self, table: str) -> None:
        """Forget a table."""
        self.session.catalog.dropTempView(table)
        self._parts.pop(table, None)

    def rows(self, expr: Expr) -> pa.Table:
        """All rows at once, for answers that fit in memory."""
        table: pa.Table = self.session.sql(self.ibis.compile(expr)).toArrow()
        return table.cast(expr.schema().to_pyarrow())

    def batches(self, expr: Expr, size: int = 65536) -> Iterator[pa.RecordBatch]:
        """Rows in batches and in order, through Parquet: the answer never lies in the driver as a whole."""
        path = self._path("answer")
        self.session.sql(self.ibis.compile(expr)).write.parquet(path)
        schema = expr.schema().to_pyarrow()
        for part in sorted(Path(path).glob("*.parquet")):
            for batch in pyarrow.parquet.ParquetFile(part).iter_batches(size):
                yield batch.cast(schema)

    def _see(self, table: str, parts: list[str]) -> None:
        self.session.read.parquet(*parts).createOrReplaceTempView(table)
        self._parts[table] = parts

    def _path(self, table: str) -> str:
        """A place of its own, so that a table may be replaced while its earlier rows are being read."""
        self._serial += 1
        return str(self.folder / f"{self._serial}_{table}")
