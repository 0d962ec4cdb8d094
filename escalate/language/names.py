"""The names a condition may use, and the little the parser must know of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from escalate.problems import Problem, Span
from escalate.texts import _

ORDERED = ("number", "integer")
WORDED = ("enum", "list")


class FactShape(Protocol):
    """What may be tested about a fact (`escalate.library.model.FactType` has more)."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...
    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def refines(self) -> str: ...
    @property
    def test(self) -> str: ...
    @property
    def label(self) -> str: ...


class FindingShape(Protocol):
    """A finding: Boolean without levels, graded with them (lowest first)."""

    @property
    def title(self) -> str: ...
    @property
    def levels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Names:
    """Everything a condition may name."""

    facts: Mapping[str, FactShape]
    findings: Mapping[str, FindingShape]
    words: Mapping[str, str] = field(default_factory=dict)  # words that have a name of their own for people


@dataclass(frozen=True, slots=True)
class Reading:
    """How a condition is read: what it may name, and what its rule may say."""

    names: Names
    ask: bool  # `is known` is allowed
    opening: bool  # a negated detail (`refines`) is allowed: its absence speaks for the option
    excerpt: Callable[[Span], str]
    collect: Callable[[Problem], None]


def accepted(fact: FactShape) -> str:
    """What a fact takes, for people: `%, 5 to 85`, `yes or no`, `none, mild, severe`."""
    if fact.kind in ORDERED:
        bounded = fact.low is not None and fact.high is not None
        span = _("{low} to {high}").format(low=plain(fact.low), high=plain(fact.high)) if bounded else ""
        return ", ".join(part for part in (fact.unit, span) if part)
    if fact.kind == "boolean":
        return _("yes or no")
    if fact.values and len(fact.values) <= 12:
        return ", ".join(fact.values)
    return fact.kind


def plain(number: Decimal | None) -> str:
    """The shortest text of an exact number; never an exponent.

    >>> plain(Decimal("0.50")), plain(Decimal("1E+3"))
    ('0.5', '1000')
    """
    if number is None:
        return ""
    return format(number.normalize(), "f")
