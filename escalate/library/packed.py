"""A Library as plain lists and back: what the cache holds, quick to read again.

A value is a list of its fields in their order, without the defaults at its end. Tests and files are
written once and named by number. What most assessments never look at (texts of therapies, evidence,
parameters, exposure models, facts nobody names) stays packed until it is asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Any as Anything

from escalate.language.names import plain
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    AtLevel,
    Compare,
    Condition,
    Flag,
    Known,
    Leaf,
    Nothing,
    OneOf,
    Test,
)
from escalate.library import model
from escalate.library.families import FactTypes, Family, Lazy
from escalate.library.model import FactType, Library, Rails, Rule, Vocabulary
from escalate.problems import Span

Row = list[Anything]

_CONNECTIVES = (All, Any, Nothing)
_TESTS = (Flag, OneOf, Compare, AtLevel, Known)


def pack(library: Library) -> dict[str, Anything]:
    """The library as lists, dicts, texts and whole numbers."""
    facts, codec = library.facts, Codec(library.rails.tests, library.rails.texts, [])
    if not isinstance(facts, FactTypes):
        raise TypeError("only a library that was built from documents is packed")
    return {
        "of": [library.version, library.digest, library.language],
        "overlay": dataclasses.astuple(library.overlay) if library.overlay else None,
        "facts": {name: codec.pack(fact) for name, fact in facts.plain.items()},
        "families": [[codec.pack(family.pattern), family.slot] for family in facts.families],
        "members": {slot: dict(names) for slot, names in facts.members.items()},
        "findings": [codec.pack(finding) for finding in library.findings.values()],
        "tests": [codec.pack(test) for test in library.tests.values()],
        "rules": [codec.pack(rule) for rule in library.rules],
        "therapies": {name: codec.pack(therapy) for name, therapy in library.therapies.items()},
        "classes": library.classes,
        "vocabularies": [
            [one.canonical, one.labels, one.refused, one.guidance]
            for one in (library.entities, library.antibodies, library.drugs, library.overlaps)
        ],
        "evidence": {name: codec.pack(evidence) for name, evidence in library.evidence.items()},
        "parameters": {name: _pack_plain(value) for name, value in library.parameters.items()},
        "pk_models": {name: _pack_plain(value) for name, value in library.pk_models.items()},
        "terminology": {name: _pack_plain(value) for name, value in library.terminology.items()},
        "ladder": library.ladder,
        "rails": [
            [_pack_test(test) for test in library.rails.tests],
            library.rails.texts,
            library.rails.true,
            library.rails.false,
        ],
        "files": codec.files,
    }


def unpack(packed: Mapping[str, Anything]) -> Library:
    """The library again. Raises LookupError, TypeError or ValueError for what `pack` did not make."""
    (tests, texts, true, false), (version, digest, language) = packed["rails"], packed["of"]
    rails = Rails(tuple(_unpack_test(test) for test in tests), tuple(texts), true, false)
    codec = Codec(rails.tests, rails.texts, packed["files"])
    unpack_fact = partial(codec.unpack, FactType)
    facts = FactTypes(
        Lazy(packed["facts"], unpack_fact),
        tuple(Family(unpack_fact(row), slot) for row, slot in packed["families"]),
        packed["members"],
    )
    findings = [codec.unpack(model.FindingSpec, row) for row in packed["findings"]]
    conditional = [codec.unpack(model.ConditionalTest, row) for row in packed["tests"]]
    entities, antibodies, drugs, overlaps = (Vocabulary(*parts) for parts in packed["vocabularies"])
    return Library(
        version=version,
        digest=digest,
        facts=facts,
        tests={test.name: test for test in conditional},
        findings={finding.name: finding for finding in findings},
        rules=tuple(codec.unpack(Rule, row) for row in packed["rules"]),
        therapies=Lazy(packed["therapies"], partial(codec.unpack, model.Therapy)),
        classes={name: tuple(members) for name, members in packed["classes"].items()},
        entities=entities,
        antibodies=antibodies,
        drugs=drugs,
        evidence=Lazy(packed["evidence"], partial(codec.unpack, model.Evidence)),
        parameters=Lazy(packed["parameters"], _unpack_plain),
        pk_models=Lazy(packed["pk_models"], _unpack_plain),
        terminology=Lazy(packed["terminology"], _unpack_plain),
        ladder=tuple((step, text) for step, text in packed["ladder"]),
        overlaps=overlaps,
        rails=rails,
        language=language,
        overlay=model.Overlay.from_row(packed["overlay"]) if packed["overlay"] else None,
    )


class Codec:
    """Rows of one library: the tests and files that its conditions and places are numbered by."""

    def __init__(self, tests: tuple[Test, ...], texts: tuple[str, ...], files: list[str]) -> None:
        self.tests, self.texts, self.files = tests, texts, files
        self._numbers = {test: number for number, test in enumerate(tests)}

    def pack(self, value: object) -> Row:
        """A dataclass as the list of its fields, without the defaults at its end."""
        cls: Anything = type(value)
        row: Row = [
            _packer(kind)(self, getattr(value, name)) if kind else getattr(value, name)
            for name, kind in _layout(cls)
        ]
        defaults = _defaults(cls)
        names = [name for name, _ in _layout(cls)]
        while row and _same(defaults[len(row) - 1], getattr(value, names[len(row) - 1])):
            row.pop()
        return row

    def unpack(self, cls: Anything, row: Row) -> Anything:
        """The dataclass again."""
        row = list(row)
        size = len(row)
        for place, read in _readers(cls):
            if place >= size:
                break
            row[place] = read(self, row[place])
        return cls(*row)

    # -- places and conditions

    def pack_span(self, span: Span | None) -> Row | None:
        if span is None:
            return None
        if span.file not in self.files:
            self.files.append(span.file)
        return [self.files.index(span.file), span.line, span.column, span.end_column]

    def unpack_span(self, row: Row | None) -> Span | None:
        return None if row is None else Span(self.files[row[0]], row[1], row[2], row[3])

    def pack_condition(self, condition: Condition | None) -> Row | None:
        if condition is None:
            return None
        if isinstance(condition, Leaf):
            return self._pack_leaf(condition)
        parts = [self.pack_condition(part) for part in condition.parts]
        if isinstance(condition, AtLeast):
            return ["n", condition.count, parts]
        return ["c", _CONNECTIVES.index(type(condition)), parts]

    def unpack_condition(self, row: Row | None) -> Condition | None:
        return None if row is None else self._condition(row)

    def _condition(self, row: Row) -> Condition:
        kind = row[0]
        if kind == "c":
            return _CONNECTIVES[row[1]](tuple([self._condition(part) for part in row[2]]))
        if kind == "n":
            return AtLeast(row[1], tuple([self._condition(part) for part in row[2]]))
        number, negated, file, line, column, end = row[:6]
        if len(row) > 6:
            test = _unpack_test(row[7]) if number < 0 else self.tests[number]
            return Leaf(test, bool(negated), row[6], Span(self.files[file], line, column, end))
        text = self.texts[number]
        if negated:
            text = f"not {text}"
        return Leaf(self.tests[number], bool(negated), text, Span(self.files[file], line, column, end))

    def _pack_leaf(self, leaf: Leaf) -> Row:
        span = self.pack_span(leaf.at) or []
        number = self._numbers.get(leaf.test, -1)
        row = [number, int(leaf.negated), *span]
        if number < 0:  # only a draft or a conditional test names it
            return [*row, leaf.text, _pack_test(leaf.test)]
        usual = f"not {self.texts[number]}" if leaf.negated else self.texts[number]
        return row if leaf.text == usual else [*row, leaf.text]


def _pack_test(test: Test) -> Row:
    row: Row = [_TESTS.index(type(test))]
    for field in dataclasses.fields(test):
        value = getattr(test, field.name)
        row.append(plain(value) if isinstance(value, Decimal) else value)
    return row


def _unpack_test(row: Row) -> Test:
    cls = _TESTS[row[0]]
    if cls is Compare:
        return Compare(row[1], row[2], Decimal(row[3]))
    if cls is OneOf:
        return OneOf(row[1], tuple(row[2]))
    return cls(*row[1:])


def _pack_plain(value: object) -> Anything:
    """Plain values of a parameter or model; a number is told from a text by its wrapping."""
    if isinstance(value, Decimal):
        return {"#": str(value)}
    if isinstance(value, dict):
        return {key: _pack_plain(item) for key, item in value.items()}
    return [_pack_plain(item) for item in value] if isinstance(value, list) else value


def _unpack_plain(value: Anything) -> Anything:
    if isinstance(value, dict):
        if len(value) == 1 and "#" in value:
            return Decimal(value["#"])
        return {key: _unpack_plain(item) for key, item in value.items()}
    return [_unpack_plain(item) for item in value] if isinstance(value, list) else value


# -- how each kind of field is written and read, by its annotation in model.py

_Step = Callable[[Codec, Anything], Anything]


def _rows(cls: Anything) -> tuple[_Step, _Step]:
    return (
        lambda codec, values: [codec.pack(value) for value in values],
        lambda codec, rows: tuple([codec.unpack(cls, row) for row in rows]),
    )


_KINDS: dict[str, tuple[_Step, _Step] | None] = {
    **dict.fromkeys(("str", "bool", "int", "int | None")),
    "Mapping[str, str]": (lambda _, value: dict(value), lambda _, value: value),
    "Decimal": (lambda _, value: str(value), lambda _, text: Decimal(text)),
    "Decimal | None": (
        lambda _, value: None if value is None else str(value),
        lambda _, text: None if text is None else Decimal(text),
    ),
    "tuple[tuple[str, str], ...]": (lambda _, value: list(value), lambda _, rows: tuple(map(tuple, rows))),
    "tuple[str, ...]": (lambda _, value: list(value), lambda _, items: tuple(items)),
    "Mapping[str, tuple[str, ...]]": (
        lambda _, value: {key: list(items) for key, items in value.items()},
        lambda _, value: {key: tuple(items) for key, items in value.items()},
    ),
    "Span": (Codec.pack_span, Codec.unpack_span),
    "Span | None": (Codec.pack_span, Codec.unpack_span),
    "Condition": (Codec.pack_condition, Codec.unpack_condition),
    "Condition | None": (Codec.pack_condition, Codec.unpack_condition),
    "tuple[Citation, ...]": _rows(model.Citation),
    "tuple[Action, ...]": _rows(model.Action),
    "tuple[Regimen, ...]": _rows(model.Regimen),
    "tuple[DoseStep, ...]": _rows(model.DoseStep),
}


@cache
def _layout(cls: Anything) -> tuple[tuple[str, str], ...]:
    """Name and kind of each field; the kind is empty where the value is written as it is."""
    kinds = [(field.name, str(field.type)) for field in dataclasses.fields(cls)]
    return tuple((name, kind if _KINDS[kind] is not None else "") for name, kind in kinds)


@cache
def _readers(cls: Anything) -> tuple[tuple[int, _Step], ...]:
    steps: list[tuple[int, _Step]] = []
    for place, (_, kind) in enumerate(_layout(cls)):
        step = _KINDS[kind] if kind else None
        if step is not None:
            steps.append((place, step[1]))
    return tuple(steps)


@cache
def _packer(kind: str) -> _Step:
    step = _KINDS[kind]
    if step is None:
        raise KeyError(kind)
    return step[0]


@cache
def _defaults(cls: Anything) -> tuple[object, ...]:
    def default(field: dataclasses.Field[Anything]) -> object:
        return field.default_factory() if callable(field.default_factory) else field.default

    return tuple(default(field) for field in dataclasses.fields(cls))


def _same(default: object, value: object) -> bool:
    return type(default) is type(value) and default == value
