"""What a patient file states, field by field as text, so that a form can show it and write it again.

Nothing is judged here: a value that the reader refuses is kept as it was written, so that it can be mended
where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from itertools import pairwise

from escalate.files.yaml_text import yaml_text
from escalate.library.model import Library
from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.patient.complaints import Complaints
from escalate.patient.fields import LISTS, Fields, fields_of, flatten
from escalate.patient.numbers import takes_bounds
from escalate.patient.scalars import is_unknown
from escalate.problems import PatientRefused, Span

SCHEMA = "escalate/patient/v1"
# How the fields of a posted form begin: one value, words that are ticked, names with commas between, the box
# that says none, and `r:therapies:0:drug` of an entry.
VALUE, WORDS, NAMES, NONE, ROW = "f:", "w:", "l:", "n:", "r:"
_BOUNDS = re.compile(r"\{\s*[a-z_]+\s*:[^,:{}]+(?:,\s*[a-z_]+\s*:[^,:{}]+)*\}")
_NOWHERE = Span("", 1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """The fields that are given; one that is missing is unknown.

    `words` holds the fields that are lists of words and `rows` the lists of entries; an empty tuple means
    looked for and none.
    """

    values: MappingOf[str, str] = field(default_factory=dict)
    words: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)
    rows: MappingOf[str, tuple[MappingOf[str, str], ...]] = field(default_factory=dict)


def given_in(document: Document, library: Library) -> tuple[Given, tuple[str, ...]]:
    """What a file states, and what of it a form cannot hold: unknown keys, lists where one value belongs."""
    fields, lost = fields_of(library), Complaints(document)
    if not isinstance(document.root, Mapping):
        return Given(), ()
    values: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    rows: dict[str, tuple[MappingOf[str, str], ...]] = {}
    left_out: list[str] = []
    try:
        entries = flatten(document.root, fields, lost)
    except PatientRefused as refusal:  # a hundred unknown keys
        return Given(), tuple(problem.message for problem in refusal.problems)
    for path, entry in entries.items():
        node = entry.node
        if isinstance(node, Scalar) and is_unknown(node):
            continue
        if path in LISTS:
            rows[path] = tuple(_rows(path, node, fields, left_out))
        elif fields.facts[path].kind == "list":
            items = node.items if isinstance(node, Sequence) else (node,)
            words[path] = tuple(item.text for item in items if isinstance(item, Scalar))
            left_out += [path] if len(words[path]) < len(items) else []
        elif isinstance(node, Scalar):
            values[path] = node.text
        elif takes_bounds(fields.facts[path]) and isinstance(node, Mapping):
            values[path] = _bounds_said(node)
        else:
            left_out.append(path)
    return Given(values, words, rows), (*(problem.message for problem in lost.problems), *left_out)


def _rows(path: str, node: Node, fields: Fields, left_out: list[str]) -> SequenceOf[MappingOf[str, str]]:
    found = []
    for number, item in enumerate(node.items if isinstance(node, Sequence) else (node,)):
        row: dict[str, str] = {}
        for key, value in item.entries if isinstance(item, Mapping) else ():
            if key.text in fields.parts[path] and isinstance(value, Scalar):
                row |= {} if is_unknown(value) else {key.text: value.text}
            else:
                left_out.append(f"{path}[{number}].{key.text}")
        if not isinstance(item, Mapping):
            left_out.append(f"{path}[{number}]")
        found.append(row)
    return found


def places_in(document: Document, library: Library) -> Iterator[tuple[str, int]]:
    """The control of each value of a file that `text_of` wrote, and the line that it stands in."""
    if not isinstance(document.root, Mapping):
        return
    for path, entry in flatten(document.root, fields_of(library), Complaints(document)).items():
        node = entry.node
        if path not in LISTS:
            for start in (VALUE, WORDS, NAMES):
                yield start + path, node.at.line
            continue
        for number, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            for key, value in item.entries if isinstance(item, Mapping) else ():
                yield f"{ROW}{path}:{number}:{key.text}", value.at.line


def text_of(given: Given, library: Library) -> str:
    """The patient file, in the order of knowledge/fields.yaml; what is not given is left out."""
    fields = fields_of(library)
    root: dict[str, object] = {"schema": SCHEMA}
    for name in fields.names:
        owner = name.partition("[].")[0]
        if owner in LISTS:
            if owner in given.rows:
                root[owner] = [dict(row) for row in given.rows[owner]]
        elif name in given.words:
            _put(root, name, list(given.words[name]))
        elif given.values.get(name, "").strip() and name != "schema":
            text = given.values[name]
            bounds = _bounds(text) if takes_bounds(library.facts[name]) else None
            _put(root, name, text if bounds is None else bounds)
    return _spaced(yaml_text(_node(root)))


def _bounds_said(node: Mapping) -> str:
    """`{above: 12000}`, as a person writes it into the box of a number."""
    return "{" + ", ".join(f"{key.text}: {getattr(value, 'text', '?')}" for key, value in node.entries) + "}"


def _bounds(text: str) -> dict[str, str] | None:
    """The same read again; None where it is something else, which the reader judges as it stands."""
    if not _BOUNDS.fullmatch(text.strip()):
        return None
    parts = (part.partition(":") for part in text.strip()[1:-1].split(","))
    return {key.strip(): value.strip() for key, _colon, value in parts}


def _put(root: dict[str, object], name: str, value: object) -> None:
    here = root
    *groups, last = name.split(".")
    for group in groups:
        inner = here.setdefault(group, {})
        assert isinstance(inner, dict)
        here = inner
    here[last] = value


def _node(value: object) -> Node:
    if isinstance(value, dict):
        entries = ((Scalar(key, _NOWHERE), _node(inner)) for key, inner in value.items())
        return Mapping(tuple(entries), _NOWHERE)
    if isinstance(value, list):
        return Sequence(tuple(map(_node, value)), _NOWHERE)
    return Scalar(str(value), _NOWHERE)


def _spaced(text: str) -> str:
    """A blank line before each group, so that a long file can be read."""
    lines = text.splitlines()
    spaced = lines[:1]
    for before, line in pairwise(lines):
        starts, ended = not line.startswith((" ", "-")), before.startswith((" ", "-"))
        # An empty line stands inside a text of several lines, which is left as it is.
        parted = bool(before and line) and starts and (ended or line.endswith(":"))
        spaced += ["", line] if parted else [line]
    return "\n".join(spaced) + "\n"
