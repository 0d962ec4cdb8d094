"""Indication, gate, verdict and scope of every therapy as formulas: what `escalate.options.propose` computes.

The verdict table is not written again: it is read off `escalate.options.verdict` by asking it for every
combination of the six values it knows, so that a proof is about the table that runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.rail import NEVER, NO, YES, Formula, Rail, both, either, every, negation, some
from escalate.options import propose, verdict
from escalate.options.gates import gates_of, on_the_past
from escalate.options.verdict import Verdict
from escalate.truth import Truth

_KINDS = ("exclude", "defer", "ask", "caution_high", "caution")
_SCOPES = ("out_of_scope", "bcma_safety_only")
_OPEN = tuple(word for word in Verdict if word.is_open)


@dataclass(frozen=True, slots=True)
class Gate:
    """The joined values of a therapy's rules, each the greatest of its kind."""

    indicated: Rail
    exclude: Rail
    defer: Rail
    ask: Rail
    caution_high: Rail
    caution: Rail

    @property
    def rails(self) -> tuple[Rail, ...]:
        return (self.indicated, self.exclude, self.defer, self.ask, self.caution_high, self.caution)


class Options:
    """Every therapy of an encoding's library."""

    def __init__(self, rules: Encoding) -> None:
        self.rules, self.library = rules, rules.library
        self.gates = gates_of(rules.library)
        self._gates: dict[str, Gate] = {}
        self._verdicts: dict[tuple[str, Verdict], Formula] = {}

    def gate(self, therapy: str) -> Gate:
        """Indication and joined criteria of one therapy."""
        found = self._gates.get(therapy)
        if found is None:
            of_kind = self.gates.get(therapy, {})
            joined = [some(self.rules.rule(rule.key) for rule in of_kind.get(kind, ())) for kind in _KINDS]
            found = self._gates[therapy] = Gate(self.indicated(therapy), *joined)
        return found

    def indicated(self, therapy: str) -> Rail:
        """Some indication TRUE and nothing against it (`options/propose.py`)."""
        if not self.library.therapies[therapy].listed:
            return NEVER
        of_kind = self.gates.get(therapy, {})
        against = of_kind.get("against", ())
        value = self.rules.rule
        past = some(value(r.key) for r in against if on_the_past(r, therapy))
        other = some(value(r.key) for r in against if not on_the_past(r, therapy))
        spoken = some(
            value(r.key) if r.again or r.alert else every((value(r.key), ~past))
            for r in of_kind.get("indicate", ())
        )
        return every((spoken, ~other))

    def verdict(self, therapy: str, word: Verdict) -> Formula:
        """That the verdict on a therapy is this word, wherever the therapy is listed."""
        found = self._verdicts.get((therapy, word))
        if found is None:
            formula = _decided(self.gate(therapy).rails, lambda values: _verdict(values) is word)
            found = self.rules.space.name(formula, f"{therapy} {word} ")
            self._verdicts[therapy, word] = found
        return found

    def is_one_of(self, therapy: str, words: tuple[Verdict, ...]) -> Formula:
        """That a therapy is listed in the patient's scope with one of these verdicts."""
        return both((self.listed(therapy), either(self.verdict(therapy, word) for word in words)))

    def is_open(self, therapy: str) -> Formula:
        """That the conference may choose it: propose, caution or caution_high, and listed."""
        return self.is_one_of(therapy, _OPEN)

    def scope(self, word: str) -> Formula:
        """That the scope of the assessment is `iim`, `bcma_safety_only` or `out_of_scope`."""
        of = {scope: self._scoped(scope) for scope in _SCOPES}
        if word == "iim":
            return negation(either(of.values()))
        if word == "bcma_safety_only":
            return both((of[word], negation(of["out_of_scope"])))
        return of[word]

    def listed(self, therapy: str) -> Formula:
        """That a therapy is looked at in the patient's scope."""
        if propose.ENGAGER in self.library.therapies[therapy].classes:
            return negation(self.scope("out_of_scope"))
        return self.scope("iim")

    def _scoped(self, word: str) -> Formula:
        return either(
            self.rules.rule(rule.key).true
            for rule in self.library.rules
            if rule.alert == "scope" and rule.status == "active" and rule.scope == word
        )


def _verdict(values: tuple[Truth, ...]) -> Verdict:
    indicated, exclude, defer, ask, caution_high, caution = values
    # Looked up when it is called: the table that runs is the one that is proved.
    return verdict.verdict(
        indicated, exclude=exclude, defer=defer, ask=ask, caution_high=caution_high, caution=caution
    )


def _decided(rails: tuple[Rail, ...], holds: Callable[[tuple[Truth, ...]], bool]) -> Formula:
    """A table over three-valued inputs as a formula: a decision per input, equal branches joined."""
    table = {values: holds(values) for values in product(Truth, repeat=len(rails))}

    def branch(prefix: tuple[Truth, ...]) -> Formula:
        place = len(prefix)
        outcomes = {out for values, out in table.items() if values[:place] == prefix}
        if len(outcomes) == 1:
            return YES if outcomes.pop() else NO
        rail = rails[place]
        ways = {truth: branch((*prefix, truth)) for truth in Truth}
        first = ways[Truth.TRUE]
        if all(first.eq(way) for way in ways.values()):
            return first
        guards = {Truth.TRUE: rail.true, Truth.FALSE: rail.false, Truth.UNKNOWN: rail.unknown}
        return either(both((guards[truth], way)) for truth, way in ways.items())

    return branch(())
