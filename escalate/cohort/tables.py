"""A table of facts, Parquet or CSV, as files of facts: a row with a value that is none is refused alone.

A value counts as one of a patient file: its range, its words and their spellings, its unit. What stands in
`NAME:absent`, `NAME:low`, `NAME:high` and `NAME:missing` (escalate/cohort/columns.py) is typed.
Contradictions between the values of a row are not looked for, and derived facts not computed: both need the
whole patient.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.cohort.columns import PATIENT, FactColumn, Kind, fact_columns
from escalate.cohort.facts import arrow_schema
from escalate.cohort.mapping import ColumnMapping, check_columns
from escalate.cohort.own_values import Reader, Values
from escalate.cohort.parts import Part, left_whole, part_path, patients_of, write_part
from escalate.cohort.registry import Refused
from escalate.library.model import FactType, Library
from escalate.problems import UsageError
from escalate.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (".parquet", ".csv")
ROWS = 50_000
_KINDS = {Kind.FLAG: "boolean", Kind.NUMBER: "number", Kind.WORDS: "text"}


def write_tables(
    places: Sequence[Path],
    folder: Path,
    library: Library,
    mapping: ColumnMapping,
    *,
    size: int = ROWS,
    done: Callable[[Part], None] = lambda part: None,
) -> list[Part]:
    """Read every row of these tables and write its facts as `escalate.cohort.nested.write_parts` does.

    Args:   size, rows of a part. done, told of each part in their order.
    Raises: UsageError where a table cannot be read, or lacks the column `patient` or one of the mapping.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Part] = []
    seen: set[str] = set()
    for place in places:
        for rows in _batches(place, size, mapping):
            path = part_path(folder, len(parts))
            part = left_whole(path)
            if part is None:
                table, refused = _Rows(rows, library, mapping, seen).read()
                part = write_part(table, path, tuple(refused))
            else:
                seen.update(patients_of(path))
            parts.append(part)
            done(part)
    return parts


def columns_not_read(place: Path, library: Library, mapping: ColumnMapping) -> tuple[str, ...]:
    """The columns of a table that no rule reads, and that are no field either."""
    known = {PATIENT, mapping.patient, *mapping.columns, *library.facts}
    known |= {name for column in fact_columns(library) for name, _kind in column.types}
    return tuple(name for name in _names(place) if name not in known)


@dataclass(slots=True)
class _Batch:
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


class _Rows:
    """One batch of rows to facts."""

    def __init__(self, batch: _Batch, library: Library, mapping: ColumnMapping, seen: set[str]) -> None:
        self._batch, self._library, self._mapping, self._seen = batch, library, mapping, seen
        self._refused: dict[int, str] = {}

    def read(self) -> tuple[pa.Table, list[Refused]]:
        import pyarrow as pa

        columns = fact_columns(self._library)
        own = {one.fact: (name, one) for name, one in self._mapping.columns.items()}
        found: dict[str, pa.Array] = {PATIENT: self._ids()}
        for column in columns:
            self._fact(column, own, found)
        schema = arrow_schema(columns)
        whole = pa.Table.from_arrays([found[name] for name in schema.names], schema=schema.remove_metadata())
        stays = pa.array([row not in self._refused for row in range(whole.num_rows)])
        reasons = {self._batch.number(row): why for row, why in self._refused.items()}
        said = _("{place}: row {number}")
        refused = [
            Refused(said.format(place=self._batch.place.name, number=number), why)
            for number, why in sorted((reasons | self._batch.left_out).items())
        ]
        return whole.filter(stays), refused

    def _ids(self) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = pc.cast(self._values(self._mapping.patient), pa.string())
        for row, name in enumerate(ids.to_pylist()):
            if not name:
                self._refuse(row, _("it has no patient"))
            elif name in self._seen:
                self._refuse(row, _("the patient stands in an earlier row"))
            else:
                self._seen.add(name)
        return ids.fill_null("")

    def _fact(self, column: FactColumn, own: dict[str, tuple[str, Any]], found: dict[str, pa.Array]) -> None:
        import pyarrow.compute as pc

        source, mapped = own.get(column.name, (column.name, None))
        fact = self._library.facts[column.name]
        values = self._taken(source, fact, column.kind, mapped, bool(column.absent))
        found[column.name] = values.cells
        for name, kind in column.types[1:]:
            found[name] = self._taken(name, FactType(name, _KINDS[kind]), kind, None, False).cells
        if values.absent is not None:
            found[column.absent] = pc.coalesce(found[column.absent], values.absent)
        if column.absent:
            both = pc.and_(found[column.absent].fill_null(False), values.cells.is_valid())
            self._refuse_where(both, _("`{name}` has a value and is said not to apply"), column.name)
        if column.low:
            crossed = pc.greater(found[column.low], found[column.high]).fill_null(False)
            self._refuse_where(crossed, _("`{name}`: no number lies between these bounds"), column.name)

    def _taken(self, source: str, fact: FactType, kind: Kind, mapped: Any, absent: bool) -> Values:
        import pyarrow as pa

        reader = Reader(source, fact, kind, self._library, own=mapped, absent=absent)
        if source not in self._batch.table.column_names:
            return reader(pa.nulls(self._batch.table.num_rows))
        values = reader(self._values(source))
        for row, why in values.refused.items():
            self._refuse(row, why)
        return values

    def _values(self, name: str) -> pa.Array:
        return self._batch.table.column(name).combine_chunks()

    def _refuse_where(self, wrong: pa.Array, why: str, name: str) -> None:
        import pyarrow.compute as pc

        for row in pc.indices_nonzero(wrong).to_pylist():
            self._refuse(row, why.format(name=name))

    def _refuse(self, row: int, why: str) -> None:
        earlier = self._refused.get(row)
        self._refused[row] = f"{earlier}; {why}" if earlier else why


def _batches(place: Path, size: int, mapping: ColumnMapping) -> Iterator[_Batch]:
    """The rows of a table, `size` at a time. Raises: UsageError."""
    import pyarrow as pa

    names = _names(place)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(_("{place}: the column `{name}` stands twice").format(place=place, name=twice[0]))
    check_columns(mapping, names, place)
    try:
        yield from _parquet(place, size) if place.suffix == ".parquet" else _csv(place, size)
    except (OSError, pa.ArrowException) as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=str(fault).split("\n")[0])) from None


def _parquet(place: Path, size: int) -> Iterator[_Batch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = 1
    for batch in pq.ParquetFile(place).iter_batches(batch_size=size):
        yield _Batch(place, first, pa.Table.from_batches([batch]))
        first += batch.num_rows


def _csv(place: Path, size: int) -> Iterator[_Batch]:
    """Rows count from 1 behind that of the names; one with too few or too many cells is left out."""
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

    reader = table.open_csv(
        place,
        read_options=table.ReadOptions(use_threads=False),
        parse_options=table.ParseOptions(
            delimiter=between, newlines_in_values=True, invalid_row_handler=broken
        ),
        convert_options=table.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    first, held = 1, pa.table({name: pa.array([], pa.string()) for name in names})
    for batch in reader:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= size:
            yield _Batch(place, first, held.slice(0, size), skipped, dict(left_out))
            first, held = first + size, held.slice(size)
            left_out.clear()
    if held.num_rows or left_out or first == 1:
        yield _Batch(place, first, held, skipped, left_out)


def _names(place: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if place.suffix != ".parquet":
        return _header(place)[0]
    try:
        return list(pq.ParquetFile(place).schema_arrow.names)
    except (OSError, pa.ArrowException) as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=fault)) from None


def _header(place: Path) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them: a comma, or a semicolon where there is none."""
    try:
        with place.open(encoding="utf-8-sig", newline="") as text:
            line = text.readline()
            between = ";" if ";" in line and "," not in line else ","
            text.seek(0)
            return next(csv.reader(text, delimiter=between), []), between
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise UsageError(_("{place}: {fault}").format(place=place, fault=fault)) from None
