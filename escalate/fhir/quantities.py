"""Numbers of a resource: a Quantity with its UCUM unit and comparator, a titre, a reference range."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from escalate.fhir.shapes import mapping, objects, short, text
from escalate.library.terms import Terms
from escalate.texts import _
from escalate.units import convert, same_spelling

BOUNDS = {"<": "below", "<=": "at_most", ">": "above", ">=": "at_least"}
# Beyond it a number is no measurement; written out it would fill the memory.
_EXPONENT = 30
_DIGITS = 40
_TITRE = re.compile(r"1\s*[:/]\s*([1-9][0-9]{0,6})", re.ASCII)


class Unreadable(Exception):
    """A value that cannot be read; the message says why, and what is accepted."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the spelling of the project's units; `bound` is empty, or a key of a bounded number."""

    value: Decimal
    unit: str
    bound: str = ""

    @property
    def written(self) -> str:
        """As a patient file writes it."""
        return f"{plainly(self.value)} {self.unit}".strip()


def number(value: Any) -> Decimal:
    """The decimal of a JSON number. Raises: Unreadable for text, NaN, infinity and what nobody measures."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable(_("its value is no number"))
    if isinstance(value, int):
        if value.bit_length() > 100:
            raise Unreadable(_("its number is too large"))
        return Decimal(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unreadable(_("its number is not finite"))
        value = Decimal(repr(value))
    if not value.is_finite():
        raise Unreadable(_("its number is not finite"))
    if (value and abs(value.adjusted()) > _EXPONENT) or len(value.as_tuple().digits) > _DIGITS:
        raise Unreadable(_("its number is too large"))
    return value if value else Decimal(0)


def quantity(value: Any, units: Collection[str], terms: Terms) -> Quantity:
    """A Quantity in one of the UCUM `units`. Raises: Unreadable."""
    given = mapping(value)
    read = number(given.get("value"))
    return Quantity(read, unit_of(given, units, terms), bound_of(given))


def bound_of(given: Mapping[str, Any]) -> str:
    """The key of a bounded number for a Quantity's comparator, empty for none. Raises: Unreadable."""
    comparator = given.get("comparator")
    if comparator is None:
        return ""
    bound = BOUNDS.get(text(comparator))
    if bound is None:
        raise Unreadable(_("the comparator {given} is not known").format(given=short(comparator) or "?"))
    return bound


def plainly(value: Decimal) -> str:
    """As a patient file writes it: `3.10` is `3.1`, which nobody takes for thousands."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def unit_of(given: Mapping[str, Any], units: Collection[str], terms: Terms) -> str:
    """The project's spelling of a Quantity's unit. Raises: Unreadable where it is not one of `units`."""
    code, shown = text(given.get("code")), text(given.get("unit"))
    accepted = {terms.units[unit] for unit in units if unit in terms.units}
    if code and text(given.get("system")).rstrip("/") == terms.ucum:
        unit = terms.units.get(code)
    else:
        unit = terms.free_units.get(shown.strip())
        code = shown
    if unit is None or unit not in accepted:
        raise Unreadable(_refused(code, text(given.get("system")), units, terms))
    if _contradicts(shown, unit, terms):
        said = _("its unit is shown as `{shown}` and coded as `{unit}`, which differ")
        raise Unreadable(said.format(shown=short(shown, 40), unit=short(code, 40)))
    return unit


def _contradicts(shown: str, unit: str, terms: Terms) -> bool:
    """Whether a unit that is shown is another known one than what is coded: 1 of it is not 1 of the other."""
    written, coded = same_spelling(shown), same_spelling(unit)
    if not shown or written == coded:
        return False
    if written not in {same_spelling(one) for one in terms.units.values() if one}:
        return False
    there, back = convert(Decimal(1), written, unit, ""), convert(Decimal(1), coded, written, "")
    return 1 not in (there, back)


def _refused(code: str, system: str, units: Collection[str], terms: Terms) -> str:
    listed = ", ".join(f"`{one}`" for one in units)
    if not code:
        return _("it has no unit; read are {units} by their UCUM code").format(units=listed)
    if code in units and system.rstrip("/") != terms.ucum:
        said = _("its unit `{unit}` is not said to be a UCUM code (system {system})")
        return said.format(unit=short(code, 40), system=terms.ucum)
    said = _("its unit `{unit}` is not one that is read here; read are {units} by their UCUM code")
    return said.format(unit=short(code, 40), units=listed)


def titre(resource: Mapping[str, Any]) -> int | None:
    """320 from `valueRatio` 1:320, from the text `1:320`, and from a quantity 320 in `{titer}`.

    >>> titre({"valueString": "1:320"})
    320
    """
    ratio = mapping(resource.get("valueRatio"))
    try:
        if ratio and number(mapping(ratio.get("numerator")).get("value")) == 1:
            below = number(mapping(ratio.get("denominator")).get("value"))
            return int(below) if below == below.to_integral_value() and below > 0 else None
        counted = mapping(resource.get("valueQuantity"))
        if counted.get("code") == "{titer}":
            value = number(counted.get("value"))
            return int(value) if value == value.to_integral_value() and value > 0 else None
    except Unreadable:
        return None
    hit = _TITRE.fullmatch(text(resource.get("valueString")).strip()[:20])
    return int(hit[1]) if hit else None


def normal_range(resource: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Low and high of the one reference range that is meant for everybody; None where there are several.

    A range for a group (`appliesTo`, `age`) or of another kind than normal is not taken.
    """
    ranges = [
        one
        for one in objects(resource.get("referenceRange"))
        if not one.get("appliesTo") and not one.get("age") and _is_normal(one)
    ]
    if len(ranges) != 1:
        return None
    if any(ranges[0].get(end) is not None and not mapping(ranges[0][end]) for end in ("low", "high")):
        return None  # an end that is no quantity is not an end that is open
    return mapping(ranges[0].get("low")), mapping(ranges[0].get("high"))


def _is_normal(one: Mapping[str, Any]) -> bool:
    codes = [text(coding.get("code")) for coding in objects(mapping(one.get("type")).get("coding"))]
    return not one.get("type") or "normal" in codes
