"""A condition changed in one place: each way in which an author's hand can slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from escalate.language.normal import test_text
from escalate.language.tree import All, Any, AtLeast, AtLevel, Compare, Condition, Leaf, Nothing, OneOf
from escalate.library.model import FactType, FindingSpec
from escalate.problems import Span
from escalate.texts import _

_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


@dataclass(frozen=True, slots=True)
class Change:
    """One changed condition. `weaker`: it can be FALSE where the old one is TRUE. `beyond`: a threshold
    outside what the field takes, which no knowledge base with it loads."""

    what: str
    said: str
    condition: Condition
    weaker: bool
    at: Span | None = None
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What a step is: the facts and findings by name."""

    facts: Mapping[str, FactType]
    findings: Mapping[str, FindingSpec]


def changes(condition: Condition, names: Names, up: bool = True) -> Iterator[Change]:
    """Every mutant of a condition, in the order of its text.

    Args: up, whether the whole becomes TRUE with this part; False under a `none`.
    """
    if isinstance(condition, Leaf):
        yield from _of_leaf(condition, names, up)
        return
    yield from _of_group(condition, up)
    inner = up is not isinstance(condition, Nothing)
    for place, part in enumerate(condition.parts):
        for change in changes(part, names, inner):
            parts = (*condition.parts[:place], change.condition, *condition.parts[place + 1 :])
            yield replace(change, condition=replace(condition, parts=parts))


def _of_group(group: All | Any | Nothing | AtLeast, up: bool) -> Iterator[Change]:
    parts = group.parts
    at = _at(group)
    if len(parts) > 1:
        # Without a part, All holds more often, Any and `at least` less often, and Nothing more often.
        wider = isinstance(group, All | Nothing)
        for place, part in enumerate(parts):
            rest = (*parts[:place], *parts[place + 1 :])
            if isinstance(group, AtLeast) and group.count > len(rest):
                continue
            yield Change(
                "clause",
                _("without `{part}`").format(part=_short(part)),
                replace(group, parts=rest),
                wider is not up,
                _at(part),
            )
    match group:
        case All() if len(parts) > 1:
            yield Change("connective", "all -> any", Any(parts), not up, at)
        case Any() if len(parts) > 1:
            yield Change("connective", "any -> all", All(parts), up, at)
        case Nothing():
            yield Change("not", "none -> any", Any(parts), True, at)
        case AtLeast(count=count):
            for other, wider in ((count - 1, True), (count + 1, False)):
                if 1 <= other <= len(parts):
                    said = _("at least {count} -> {other}").format(count=count, other=other)
                    yield Change("count", said, replace(group, count=other), wider is not up, at)


def _of_leaf(leaf: Leaf, names: Names, up: bool) -> Iterator[Change]:
    def changed(what: str, test: Compare | AtLevel | OneOf, wider: bool, beyond: bool = False) -> Change:
        said = f"`{test_text(leaf.test)}` -> `{test_text(test)}`"
        narrower = wider is leaf.negated
        return Change(
            what, said, replace(leaf, test=test, text=test_text(test)), narrower is up, leaf.at, beyond
        )

    said = (
        _("without its not: `{leaf}`").format(leaf=leaf.text)
        if leaf.negated
        else _("not `{leaf}`").format(leaf=leaf.text)
    )
    yield Change("not", said, replace(leaf, negated=not leaf.negated), True, leaf.at)
    test = leaf.test
    if isinstance(test, Compare):
        yield changed("operator", replace(test, op=_BOUNDARY[test.op]), wider="=" not in test.op)
        fact = names.facts[test.name]
        step = step_of(test, fact)
        for number in (test.number - step, test.number + step):
            wider = (number > test.number) is (test.op in ("<", "<="))
            beyond = (fact.low is not None and number < fact.low) or (
                fact.high is not None and number > fact.high
            )
            yield changed("threshold", replace(test, number=number), wider, beyond)
    elif isinstance(test, AtLevel):
        levels = names.findings[test.name].levels
        place = levels.index(test.level)
        for other in (place - 1, place + 1):
            if 1 <= other < len(levels):
                yield changed("threshold", replace(test, level=levels[other]), wider=other < place)
    elif isinstance(test, OneOf) and len(test.words) > 1:
        for word in test.words:
            rest = tuple(w for w in test.words if w != word)
            yield changed("word", replace(test, words=rest), wider=False)


def step_of(test: Compare, fact: FactType) -> Decimal:
    """1 for an integer, else 1 in the last place in which the threshold is written (45: 1; 0.5: 0.1)."""
    if fact.kind == "integer":
        return Decimal(1)
    return Decimal(1).scaleb(min(int(test.number.normalize().as_tuple().exponent), 0))


def _at(condition: Condition) -> Span | None:
    while not isinstance(condition, Leaf):
        condition = condition.parts[0]
    return condition.at


def _short(condition: Condition) -> str:
    if isinstance(condition, Leaf):
        return condition.text
    words = {All: "all", Any: "any", Nothing: "none", AtLeast: "at least"}
    return f"{words[type(condition)]}: {_short(condition.parts[0])}, ..."
