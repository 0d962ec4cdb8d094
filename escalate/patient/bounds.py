"""A measured number of which only a bound is known: `{above: 12000}`, `{at_least: 50, at_most: 51}`.

A laboratory that prints `> 12000` has measured something, and not a number. Written as a text it is
refused, because nobody could tell whether a limit or a value is meant; written so it is kept as what it
is. Both ends count as possible values: a bound decides less then, never more.
"""

from __future__ import annotations

from decimal import Decimal

from escalate.library.model import FactType
from escalate.nodes import Mapping, Scalar
from escalate.patient.complaints import Complaints, quoted
from escalate.patient.model import PatientValue
from escalate.patient.numbers import LOWER, UPPER, NotANumber, bounds_help, read_number
from escalate.texts import _

_SIGNS = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}


def read_bounds(node: Mapping, fact: FactType, complaints: Complaints) -> PatientValue | None:
    """The bounds of a number; None where they were complained about."""
    help_ = bounds_help()
    ends: dict[str, Decimal] = {}
    given: list[str] = []
    for key, value in node.entries:
        side = "low" if key.text in LOWER else "high" if key.text in UPPER else ""
        if not side or side in ends or not isinstance(value, Scalar):
            message = _("`{name}`: {key} is no bound").format(name=fact.name, key=quoted(key.text))
            complaints.add(key.at, "not-a-value", message, help_)
            return None
        number = read_number(value.text, fact)
        if isinstance(number, NotANumber):
            complaints.add(value.at, number.code, f"`{fact.name}`: {number.message}", number.help)
            return None
        ends[side] = number
        given.append(f"{_SIGNS[key.text]} {value.text}")
    low, high = ends.get("low"), ends.get("high")
    strict = any(key.text in ("above", "below") for key, _value in node.entries)
    empty = low is not None and high is not None and (low > high or (low == high and strict))
    if not ends or empty:
        message = _("`{name}`: no number lies between these bounds") if ends else _("`{name}` has no value")
        complaints.add(node.at, "not-a-value", message.format(name=fact.name), help_)
        return None
    if low is not None and low == high:
        return PatientValue(low, node.at, " ".join(given))
    return PatientValue(None, node.at, ", ".join(given), low=low, high=high)
