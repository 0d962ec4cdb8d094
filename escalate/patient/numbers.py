"""The numbers of a patient file: a decimal with or without a unit, nothing that could mean two numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from escalate.library.model import FactType
from escalate.patient.complaints import listed, quoted
from escalate.texts import _
from escalate.units import convert, same_spelling


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Why a text is not taken as the number of a field."""

    code: str
    message: str
    help: str = ""


# A unit begins with a letter or sign; `10^9/L` and `10*9/L` are the units that begin with a digit.
_NUMBER = re.compile(r"([+-]?[\d.,]+(?:[eE][+-]?\d{1,2})?)\s*((?:10[\^*⁹³]|[^\d\s.,_+-]).*)?", re.ASCII)
_INEQUALITY = re.compile(r"[<>≤≥≈~=±]|(?:ca|circa|about|über|unter|more|less|bis|max|min)\b", re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?\.?(?:nan|inf|infinity|unendlich)", re.IGNORECASE)
_LONGEST = 40
LOWER = ("above", "at_least")
UPPER = ("below", "at_most")
# Three digits after the mark may be thousands. `0,125` cannot, and a point with a last digit other
# than 0 is how machines write decimals.
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3}|\.\d{2}0)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3}(?:\1\d{3})+|(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d*)")
_POINTED = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_BLANKS = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "−": "-"})  # non-breaking and thin


def read_number(text: str, fact: FactType) -> Decimal | NotANumber:
    """The number in the field's own unit, converted exactly, inside the field's range.

    `12,5` is 12.5. Refused: `12,500` and `12.500`, which are 12500 to half the readers;
    inequalities; NaN and infinity; a unit the field does not list; a bare number that is usual in
    another unit (troponin 0.04).
    """
    plain = text.strip().translate(_BLANKS)
    found = _split(plain, fact)
    if isinstance(found, NotANumber):
        return found
    number, unit = found
    value = _in_own_unit(number, unit, fact)
    if isinstance(value, NotANumber):
        return value
    if fact.kind == "integer" and value != value.to_integral_value():
        return NotANumber(
            "not-a-whole-number", _("{plain} is not a whole number").format(plain=quoted(plain)), _range(fact)
        )
    low, high = fact.low, fact.high
    if (low is not None and value < low) or (high is not None and value > high):
        shown = f"{value:f} {fact.unit}".strip() if unit else plain
        return NotANumber(
            "out-of-range",
            _("{shown} is outside the range").format(shown=quoted(shown)),
            _range(fact, number, unit),
        )
    return _shortest(value)


def takes_bounds(fact: FactType) -> bool:
    """Whether a field may be given by bounds: measured numbers, and none inside a list of entries."""
    return fact.kind == "number" and "[]" not in fact.name


def bounds_help() -> str:
    """How a bound is written where one is taken."""
    return _("write one number, or `{{above: 12000}}`, with one of {keys}").format(
        keys=", ".join((*LOWER, *UPPER))
    )


def _split(plain: str, fact: FactType) -> tuple[Decimal, str] | NotANumber:
    if _NOT_FINITE.fullmatch(plain):
        message = _("{plain} is not a measured number").format(plain=quoted(plain))
        return NotANumber("not-finite", message, _("leave out what is unknown"))
    if _INEQUALITY.match(plain):
        help = _("write the measured number; or leave the field out and say it in a note")
        return NotANumber(
            "inequality",
            _("{plain} is a bound, not a number").format(plain=quoted(plain)),
            bounds_help() if takes_bounds(fact) else help,
        )
    hit = _NUMBER.fullmatch(plain) if len(plain) <= _LONGEST else None
    digits = _decimal_point(hit[1]) if hit else None
    if hit is None or digits is None:
        message = _("{plain} is not a number").format(plain=quoted(plain))
        help = _range(fact) if fact.kind == "integer" else _("write it like 12.5 or `12.5 UNIT`")
        return NotANumber("not-a-number", message, help)
    return digits if isinstance(digits, NotANumber) else (Decimal(digits), hit[2] or "")


def _decimal_point(written: str) -> str | NotANumber | None:
    """The digits with a decimal point; None if it is no number."""
    mantissa, mark, exponent = written.replace("E", "e").partition("e")
    thousands = _THOUSANDS.fullmatch(mantissa)
    if thousands or _GROUPED.fullmatch(mantissa):
        bare = mantissa.replace(",", "").replace(".", "")
        help = _("write it without marks for thousands, with a decimal point")
        if thousands:
            small = mantissa.replace(",", ".").rstrip("0").rstrip(".")
            help = _("write {large} or {small}").format(large=bare, small=small)
        return NotANumber(
            "ambiguous-number", _("`{written}` may have a mark for thousands").format(written=written), help
        )
    pointed = mantissa.replace(",", ".")
    if not _POINTED.fullmatch(pointed):
        return None
    return pointed + mark + exponent


def _in_own_unit(number: Decimal, unit: str, fact: FactType) -> Decimal | NotANumber:
    if not unit:
        limit = fact.unit_needed_below
        if limit is not None and number < limit:
            ways = _(" or ").join(f"`{number} {u}`" for u in (fact.unit, *fact.also))
            message = _("{number} without a unit: is it in {unit}?").format(number=number, unit=fact.unit)
            return NotANumber("unit-needed", message, _("write the unit: {ways}").format(ways=ways))
        return number
    spelled = same_spelling(unit)
    if spelled not in {same_spelling(u) for u in (fact.unit, *fact.also) if u}:
        return NotANumber(
            "unknown-unit", _("{unit} is not a unit of this field").format(unit=quoted(unit)), _units(fact)
        )
    value = convert(number, spelled, fact.unit, fact.name)
    if value is None:
        # A listed unit without a conversion: knowledge and table disagree. Refused, never guessed.
        return NotANumber(
            "unknown-unit", _("{unit} cannot be converted").format(unit=quoted(unit)), _units(fact)
        )
    return value


def _shortest(value: Decimal) -> Decimal:
    """The same number as a reader writes it: 172.00 and 1.72E+2 are 172."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) + 0 if value == whole else value.normalize()


def _units(fact: FactType) -> str:
    own = [u for u in (fact.unit, *fact.also) if u]
    return listed(own) if own else _("this number has no unit")


def _range(fact: FactType, number: Decimal | None = None, unit: str = "") -> str:
    """What is accepted; and which other unit would make sense of a bare number."""
    if fact.low is None or fact.high is None:
        return _("accepted: a whole number") if fact.kind == "integer" else ""
    # With decimal points in every language: it is what a file would say.
    low, high = f"{fact.low:f}", f"{fact.high:f}"
    told = _("accepted: {low} to {high} {unit}").format(low=low, high=high, unit=fact.unit).rstrip()
    if number is None or unit:
        return told
    for other in fact.also:
        value = convert(number, other, fact.unit, fact.name)
        if value is not None and fact.low <= value <= fact.high:
            return _("{told}; if it is in {other}, write `{number} {other}`").format(
                told=told, other=other, number=f"{number:f}"
            )
    return told
