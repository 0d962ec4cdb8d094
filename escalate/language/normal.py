"""A condition as alternatives of plain facts: when it is TRUE, and when it is FALSE (two rails).

A literal is a test with the value it must have. A disjunct is a set of literals that together
make the condition TRUE (or FALSE), whatever else is unknown. Kleene's value is TRUE exactly when a
disjunct of the first rail holds, FALSE exactly when one of the second does, and UNKNOWN otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from escalate.language.names import plain
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    AtLevel,
    Compare,
    Condition,
    Flag,
    Known,
    Leaf,
    Nothing,
    OneOf,
    Test,
)
from escalate.texts import _

Literal = tuple[Test, bool]
Disjunct = frozenset[Literal]
Rail = tuple[Disjunct, ...]

# What durable_rules can hold (engine.md 4): 16 facts in one join, and a rule of 200 alternatives.
MOST_LITERALS = 16
MOST_DISJUNCTS = 200
# Past this many intermediate products a condition is refused without finishing the expansion.
_MOST_PRODUCTS = 5000


class TooWide(Exception):
    """The condition needs more alternatives, or longer ones, than the engine can hold."""


def rails(condition: Condition) -> tuple[Rail, Rail]:
    """The minimal disjuncts for TRUE and for FALSE, each sorted.

    Raises: TooWide, with a sentence that says which limit is broken.
    """
    true, false = _expand(condition)
    return _guarded(true, "TRUE"), _guarded(false, "FALSE")


def test_text(test: Test) -> str:
    """The test as text, the same for every spelling: the name of a literal."""
    match test:
        case Flag(name=name):
            return name
        case OneOf(name=name, words=words):
            return f"{name} == {words[0]}" if len(words) == 1 else f"{name} in [{', '.join(words)}]"
        case Compare(name=name, op=op, number=number):
            return f"{name} {op} {plain(number)}"
        case AtLevel(name=name, level=level):
            return f"{name} >= {level}"
        case Known(name=name):
            return f"{name} is known"


# pytest must not take it for a test case of its own.
test_text.__test__ = False  # type: ignore[attr-defined]

_Set = set[Disjunct]


def _expand(condition: Condition) -> tuple[_Set, _Set]:
    match condition:
        case Leaf(test=test, negated=negated):
            return {frozenset({(test, not negated)})}, {frozenset({(test, negated)})}
        case All(parts=parts):
            expanded = [_expand(part) for part in parts]
            return _both(true for true, _ in expanded), _either(false for _, false in expanded)
        case Any(parts=parts):
            expanded = [_expand(part) for part in parts]
            return _either(true for true, _ in expanded), _both(false for _, false in expanded)
        case Nothing(parts=parts):
            true, false = _expand(Any(parts))
            return false, true
        case AtLeast(count=count, parts=parts):
            expanded = [_expand(part) for part in parts]
            enough = combinations([true for true, _ in expanded], count)
            # At least k of n fails once n - k + 1 of them are FALSE.
            short = combinations([false for _, false in expanded], len(parts) - count + 1)
            return _either(map(_both, enough)), _either(map(_both, short))


def _either(sets: Iterable[_Set]) -> _Set:
    joined: _Set = set()
    for one in sets:
        joined |= one
        if len(joined) > _MOST_PRODUCTS:
            raise TooWide(_("it expands to more than {most} alternatives").format(most=_MOST_PRODUCTS))
    return _minimal(joined)


def _both(sets: Iterable[_Set]) -> _Set:
    joined: _Set = {frozenset()}
    for one in sets:
        if len(joined) * len(one) > _MOST_PRODUCTS:
            raise TooWide(_("it expands to more than {most} alternatives").format(most=_MOST_PRODUCTS))
        joined = _minimal({left | right for left, right in product(joined, one)})
    return joined


def _minimal(disjuncts: _Set) -> _Set:
    """Without the disjuncts that hold another one, and without those that need a test both ways."""
    kept: list[Disjunct] = []
    for disjunct in sorted(disjuncts, key=len):
        possible = not any((test, not value) in disjunct for test, value in disjunct)
        if possible and not any(other <= disjunct for other in kept):
            kept.append(disjunct)
    return set(kept)


def _guarded(disjuncts: _Set, rail: str) -> Rail:
    if len(disjuncts) > MOST_DISJUNCTS:
        raise TooWide(
            _("{count} alternatives make it {rail}; at most {most} can be held").format(
                count=len(disjuncts), rail=rail, most=MOST_DISJUNCTS
            )
        )
    widest = max((len(disjunct) for disjunct in disjuncts), default=0)
    if widest > MOST_LITERALS:
        raise TooWide(
            _("{widest} criteria at once make it {rail}; at most {most} can be held").format(
                widest=widest, rail=rail, most=MOST_LITERALS
            )
        )
    return tuple(sorted(disjuncts, key=_order))


def _order(disjunct: Disjunct) -> list[tuple[str, bool]]:
    return sorted((test_text(test), value) for test, value in disjunct)
