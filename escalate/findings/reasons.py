"""Why a rule is TRUE, FALSE or UNKNOWN: the facts it stands on, and the fields nobody has filled in.

Both walks follow the condition itself with the values the engines agreed on; a finding is
followed into its own rules, so that every reason ends at facts of the patient file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil
from typing import TypeVar

from escalate.findings.say import plain, say, value_range, with_unit
from escalate.language.evaluate import evaluate
from escalate.language.facts import Fact, Facts, Status
from escalate.language.names import Names
from escalate.language.tree import (
    All,
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
from escalate.language.words import say_word
from escalate.library.model import Library, Rule
from escalate.library.once import Once
from escalate.texts import N_, _
from escalate.truth import Truth

_T = TypeVar("_T")
_CRITERIA = {
    "<": N_("below {limit}"),
    "<=": N_("at or below {limit}"),
    ">": N_("above {limit}"),
    ">=": N_("at or above {limit}"),
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_DAYS = {"days": 1, "day": 1, "d": 1, "weeks": 7, "week": 7, "wk": 7}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule with its value, the sentences that carry it, and what would settle it.

    `because` goes down to the facts of the patient file; `brief` stops at the rule's own criteria
    and names a finding by its title, for a line that is read from a projector.
    """

    rule: Rule
    truth: Truth
    because: tuple[str, ...]
    missing: tuple[str, ...]
    until: date | None = None
    brief: tuple[str, ...] = ()


@Once
def _rules_by_finding(library: Library) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.kind == "finding" and rule.status == "active":
            rules.setdefault(rule.targets[0], []).append(rule)
    return rules


class Reasons:
    """Reasons for one patient: facts, knowledge, and the values of rules and finding heads."""

    def __init__(
        self, facts: Facts, library: Library, values: Mapping[str, Truth], heads: Mapping[str, Truth]
    ) -> None:
        self.facts, self.library, self.values, self.heads = facts, library, values, heads
        self._rules_of = _rules_by_finding(library)
        self._missing_of: dict[str, tuple[str, ...]] = {}  # by rule key: findings are shared by many rules

    @cached_property
    def names(self) -> Names:
        """What a condition may name, with the words that have a name for people."""
        library = self.library
        words = {**library.drugs.labels, **library.overlaps.labels, **library.entities.labels}
        return Names(library.facts, library.findings, words)

    def rules_of(self, finding: str) -> list[Rule]:
        """The active rules of a finding, in the order of the knowledge base."""
        return self._rules_of.get(finding, [])

    def of(self, rule: Rule) -> Reason:
        """The reason for a rule as it stands for this patient."""
        truth = self.values[rule.key]
        if truth is Truth.UNKNOWN:
            return Reason(rule, truth, (), self.missing(rule.when))
        leaves = _unique(self._support(rule.when, truth))
        until = self._until(rule.when) if truth is Truth.TRUE else None
        own = self._support(rule.when, truth, deep=False)
        return Reason(
            rule,
            truth,
            because=tuple(_unique(self.sentence(leaf, value) for leaf, value in leaves)),
            missing=(),
            until=until,
            brief=tuple(_unique(self.words(leaf, value) for leaf, value in own)),
        )

    def failing_parts(self, condition: Condition) -> int:
        """How many conjuncts of a condition are FALSE: how far a rule is from speaking."""
        parts = condition.parts if isinstance(condition, All) else (condition,)
        return sum(evaluate(part, self.facts, self.heads) is Truth.FALSE for part in parts)

    def _until(self, condition: Condition) -> date | None:
        """The first day on which time alone ends a TRUE condition; None where time does not settle it."""
        days = [self._end(leaf) for leaf, _ in self._support(condition, Truth.TRUE)]
        known = [day for day in days if day is not None]
        return min(known) if known else None

    def _end(self, leaf: Leaf) -> date | None:
        if not isinstance(leaf.test, Compare | Flag) or leaf.negated:
            return None
        fact = self.facts.get(leaf.test.name)
        if fact is None:
            return None
        if fact.until is not None:
            return fact.until
        if isinstance(leaf.test, Compare) and fact.anchor is not None and leaf.test.op in ("<", "<="):
            unit = _DAYS.get(self.library.facts[fact.name].unit, 0)
            days = ceil(leaf.test.number * unit) + (1 if leaf.test.op == "<=" else 0)
            return fact.anchor + timedelta(days=days) if unit else None
        return None

    # -- what a value stands on ------------------------------------------------------------

    def _support(
        self, condition: Condition, want: Truth, *, deep: bool = True
    ) -> Iterable[tuple[Leaf, Fact | None]]:
        """The leaves that give the condition the value it has; `want` is TRUE or FALSE.

        `deep` follows findings into their rules; otherwise a finding is a leaf of its own.
        """
        if isinstance(condition, Leaf):
            if deep:
                yield from self._support_leaf(condition, want)
            else:
                yield condition, self.facts.get(condition.test.name)
            return
        part_want = ~want if isinstance(condition, Nothing) else want
        parts = [p for p in condition.parts if evaluate(p, self.facts, self.heads) is part_want]
        conjunctive = isinstance(condition, All | Nothing) is (want is Truth.TRUE)
        for part in parts if conjunctive or isinstance(condition, AtLeast) else parts[:1]:
            yield from self._support(part, part_want, deep=deep)

    def _support_leaf(self, leaf: Leaf, want: Truth) -> Iterable[tuple[Leaf, Fact | None]]:
        test = leaf.test
        holds = ~want if leaf.negated else want
        rules = self.rules_behind(leaf.test)
        if rules is None:
            yield leaf, self.facts.get(test.name)
            return
        carrying = [r for r in rules if self.values[r.key] is holds]
        if not carrying:
            yield leaf, None
        for rule in carrying[:1] if holds is Truth.TRUE else carrying[:3]:
            yield from self._support(rule.when, holds)

    def rules_behind(self, test: Test) -> list[Rule] | None:
        """The rules of the finding a test asks for; None where it asks for a fact."""
        if isinstance(test, AtLevel):
            levels = self.library.findings[test.name].levels
            reach = levels[levels.index(test.level) :]
            return [r for r in self.rules_of(test.name) if r.level in reach]
        if isinstance(test, Flag) and test.finding:
            return self.rules_of(test.name)
        return None

    def words(self, leaf: Leaf, fact: Fact | None) -> str:
        """One criterion of a rule in a few words, without its place: for a line among many."""
        if fact is None:
            spec = self.library.findings.get(leaf.test.name)
            title = spec.title if spec else leaf.text
            holds = evaluate(Leaf(leaf.test, False, leaf.text, leaf.at), self.facts, self.heads) is Truth.TRUE
            if isinstance(leaf.test, AtLevel):
                said = _("{fact}: at least {limit}") if holds else _("{fact}: below {limit}")
                return said.format(fact=title, limit=say_word(leaf.test.level))
            return (_("{fact}: yes") if holds else _("{fact}: no")).format(fact=title)
        label = self.library.facts[fact.name].label or fact.name
        return f"{label}: {self.value_text(fact)}{self._criterion(leaf, fact)}"

    def sentence(self, leaf: Leaf, fact: Fact | None) -> str:
        """One leaf in words: what it is, the value, where it stands, and the criterion."""
        if fact is None:
            finding = self.library.findings.get(leaf.test.name)
            title = finding.title if finding else leaf.text
            return _("not: {finding}").format(finding=title) if leaf.negated else title
        label = self.library.facts[fact.name].label or fact.name
        where = self._where(fact)
        if fact.because and self.library.facts[fact.name].derived:
            return f"{fact.because}{where}" + self._criterion(leaf, fact)
        return f"{label}: {self.value_text(fact)}{where}{self._criterion(leaf, fact)}"

    def _where(self, fact: Fact) -> str:
        spans = ", ".join(str(span) for span in fact.origins[:3])
        return f" ({fact.name}, {spans})" if spans else f" ({fact.name})"

    def _criterion(self, leaf: Leaf, fact: Fact) -> str:
        if not isinstance(leaf.test, Compare) or fact.status is Status.ABSENT:
            return ""
        held = evaluate(Leaf(leaf.test, False, leaf.text, leaf.at), self.facts, self.heads) is Truth.TRUE
        op = leaf.test.op if held else _OPPOSITE[leaf.test.op]
        unit = self.library.facts[fact.name].unit
        return ", " + _(_CRITERIA[op]).format(limit=with_unit(plain(leaf.test.number), unit))

    def value_text(self, fact: Fact) -> str:
        """A fact's value as a reader says it, with its unit."""
        if fact.status is Status.ABSENT:
            return _("not called for or never happened")
        if fact.value is None:
            if fact.low is not None or fact.high is not None:
                return value_range(fact.low, fact.high)
            return _("unknown")
        spec = self.library.facts[fact.name]
        if spec.names:
            words = sorted(fact.value) if isinstance(fact.value, frozenset) else [str(fact.value)]
            return ", ".join(self.names.words.get(word) or say_word(word) for word in words) or _("none")
        return with_unit(say(fact.value), spec.unit)

    # -- what would settle an UNKNOWN --------------------------------------------------------

    def missing(self, condition: Condition) -> tuple[str, ...]:
        """The patient fields on which an UNKNOWN condition waits, each once, in reading order."""
        return tuple(_unique(self._missing(condition)))

    def _missing(self, condition: Condition) -> Iterable[str]:
        value = evaluate(condition, self.facts, self.heads)
        if isinstance(condition, Leaf):
            if isinstance(condition.test, Known):
                yield from self._missing_known(condition.test)
            elif value is Truth.UNKNOWN:
                yield from self._missing_leaf(condition)
            return
        for part in condition.parts:
            part_value = evaluate(part, self.facts, self.heads)
            # An `ask` can be TRUE because something is unknown; its `is unknown` leaves say what.
            if part_value is Truth.UNKNOWN or (value is not Truth.FALSE and _asks(part)):
                yield from self._missing(part)

    def _missing_known(self, test: Known) -> Iterable[str]:
        fact = self.facts.get(test.name)
        if fact is not None and fact.status is Status.UNKNOWN:
            yield from fact.missing or (fact.name,)
        elif fact is None and test.name in self.library.findings:
            yield from self.missing_of_finding(test.name)

    def _missing_leaf(self, leaf: Leaf) -> Iterable[str]:
        rules = self.rules_behind(leaf.test)
        if rules is None:
            fact = self.facts[leaf.test.name]
            yield from fact.missing or (fact.name,)
            return
        for rule in rules:
            if self.values[rule.key] is Truth.UNKNOWN:
                if rule.key not in self._missing_of:
                    self._missing_of[rule.key] = self.missing(rule.when)
                yield from self._missing_of[rule.key]

    def missing_of_finding(self, name: str, from_level: str = "") -> tuple[str, ...]:
        """The fields behind a finding's UNKNOWN rules (from one level up, where it is graded)."""
        spec = self.library.findings[name]
        reach = spec.levels[spec.levels.index(from_level) :] if from_level else spec.levels
        rules = [r for r in self.rules_of(name) if not r.level or r.level in reach]
        return tuple(
            _unique(f for r in rules if self.values[r.key] is Truth.UNKNOWN for f in self.missing(r.when))
        )


def _asks(condition: Condition) -> bool:
    if isinstance(condition, Leaf):
        return isinstance(condition.test, Known)
    return any(_asks(part) for part in condition.parts)


def _unique(items: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(items))
