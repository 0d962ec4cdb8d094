"""One patient as a row of facts: what a contradiction made unknown is unknown, derived facts are included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf, nextafter
from typing import TYPE_CHECKING

from escalate.cohort.columns import MOST_DIGITS, PATIENT, FactColumn, Kind, digits
from escalate.engine import RuleBase, kleene
from escalate.language.facts import Fact, Status
from escalate.library.model import Library
from escalate.library.once import Once
from escalate.patient.contradictions import find_contradictions
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.problems import InternalFault
from escalate.texts import _
from escalate.truth import Truth

if TYPE_CHECKING:
    import pyarrow as pa

Cell = bool | float | str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class FactRow:
    """The cells of one patient, by column; a column without a cell is NULL."""

    patient: str
    cells: Mapping[str, Cell]


def settled_facts(patient: Patient, library: Library) -> PatientFacts:
    """The facts that the rules judge, as `assess` has them: what a contradiction names is unknown."""
    stated = PatientFacts(patient, library)
    blanked = {field for found in find_contradictions(patient, library) for field in found.makes_unknown}
    rules = _contradictions(library)
    values = kleene.run(rules, stated).rules
    for rule in rules.rules:
        if rule.alert == "contradiction" and values[rule.key] is Truth.TRUE:
            blanked.update(rule.makes_unknown)
    return PatientFacts(patient, library, frozenset(blanked)) if blanked else stated


def fact_row(patient: str, facts: Mapping[str, Fact], columns: Sequence[FactColumn]) -> FactRow:
    """The cells of one patient's facts.

    Args: patient, the id that the row stands under.
    """
    cells: dict[str, Cell] = {}
    for column in columns:
        _put(cells, facts[column.name], column)
    return FactRow(patient, cells)


def table_of(rows: Sequence[FactRow], columns: Sequence[FactColumn]) -> pa.Table:
    """Rows as a table with every column that `escalate.cohort.columns` names, in its order."""
    import pyarrow as pa

    schema = arrow_schema(columns)
    ids: list[Cell] = [row.patient for row in rows]
    data = [ids, *([row.cells.get(field.name) for row in rows] for field in list(schema)[1:])]
    arrays = [pa.array(cells, field.type) for cells, field in zip(data, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def arrow_schema(columns: Sequence[FactColumn]) -> pa.Schema:
    """Names and types of the table of facts."""
    import pyarrow as pa

    types = {
        Kind.FLAG: pa.bool_(),
        Kind.NUMBER: pa.float64(),
        Kind.WORD: pa.string(),
        Kind.WORDS: pa.list_(pa.string()),
    }
    named = [(name, types[kind]) for column in columns for name, kind in column.types]
    return pa.schema([pa.field(PATIENT, pa.string(), nullable=False), *named])


def number_cell(number: Decimal) -> float:
    """A number as a double on which every comparison with a threshold comes out as on the decimal itself.

    A threshold has at most twelve digits, which a double tells apart. A number so close to one that both
    become the same double is moved to the next double on its own side.

    >>> number_cell(Decimal("44.9")), number_cell(Decimal("3") - Decimal("1e-20")) < 3
    (44.9, True)
    """
    near = float(number)
    shown = Decimal(repr(near))
    if shown != number and digits(shown) <= MOST_DIGITS:
        return nextafter(near, -inf if number < shown else inf)
    return near


def _put(cells: dict[str, Cell], fact: Fact, column: FactColumn) -> None:
    if fact.status is Status.KNOWN and fact.value is not None:
        cells[column.name] = _cell(fact.value, column)
    elif fact.status is Status.ABSENT:
        if not column.absent:
            raise InternalFault(
                _("the fact `{column}` does not apply, and its column cannot say so").format(
                    column=column.name
                )
            )
        cells[column.absent] = True
    else:
        if column.low:
            cells[column.low] = None if fact.low is None else number_cell(fact.low)
            cells[column.high] = None if fact.high is None else number_cell(fact.high)
        if column.missing and fact.missing:
            cells[column.missing] = fact.missing


def _cell(value: object, column: FactColumn) -> Cell:
    match column.kind, value:
        case Kind.FLAG, bool():
            return value
        case Kind.NUMBER, Decimal():
            return number_cell(value)
        case Kind.WORD, str():
            return value
        case Kind.WORDS, frozenset():
            return sorted(value)
    raise InternalFault(_("the fact `{column}` is no {kind}").format(column=column.name, kind=column.kind))


@Once
def _contradictions(library: Library) -> RuleBase:
    return RuleBase([rule for rule in library.rules if rule.alert == "contradiction"], library)
