"""The active rules as alternatives over numbered literals: what the engine runs, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from escalate.language.evaluate import tests_of
from escalate.language.normal import TooWide, rails, test_text
from escalate.language.tree import Test
from escalate.library.model import Rails, Rule


def compile_rails(rules: Iterable[Rule], refuse: Callable[[Rule, str], None]) -> Rails:
    """The rails of every active rule; one that is too wide for the engine goes to `refuse`."""
    index: dict[Test, int] = {}
    true: dict[str, list[list[int]]] = {}
    false: dict[str, list[list[int]]] = {}
    for rule in rules:
        if rule.status != "active":
            continue
        for test in tests_of(rule.when):
            index.setdefault(test, len(index))
        try:
            yes, no = rails(rule.when)
        except TooWide as fault:
            refuse(rule, str(fault))
            continue
        for side, disjuncts in ((true, yes), (false, no)):
            side[rule.key] = [
                sorted(2 * index[test] + (0 if value else 1) for test, value in disjunct)
                for disjunct in disjuncts
            ]
    return Rails(tuple(index), tuple(test_text(test) for test in index), true, false)
