"""JSON Schema of a file of rules, for editors: what the loader asks of its shape, and every name it knows.

What a criterion says is checked by the loader alone; a schema sees a text. Values are texts, as the loader
reads them: an editor that takes `true` or `3` for more than text is not contradicted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalate.library.model import Library
from escalate.library.rules import ALERTS, BASES, KEYS, KINDS, ONLY_FOR, OUTCOMES, SCOPES, STATUSES
from escalate.library.targets import ALL
from escalate.texts import _

Schema = dict[str, Any]
_REQUIRED = ("id", "title", "kind", "when", "because")
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_WHOLE: Schema = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}]}
_FLAG: Schema = {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false", "yes", "no"]}]}


def rules_schema(library: Library) -> Schema:
    """The JSON Schema (draft 2020-12) of a file below `rules/`, with the names of this knowledge base."""
    reached = _word((ALL, *library.therapies, *library.classes, *library.findings))
    properties: Schema = {
        "kind": _word(KINDS),
        "alert": _word(ALERTS),
        "outcome": _word(OUTCOMES),
        "scope": _word(SCOPES),
        "basis": _word(BASES),
        "status": _word(STATUSES),
        "for": {"anyOf": [reached, {"type": "array", "items": reached, "minItems": 1}]},
        "makes_unknown": {"type": "array", "items": {"type": "string"}},
        "when": {"$ref": "#/$defs/condition"},
        "do": {"type": "array", "items": {"anyOf": [_TEXT, _action(library)]}},
        "source": {"type": "array", "items": _source(library)},
        "step": _WHOLE,
        "order": _WHOLE,
        "again": _FLAG,
        "reversible": _FLAG,
        "do_not": _TEXTS,
        "positions": _TEXTS,
        "since": {"anyOf": [_TEXT, {"type": "number"}]},
    }
    rule: Schema = {
        "type": "object",
        "required": list(_REQUIRED),
        "properties": {key: properties.get(key, _TEXT) for key in KEYS} | {"de": {"type": "object"}},
        "additionalProperties": False,
        "allOf": [
            *(_has_meaning(key, kinds) for key, kinds in ONLY_FOR.items()),
            {"if": _is("kind", ("alert",)), "then": {"required": ["alert"]}},
            {"if": _is("alert", ("scope",)), "then": {"required": ["scope"]}},
            {"if": _is("alert", ("outcome",)), "then": {"required": ["outcome"]}},
            {"if": _is("alert", ("disagreement",)), "then": {"required": ["positions"]}},
            {
                "description": _("a rule has a source, or says that it is a judgement"),
                "if": {"not": _is("basis", [basis for basis in BASES if basis != "source"])},
                "then": {"required": ["source"]},
            },
        ],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Rules of the knowledge base {digest}").format(digest=library.digest),
        "type": "array",
        "items": rule,
        "$defs": {"condition": _condition()},
    }


def _condition() -> Schema:
    parts: Schema = {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1}
    alone = [
        {"type": "object", "required": [word], "properties": {word: parts}, "additionalProperties": False}
        for word in ("all", "any", "none")
    ]
    counted: Schema = {
        "type": "object",
        "required": ["at_least", "of"],
        "properties": {"at_least": _WHOLE, "of": parts},
        "additionalProperties": False,
    }
    return {"anyOf": [_TEXT, *alone, counted]}


def _source(library: Library) -> Schema:
    properties: Schema = {
        "ref": _word(library.evidence),
        "at": _TEXT,
        "supports": _TEXT,
        "quotes": {"type": "object"},
    }
    return {
        "type": "object",
        "required": ["ref"],
        "properties": properties,
        "additionalProperties": False,
    }


def _action(library: Library) -> Schema:
    name = _word((ALL, *library.therapies, *library.classes))
    therapies: Schema = {"anyOf": [name, {"type": "array", "items": name}]}
    return {
        "type": "object",
        "required": ["text"],
        "properties": {"text": _TEXT, "therapies": therapies},
        "additionalProperties": False,
    }


def _has_meaning(key: str, kinds: Iterable[str]) -> Schema:
    """A key that only some kinds of rules have."""
    return {"if": {"required": [key]}, "then": _is("kind", kinds)}


def _is(key: str, words: Iterable[str]) -> Schema:
    return {"properties": {key: _word(words)}, "required": [key]}


def _word(words: Iterable[str]) -> Schema:
    return {"enum": list(dict.fromkeys(words))}
