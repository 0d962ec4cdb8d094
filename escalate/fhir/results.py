"""Positive or negative: from a coded value, an interpretation, or a number against the range sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from escalate.fhir.quantities import Unreadable, normal_range, number
from escalate.fhir.shapes import codings, mapping, named, objects, short, text
from escalate.library.terms import UNVERIFIED, Terms
from escalate.texts import _


def result_of(resource: Mapping[str, Any], terms: Terms) -> str:
    """`positive`, `negative` or `indeterminate`.

    Raises: Unreadable where nothing says so, where two statements of the same result disagree, and where
            an interpretation that is not understood stands beside what would be negative.
    """
    said = {
        found
        for concept in (resource.get("valueCodeableConcept"), *objects(resource.get("interpretation")))
        if (found := _coded(concept, terms))
    }
    ranged = _against_range(resource)
    if ranged:
        said.add(ranged)
    if said <= {"negative"} and not _understood(resource.get("interpretation"), terms):
        raise Unreadable(
            _("its interpretation is not one that is read: {said}").format(said=_other(resource))
        )
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


def _understood(interpretation: Any, terms: Terms) -> bool:
    """Whether each interpretation has a code that is read; abnormal, high or reactive are none."""
    if not interpretation:
        return True
    concepts = objects(interpretation)
    whole = len(interpretation) if isinstance(interpretation, list | tuple) else 1
    return len(concepts) == whole and all(_coded(concept, terms) for concept in concepts)


def _other(resource: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, map(named, objects(resource.get("interpretation"))))) or "?"


def _against_range(resource: Mapping[str, Any]) -> str:
    """A number judged by the one reference range that came with it; both in the same unit, as written.

    Raises: Unreadable for one below the range: of a competitive assay that is the positive result.
    """
    value = mapping(resource.get("valueQuantity"))
    ends = normal_range(resource)
    if not value or ends is None:
        return ""
    low, high = ends
    if not high or _unit(high) != _unit(value):
        return ""
    try:
        limit, measured = number(high.get("value")), number(value.get("value"))
        least = number(low.get("value")) if low else None
    except Unreadable:
        return ""
    if least is not None and _unit(low) != _unit(value):
        return ""
    if least is not None and measured < least:
        raise Unreadable(_("its value is below its reference range, which does not say what that means"))
    return _judged(measured, value.get("comparator"), least, limit)


def _judged(value: Decimal, comparator: Any, low: Decimal | None, high: Decimal) -> str:
    if comparator is None:
        return "positive" if value > high else "negative"
    # Of a bound only the side is known: it decides where the whole range lies on one side of the limit.
    if comparator in ("<", "<="):
        return "negative" if value <= high and (low is None or low <= 0) else ""
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
