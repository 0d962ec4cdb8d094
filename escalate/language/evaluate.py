"""The meaning of a condition: Kleene logic over facts and findings. Every other reading must agree with it.

Two rules stand above the connectives:
- A fact of status ABSENT (a test that is not called for, an event that never happened) makes every test
  on it FALSE; it is `known`, for there is nothing to ask.
- An UNKNOWN number with bounds decides a comparison on which the whole range agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt

from escalate.language.facts import Fact, Facts, Status
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
    Test,
)
from escalate.problems import InternalFault
from escalate.texts import _
from escalate.truth import Truth, at_least, every, some

Heads = Mapping[str, Truth]
"""The value of each finding: `refractory`, and `heart_grade>=C2` for each level above the lowest."""

_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge}


def head_name(finding: str, level: str = "") -> str:
    """The name under which a finding, or one level of a graded one, has its truth.

    >>> head_name("refractory"), head_name("heart_grade", "C2")
    ('refractory', 'heart_grade>=C2')
    """
    return f"{finding}>={level}" if level else finding


def evaluate(condition: Condition, facts: Facts, heads: Heads) -> Truth:
    """The value of a condition for one patient.

    Raises: InternalFault when a name has no entry: the caller promised one for each.
    """
    match condition:
        case Leaf(test=test, negated=negated):
            value = test_truth(test, facts, heads)
            return ~value if negated else value
        case All(parts=parts):
            return every(evaluate(part, facts, heads) for part in parts)
        case Any(parts=parts):
            return some(evaluate(part, facts, heads) for part in parts)
        case Nothing(parts=parts):
            return ~some(evaluate(part, facts, heads) for part in parts)
        case AtLeast(count=count, parts=parts):
            return at_least(count, (evaluate(part, facts, heads) for part in parts))


def test_truth(test: Test, facts: Facts, heads: Heads) -> Truth:
    """The value of one test, before any negation of its leaf."""
    if isinstance(test, AtLevel):
        return _head(heads, head_name(test.name, test.level))
    if isinstance(test, Flag) and test.finding:
        return _head(heads, test.name)
    if isinstance(test, Known):
        return _known(test.name, facts, heads)
    fact = _fact(facts, test.name)
    if fact.status is Status.ABSENT:
        return Truth.FALSE
    if isinstance(test, Compare):
        return _compared(fact, test)
    value = fact.value
    if fact.status is Status.UNKNOWN or value is None:
        return Truth.UNKNOWN
    if isinstance(test, Flag):
        return Truth.TRUE if value is True else Truth.FALSE
    if isinstance(value, frozenset):
        return Truth.of(not value.isdisjoint(test.words))
    return Truth.of(value in test.words)


# pytest must not take it for a test case of its own.
test_truth.__test__ = False  # type: ignore[attr-defined]


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test of a condition, in the order of the text."""
    for leaf in leaves_of(condition):
        yield leaf.test


def leaves_of(condition: Condition) -> Iterator[Leaf]:
    """Every leaf of a condition, in the order of the text."""
    if isinstance(condition, Leaf):
        yield condition
        return
    for part in condition.parts:
        yield from leaves_of(part)


def _compared(fact: Fact, test: Compare) -> Truth:
    holds = _OPERATORS[test.op]
    if fact.status is Status.KNOWN:
        if not isinstance(fact.value, Decimal):
            raise InternalFault(
                _("the fact `{fact}` is compared as a number and is none").format(fact=fact.name)
            )
        return Truth.of(holds(fact.value, test.number))
    # The comparison is monotone, so its ends speak for the range; an open end decides only
    # where it lies on the far side.
    low, high = fact.low, fact.high
    upward = test.op in (">", ">=")
    if low is not None and holds(low, test.number) == upward:
        return Truth.TRUE if upward else Truth.FALSE
    if high is not None and holds(high, test.number) != upward:
        return Truth.FALSE if upward else Truth.TRUE
    return Truth.UNKNOWN


def _known(name: str, facts: Facts, heads: Heads) -> Truth:
    prefix = f"{name}>="
    levels = [head for head in heads if head == name or head.startswith(prefix)]
    if levels:
        return Truth.of(all(heads[head] is not Truth.UNKNOWN for head in levels))
    return Truth.of(_fact(facts, name).status is not Status.UNKNOWN)


def _head(heads: Heads, name: str) -> Truth:
    try:
        return heads[name]
    except KeyError:
        raise InternalFault(_("the finding `{name}` has no value").format(name=name)) from None


def _fact(facts: Facts, name: str) -> Fact:
    try:
        return facts[name]
    except KeyError:
        raise InternalFault(_("the fact `{name}` has no entry").format(name=name)) from None
