"""Kleene logic over all patients at once: one bit of a whole number for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from escalate.language.tree import All, Any, AtLeast, Condition, Leaf, Nothing, Test
from escalate.truth import Truth

_ONES = {value: bytes(ord("1") if b == value else ord("0") for b in range(256)) for value in (0, 2)}


@dataclass(frozen=True, slots=True)
class Plane:
    """Who has TRUE and who has FALSE; the others have UNKNOWN."""

    true: int
    false: int

    def of(self, patient: int) -> Truth:
        """The value of one patient, by number."""
        if self.true >> patient & 1:
            return Truth.TRUE
        return Truth.FALSE if self.false >> patient & 1 else Truth.UNKNOWN

    def __invert__(self) -> Plane:
        return Plane(self.false, self.true)

    def with_value(self, patient: int, value: Truth) -> Plane:
        """The same but for one patient."""
        bit = 1 << patient
        true, false = self.true & ~bit, self.false & ~bit
        return Plane(true | (bit if value is Truth.TRUE else 0), false | (bit if value is Truth.FALSE else 0))

    def changed(self, other: Plane) -> int:
        """Who has another value there."""
        return (self.true ^ other.true) | (self.false ^ other.false)


def plane_of(column: bytes) -> Plane:
    """One value a patient (0, 1, 2), the first one in the lowest bit."""
    backwards = column[::-1]
    digits = [backwards.translate(_ONES[value]) or b"0" for value in (2, 0)]
    return Plane(int(digits[0], 2), int(digits[1], 2))


def every(planes: Iterable[Plane], all_: int) -> Plane:
    """Conjunction, patient by patient; `all_` has a bit for each."""
    true, false = all_, 0
    for plane in planes:
        true &= plane.true
        false |= plane.false
    return Plane(true, false)


def some(planes: Iterable[Plane], all_: int) -> Plane:
    """Disjunction, patient by patient."""
    true, false = 0, all_
    for plane in planes:
        true |= plane.true
        false &= plane.false
    return Plane(true, false)


def at_least(count: int, planes: Sequence[Plane], all_: int) -> Plane:
    """TRUE where `count` are TRUE, FALSE where fewer could be."""
    surely = _reached(count, [plane.true for plane in planes], all_)
    possibly = _reached(count, [all_ & ~plane.false for plane in planes], all_)
    return Plane(surely, all_ & ~possibly)


def _reached(count: int, bits: Iterable[int], all_: int) -> int:
    reached = [all_] + [0] * count  # who has at least 0, 1, 2, ... of those seen so far
    for one in bits:
        for k in range(count, 0, -1):
            reached[k] |= reached[k - 1] & one
    return reached[count]


def value(condition: Condition, test: Callable[[Test], Plane], all_: int) -> Plane:
    """The value of a condition for every patient."""
    match condition:
        case Leaf():
            plane = test(condition.test)
            return ~plane if condition.negated else plane
        case All(parts=parts):
            return every((value(part, test, all_) for part in parts), all_)
        case Any(parts=parts):
            return some((value(part, test, all_) for part in parts), all_)
        case Nothing(parts=parts):
            return ~some((value(part, test, all_) for part in parts), all_)
        case AtLeast(count=count, parts=parts):
            return at_least(count, [value(part, test, all_) for part in parts], all_)
