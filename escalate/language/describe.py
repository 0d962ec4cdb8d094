"""A criterion in words, for reports: the clinician's label, the comparison, the number and its unit."""

from __future__ import annotations

from escalate.language.names import Names, plain
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
)

_COMPARED = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_NOT_COMPARED = {"<": "not below", "<=": "not at most", ">": "not above", ">=": "not at least"}


def describe(condition: Condition, names: Names) -> str:
    """The condition as one line: `LVEF below 45 %`, `Heart grade at least C2`, `either A or B`."""
    match condition:
        case Leaf():
            return describe_leaf(condition, names)
        case All(parts=parts):
            return " and ".join(_nested(part, names) for part in parts)
        case Any(parts=parts):
            return " or ".join(_nested(part, names) for part in parts)
        case Nothing(parts=parts):
            return f"none of: {'; '.join(describe(part, names) for part in parts)}"
        case AtLeast(count=count, parts=parts):
            return f"at least {count} of: {'; '.join(describe(part, names) for part in parts)}"


def describe_leaf(leaf: Leaf, names: Names) -> str:
    """One criterion in words."""
    test, negated = leaf.test, leaf.negated
    label = label_of(test.name, names)
    match test:
        case Flag():
            return f"{label}: {'no' if negated else 'yes'}"
        case OneOf(words=words):
            listed = " or ".join(word.replace("_", " ") for word in words)
            return f"{label} {'is not' if negated else 'is'} {listed}"
        case Compare(op=op, number=number):
            fact = names.facts.get(test.name)
            unit = f" {fact.unit}" if fact is not None and fact.unit else ""
            return f"{label} {(_NOT_COMPARED if negated else _COMPARED)[op]} {plain(number)}{unit}"
        case AtLevel(level=level):
            return f"{label} {'below' if negated else 'at least'} {level}"
        case Known():
            return f"{label} is {'not known' if negated else 'known'}"


def label_of(name: str, names: Names) -> str:
    """What a clinician calls a fact or a finding; the name itself where nobody said."""
    if finding := names.findings.get(name):
        return finding.title or name
    fact = names.facts.get(name)
    return fact.label if fact is not None and fact.label else name


def _nested(condition: Condition, names: Names) -> str:
    text = describe(condition, names)
    return text if isinstance(condition, Leaf) else f"({text})"
