"""Tests that are asked for only in some patients (engine.md 3): called for, replaced, or not applicable.

Whether a test is called for is judged on what is known without it: every conditional test that was not done
counts as showing nothing there. Otherwise a missing Holter would itself call for a Holter.
"""

from __future__ import annotations

from escalate.language.evaluate import Heads, evaluate
from escalate.language.facts import Facts
from escalate.language.tree import Condition
from escalate.library.model import ConditionalTest
from escalate.truth import Truth


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
