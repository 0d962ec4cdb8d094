"""JSON Schema of the patient file for editors and clients, from the same table the reader uses.

It accepts what the reader accepts, written in the project's own words; the reader also takes
synonyms of names, other spellings of words, and dotted keys.
"""

from __future__ import annotations

from typing import Any

from escalate.library.model import FactType, Library
from escalate.patient.fields import LISTS, fields_of
from escalate.patient.numbers import takes_bounds
from escalate.patient.scalars import accepted
from escalate.texts import N_, _

Schema = dict[str, Any]

_DEFINITIONS: Schema = {
    "unknown": {
        "description": N_("not known"),
        "anyOf": [
            {"type": "null"},
            {"enum": ["", "unknown", "unbekannt", "?", "n/a", "k. A.", "n.d."]},
        ],
    },
    "boolean": {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no", "ja", "nein"]}]},
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$"},
    "number_with_unit": {"type": "string", "pattern": "^[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]{1,2})?.*$"},
    "never": {"enum": ["never", "nie"]},
    "bounds": {
        "description": N_("a number of which only bounds are known"),
        "type": "object",
        "minProperties": 1,
        "maxProperties": 2,
        "properties": {
            key: {"type": ["number", "string"]} for key in ("above", "at_least", "below", "at_most")
        },
        "additionalProperties": False,
    },
    "text": {"type": ["string", "number", "boolean"]},
}


def patient_schema(library: Library) -> Schema:
    """The JSON Schema (draft 2020-12) of a patient file."""
    fields = fields_of(library)
    properties: Schema = {}
    for name, fact in fields.facts.items():
        _put(properties, name.split("."), _field(fact))
    for name in LISTS:
        parts = {part: _field(fact) for part, fact in fields.parts[name].items()}
        needed = next(iter(parts))
        item = {"type": "object", "properties": parts, "required": [needed], "additionalProperties": False}
        properties[name] = {"anyOf": [{"type": "array", "items": item}, {"$ref": "#/$defs/unknown"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Patient file, escalate/patient/v1"),
        "type": "object",
        "properties": properties,
        "required": ["schema", "id"],
        "additionalProperties": False,
        "$defs": {name: _spoken(one) for name, one in _DEFINITIONS.items()},
    }


def _spoken(definition: Schema) -> Schema:
    """A definition with its description in the language that is spoken."""
    said = definition.get("description")
    return definition | {"description": _(said)} if said else definition


def _put(properties: Schema, steps: list[str], schema: Schema) -> None:
    for step in steps[:-1]:
        inside: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
        group = properties.setdefault(step, {"anyOf": [inside, _ref("unknown")]})
        properties = group["anyOf"][0]["properties"]
    properties[steps[-1]] = schema


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _field(fact: FactType) -> Schema:
    if fact.name == "schema":
        return {"const": fact.values[0]}
    choices = _choices(fact)
    if fact.accepts_never:
        choices.append(_ref("never"))
    if fact.name != "id":
        choices.append(_ref("unknown"))
    return {"title": fact.label, "description": accepted(fact), "anyOf": choices}


def _choices(fact: FactType) -> list[Schema]:
    if fact.kind in ("number", "integer"):
        number: Schema = {"type": fact.kind}
        if fact.low is not None and fact.high is not None:
            number |= {"minimum": float(fact.low), "maximum": float(fact.high)}
        bounds = [_ref("bounds")] if takes_bounds(fact) else []
        return [number, _ref("number_with_unit"), *bounds]
    if fact.kind == "enum":
        return _words(fact)
    if fact.kind == "list":
        return [{"type": "array", "items": {"anyOf": _words(fact)}}]
    if fact.kind == "boolean":
        return [_ref("boolean")]
    if fact.kind == "date":
        return [_ref("month" if fact.month else "date")]
    return [_ref("text") | ({"maxLength": fact.max_length} if fact.max_length else {})]


def _words(fact: FactType) -> list[Schema]:
    words: list[Schema] = []
    if fact.values:
        # `mmt8_scale: 150` is a number to an editor.
        words.append({"enum": [*fact.values, *(int(v) for v in fact.values if v.isdigit())]})
    return [*words, {"type": "string"}] if fact.names else words
