"""What a reader wants and no assessment needs, so that no Library keeps it: read from the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from escalate.library.languages import spoken
from escalate.library.reading import plain
from escalate.nodes import Document

Row = Mapping[str, object]
_NOT_A_NAME = ("refused", "overlap")


@dataclass(frozen=True, slots=True)
class Rows:
    """Entries as they stand in the files, in one language."""

    antibodies: Mapping[str, Row]
    entities: Mapping[str, Row]
    overlaps: Mapping[str, Row]
    refused: Mapping[str, str]  # a spelling of an entity that is not guessed -> what to write
    ladder: tuple[Row, ...]
    tests: Mapping[str, Row]
    meanings: Mapping[str, str]  # derived fact -> how it is computed


def read_rows(documents: Mapping[str, Document], language: str) -> Rows:
    """The rows of one knowledge base."""

    def read(path: str) -> object:
        document = documents.get(path)
        return plain(spoken(document, language).root) if document is not None else {}

    antibodies, entities = row(read("knowledge/antibodies.yaml")), row(read("knowledge/entities.yaml"))
    derived = {
        name: row(body)
        for path in sorted(documents)
        if path.startswith("knowledge/derived/")
        for name, body in row(read(path)).items()
    }
    return Rows(
        antibodies=_named(antibodies),
        entities=_named(entities),
        overlaps=_named(row(entities.get("overlap"))),
        refused={name: str(text) for name, text in row(entities.get("refused")).items()},
        ladder=tuple(row(step) for step in items(read("knowledge/ladder.yaml"))),
        tests={str(test["test"]): test for test in map(row, items(read("knowledge/tests.yaml")))},
        meanings={name: text(body, "means") for name, body in derived.items()},
    )


def row(value: object) -> dict[str, object]:
    """A mapping, or an empty one where there is none."""
    return dict(value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[object]:
    """A list; a single value is a list of one, nothing an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def text(entry: Row, key: str) -> str:
    """The text of a key, empty where there is none."""
    return str(entry.get(key, ""))


def spellings(entry: Row) -> str:
    """The synonyms in one line, without those that differ from the label or another by capitals alone."""
    seen = {text(entry, "label").casefold()}
    kept = []
    for one in map(str, items(entry.get("synonyms"))):
        if one.casefold() not in seen:
            seen.add(one.casefold())
            kept.append(one)
    return ", ".join(kept)


def _named(entries: Row) -> dict[str, Row]:
    return {name: row(body) for name, body in entries.items() if name not in _NOT_A_NAME}
