"""A table of facts, Parquet or CSV, as files of facts: a row with a value that is none is refused alone.

A value counts as one of a patient file: its range, its words and their spellings, its unit. What stands in
`NAME:absent`, `NAME:low`, `NAME:high` and `NAME:missing` (escalate/cohort/columns.py) is typed.
Contradictions between the values of a row are not looked for, and derived facts not computed: both need the
whole patient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalate.cohort.batches import Batch, batches, check_types, column_names
from escalate.cohort.columns import PATIENT, FactColumn, Kind, fact_columns, further_columns
from escalate.cohort.facts import arrow_schema
from escalate.cohort.mapping import ColumnMapping, check_columns
from escalate.cohort.own_values import Reader, Values
from escalate.cohort.parts import Part, left_whole, part_path, patients_of, write_part
from escalate.cohort.registry import Refused
from escalate.library.model import FactType, Library
from escalate.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

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
    Raises: UsageError where a table cannot be read, lacks the column `patient` or one of the mapping, or a
            column is of a type that no fact has.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Part] = []
    seen: set[str] = set()
    lists = {name: kind is Kind.WORDS for name, kind in _known(library).items()}
    own = {name: lists.get(column.fact, False) for name, column in mapping.columns.items()}
    read = {mapping.patient: False} | lists | own
    for place in places:
        check_columns(mapping, column_names(place), place)
        check_types(place, read)
        for rows in batches(place, size):
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
    """The columns of a table that hold no fact: neither by their name nor by the mapping."""
    known = {PATIENT, mapping.patient, *mapping.columns, *library.facts, *_known(library)}
    return tuple(name for name in column_names(place) if name not in known)


def columns_only_checked(place: Path, library: Library, mapping: ColumnMapping) -> dict[str, tuple[str, ...]]:
    """The columns of a table with facts that no rule reads, each with what rules read that is computed of it.

    Of a table nothing is computed: what rules read must stand in it.
    """
    read = {column.name for column in fact_columns(library)}
    found = {}
    for name in column_names(place):
        own = mapping.columns.get(name)
        fact = own.fact if own else name
        if fact in library.facts and fact not in read:
            computed = (one.name for one in library.facts.values() if fact in one.reads and one.name in read)
            found[name] = tuple(sorted(computed))
    return found


def _known(library: Library) -> dict[str, Kind]:
    """Every column that can hold a fact or say something of it, with its type."""
    columns = (*fact_columns(library), *further_columns(library))
    return {name: kind for column in columns for name, kind in column.types}


class _Rows:
    """One batch of rows to facts."""

    def __init__(self, batch: Batch, library: Library, mapping: ColumnMapping, seen: set[str]) -> None:
        self._batch, self._library, self._mapping, self._seen = batch, library, mapping, seen
        self._refused: dict[int, str] = {}

    def read(self) -> tuple[pa.Table, list[Refused]]:
        import pyarrow as pa

        columns = fact_columns(self._library)
        own = {one.fact: (name, one) for name, one in self._mapping.columns.items()}
        found: dict[str, pa.Array] = {PATIENT: self._ids()}
        for column in columns:
            self._fact(column, own, found)
        here = set(self._batch.table.column_names)
        for column in further_columns(
            self._library
        ):  # no rule reads them, but a wrong value shows a wrong row
            names = {own[column.name][0] if column.name in own else column.name}
            if here & (names | {name for name, _kind in column.types[1:]}):
                self._fact(column, own, {})
        self._each_patient_once(found[PATIENT].to_pylist())
        schema = arrow_schema(columns)
        whole = pa.Table.from_arrays([found[name] for name in schema.names], schema=schema.remove_metadata())
        stays = pa.array([row not in self._refused for row in range(whole.num_rows)], pa.bool_())
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
        return ids.fill_null("")

    def _each_patient_once(self, ids: Sequence[str]) -> None:
        """Refuses a row whose patient an earlier row has given; one that was refused itself gave nobody.

        Told last: a run that goes on knows of its earlier parts only whom they hold.
        """
        for row, name in enumerate(ids):
            if name in self._seen:
                self._refuse(row, _("the patient stands in an earlier row"))
            elif row not in self._refused:
                self._seen.add(name)

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
        """The cells of a column; bytes are text where they are UTF-8, and else refuse their row."""
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import types

        cells = self._batch.table.column(name).combine_chunks()
        if not (types.is_binary(cells.type) or types.is_large_binary(cells.type)):
            return cells
        try:
            return pc.cast(cells, pa.string())
        except pa.ArrowInvalid:
            return pa.array(
                [self._text(cell, row, name) for row, cell in enumerate(cells.to_pylist())], pa.string()
            )

    def _text(self, cell: bytes | None, row: int, name: str) -> str | None:
        try:
            return None if cell is None else cell.decode()
        except UnicodeDecodeError:
            self._refuse(row, _("`{name}`: not UTF-8").format(name=name))
            return None

    def _refuse_where(self, wrong: pa.Array, why: str, name: str) -> None:
        import pyarrow.compute as pc

        for row in pc.indices_nonzero(wrong).to_pylist():
            self._refuse(row, why.format(name=name))

    def _refuse(self, row: int, why: str) -> None:
        earlier = self._refused.get(row)
        self._refused[row] = f"{earlier}; {why}" if earlier else why
