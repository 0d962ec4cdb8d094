"""Derived findings (knowledge/findings.yaml) and the tests that are called for only in some (tests.yaml)."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping

from escalate.language.names import Names
from escalate.language.parse import parse_condition
from escalate.language.tree import Condition
from escalate.library.model import ConditionalTest, FactType, FindingSpec
from escalate.library.reading import Reader
from escalate.nodes import Mapping, Node, Scalar
from escalate.problems import nearest
from escalate.texts import _

_TEST = (
    "test",
    "fields",
    "called_for",
    "suspected_by",
    "replaced_by",
    "source",
    "because",
    "basis",
    "label",
    "ask",
)


def read_findings(reader: Reader, facts: AbstractMapping[str, FactType]) -> dict[str, FindingSpec]:
    """Every finding with its levels."""
    findings: dict[str, FindingSpec] = {}
    for key, body in reader.entries(reader.document.file):
        reader.keys(body, ("title", "levels", "shown", "means", "source"), ("title",), f"`{key.text}`")
        levels = reader.texts(body.get("levels"), "levels")
        if key.text in facts:
            reader.problem(key.at, "name-taken", _("`{key}` is also the name of a fact").format(key=key.text))
        if len(levels) == 1 or len(set(levels)) != len(levels):
            reader.problem(
                key.at,
                "wrong-shape",
                _("`levels` of `{key}` needs two or more different words").format(key=key.text),
            )
        findings[key.text] = FindingSpec(
            key.text, reader.text(body.get("title")), levels, reader.flag(body.get("shown"), "shown")
        )
    return findings


def fields_of_tests(reader: Reader, fields: AbstractMapping[str, FactType]) -> dict[str, str]:
    """Which field is a result of which conditional test."""
    owner: dict[str, str] = {}
    for item in reader.items(reader.document.root, reader.document.file):
        body = reader.mapping(item, _("a test"))
        if body is None:
            continue
        reader.keys(body, _TEST, ("test", "fields", "called_for"), _("a test"))
        name = reader.text(body.get("test"), "test")
        for node in reader.items(body.get("fields"), "fields"):
            for field in _named(reader, node, fields):
                if field in owner:
                    reader.problem(
                        node.at,
                        "name-taken",
                        _("`{field}` is already a result of `{owner}`").format(
                            field=field, owner=owner[field]
                        ),
                    )
                owner[field] = name
    return owner


def read_tests(
    reader: Reader, names: Names, fields: AbstractMapping[str, FactType]
) -> dict[str, ConditionalTest]:
    """The conditional tests with their conditions."""
    tests: dict[str, ConditionalTest] = {}
    for item in reader.items(reader.document.root, reader.document.file):
        if not isinstance(item, Mapping):
            continue
        name = reader.text(item.get("test"), "test")
        if name in tests:
            reader.problem(
                item.at,
                "duplicate-id",
                _("the test `{name}` stands already at {at}").format(name=name, at=tests[name].at),
            )
        named = [_named(reader, node, fields) for node in reader.items(item.get("fields"), "fields")]
        tests[name] = ConditionalTest(
            name=name,
            fields=tuple(field for group in named for field in group),
            called_for=_condition(reader, item.get("called_for"), names),
            suspected_by=_condition(reader, item.get("suspected_by"), names),
            replaced_by=_condition(reader, item.get("replaced_by"), names),
            at=item.at,
        )
    return tests


def _named(reader: Reader, node: Node, fields: AbstractMapping[str, FactType]) -> tuple[str, ...]:
    """A field, or every field of a block (`heart.holter`)."""
    text = reader.text(node, "fields")
    if text in fields:
        return (text,)
    block = tuple(name for name in fields if name.startswith(f"{text}."))
    if not block:
        reader.problem(
            node.at, "unknown-name", _("`{name}` is not a field").format(name=text), nearest(text, fields)
        )
    return block


def _condition(reader: Reader, node: Node | None, names: Names) -> Condition | None:
    if node is None or (isinstance(node, Scalar) and node.text in ("never", "")):
        return None
    # Whether to ask for a test opens and closes nothing, so a detail may stand negated.
    return parse_condition(
        node, names, ask=False, excerpt=reader.document.excerpt, collect=reader.collect, opening=True
    )
