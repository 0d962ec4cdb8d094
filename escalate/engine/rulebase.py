"""A set of rules made ready to run: in strata, over numbered tests, with what each finding rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from escalate.engine.programs import UNKNOWN, Program, numbered, program
from escalate.language.evaluate import head_name, leaves_of, test_truth
from escalate.language.facts import Facts
from escalate.language.tree import AtLevel, Flag, Known, Test
from escalate.library.model import Library, Rule
from escalate.library.strata import dependencies, findings_in, strata, stratum_of
from escalate.truth import Truth

if TYPE_CHECKING:
    from escalate.engine.durable import Compiled


@dataclass(frozen=True, slots=True)
class Head:
    """A finding, or one level of a graded one, with the rules that prove it."""

    name: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rules that rest on facts and on findings of lower strata only."""

    head_tests: tuple[int, ...]  # tests of lower findings that get their value before this stratum
    rules: tuple[Rule, ...]
    heads: tuple[Head, ...]  # the findings that this stratum completes


class RuleBase:
    """The active ones of some rules, with the finding rules they rest on.

    Cheap to make; what durable_rules needs is compiled when it first runs. One run at a time:
    `lock` is held while an engine works on it.
    """

    def __init__(self, rules: Iterable[Rule], library: Library) -> None:
        self.library = library
        self.rules = _with_support([rule for rule in rules if rule.status == "active"], library)
        self.tests = library.rails.tests
        self.texts = library.rails.texts
        self.numbers = numbered(self.tests)
        self._by_value: dict[Test, int] = {}
        self.lock = Lock()
        self.compiled: Compiled | None = None
        used = sorted({self.number(leaf.test) for rule in self.rules for leaf in leaves_of(rule.when)})
        self.fact_tests = tuple(i for i in used if not self._is_head(self.tests[i]))
        self.strata = self._stratify([i for i in used if self._is_head(self.tests[i])])
        self.programs: dict[str, Program] = {
            rule.key: program(rule.when, self.numbers) for rule in self.rules
        }
        self.by_key: dict[str, Rule] = {rule.key: rule for rule in self.rules}

    def number(self, test: Test) -> int:
        """The number of a test; tests of one library are mostly the same object, else equal."""
        known = self.numbers.get(id(test))
        if known is None:
            if not self._by_value:
                self._by_value = {one: i for i, one in enumerate(self.tests)}
            known = self.numbers[id(test)] = self._by_value[test]
        return known

    def read_facts(self, facts: Facts) -> list[int]:
        """The value of every literal that rests on facts, once per assessment; the others UNKNOWN."""
        values = [UNKNOWN] * (2 * len(self.tests))
        for number in self.fact_tests:
            _set(values, number, test_truth(self.tests[number], facts, {}))
        return values

    def read_heads(self, values: list[int], numbers: Iterable[int], heads: Mapping[str, Truth]) -> None:
        """The value of the literals that rest on findings, before their stratum runs."""
        for number in numbers:
            _set(values, number, test_truth(self.tests[number], {}, heads))

    def _is_head(self, test: Test) -> bool:
        if isinstance(test, Known):
            return test.name in self.library.findings
        return isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding)

    def _stratify(self, head_tests: list[int]) -> tuple[Stratum, ...]:
        findings = self.library.findings
        levels = strata(dependencies(self.rules, findings))
        groups: dict[int, list[Rule]] = {}
        for rule in self.rules:
            if rule.kind == "finding":
                place = levels[rule.targets[0]]
            else:
                place = stratum_of(rule.when, findings, levels)
            groups.setdefault(place, []).append(rule)
        completed: dict[int, list[Head]] = {}
        for name, place in levels.items():
            completed.setdefault(place, []).extend(self._heads_of(name, groups[place]))
        needed: dict[int, list[int]] = {}
        for number in head_tests:
            needed.setdefault(levels[self.tests[number].name] + 1, []).append(number)
        return tuple(
            Stratum(
                tuple(needed.get(place, ())), tuple(groups.get(place, ())), tuple(completed.get(place, ()))
            )
            for place in range(max(groups, default=-1) + 1)
        )

    def _heads_of(self, name: str, rules: list[Rule]) -> list[Head]:
        own = [rule for rule in rules if rule.kind == "finding" and rule.targets[0] == name]
        levels = self.library.findings[name].levels
        if not levels:
            return [Head(name, tuple(rule.key for rule in own))]
        return [
            # A proof of a level proves every lower one.
            Head(
                head_name(name, level),
                tuple(rule.key for rule in own if levels.index(rule.level) >= levels.index(level)),
            )
            for level in levels[1:]
        ]


def _with_support(rules: list[Rule], library: Library) -> tuple[Rule, ...]:
    """The rules and, below them, every rule of a finding that one of them names."""
    of: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.kind == "finding" and rule.status == "active":
            of.setdefault(rule.targets[0], []).append(rule)
    kept = {rule.key for rule in rules}
    waiting = list(rules)
    complete: set[str] = set()
    while waiting:
        rule = waiting.pop()
        # A finding is complete only with all of its rules.
        named = findings_in(rule.when, library.findings)
        if rule.kind == "finding":
            named.add(rule.targets[0])
        for below in (r for name in named - complete for r in of.get(name, ())):
            if below.key not in kept:
                kept.add(below.key)
                waiting.append(below)
        complete |= named
    return tuple(rule for rule in library.rules if rule.key in kept)


def _set(values: list[int], number: int, truth: Truth) -> None:
    values[2 * number] = int(truth)
    values[2 * number + 1] = 2 - int(truth)
