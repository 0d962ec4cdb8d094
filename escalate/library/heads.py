"""The findings of one patient, each worked out when it is asked for: the evaluator and nothing else.

For what runs before the engine (is a test called for?) and for looking at a changed fact. The live run
of the rules is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.language.evaluate import evaluate, head_name
from escalate.language.facts import Facts
from escalate.library.model import Library, Rule
from escalate.library.once import Once
from escalate.truth import Truth, some


class Heads(Mapping[str, Truth]):
    """Head name (`refractory`, `heart_grade>=C2`) to truth, over the given facts."""

    def __init__(self, library: Library, facts: Facts) -> None:
        self._facts = facts
        self._rules = _rules_of_heads(library)
        self._known: dict[str, Truth] = {}

    def __getitem__(self, head: str) -> Truth:
        if head not in self._known:
            rules = self._rules[head]
            self._known[head] = some(evaluate(rule.when, self._facts, self) for rule in rules)
        return self._known[head]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


@Once
def _rules_of_heads(library: Library) -> dict[str, list[Rule]]:
    """The active rules that prove each head; most patients ask for few of them, all ask for the same."""
    rules: dict[str, list[Rule]] = {}
    for spec in library.findings.values():
        for level in spec.levels[1:] or ("",):
            rules[head_name(spec.name, level)] = []
    for rule in library.rules:
        if rule.kind == "finding" and rule.status == "active":
            levels = library.findings[rule.targets[0]].levels
            # A proof of one level proves every lower one.
            for level in levels[1 : levels.index(rule.level) + 1] if levels else ("",):
                rules[head_name(rule.targets[0], level)].append(rule)
    return rules
