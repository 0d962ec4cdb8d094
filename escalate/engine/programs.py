"""Condition trees as closures over numbered literals: the evaluator's logic without its look-ups.

A literal's value stands in a list: `values[2 * i]` is the truth of test `i` as a number (0, 1, 2),
`values[2 * i + 1]` that of its negation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from escalate.language.tree import All, Any, AtLeast, Condition, Leaf, Nothing, Test

Values = Sequence[int]
Program = Callable[[Values], int]

FALSE, UNKNOWN, TRUE = 0, 1, 2


def program(condition: Condition, index: Mapping[int, int]) -> Program:
    """The condition as a function of the literals' values.

    Args: index, `id()` of a test -> its number; equal tests of one library are one object.
    """
    match condition:
        case Leaf():
            return _literal(_place(condition, index))
        case All(parts=parts):
            return _least(parts, index)
        case Any(parts=parts):
            return _greatest(parts, index)
        case Nothing(parts=parts):
            return _opposite(_greatest(parts, index))
        case AtLeast(count=count, parts=parts):
            return _at_least(count, [program(part, index) for part in parts])


def _place(leaf: Leaf, index: Mapping[int, int]) -> int:
    return 2 * index[id(leaf.test)] + leaf.negated


def _literal(place: int) -> Program:
    return lambda values: values[place]


def _least(parts: Sequence[Condition], index: Mapping[int, int]) -> Program:
    places = [_place(part, index) for part in parts if isinstance(part, Leaf)]
    inner = [program(part, index) for part in parts if not isinstance(part, Leaf)]

    def run(values: Values) -> int:
        least = TRUE
        for place in places:
            if values[place] < least:
                least = values[place]
        for part in inner:
            if least == FALSE:
                break
            least = min(least, part(values))
        return least

    return run


def _greatest(parts: Sequence[Condition], index: Mapping[int, int]) -> Program:
    places = [_place(part, index) for part in parts if isinstance(part, Leaf)]
    inner = [program(part, index) for part in parts if not isinstance(part, Leaf)]

    def run(values: Values) -> int:
        greatest = FALSE
        for place in places:
            if values[place] > greatest:
                greatest = values[place]
        for part in inner:
            if greatest == TRUE:
                break
            greatest = max(greatest, part(values))
        return greatest

    return run


def _opposite(inner: Program) -> Program:
    return lambda values: TRUE - inner(values)


def _at_least(count: int, parts: Sequence[Program]) -> Program:
    def run(values: Values) -> int:
        results = [part(values) for part in parts]
        if results.count(TRUE) >= count:
            return TRUE
        return FALSE if len(results) - results.count(FALSE) < count else UNKNOWN

    return run


def numbered(tests: Sequence[Test]) -> dict[int, int]:
    """`id()` of each test -> its number. The caller keeps the tests alive."""
    return {id(test): number for number, test in enumerate(tests)}
