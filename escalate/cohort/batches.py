"""The rows of a table, Parquet or CSV, some at a time; cells of CSV are bytes until somebody reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.cohort.quotes import is_over_lines, swallowing_row
from escalate.problems import UsageError, printable
from escalate.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (".parquet", ".csv")
_MIB = 1 << 20
_LONGEST = 16  # MiB that a row of CSV may take: more is a quote that nobody closed


@dataclass(slots=True)
class Batch:
    """Some rows of a table.

    `first` counts from 1 the rows that could be taken apart; `skipped` numbers the others among all rows, as
    far as they were met, and `left_out` says why of those that no earlier batch has told of.
    """

    place: Path
    first: int
    table: pa.Table
    skipped: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)

    def number(self, row: int) -> int:
        """The number among all rows, from 1, of a row of this batch, from 0."""
        found = self.first + row
        for skipped in sorted(self.skipped):
            found += skipped <= found
        return found


def batches(place: Path, size: int) -> Iterator[Batch]:
    """The rows of a table, `size` at a time. Raises: UsageError."""
    import pyarrow as pa

    try:
        yield from _parquet(place, size) if _is_parquet(place) else _csv(place, size)
    except (OSError, pa.ArrowException) as fault:
        said = str(fault).split("\n")[0]
        raise UsageError(_("{place}: {fault}").format(place=place, fault=said)) from None


def check_types(place: Path, read: Mapping[str, bool]) -> None:
    """Hold the types of a Parquet file against what is read of it.

    Args:   read, the columns that are read; TRUE where one may hold lists of text.
    Raises: UsageError with the column, its type, and the types that are accepted.
    """
    import pyarrow.parquet as pq

    if not _is_parquet(place):
        return
    for column in pq.read_schema(place):
        if column.name in read and not _fits(column.type, read[column.name]):
            message = _("{place}: the column `{name}` holds {type}; accepted: {accepted}")
            accepted = _("text, numbers, Booleans, days")
            if read[column.name]:
                accepted = _("text, or lists of text")
            raise UsageError(
                message.format(place=place, name=column.name, type=column.type, accepted=accepted)
            )


def _fits(found: pa.DataType, lists: bool) -> bool:
    from pyarrow import types

    if types.is_dictionary(found):
        return _fits(found.value_type, False)
    if types.is_list(found) or types.is_large_list(found):
        inner = found.value_type
        return lists and (types.is_string(inner) or types.is_large_string(inner) or types.is_null(inner))
    texts = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary, types.is_null)
    single = (types.is_boolean, types.is_integer, types.is_float32, types.is_float64, types.is_decimal)
    days = (types.is_date, types.is_timestamp)
    return any(one(found) for one in (*texts, *single, *days))


def _parquet(place: Path, size: int) -> Iterator[Batch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 1
    for batch in pq.ParquetFile(place).iter_batches(batch_size=size):
        yield Batch(place, first, pa.Table.from_batches([batch]))
        first += batch.num_rows


def _csv(place: Path, size: int) -> Iterator[Batch]:
    """Rows count from 1 behind that of the names; one with too few or too many cells is left out.

    Raises: UsageError for a row that is too long: where it ends, and the next one begins, is not known.
    """
    import pyarrow as pa
    from pyarrow import csv as table

    names, between = _header(place)
    skipped: list[int] = []
    left_out: dict[int, str] = {}

    def broken(row: Any) -> str:
        said = _("{found} cells, where {expected} columns stand")
        number = row.number - 1  # the names are a row to Arrow
        left_out[number] = said.format(found=row.actual_columns, expected=row.expected_columns)
        skipped.append(number)
        return "skip"

    def read() -> Iterator[pa.RecordBatch]:
        yield from table.open_csv(
            place,
            read_options=table.ReadOptions(use_threads=False, block_size=_LONGEST * _MIB),
            parse_options=table.ParseOptions(
                delimiter=between, newlines_in_values=True, invalid_row_handler=broken
            ),
            convert_options=table.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False
            ),
        )

    first, held = 1, pa.table({name: pa.array([], pa.binary()) for name in names})
    try:
        for batch in read():
            held = pa.concat_tables([held, pa.Table.from_batches([batch])])
            while held.num_rows >= size:
                yield Batch(place, first, held.slice(0, size), skipped, dict(left_out))
                first, held = first + size, held.slice(size)
                left_out.clear()
    except pa.ArrowInvalid as fault:
        if "straddling" not in str(fault):
            raise
        said = _(
            "{place}: row {number} takes more than {most} MiB, and nothing behind it can be read; look there "
            "for a quotation mark that nothing closes"
        )
        number = first + held.num_rows + len(skipped)  # every row before it has come
        raise UsageError(said.format(place=place, number=number, most=_LONGEST)) from None
    _check_quotes(place, between, first + held.num_rows + len(skipped) - 1)
    if held.num_rows or left_out:
        yield Batch(place, first, held, skipped, left_out)


def _check_quotes(place: Path, between: str, rows: int) -> None:
    """Raises: UsageError where a quotation mark that nothing closes has made several rows one."""
    number = swallowing_row(place, between, _LONGEST * _MIB) if is_over_lines(place, rows) else None
    if number is not None:
        said = _(
            "{place}: row {number}: a quotation mark is not closed, or something stands behind it; rows "
            "would be lost in it"
        )
        raise UsageError(said.format(place=place, number=number))


def column_names(place: Path) -> list[str]:
    """What the columns of a table are called. Raises: UsageError, also where a name stands twice."""
    names = _names(place)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(_("{place}: the column `{name}` stands twice").format(place=place, name=twice[0]))
    return names


def _names(place: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not _is_parquet(place):
        return _header(place)[0]
    try:
        return list(pq.ParquetFile(place).schema_arrow.names)
    except (OSError, pa.ArrowException) as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=fault)) from None


def _header(place: Path) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them: a comma, or a semicolon where there is none."""
    try:
        # A byte that is no UTF-8 may stand in a row; in the names it is refused.
        with place.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            line = text.readline()
            between = ";" if ";" in line and "," not in line else ","
            text.seek(0)
            names = next(csv.reader(text, delimiter=between), [])
    except (OSError, csv.Error) as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=fault)) from None
    for name in names:
        if any("\udc80" <= letter <= "\udcff" for letter in name):
            message = _("{place}: the name of the column {name} is not UTF-8; save the file as UTF-8")
            raise UsageError(message.format(place=place, name=printable(name)))
    return names, between


def _is_parquet(place: Path) -> bool:
    return place.suffix.lower() == ".parquet"
