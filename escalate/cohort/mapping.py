"""Own columns of a registry to facts: which fact a column holds, in which unit, in which words.

    schema: escalate/cohort-mapping/v1
    patient: CASE                      # the column with the patient's id; `patient` where nothing is said
    columns:
      EF: {fact: heart.echo.lvef_percent, unit: "%"}
      SEX: {fact: demographics.sex, words: {"1": male, "2": female}}

Words are told apart without regard to capitals; `unknown` is what a code for "not known" means, of any fact.
A fact with a unit needs the column's unit: nobody guesses whether a creatinine is in mg/dL.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Named
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from escalate.cohort.columns import PATIENT
from escalate.files.yaml_reader import read_document
from escalate.library.model import FactType, Library
from escalate.nodes import Document, Mapping, Node, Scalar
from escalate.patient.complaints import Complaints, listed, quoted
from escalate.patient.scalars import accepted, is_unknown, read_word
from escalate.problems import MappingRefused, PatientRefused, UsageError, nearest
from escalate.texts import _
from escalate.units import convert

SCHEMA = "escalate/cohort-mapping/v1"
_KEYS = ("schema", "patient", "columns")
_COLUMN_KEYS = ("fact", "unit", "words")


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """What a column of the registry holds.

    `unit` is empty where the fact has none; `words` is by the registry's own words in lower case.
    """

    fact: str
    unit: str = ""
    words: Named[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The columns that are called otherwise, and the column with the patient's id."""

    patient: str = PATIENT
    columns: Named[str, OwnColumn] = field(default_factory=dict)
    sha256: str = ""
    file: Path | None = None  # where it was read from


def load_mapping(path: Path, library: Library) -> ColumnMapping:
    """Read a mapping file. Raises: MappingRefused with every problem: place, what is accepted."""
    try:
        document = read_document(path, PatientRefused)
        complaints = Complaints(document)
        found = _mapping(document, library, complaints)
        complaints.refuse()
    except PatientRefused as refused:
        raise MappingRefused(refused.problems) from None
    return replace(found, file=path)


def check_columns(mapping: ColumnMapping, names: Iterable[str], table: Path) -> None:
    """Hold a mapping against the columns of a table. Raises: UsageError for one that the table lacks."""
    here = list(names)
    for name in (mapping.patient, *mapping.columns):
        if name not in here:
            told = _("{place} has no column `{name}`").format(place=table, name=name)
            near = nearest(name, here)
            raise UsageError(f"{told}; {near}" if near else told)


def _mapping(document: Document, library: Library, complaints: Complaints) -> ColumnMapping:
    entries = _entries(document.root, _KEYS, complaints)
    schema = entries.get("schema")
    if not isinstance(schema, Scalar) or schema.text != SCHEMA:
        at = document.root.at if schema is None else schema.at
        complaints.add(at, "schema", _("this is no mapping of columns"), listed([f"schema: {SCHEMA}"]))
    patient = _text(entries["patient"], complaints) if "patient" in entries else PATIENT
    columns: dict[str, OwnColumn] = {}
    listing = entries.get("columns")
    if listing is not None and not isinstance(listing, Mapping):
        complaints.add(listing.at, "not-a-mapping", _("`columns` names each column with its fact"))
    elif listing is not None:
        taken: dict[str, str] = {}
        for key, node in listing.entries:
            column = _column(node, library, complaints)
            if column is None:
                continue
            if column.fact in taken:
                said = _("`{fact}` is in column `{column}` already")
                complaints.add(node.at, "twice", said.format(fact=column.fact, column=taken[column.fact]))
            taken[column.fact] = key.text
            columns[key.text] = column
    return ColumnMapping(patient, columns, document.sha256)


def _column(node: Node, library: Library, complaints: Complaints) -> OwnColumn | None:
    entries = _entries(node, _COLUMN_KEYS, complaints)
    if "fact" not in entries:
        complaints.add(node.at, "missing-key", _("a column needs `{key}`").format(key="fact"))
        return None
    name = _text(entries["fact"], complaints)
    fact = library.facts.get(name)
    if fact is None or fact.kind in ("date", "text"):
        known = [one.name for one in library.facts.values() if one.kind not in ("date", "text")]
        complaints.add(
            entries["fact"].at,
            "unknown-fact",
            _("{text} is no fact that rules read").format(text=quoted(name)),
            nearest(name, known),
        )
        return None
    return OwnColumn(name, _unit(entries, node, fact, complaints), _words(entries, fact, library, complaints))


def _unit(entries: Named[str, Node], node: Node, fact: FactType, complaints: Complaints) -> str:
    units = listed(dict.fromkeys((fact.unit, *fact.also)))
    if "unit" not in entries:
        if fact.unit:
            said = _("`{name}` has a unit: say in which one the column is").format(name=fact.name)
            complaints.add(node.at, "missing-unit", said, units)
        return ""
    unit = _text(entries["unit"], complaints)
    if not fact.unit or convert(Decimal(1), unit, fact.unit, fact.name) is None:
        said = _("`{name}`: {text} is not a unit of it").format(name=fact.name, text=quoted(unit))
        complaints.add(entries["unit"].at, "unknown-unit", said, units if fact.unit else "")
    return unit


def _words(
    entries: Named[str, Node], fact: FactType, library: Library, complaints: Complaints
) -> dict[str, str]:
    node = entries.get("words")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        complaints.add(node.at, "not-a-mapping", _("`words` names each value with the word that it means"))
        return {}
    found: dict[str, str] = {}
    for key, value in node.entries:
        word = _text(value, complaints)
        if is_unknown(value):
            pass  # of any fact a code may say that it is not known
        elif fact.kind in ("enum", "list") and isinstance(value, Scalar):
            read_word(value, fact, library, complaints)
        elif fact.kind == "boolean" and word not in ("true", "false"):
            said = _("{text} is no value").format(text=quoted(word))
            complaints.add(value.at, "not-a-boolean", said, accepted(fact))
        if found.setdefault(key.text.casefold(), word) != word:
            said = _("{text} is written twice, with different words: capitals do not count")
            complaints.add(key.at, "twice", said.format(text=quoted(key.text)))
    return found


def _entries(node: Node, known: tuple[str, ...], complaints: Complaints) -> dict[str, Node]:
    if not isinstance(node, Mapping):
        complaints.add(node.at, "not-a-mapping", _("here stands a mapping"), listed(known))
        return {}
    found = {}
    for key, value in node.entries:
        if key.text in known:
            found[key.text] = value
        else:
            said = _("{text} is not known here").format(text=quoted(key.text))
            complaints.add(key.at, "unknown-key", said, nearest(key.text, known) or listed(known))
    return found


def _text(node: Node, complaints: Complaints) -> str:
    if isinstance(node, Scalar) and node.text:
        return node.text
    complaints.add(node.at, "not-a-value", _("here stands one text"))
    return ""
