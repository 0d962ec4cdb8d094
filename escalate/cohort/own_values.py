"""The values of one column as facts: each distinct value is read once, as a patient file's would be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from escalate.cohort.columns import Kind
from escalate.cohort.facts import number_cell
from escalate.cohort.mapping import OwnColumn
from escalate.library.model import FactType, Library
from escalate.nodes import Document, Node, Scalar
from escalate.nodes import Sequence as Items
from escalate.patient.complaints import Complaints
from escalate.patient.scalars import is_unknown, read_field
from escalate.problems import Span
from escalate.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

_BARE = re.compile(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*")
_BETWEEN = re.compile(r"[;|,]")
_NOWHERE = Span("", 1, 1)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a value: a cell, `absent`, or the reason why it is refused."""

    cell: Any = None
    absent: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """A column that was read; `refused` names the reason by row."""

    cells: pa.Array
    absent: pa.Array | None
    refused: dict[int, str]


class Reader:
    """Reads the values of one column.

    Args: source, what the column is called; fact, what it holds; own, the unit and the words that it is
          written in (None: the fact's own); absent, whether "never" can be said of the fact.
    """

    def __init__(
        self,
        source: str,
        fact: FactType,
        kind: Kind,
        library: Library,
        *,
        own: OwnColumn | None,
        absent: bool,
    ) -> None:
        self._source, self._fact, self._kind = source, fact, kind
        self._library, self._own, self._absent = library, own, absent
        self._type = arrow_type(kind)
        self._known: dict[Any, Read] = {}

    def __call__(self, values: pa.Array) -> Values:
        """The cells of these values, in their order."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if values.null_count == len(values):
            return Values(pa.nulls(len(values), self._type), None, {})
        if self._stands(values):
            return Values(values, None, {})
        if self._kind is Kind.WORDS:
            places: dict[Any, int] = {}
            rows = [places.setdefault(_items(one), len(places)) for one in values.to_pylist()]
            return self._gathered(list(places), pa.array(rows, pa.int32()))
        distinct = pc.cast(values, pa.string()).dictionary_encode()
        return self._gathered(distinct.dictionary.to_pylist(), distinct.indices)

    def _gathered(self, distinct: Sequence[Any], rows: pa.Array) -> Values:
        import pyarrow as pa

        read = [self._known_as(value) for value in distinct]
        absent = None
        if any(one.absent for one in read):
            absent = pa.array([one.absent or None for one in read], pa.bool_()).take(rows)
        wrong = {place: one.refused for place, one in enumerate(read) if one.refused}
        refused = {}
        if wrong:
            refused = {row: wrong[place] for row, place in enumerate(rows.to_pylist()) if place in wrong}
        return Values(pa.array([one.cell for one in read], self._type).take(rows), absent, refused)

    def _stands(self, values: pa.Array) -> bool:
        """Whether the values are what the rules read already: typed, in the own unit, inside the range."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._own is not None:
            return False
        if self._kind is Kind.FLAG:
            return bool(pa.types.is_boolean(values.type))
        if self._kind is Kind.WORDS:
            return bool(values.type == self._type) and self._are_words(values)
        if self._kind is not Kind.NUMBER or not pa.types.is_float64(values.type):
            return False
        if not pc.all(pc.is_finite(values)).as_py():
            return False
        if self._fact.kind == "integer" and not pc.all(pc.equal(values, pc.floor(values))).as_py():
            return False
        ends = pc.min_max(values).as_py()
        low, high = self._fact.low, self._fact.high
        return (low is None or ends["min"] >= low) and (high is None or ends["max"] <= high)

    def _are_words(self, lists: pa.Array) -> bool:
        """Whether every item is one of the fact's own words; of a companion any text is."""
        import pyarrow.compute as pc

        items = pc.list_flatten(lists)
        if items.null_count:
            return False
        return self._fact.kind == "text" or set(pc.unique(items).to_pylist()) <= set(self._fact.values)

    def _known_as(self, value: Any) -> Read:
        if value not in self._known:
            self._known[value] = self._read(value)
        return self._known[value]

    def _read(self, value: Any) -> Read:
        if value is None or (isinstance(value, str) and value.strip().casefold() in ("nan", "")):
            return Read()
        node: Node
        if isinstance(value, tuple) and self._fact.kind == "text":
            return Read(list(value))
        if isinstance(value, tuple):
            if value and all(is_unknown(Scalar(self._word(one), _NOWHERE)) for one in value):
                return Read()
            node = Items(tuple(Scalar(self._word(one), _NOWHERE) for one in value), _NOWHERE)
            shown = "; ".join(value)
        else:
            node, shown = Scalar(self._with_unit(self._word(value)), _NOWHERE), value
        complaints = Complaints(Document(node, (), "", ""))
        found = read_field(node, self._fact, self._library, complaints)
        if complaints.problems:
            problem = complaints.problems[0]
            said = f"`{self._source}`: {problem.code}: {problem.message}"
            return Read(refused=f"{said}; {problem.help}" if problem.help else said)
        if found is None:
            return Read()
        if found.never:
            if self._absent:
                return Read(absent=True)
            return Read(refused=_("`{name}`: {text} is no value of it").format(name=self._source, text=shown))
        return Read(_cell(found.value))

    def _word(self, text: str) -> str:
        words = self._own.words if self._own else {}
        return words.get(text.strip().casefold(), text)

    def _with_unit(self, text: str) -> str:
        unit = self._own.unit if self._own else self._fact.unit
        return f"{text.strip()} {unit}" if unit and _BARE.fullmatch(text) else text


def arrow_type(kind: Kind) -> pa.DataType:
    """The type of a column of the table of facts."""
    import pyarrow as pa

    return {
        Kind.FLAG: pa.bool_(),
        Kind.NUMBER: pa.float64(),
        Kind.WORD: pa.string(),
        Kind.WORDS: pa.list_(pa.string()),
    }[kind]


def _items(value: Any) -> Any:
    """A list, or the text of one (`a; b`, `[]`), as a tuple; None where it is not known."""
    if value is None or isinstance(value, list):
        return None if value is None else tuple(value)
    text = str(value).strip()
    if is_unknown(Scalar(text, _NOWHERE)):
        return None
    inner = text.removeprefix("[").removesuffix("]")
    return tuple(part.strip() for part in _BETWEEN.split(inner) if part.strip())


def _cell(value: object) -> Any:
    if isinstance(value, Decimal):
        return number_cell(value)
    return sorted(value) if isinstance(value, frozenset) else value
