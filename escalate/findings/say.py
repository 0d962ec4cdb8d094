"""Values of facts as a reader says them: numbers with their unit, yes and no, words, ranges."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.words import say_unit, say_word
from escalate.texts import _, figure


def with_unit(number: str, unit: str) -> str:
    """A number that is already written, with its unit where it has one."""
    return f"{number} {say_unit(unit)}" if unit else number


def value_range(low: Decimal | None, high: Decimal | None) -> str:
    """What is known of a number of which only bounds are; one of the two is given."""
    if low is None:
        return _("at most {high}").format(high=plain(high or Decimal(0)))
    if high is None:
        return _("at least {low}").format(low=plain(low))
    return _("between {low} and {high}").format(low=plain(low), high=plain(high))


def plain(number: Decimal) -> str:
    """A number for a reader, without exponent or trailing zeros, at most four decimals.

    Of a quotient two are enough, unless they would hide on which side of a round number it lies.

    >>> plain(Decimal("4.0")), plain(Decimal("0.0125"))
    ('4', '0.0125')
    >>> plain(Decimal("12.142857142857")), plain(Decimal("19.998571428571"))
    ('12.14', '19.9986')
    """
    text = f"{number:f}"
    if "." in text:
        text = f"{number:.4f}"
        if abs(number) >= 1 and number != Decimal(text) and not (short := f"{number:.2f}").endswith("0"):
            text = short
        text = text.rstrip("0").rstrip(".")
    return figure(text)


def say(value: object) -> str:
    """A fact's value in words: yes and no, words without underscores, dates in ISO form."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(say_word, value))) or _("none")
    return say_word(str(value))
