"""Kleene's three values: FALSE < UNKNOWN < TRUE."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn


class Truth(IntEnum):
    """Ordered, so that `and` is the least, `or` the greatest, and `not` swaps the ends.

    >>> Truth.UNKNOWN & Truth.FALSE
    <Truth.FALSE: 0>
    >>> ~Truth.UNKNOWN
    <Truth.UNKNOWN: 1>
    """

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __bool__(self) -> NoReturn:
        # An `if` would turn "not measured" into yes or no; make the caller name the case.
        raise TypeError("compare with `is Truth.TRUE`, a Truth is not a bool")

    def __and__(self, other: int) -> Truth:
        return Truth(min(int(self), int(other)))

    def __or__(self, other: int) -> Truth:
        return Truth(max(int(self), int(other)))

    def __invert__(self) -> Truth:
        return Truth(2 - int(self))

    @staticmethod
    def of(value: bool | None) -> Truth:
        """TRUE, FALSE, or UNKNOWN for None."""
        return Truth.UNKNOWN if value is None else Truth.TRUE if value else Truth.FALSE


def every(values: Iterable[Truth]) -> Truth:
    """Conjunction; TRUE for nothing at all."""
    return Truth(min((int(v) for v in values), default=int(Truth.TRUE)))


def some(values: Iterable[Truth]) -> Truth:
    """Disjunction; FALSE for nothing at all."""
    return Truth(max((int(v) for v in values), default=int(Truth.FALSE)))


def at_least(k: int, values: Iterable[Truth]) -> Truth:
    """TRUE if k are TRUE, FALSE if fewer than k could be, else UNKNOWN."""
    seen = list(values)
    if sum(v is Truth.TRUE for v in seen) >= k:
        return Truth.TRUE
    return Truth.FALSE if sum(v is not Truth.FALSE for v in seen) < k else Truth.UNKNOWN
