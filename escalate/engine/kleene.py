"""The evaluator's run: every rule's condition in Kleene logic, stratum by stratum."""

from __future__ import annotations

from escalate.engine.model import Evaluation
from escalate.engine.rulebase import RuleBase
from escalate.language.facts import Facts
from escalate.truth import Truth

SOFTWARE = "kleene"
_TRUTHS = (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)


def run(rulebase: RuleBase, facts: Facts) -> Evaluation:
    """The value of every rule and finding, without proofs."""
    return run_on(rulebase, rulebase.read_facts(facts))


def run_on(rulebase: RuleBase, values: list[int]) -> Evaluation:
    """The same over literals already read; the literals of findings are filled in as they are settled."""
    rules: dict[str, Truth] = {}
    heads: dict[str, Truth] = {}
    for stratum in rulebase.strata:
        rulebase.read_heads(values, stratum.head_tests, heads)
        for rule in stratum.rules:
            rules[rule.key] = _TRUTHS[rulebase.programs[rule.key](values)]
        for head in stratum.heads:
            heads[head.name] = max((rules[key] for key in head.rules), default=Truth.FALSE)
    return Evaluation(rules, heads, {}, SOFTWARE)
