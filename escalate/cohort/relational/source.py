"""Where the facts come from in a query: a typed table, whatever columns a registry has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from escalate.cohort.columns import PATIENT, Kind, fact_columns
from escalate.library.model import Library

if TYPE_CHECKING:
    from ibis.expr.types import Table

_TYPES = {
    Kind.FLAG: "boolean",
    Kind.NUMBER: "float64",
    Kind.WORD: "string",
    Kind.WORDS: "array<string>",
}


def unbound(library: Library, name: str = "facts") -> Table:
    """A table of facts that no engine holds yet: for the text of a query."""
    return ibis.table({PATIENT: "string", **types(library)}, name=name)


def types(library: Library) -> dict[str, str]:
    """The Ibis type of every column of the facts, `patient` apart."""
    return {name: _TYPES[kind] for column in fact_columns(library) for name, kind in column.types}


def typed(table: Table, library: Library) -> Table:
    """The columns that the rules read, each with its type; one that the table lacks is NULL in every row.

    Further columns of the table stay behind.
    """
    here = set(table.columns)
    columns = {
        name: table[name].cast(kind) if name in here else ibis.null(kind)
        for name, kind in types(library).items()
    }
    return table.select(table[PATIENT].cast("string").name(PATIENT), **columns)
