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
from escalate.language.words import say_unit, say_word
from escalate.texts import N_, _, figure

_COMPARED = {
    "<": N_("{fact} below {limit}"),
    "<=": N_("{fact} at most {limit}"),
    ">": N_("{fact} above {limit}"),
    ">=": N_("{fact} at least {limit}"),
}
_NOT_COMPARED = {
    "<": N_("{fact} not below {limit}"),
    "<=": N_("{fact} not at most {limit}"),
    ">": N_("{fact} not above {limit}"),
    ">=": N_("{fact} not at least {limit}"),
}


def describe(condition: Condition, names: Names) -> str:
    """The condition as one line: `LVEF below 45 %`, `Heart grade at least C2`, `either A or B`."""
    match condition:
        case Leaf():
            return describe_leaf(condition, names)
        case All(parts=parts):
            return _(" and ").join(_nested(part, names) for part in parts)
        case Any(parts=parts):
            return _(" or ").join(_nested(part, names) for part in parts)
        case Nothing(parts=parts):
            return _("none of: {parts}").format(parts="; ".join(describe(part, names) for part in parts))
        case AtLeast(count=count, parts=parts):
            return _("at least {count} of: {parts}").format(
                count=count, parts="; ".join(describe(part, names) for part in parts)
            )


def describe_leaf(leaf: Leaf, names: Names) -> str:
    """One criterion in words."""
    test, negated = leaf.test, leaf.negated
    label = label_of(test.name, names)
    match test:
        case Flag():
            return _("{fact}: no").format(fact=label) if negated else _("{fact}: yes").format(fact=label)
        case OneOf(words=words):
            listed = _(" or ").join(names.words.get(word) or say_word(word) for word in words)
            is_it = _("{fact} is not {words}") if negated else _("{fact} is {words}")
            return is_it.format(fact=label, words=listed)
        case Compare(op=op, number=number):
            fact = names.facts.get(test.name)
            unit = f" {say_unit(fact.unit)}" if fact is not None and fact.unit else ""
            compared = _((_NOT_COMPARED if negated else _COMPARED)[op])
            return compared.format(fact=label, limit=f"{figure(plain(number))}{unit}")
        case AtLevel(level=level):
            reached = _("{fact} below {limit}") if negated else _("{fact} at least {limit}")
            return reached.format(fact=label, limit=say_word(level))
        case Known():
            return (_("{fact} is not known") if negated else _("{fact} is known")).format(fact=label)


def label_of(name: str, names: Names) -> str:
    """What a clinician calls a fact or a finding; the name itself where nobody said."""
    if finding := names.findings.get(name):
        return finding.title or name
    fact = names.facts.get(name)
    return fact.label if fact is not None and fact.label else name


def _nested(condition: Condition, names: Names) -> str:
    text = describe(condition, names)
    return text if isinstance(condition, Leaf) else f"({text})"
