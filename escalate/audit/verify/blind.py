"""Where Kleene logic leaves a rule UNKNOWN although every answer to what is missing gives the same value.

Asked of each rule, and of the rules of each finding together; findings below count as facts. A fact that is
only ever tested one way (`< 5`, `< 7`) cannot hide a tautology: one answer to it makes all its tests TRUE,
another all FALSE. So only facts that are tested in ways that exclude or complete each other are gone through,
value by value, and the others are taken at their worst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from escalate.audit.verify.rail import Formula, Rail, at_least, both, every, negation, some
from escalate.audit.verify.result import Result, Step, Tally
from escalate.audit.verify.witness import Watch
from escalate.language.evaluate import head_name
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    AtLevel,
    Compare,
    Condition,
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
    words: tuple[str, ...] = ("TRUE", "FALSE")


def blind_spots(tally: Tally, step: Step) -> Result:
    """No rule and no finding stays UNKNOWN where all answers agree."""
    on_purpose = {unit for statement in tally.prover.statements.stays_unknown for unit in statement.units}
    units = [unit for unit in _units(tally) if unit.name not in on_purpose]
    for number, unit in enumerate(units):
        step(number, len(units))
        tally.subjects += 1
        _look(tally, unit)
    return tally.result(
        "blind-spots", _("nothing stays unknown where every answer would give the same value")
    )


def _look(tally: Tally, unit: _Unit) -> None:
    condition = Any(tuple(rule.when for rule in unit.rules))
    signs = _signs(condition)
    outcomes = {name: list(_outcomes(tally, name, list(tests))) for name, tests in signs.items()}
    value = tally.prover.rules.condition(condition)
    for word in unit.words:
        spaces = [
            outcomes[name] for name, tests in signs.items() if not _at_once(tests, outcomes[name], word)
        ]
        if not spaces:
            continue
        if prod(map(len, spaces)) > _MOST_ANSWERS:
            tally.undecided.append(unit.name)
            continue
        agreed: list[Formula] = []
        for chosen in product(*spaces):
            answers = {test: answer for one in chosen for test, answer in one.items()}
            rail = _completed(tally, condition, answers)
            agreed.append(rail.true if word == "TRUE" else rail.false)
        message = _("`{unit}` stays unknown although every answer would make it {value}").format(
            unit=unit.name, value=word
        )
        question = (value.unknown, both(agreed))
        tally.never(f"{unit.name} {word}", message, unit.rules[0].at, question, unit.watch)


def _signs(condition: Condition) -> dict[str, dict[Test, set[bool]]]:
    """Each fact and finding with its tests, and whether these stand as they are, negated, or both."""
    signs: dict[str, dict[Test, set[bool]]] = {}
    for leaf, under in _polar(condition):
        if not isinstance(leaf.test, Known):
            signs.setdefault(leaf.test.name, {}).setdefault(leaf.test, set()).add(leaf.negated != under)
    return signs


def _at_once(tests: Mapping[Test, set[bool]], outcomes: list[Answers], word: str) -> bool:
    """Whether one answer to a fact speaks against TRUE (or FALSE) in each of its tests at once."""
    if any(len(signs) > 1 for signs in tests.values()):
        return False
    wanted = {test: (True in signs) == (word == "TRUE") for test, signs in tests.items()}
    return any(outcome == wanted for outcome in outcomes)


def _units(tally: Tally) -> Iterator[_Unit]:
    """Each rule both ways. A finding can only hide a TRUE: an answer that makes it FALSE makes each of its
    rules FALSE, and the one that is UNKNOWN is found by itself."""
    library = tally.prover.library
    heads: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.status != "active":
            continue
        yield _Unit(rule.key, (rule,), Watch((rule.key,)))
        if rule.kind == "finding":
            levels = library.findings[rule.targets[0]].levels
            for level in levels[1 : levels.index(rule.level) + 1] if levels else ("",):
                heads.setdefault(head_name(rule.targets[0], level), []).append(rule)
    for name, rules in heads.items():
        yield _Unit(name, tuple(rules), Watch((), (name,)), ("TRUE",))


def _polar(condition: Condition, under: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Each leaf, and whether it stands under an odd number of `none`."""
    if isinstance(condition, Leaf):
        yield condition, under
        return
    for part in condition.parts:
        yield from _polar(part, under != isinstance(condition, Nothing))


def _outcomes(tally: Tally, name: str, tests: list[Test]) -> Iterator[Answers]:
    """Every way in which the tests of one fact or finding can come out together."""
    finding = tally.prover.library.findings.get(name)
    if finding is not None:
        yield from _levels(finding.levels, tests)
        return
    spec = tally.prover.library.facts[name]
    if spec.accepts_never or spec.derived or spec.test or spec.refines:
        yield dict.fromkeys(tests, False)  # it may turn out not to apply
    if spec.kind in ("number", "integer"):
        numbers = sorted({test.number for test in tests if isinstance(test, Compare)})
        least = numbers[0] - 1 if spec.low is None else (spec.low + numbers[0]) / 2
        most = numbers[-1] + 1 if spec.high is None else (numbers[-1] + spec.high) / 2
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        places = [spec.low, least, *numbers, *between, most, spec.high]
        inside = [
            n
            for n in places
            if n is not None and (spec.low is None or n >= spec.low) and (spec.high is None or n <= spec.high)
        ]
        if spec.kind == "integer":
            inside = [n for n in inside if n == n.to_integral_value()]
        for number in inside:
            yield {test: _compare(test, number) for test in tests if isinstance(test, Compare)}
    elif spec.kind == "boolean":
        yield from (dict.fromkeys(tests, value) for value in (True, False))
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


def _levels(levels: tuple[str, ...], tests: list[Test]) -> Iterator[Answers]:
    """Every value of a finding: yes and no, or each of its levels."""
    for place in range(len(levels)) if levels else (0, 1):
        yield {
            test: place >= levels.index(test.level) if isinstance(test, AtLevel) else place == 1
            for test in tests
        }


def _completed(tally: Tally, condition: Condition, answers: Answers) -> Rail:
    """The condition where the facts gone through have these answers, unless known; all others stay."""
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
