"""Where Kleene logic leaves a rule UNKNOWN although every answer to what is missing gives the same value.

Asked of each rule, and of the rules of each finding together; findings below count as facts. A fact that is
only ever tested one way (`< 5`, `< 7`) cannot hide a tautology: one answer to it makes all its tests TRUE,
another all FALSE. So only facts that are tested in ways that exclude or complete each other are gone through,
value by value, and the others are taken at their worst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from escalate.audit.verify.rail import Formula, Rail, at_least, both, every, negation, some
from escalate.audit.verify.result import Result, Step, Tally
from escalate.audit.verify.witness import Watch
from escalate.language.evaluate import head_name, leaves_of
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
from escalate.library.model import Rule
from escalate.texts import _

# Past this many answers a rule is reported as not proved: none of the shipped rules comes near it.
_MOST_ANSWERS = 4096

Answers = Mapping[Test, bool]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A rule, or all rules of a head."""

    name: str
    rules: tuple[Rule, ...]
    watch: Watch


def blind_spots(tally: Tally, step: Step) -> Result:
    """No rule and no finding stays UNKNOWN where all answers agree."""
    units = list(_units(tally))
    for number, unit in enumerate(units):
        step(number, len(units))
        tally.subjects += 1
        _look(tally, unit)
    return tally.result(
        "blind-spots", _("nothing stays unknown where every answer would give the same value")
    )


def _look(tally: Tally, unit: _Unit) -> None:
    rules = tally.prover.rules
    condition = Any(tuple(rule.when for rule in unit.rules))
    named: dict[str, list[Test]] = {}
    for leaf in leaves_of(condition):
        if not isinstance(leaf.test, Known | AtLevel) and not (
            isinstance(leaf.test, Flag) and leaf.test.finding
        ):
            tests = named.setdefault(leaf.test.name, [])
            if leaf.test not in tests:
                tests.append(leaf.test)
    both_ways = {name: tests for name, tests in named.items() if _both_ways(name, tests, condition)}
    graded = _graded_both_ways(condition)
    if not both_ways and not graded:
        return
    spaces = [list(_answers(tally, name, tests)) for name, tests in both_ways.items()]
    spaces += [_levels(tally, name) for name in graded]
    answers = 1
    for space in spaces:
        answers *= len(space)
    if answers > _MOST_ANSWERS:
        tally.undecided.append(unit.name)
        return
    value = rules.condition(condition)
    agree_true: list[Formula] = []
    agree_false: list[Formula] = []
    for chosen in product(*spaces):
        merged: dict[Test, bool] = {}
        for one in chosen:
            merged.update(one)
        rail = _completed(tally, condition, merged)
        agree_true.append(rail.true)
        agree_false.append(rail.false)
    for word, agreed in (("TRUE", agree_true), ("FALSE", agree_false)):
        message = _("`{unit}` stays unknown although every answer would make it {value}").format(
            unit=unit.name, value=word
        )
        at = unit.rules[0].at
        tally.never(f"{unit.name} {word}", message, at, (value.unknown, both(agreed)), unit.watch)


def _units(tally: Tally) -> Iterator[_Unit]:
    library = tally.prover.library
    heads: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.status != "active":
            continue
        if rule.kind != "finding":
            yield _Unit(rule.key, (rule,), Watch((rule.key,)))
            continue
        levels = library.findings[rule.targets[0]].levels
        for level in levels[1 : levels.index(rule.level) + 1] if levels else ("",):
            heads.setdefault(head_name(rule.targets[0], level), []).append(rule)
    for name, rules in heads.items():
        yield _Unit(name, tuple(rules), Watch((), (name,)))


def _both_ways(name: str, tests: list[Test], condition: Condition) -> bool:
    """Whether one answer to a fact cannot make all its tests harmless at once, or all harmful."""
    ways = {
        (_direction(leaf.test), leaf.negated != under)
        for leaf, under in _polar(condition)
        if leaf.test.name == name
    }
    if len(tests) == 1:
        return len(ways) > 1
    if all(isinstance(test, Compare) for test in tests):
        return len({up != negated for up, negated in ways}) > 1
    return True


def _direction(test: Test) -> bool:
    return isinstance(test, Compare) and test.op in (">", ">=")


def _polar(condition: Condition, under: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Each leaf, and whether it stands under an odd number of `none`."""
    if isinstance(condition, Leaf):
        yield condition, under
        return
    for part in condition.parts:
        yield from _polar(part, under != isinstance(condition, Nothing))


def _graded_both_ways(condition: Condition) -> list[str]:
    """Findings that stand in a condition both as they are and negated."""
    seen: dict[str, set[bool]] = {}
    for leaf, under in _polar(condition):
        if isinstance(leaf.test, AtLevel) or (isinstance(leaf.test, Flag) and leaf.test.finding):
            seen.setdefault(leaf.test.name, set()).add(leaf.negated != under)
    return [name for name, signs in seen.items() if len(signs) > 1]


def _answers(tally: Tally, name: str, tests: list[Test]) -> Iterator[Answers]:
    """Every way in which the tests of one fact can come out together."""
    spec = tally.prover.library.facts[name]
    if spec.accepts_never or spec.derived or spec.test or spec.refines:
        yield dict.fromkeys(tests, False)  # it may turn out not to apply
    if spec.kind in ("number", "integer"):
        numbers = sorted({test.number for test in tests if isinstance(test, Compare)})
        places = [numbers[0] - 1]
        for low, high in zip(numbers, [*numbers[1:], numbers[-1] + 2], strict=True):
            places += [low, (low + high) / 2]
        inside = [
            n for n in places if (spec.low is None or n >= spec.low) and (spec.high is None or n <= spec.high)
        ]
        if spec.kind == "integer":
            inside = [n for n in inside if n == n.to_integral_value()]
        for number in inside:
            yield {test: _compare(test, number) for test in tests if isinstance(test, Compare)}
    elif spec.kind == "boolean":
        yield from ({test: value for test in tests} for value in (True, False))
    elif spec.kind == "enum":
        outcomes = {
            tuple(word in test.words for test in tests if isinstance(test, OneOf)) for word in spec.values
        }
        for outcome in sorted(outcomes):
            yield dict(zip(tests, outcome, strict=True))
    else:
        words = sorted({word for test in tests if isinstance(test, OneOf) for word in test.words})
        for chosen in product((True, False), repeat=len(words)):
            present = {word for word, here in zip(words, chosen, strict=True) if here}
            yield {test: bool(present & set(test.words)) for test in tests if isinstance(test, OneOf)}


def _compare(test: Compare, number: object) -> bool:
    n = test.number
    return {"<": number < n, "<=": number <= n, ">": number > n, ">=": number >= n}[test.op]  # type: ignore[operator]


def _levels(tally: Tally, name: str) -> list[Answers]:
    """Every value of a finding: yes and no, or each of its levels."""
    levels = tally.prover.library.findings[name].levels
    if not levels:
        flag = Flag(name, finding=True)
        return [{flag: True}, {flag: False}]
    return [
        {AtLevel(name, level): place >= number for number, level in enumerate(levels) if number}
        for place in range(len(levels))
    ]


def _completed(tally: Tally, condition: Condition, answers: Answers) -> Rail:
    """The condition where the facts gone through are known or have these answers, and all others stay as they are."""
    rules = tally.prover.rules
    match condition:
        case Leaf(test=test, negated=negated):
            rail = rules.test(test)
            if test in answers:
                decided = Rail(negation(rail.false), rail.false), Rail(rail.true, negation(rail.true))
                rail = decided[0] if answers[test] else decided[1]
            return ~rail if negated else rail
        case All(parts=parts):
            return every(_completed(tally, part, answers) for part in parts)
        case Any(parts=parts):
            return some(_completed(tally, part, answers) for part in parts)
        case Nothing(parts=parts):
            return ~some(_completed(tally, part, answers) for part in parts)
        case AtLeast(count=count, parts=parts):
            return at_least(count, [_completed(tally, part, answers) for part in parts])
