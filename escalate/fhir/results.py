"""Positive or negative: from a coded value, an interpretation, or a number against the range sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from escalate.fhir.quantities import Unreadable, normal_range, number
from escalate.fhir.shapes import codings, mapping, objects, short, text
from escalate.library.terms import UNVERIFIED, Terms
from escalate.texts import _


def result_of(resource: Mapping[str, Any], terms: Terms) -> str:
    """`positive`, `negative` or `indeterminate`.

    Raises: Unreadable where nothing says so, or where two statements of the same result disagree.
    """
    said = {
        found
        for concept in (resource.get("valueCodeableConcept"), *objects(resource.get("interpretation")))
        if (found := _coded(concept, terms))
    }
    ranged = _against_range(resource)
    if ranged:
        said.add(ranged)
    if len(said) == 1:
        return said.pop()
    if said:
        message = _("its value, its interpretation and its reference range disagree: {said}")
        raise Unreadable(message.format(said=", ".join(sorted(said))))
    raise Unreadable(_nothing(resource, terms))


def _coded(concept: Any, terms: Terms) -> str:
    """The result of a concept whose codes agree; the empty text where none is read."""
    found = {
        result
        for coding in codings(concept)
        for result, grade in (terms.results.get((coding.system, coding.code), ("", UNVERIFIED)),)
        if grade != UNVERIFIED
    }
    if len(found) > 1:
        message = _("the codes of its value disagree: {said}")
        raise Unreadable(message.format(said=", ".join(sorted(found))))
    return found.pop() if found else ""


def _against_range(resource: Mapping[str, Any]) -> str:
    """A number judged by the one reference range that came with it; both in the same unit, as written."""
    value = mapping(resource.get("valueQuantity"))
    ends = normal_range(resource)
    if not value or ends is None:
        return ""
    _low, high = ends
    if not high or _unit(high) != _unit(value):
        return ""
    try:
        limit = number(high.get("value"))
        return _judged(number(value.get("value")), value.get("comparator"), limit)
    except Unreadable:
        return ""


def _judged(value: Decimal, comparator: Any, high: Decimal) -> str:
    if comparator is None:
        return "positive" if value > high else "negative"
    # Of a bound only the side is known: it decides where the whole range lies on one side of the limit.
    if comparator in ("<", "<="):
        return "negative" if value <= high else ""
    if comparator == ">":
        return "positive" if value >= high else ""
    return "positive" if comparator == ">=" and value > high else ""


def _unit(given: Mapping[str, Any]) -> str:
    return text(given.get("code")) or text(given.get("unit"))


def _nothing(resource: Mapping[str, Any], terms: Terms) -> str:
    for concept in (resource.get("valueCodeableConcept"), *objects(resource.get("interpretation"))):
        for coding in codings(concept):
            if (coding.system, coding.code) in terms.results:
                return _("the code {code} is not verified and is not read").format(code=coding)
    if resource.get("valueString") is not None:
        said = short(resource.get("valueString"))
        return _("its value is free text, which is not read: {said}").format(said=said)
    if resource.get("valueQuantity") is not None:
        return _("a number without a reference range in its unit says neither positive nor negative")
    return _("nothing says positive or negative in a code that is read")
