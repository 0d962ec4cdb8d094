"""The right side of a comparison: a number in the fact's unit, or one of its words."""

from __future__ import annotations

import re
from decimal import Decimal

from escalate.language.names import ORDERED, WORDED, FactShape, accepted, plain
from escalate.texts import _
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
            _("`{op}` on the number `{fact}`").format(op=op, fact=fact.name),
            _("a measured number is compared with `<`, `<=`, `>`, `>=` or `between A and B`"),
        )
    if fact.kind not in WORDED:
        raise Refusal(
            "no-comparison",
            _("`{fact}` is a {kind} and takes no `{op}`").format(fact=fact.name, kind=fact.kind, op=op),
        )


def need_order(fact: FactShape, op: str) -> None:
    """Raises Refusal where the fact is not a number."""
    if fact.kind not in ORDERED:
        raise Refusal(
            "order-on-word",
            _("`{op}` on `{fact}`, which is no number").format(op=op, fact=fact.name),
            _("it takes {accepted}").format(accepted=accepted(fact)),
        )


def read_number(fact: FactShape, text: str) -> Decimal:
    """The number in the fact's own unit, exact.

    Raises: Refusal for what is no number, a unit that cannot be converted, or a value outside the range.
    """
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        comma = _("write a decimal point, not a comma") if re.fullmatch(r"[+-]?\d+,\d+.*", text) else ""
        raise Refusal(
            "not-a-number",
            _("`{text}` is not a number").format(text=text),
            comma or _("it takes {accepted}").format(accepted=accepted(fact)),
        )
    number, unit = Decimal(match["number"]), match["unit"].strip()
    if unit and unit != fact.unit:
        converted = convert(number, unit, fact.unit, fact.name)
        if converted is None:
            own = _("it is measured in {unit}").format(unit=fact.unit) if fact.unit else _("it has no unit")
            raise Refusal(
                "wrong-unit", _("`{unit}` is not a unit of `{fact}`").format(unit=unit, fact=fact.name), own
            )
        number = converted
    if fact.kind == "integer" and number != number.to_integral_value():
        raise Refusal(
            "not-whole",
            _("`{fact}` is a whole number, {number} is not").format(fact=fact.name, number=plain(number)),
        )
    if (fact.low is not None and number < fact.low) or (fact.high is not None and number > fact.high):
        message = _("{number} is outside the range of `{fact}`: wrong unit?").format(
            number=plain(number), fact=fact.name
        )
        raise Refusal("out-of-range", message, _("it takes {accepted}").format(accepted=accepted(fact)))
    return number
