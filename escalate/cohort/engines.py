"""Where a query runs: DuckDB in this process, or a Spark cluster; the expression is the same.

An engine reads the parts of a table of facts and writes what an expression yields. A file, or a folder of
parts, is written under another name and renamed: it is there whole, or not at all.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from escalate.cohort.files import drop, put_in_place
from escalate.cohort.relational.source import typed
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.texts import _

if TYPE_CHECKING:
    from ibis.expr.types import Table

    Question = Callable[[Table, Library], Table]

# DuckDB's own search for common subexpressions takes time that grows with the square of a query's width, and
# the pulling up of projections computes every stratum again in the one above it (docs/decisions/0009).
_OPTIMIZERS = ("unused_columns", "column_lifetime", "filter_pushdown", "cte_inlining")
_NO_SQL = {"polars"}  # backends of Ibis that read no text
# Likewise in Spark; generating code for a thousand columns takes longer than the rows it is to speed up.
_SPARK = {
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.CollapseProject",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
}


class Engine(ABC):
    """What runs a query over the facts."""

    name: str
    partitioned: bool  # whether a large registry is handed to it a partition at a time

    def facts(self, parts: Sequence[Path], library: Library) -> Table:
        """The table of facts that lies in these Parquet files (or folders of them)."""
        return typed(self.table(parts), library)

    def write(self, question: Question, parts: Sequence[Path], library: Library, target: Path) -> None:
        """What an expression over the facts of these parts yields, as `save` writes it."""
        self.save(question(self.facts(parts, library), library), target)

    @abstractmethod
    def table(self, paths: Sequence[Path]) -> Table:
        """What lies in Parquet files (or folders of them), as it is."""

    @abstractmethod
    def save(self, expression: Table, target: Path) -> None:
        """What an expression yields, as Parquet, or as CSV by the name's ending."""

    @abstractmethod
    def rows(self, expression: Table) -> Any:
        """What an expression yields, as an Arrow table."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of what the engine holds."""


@contextmanager
def _each_select_by_itself() -> Iterator[None]:
    """Ibis merges selects by writing the lower one into the upper one, again and again."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


def sql(expression: Table, dialect: str) -> str:
    """The text of a query.

    Args: dialect, one of Ibis' backends (`duckdb`, `postgres`, `snowflake`, `bigquery`, `pyspark`, ...).
    Raises: UsageError where there is no such dialect or it cannot say the query.
    """
    from ibis.common.exceptions import IbisError
    from ibis.util import backend_entry_points

    dialects = sorted({entry.name for entry in backend_entry_points()} - _NO_SQL)
    if dialect not in dialects:
        message = _("--sql {dialect}: there is no such dialect; accepted: {dialects}")
        raise UsageError(message.format(dialect=dialect, dialects=", ".join(dialects)))
    # The compilers of Spark and Databricks ask for options that only their loaded backend registers.
    with suppress(AttributeError, ImportError):
        getattr(ibis, dialect)
    with _each_select_by_itself():
        try:
            return str(ibis.to_sql(expression, dialect=dialect, pretty=False))
        except (IbisError, AttributeError, ValueError, ImportError) as fault:
            message = _("--sql {dialect}: Ibis cannot write the query: {fault}")
            raise UsageError(message.format(dialect=dialect, fault=str(fault).split("\n")[0])) from None


class DuckDB(Engine):
    """In this process.

    Args: threads, how many (default: one per core); memory, what it may hold before it turns to the disk.
    """

    name = "duckdb"
    partitioned = True

    def __init__(self, threads: int | None = None, memory: str = "6GB") -> None:
        self._connection = ibis.duckdb.connect(threads=threads or os.cpu_count(), memory_limit=memory)
        known = {row[0] for row in self._raw("SELECT name FROM duckdb_optimizers()").fetchall()}
        self._raw(f"SET disabled_optimizers = '{','.join(sorted(known - set(_OPTIMIZERS)))}'")

    def table(self, paths: Sequence[Path]) -> Table:
        """As `Engine.table`."""
        return self._connection.read_parquet([str(path) for path in paths])

    def save(self, expression: Table, target: Path) -> None:
        """As `Engine.save`."""
        half = target.with_name(f"{target.name}.half")
        as_csv = target.suffix == ".csv"
        with _each_select_by_itself():
            query = self._connection.compile(_flat(expression) if as_csv else expression)
        form = "FORMAT csv, HEADER" if as_csv else "FORMAT parquet, COMPRESSION zstd"
        drop(half)
        self._raw(f"COPY ({query}) TO '{_quoted(half)}' ({form})")
        put_in_place(half, target)

    def rows(self, expression: Table) -> Any:
        """What an expression yields, as an Arrow table."""
        with _each_select_by_itself():
            return self._connection.con.sql(self._connection.compile(expression)).to_arrow_table()

    def close(self) -> None:
        """As `Engine.close`."""
        self._connection.disconnect()

    def _raw(self, text: str) -> Any:
        return self._connection.con.execute(text)


class Spark(Engine):
    """A Spark cluster, or a local one (`local[2]`, `spark://host:7077`); needs Java."""

    name = "spark"
    partitioned = False

    def __init__(self, master: str, **settings: str) -> None:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("escalate cohort").master(master)
        for key, setting in {**_SPARK, **settings}.items():
            builder = builder.config(key, setting)
        self._session = builder.getOrCreate()
        self._connection = ibis.pyspark.connect(self._session)
        self._names = count()

    def table(self, paths: Sequence[Path]) -> Table:
        """As `Engine.table`."""
        name = f"table_{next(self._names)}"
        self._session.read.parquet(*(str(path) for path in paths)).createOrReplaceTempView(name)
        return self._connection.table(name)

    def save(self, expression: Table, target: Path) -> None:
        """As `Engine.save`; the target is a folder of parts, as Spark writes it."""
        as_csv = target.suffix == ".csv"
        frame = self.frame(_flat(expression) if as_csv else expression)
        half = target.with_name(f"{target.name}.half")
        drop(half)
        writer = frame.write.mode("overwrite")
        if as_csv:
            writer.option("header", True).csv(str(half))
        else:
            writer.parquet(str(half))
        put_in_place(half, target)

    def frame(self, expression: Table) -> Any:
        """An expression as a data frame of Spark's."""
        with _each_select_by_itself():
            return self._session.sql(self._connection.compile(expression))

    def rows(self, expression: Table) -> Any:
        """What an expression yields, as an Arrow table."""
        return self.frame(expression).toArrow()

    def close(self) -> None:
        """As `Engine.close`."""
        self._session.stop()


def _flat(table: Table) -> Table:
    """Lists as text, for a format that has none."""
    lists = {name: table[name].join("; ") for name, kind in table.schema().items() if kind.is_array()}
    return table.mutate(**lists) if lists else table


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
