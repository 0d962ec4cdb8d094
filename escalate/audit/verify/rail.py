"""A three-valued value as two formulas: when it is TRUE, when it is FALSE; UNKNOWN where neither holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import z3

Formula = Any  # a z3.BoolRef; the package carries no types

YES: Formula = z3.BoolVal(True)
NO: Formula = z3.BoolVal(False)


def both(parts: Iterable[Formula]) -> Formula:
    """Conjunction, with what is constant already taken out."""
    kept: list[Formula] = []
    for part in parts:
        if z3.is_false(part):
            return NO
        if not z3.is_true(part):
            kept.append(part)
    return YES if not kept else kept[0] if len(kept) == 1 else z3.And(kept)


def either(parts: Iterable[Formula]) -> Formula:
    """Disjunction, with what is constant already taken out."""
    kept: list[Formula] = []
    for part in parts:
        if z3.is_true(part):
            return YES
        if not z3.is_false(part):
            kept.append(part)
    return NO if not kept else kept[0] if len(kept) == 1 else z3.Or(kept)


def negation(part: Formula) -> Formula:
    """`not`, with constants and double negations taken out."""
    if z3.is_true(part):
        return NO
    if z3.is_false(part):
        return YES
    return part.arg(0) if z3.is_not(part) else z3.Not(part)


@dataclass(frozen=True, slots=True)
class Rail:
    """TRUE where `true` holds, FALSE where `false` holds; never both."""

    true: Formula
    false: Formula

    def __invert__(self) -> Rail:
        return Rail(self.false, self.true)

    @property
    def unknown(self) -> Formula:
        return both((negation(self.true), negation(self.false)))


ALWAYS = Rail(YES, NO)
NEVER = Rail(NO, YES)


def every(parts: Iterable[Rail]) -> Rail:
    """Kleene's conjunction; TRUE for nothing at all."""
    known = list(parts)
    return Rail(both(p.true for p in known), either(p.false for p in known))


def some(parts: Iterable[Rail]) -> Rail:
    """Kleene's disjunction; FALSE for nothing at all."""
    known = list(parts)
    return Rail(either(p.true for p in known), both(p.false for p in known))


def at_least(count: int, parts: Iterable[Rail]) -> Rail:
    """TRUE if `count` are TRUE, FALSE if fewer than that could be."""
    known = list(parts)
    enough = z3.AtLeast(*(p.true for p in known), count)
    possible = z3.AtMost(*(negation(p.false) for p in known), count - 1)
    return Rail(enough, possible)
