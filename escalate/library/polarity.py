"""Which way a criterion works: does it close more, or open more, where it holds for more patients?

A criterion counts +1 where more patients it holds for means more that is closed or asked, and -1 where it
means less. The strictest rules that read a finding decide: a worse heart may open the treatment of the heart,
and stays what closes an engager. Only a finding that nothing closes by is judged by what it opens. An
emergency that reads it is heard whatever closes by it: a course that counts as rapid less often closes more
during an infection, and the emergency comes later. What makes facts unknown closes and announces no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.language.tree import All, AtLevel, Compare, Condition, Flag, Known, Leaf, Nothing
from escalate.library.model import Library, Rule

# From the strictest to the one that opens; the first that reads a finding decides.
_TIERS = (("exclude", "defer"), ("caution_high", "caution", "ask"), ("against", "alert"), ("indicate",))
_HEARD = ("emergency", "contradiction")


def signed_leaves(condition: Condition, sign: int = 1) -> Iterator[tuple[Leaf, int]]:
    """Each leaf with +1 where its truth speaks for the condition, -1 where it speaks against it."""
    if isinstance(condition, Leaf):
        yield condition, -sign if condition.negated else sign
        return
    if isinstance(condition, All) and _is_exactly(condition):
        # `heart_grade == C2` is "C2 or worse" and not "C3 or worse"; the rules for C3 speak for the rest.
        yield from signed_leaves(condition.parts[0], sign)
        return
    inner = -sign if isinstance(condition, Nothing) else sign
    for part in condition.parts:
        yield from signed_leaves(part, inner)


class Polarity:
    """The signs of every finding of a library, and through them of every rule."""

    def __init__(self, library: Library) -> None:
        active = [rule for rule in library.rules if rule.status == "active"]
        self._read_by = [self._spread(active, library, kinds) for kinds in _TIERS]
        self._heard = self._spread(active, library, _HEARD)

    def of(self, rule: Rule) -> frozenset[int]:
        """{+1}: holding for more patients, it closes more; {-1}: less; both or none: it cannot be said."""
        if rule.kind != "finding":
            return frozenset(_ways(rule))
        name = rule.targets[0]
        read = (signs[name] for signs in self._read_by if name in signs)
        return next(read, frozenset()) | self._heard.get(name, frozenset())

    def _spread(
        self, rules: list[Rule], library: Library, kinds: tuple[str, ...]
    ) -> Mapping[str, frozenset[int]]:
        """For each finding the signs with which the rules of these kinds read it, through others too."""
        direct: dict[str, set[int]] = {}
        between: dict[str, set[tuple[str, int]]] = {}
        for rule in rules:
            for leaf, sign in signed_leaves(rule.when):
                name = _finding(leaf, library)
                if name and rule.kind == "finding":
                    between.setdefault(name, set()).add((rule.targets[0], sign))
                elif name and (rule.kind in kinds or rule.alert in kinds):
                    direct.setdefault(name, set()).update(sign * way for way in _ways(rule))
        for test in library.tests.values() if kinds is _TIERS[1] else ():
            for condition, way in ((test.called_for, 1), (test.suspected_by, 1), (test.replaced_by, -1)):
                for leaf, sign in signed_leaves(condition) if condition else ():
                    name = _finding(leaf, library)
                    if name:
                        direct.setdefault(name, set()).add(sign * way)
        grown = True
        while grown:
            grown = False
            for name, readers in between.items():
                signs = direct.setdefault(name, set())
                more = {sign * up for reader, sign in readers for up in direct.get(reader, ())}
                grown |= not more <= signs
                signs |= more
        return {name: frozenset(signs) for name, signs in direct.items() if signs}


def _ways(rule: Rule) -> tuple[int, ...]:
    """What is closed where a rule that is no finding holds for more patients: more, less, or both."""
    if rule.makes_unknown:
        return (1, -1)
    return (-1,) if rule.kind == "indicate" else (1,)


def holds_for_more(compare: Compare, new: object) -> bool:
    """Does the comparison with another number hold for more patients than before?"""
    return (new > compare.number) == (compare.op in ("<", "<="))  # type: ignore[operator]


def _is_exactly(condition: All) -> bool:
    leaves = [part for part in condition.parts if isinstance(part, Leaf)]
    return (
        len(leaves) == len(condition.parts) == 2
        and all(isinstance(leaf.test, AtLevel) for leaf in leaves)
        and [leaf.negated for leaf in leaves] == [False, True]
        and leaves[0].test.name == leaves[1].test.name
    )


def _finding(leaf: Leaf, library: Library) -> str:
    test = leaf.test
    named = isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding)
    if named or (isinstance(test, Known) and test.name in library.findings):
        return test.name
    return ""
