"""The right side of a comparison: a number in the fact's unit, or one of its words."""

from __future__ import annotations

import re
from decimal import Decimal

from escalate.language.names import ORDERED, WORDED, FactShape, accepted, plain
from escalate.units import convert

NUMBER = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>(?![\d.,]).*)", re.DOTALL)


class Refusal(Exception):
    """A value that a fact does not take: a stable code, what was found, what helps."""

    def __init__(self, code: str, message: str, help_: str = "") -> None:
        self.code, self.message, self.help = code, message, help_
        super().__init__(message)


def need_words(fact: FactShape, op: str) -> None:
    """Raises Refusal where the fact is not compared with words."""
    if fact.kind in ORDERED:
        raise Refusal(
            "equality-on-number",
            f"`{op}` on the number `{fact.name}`",
            "a measured number is compared with `<`, `<=`, `>`, `>=` or `between A and B`",
        )
    if fact.kind not in WORDED:
        raise Refusal("no-comparison", f"`{fact.name}` is a {fact.kind} and takes no `{op}`")


def need_order(fact: FactShape, op: str) -> None:
    """Raises Refusal where the fact is not a number."""
    if fact.kind not in ORDERED:
        raise Refusal(
            "order-on-word", f"`{op}` on `{fact.name}`, which is no number", f"it takes {accepted(fact)}"
        )


def read_number(fact: FactShape, text: str) -> Decimal:
    """The number in the fact's own unit, exact.

    Raises: Refusal for what is no number, a unit that cannot be converted, or a value outside the range.
    """
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        comma = "write a decimal point, not a comma" if re.fullmatch(r"[+-]?\d+,\d+.*", text) else ""
        raise Refusal("not-a-number", f"`{text}` is not a number", comma or f"it takes {accepted(fact)}")
    number, unit = Decimal(match["number"]), match["unit"].strip()
    if unit and unit != fact.unit:
        converted = convert(number, unit, fact.unit, fact.name)
        if converted is None:
            own = f"it is measured in {fact.unit}" if fact.unit else "it has no unit"
            raise Refusal("wrong-unit", f"`{unit}` is not a unit of `{fact.name}`", own)
        number = converted
    if fact.kind == "integer" and number != number.to_integral_value():
        raise Refusal("not-whole", f"`{fact.name}` is a whole number, {plain(number)} is not")
    if (fact.low is not None and number < fact.low) or (fact.high is not None and number > fact.high):
        message = f"{plain(number)} is outside the range of `{fact.name}`: wrong unit?"
        raise Refusal("out-of-range", message, f"it takes {accepted(fact)}")
    return number
