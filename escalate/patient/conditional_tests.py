"""Tests that are asked for only in some patients (engine.md 3): called for, replaced, or not applicable.

Whether a test is called for is judged on what is known without it: every conditional test that was not done
counts as showing nothing there. Otherwise a missing Holter would itself call for a Holter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.language.evaluate import Heads, evaluate
from escalate.language.facts import Facts
from escalate.language.tree import Condition
from escalate.library.model import ConditionalTest, Library
from escalate.patient.parameters import Parameters
from escalate.truth import Truth, some


class LazyHeads(Mapping[str, Truth]):
    """The findings' truths over some facts, each worked out when it is asked for."""

    __slots__ = ("_library", "_rules", "_values", "facts")

    def __init__(self, facts: Facts, library: Library, parameters: Parameters) -> None:
        self.facts, self._library = facts, library
        self._rules = parameters.finding_rules
        self._values: dict[str, Truth] = {}

    def __getitem__(self, head: str) -> Truth:
        value = self._values.get(head)
        if value is None:
            value = self._values[head] = self._computed(head)
        return value

    def __iter__(self) -> Iterator[str]:
        for finding, spec in self._library.findings.items():
            if spec.levels:
                yield from (f"{finding}>={level}" for level in spec.levels[1:])
            else:
                yield finding

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _computed(self, head: str) -> Truth:
        finding, _, level = head.partition(">=")
        spec = self._library.findings[finding]
        least = spec.levels.index(level) if level else 0
        rules = self._rules.get(finding, ())
        return some(
            evaluate(rule.when, self.facts, self)
            for rule in rules
            if not level or spec.levels.index(rule.level) >= least
        )


def needed(test: ConditionalTest, facts: Facts, heads: Heads) -> Truth:
    """Whether the result of a test is still owed: TRUE or UNKNOWN leave its fields UNKNOWN, FALSE makes
    them not applicable.

    It is owed while it is called for or its finding is stated as suspected, and nothing replaces it.
    """

    def value(condition: Condition | None) -> Truth:
        return Truth.FALSE if condition is None else evaluate(condition, facts, heads)

    replaced = value(test.replaced_by)
    if replaced is Truth.TRUE:
        return Truth.FALSE
    return (value(test.called_for) | value(test.suspected_by)) & ~replaced
