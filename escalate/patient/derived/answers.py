"""How a derived fact is put: known, unknown with its bounds, or not applicable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.registry import Case
from escalate.problems import Span
from escalate.texts import figure
from escalate.truth import Truth


def yes_no(
    name: str, value: Truth, because: str = "", origins: tuple[Span, ...] = (), missing: tuple[str, ...] = ()
) -> Fact:
    """A Boolean fact; `missing` is kept only where it is UNKNOWN."""
    if value is Truth.UNKNOWN:
        return Fact(name, origins=origins, because=because, missing=missing)
    return Fact(name, value is Truth.TRUE, Status.KNOWN, origins=origins, because=because)


def number(
    name: str, value: Decimal, because: str = "", origins: tuple[Span, ...] = (), anchor: date | None = None
) -> Fact:
    """A known number."""
    return Fact(name, value, Status.KNOWN, origins=origins, because=because, anchor=anchor)


def between(
    name: str,
    low: Decimal | None,
    high: Decimal | None,
    because: str = "",
    origins: tuple[Span, ...] = (),
    missing: tuple[str, ...] = (),
) -> Fact:
    """A number of which only the range is known; known where the range is one number."""
    if low is not None and low == high:
        return number(name, low, because, origins)
    return Fact(name, None, Status.UNKNOWN, low, high, origins, because, missing)


def unknown(name: str, missing: tuple[str, ...], because: str = "", origins: tuple[Span, ...] = ()) -> Fact:
    """Nothing is known."""
    return Fact(name, origins=origins, because=because, missing=missing)


def absent(name: str, because: str, origins: tuple[Span, ...] = ()) -> Fact:
    """Known not to apply: every test on it is FALSE."""
    return Fact(name, status=Status.ABSENT, origins=origins, because=because)


def unsettled(case: Case, name: str, fields: Iterable[str]) -> Fact | None:
    """The answer of a fact that needs all of these fields, while one of them has no value; else None.

    A field that is not applicable makes the fact not applicable; else an unknown one makes it unknown.
    """
    facts = [case[field] for field in fields]
    origins = origins_of(*facts)
    for fact in facts:
        if fact.status is Status.ABSENT:
            return absent(name, fact.because, origins)
    missing = tuple(path for fact in facts if fact.status is Status.UNKNOWN for path in fact.missing)
    return unknown(name, missing, origins=origins) if missing else None


def origins_of(*facts: Fact) -> tuple[Span, ...]:
    """The places of several facts, each once."""
    return tuple(dict.fromkeys(at for fact in facts for at in fact.origins))


def decimal(case: Case, name: str) -> Decimal:
    """The number of a field that `unsettled` has found to be known."""
    value = case[name].value
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} is no number: {value!r}")
    return value


def truth(fact: Fact) -> Truth:
    """A Boolean fact as a truth; not applicable is FALSE."""
    if fact.status is Status.UNKNOWN:
        return Truth.UNKNOWN
    return Truth.of(fact.value is True)


def plain(value: Decimal) -> str:
    """A number for a sentence: at most two decimals, no exponent, no trailing zeros."""
    whole = value.to_integral_value()
    text = f"{whole if value == whole else value.quantize(Decimal('0.01')):f}"
    return figure(text.rstrip("0").rstrip(".") if "." in text else text)
