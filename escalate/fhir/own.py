"""The project's own codes: a field of the patient file by its name, for what has no published code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.fhir.model import Candidate, Item, Told
from escalate.fhir.quantities import Unreadable, bound_of, number, plainly
from escalate.fhir.shapes import codings, mapping, short, text
from escalate.fhir.times import When, when
from escalate.library.model import FactType, Library
from escalate.library.terms import Terms
from escalate.patient.fields import fields_of, near_field
from escalate.patient.numbers import takes_bounds
from escalate.texts import _

WHOLE_HISTORY = "therapies"
"""The own code that says of how many medication resources the whole history consists (`valueInteger`).

By number, and not by yes: a resource that got lost on the way would make the rest no history.
"""

_NOT_THIS_WAY = ("schema", "id", "assessed_on", "note", "region")


def own_candidate(
    item: Item, part: Mapping[str, Any], field: str, day: When | None, library: Library, terms: Terms
) -> Candidate:
    """The value that an Observation states for a field. Raises: Unreadable."""
    if field == WHOLE_HISTORY:
        count = part.get("valueInteger")
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 10_000:
            raise Unreadable(
                _("`therapies` takes one valueInteger: how many medication resources the whole history has")
            )
        return Candidate(WHOLE_HISTORY, Told(str(count)), day, item)
    fact = fact_of(field, library)
    if fact is None:
        near = near_field(field, [name for name in fields_of(library).facts if "[]" not in name], " ")
        message = _("`{field}` is no field that an Observation can give; {near}")
        raise Unreadable(message.format(field=short(field), near=near).rstrip("; "))
    return Candidate(field, _told(part, fact, terms), day, item)


def fact_of(field: str, library: Library) -> FactType | None:
    """The field of that name, where an Observation can give it."""
    fact = fields_of(library).facts.get(field)
    if fact is None or "[]" in field or field in _NOT_THIS_WAY or fact.kind == "text":
        return None
    return fact


def _told(part: Mapping[str, Any], fact: FactType, terms: Terms) -> Told:
    words = [one.code for one in codings(part.get("valueCodeableConcept")) if one.system == terms.own]
    if fact.kind == "list":
        return _list(part, fact, words)
    if fact.accepts_never and words == ["never"]:
        return Told("never")
    if fact.kind == "boolean" and isinstance(part.get("valueBoolean"), bool):
        return Told("true" if part["valueBoolean"] else "false")
    if fact.kind == "enum" and len(words) == 1:
        return Told(words[0])
    if fact.kind == "date":
        found = when(part.get("valueDateTime"))
        written = (found.month if fact.month else found.day) if found else ""
        if written:
            return Told(written)
    if fact.kind in ("number", "integer"):
        return _number(part, fact, terms)
    takes = {"boolean": "valueBoolean", "enum": "valueCodeableConcept", "date": "valueDateTime"}
    raise Unreadable(
        _("`{field}` takes one {key} in the project's own words").format(
            field=fact.name, key=takes.get(fact.kind, "valueCodeableConcept")
        )
    )


def _list(part: Mapping[str, Any], fact: FactType, words: list[str]) -> Told:
    """The words of a list, () where it is `none` alone: looked for, and nothing found."""
    if part.get("valueCodeableConcept") is None:
        raise Unreadable(_("`{field}` takes a valueCodeableConcept").format(field=fact.name))
    given = mapping(part["valueCodeableConcept"]).get("coding")
    count = len(given) if isinstance(given, list | tuple) else 1
    # A word of another system may be a further one of the list, and silence is not `none`.
    if not words or count != len(words) or ("none" in words and words != ["none"]):
        message = _("`{field}` takes the project's own words alone, and `none` alone for an empty list")
        raise Unreadable(message.format(field=fact.name))
    return Told(words=() if words == ["none"] else tuple(words))


def _number(part: Mapping[str, Any], fact: FactType, terms: Terms) -> Told:
    if part.get("valueInteger") is not None:
        return Told(f"{number(part['valueInteger']):f}")
    given = mapping(part.get("valueQuantity"))
    if not given:
        raise Unreadable(_("`{field}` takes one valueQuantity or valueInteger").format(field=fact.name))
    value = number(given.get("value"))
    bound = bound_of(given)
    if bound and not takes_bounds(fact):
        raise Unreadable(_("`{field}` takes no comparator").format(field=fact.name))
    code = text(given.get("code"))
    unit = ""
    # `1` is the bare number, in the field's unit; an annotation may name any other.
    if code and code != "1" and not (code.startswith("{") and not fact.unit):
        known = terms.units.get(code) if text(given.get("system")).rstrip("/") == terms.ucum else None
        if known is None or (fact.unit and not known):
            message = _("its unit `{unit}` is not one that is read; a score has the unit 1")
            raise Unreadable(message.format(unit=short(code, 40)))
        unit = known
    elif not code and (text(given.get("unit")) or fact.unit) and text(given.get("unit")) != fact.unit:
        message = _("it has no UCUM code for its unit; the field is in {unit}")
        raise Unreadable(message.format(unit=fact.unit or "1"))
    return Told.number(f"{plainly(value)} {unit}".strip(), bound)
