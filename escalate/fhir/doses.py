"""The dose of a medication resource: one fixed amount of a drug at one interval, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.fhir.quantities import Unreadable, number, plainly
from escalate.fhir.shapes import mapping, not_understood, objects, short, text
from escalate.library.terms import Terms
from escalate.units import same_spelling

_PERIODS = {"d": "day", "wk": "week", "mo": "month"}
_MASSES = {"mg": "mg", "g": "g", "ug": "ug"}
# What of a timing changes how often: doses on some days, in some hours, so many times in all.
_OTHER_TIMINGS = ("frequencyMax", "periodMax", "count", "countMax", "dayOfWeek", "when")


def dose_of(resource: Mapping[str, Any], terms: Terms) -> str | None:
    """`2 x 500 mg/day` of one dosage with one fixed dose and a frequency.

    Returns: the empty text where there is no dosage, None for one of any other kind.
    """
    dosages = _dosages(resource)
    if not dosages:
        return ""
    if len(dosages) != 1 or not_understood(dosages[0]):
        return None
    if dosages[0].get("asNeededBoolean") or dosages[0].get("asNeededCodeableConcept"):
        return None
    rates = objects(dosages[0].get("doseAndRate"))
    given = mapping(rates[0].get("doseQuantity")) if len(rates) == 1 else {}
    unit = _mass(given, terms)
    repeat = mapping(mapping(dosages[0].get("timing")).get("repeat"))
    period = _PERIODS.get(text(repeat.get("periodUnit")))
    if unit is None or period is None or any(repeat.get(key) for key in _OTHER_TIMINGS):
        return None
    try:
        amount = number(given.get("value"))
        times = number(repeat.get("frequency", 1))
        every = number(repeat.get("period"))
    except Unreadable:
        return None
    whole = times == times.to_integral_value() and every == every.to_integral_value()
    if (
        amount <= 0
        or not whole
        or not 1 <= times <= 10
        or not 1 <= every <= 52
        or (times != 1 and every != 1)
    ):
        return None
    interval = period if every == 1 else f"{plainly(every)} {period}s"
    often = f"{plainly(times)} x " if times != 1 else ""
    return f"{often}{plainly(amount)} {unit}/{interval}"


def dosage_in_words(resource: Mapping[str, Any]) -> str:
    """How a dosage is written, where it is; for the report."""
    return "; ".join(filter(None, (short(one.get("text")) for one in _dosages(resource)[:3]))) or "?"


def _dosages(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(resource.get("dosage")) or objects(resource.get("dosageInstruction"))


def _mass(given: Mapping[str, Any], terms: Terms) -> str | None:
    """The unit of an amount by its UCUM code; None for no mass, a bound, and one that is shown otherwise."""
    unit = _MASSES.get(text(given.get("code")))
    if unit is None or given.get("comparator") is not None:
        return None
    if text(given.get("system")).rstrip("/") not in ("", terms.ucum):
        return None
    shown = same_spelling(text(given.get("unit")))
    differs = shown in map(same_spelling, _MASSES) and shown != same_spelling(unit)
    return None if differs else unit
