"""One assessment's run: both engines, compared in every value, every proof taken alone on the evaluator."""

from __future__ import annotations

from escalate.engine import kleene
from escalate.engine.model import Evaluation, Proof
from escalate.engine.programs import UNKNOWN
from escalate.engine.rulebase import RuleBase
from escalate.language.facts import Facts
from escalate.problems import EnginesDisagree
from escalate.texts import _


def fire(rulebase: RuleBase, facts: Facts) -> Evaluation:
    """The value of every rule and finding with the proofs, from durable_rules, confirmed by the evaluator.

    Where durable_rules cannot be imported the evaluator alone decides, and `software` says so.
    Raises: EnginesDisagree when they differ in one value, or a proof does not carry its rule.
    """
    values = rulebase.read_facts(facts)
    reference = kleene.run_on(rulebase, values.copy())
    try:
        import durable.engine  # noqa: F401
    except ImportError:
        return reference
    from escalate.engine import durable as rules_engine

    result = rules_engine.run_on(rulebase, values)
    compare(rulebase, reference, result)
    return result


def compare(rulebase: RuleBase, reference: Evaluation, result: Evaluation) -> None:
    """Raises: EnginesDisagree, naming the first rule or finding in which the two differ."""
    for kind, expected, got in (
        (_("rule"), reference.rules, result.rules),
        (_("finding"), reference.heads, result.heads),
    ):
        if expected != got:
            name = next(n for n in sorted({*expected, *got}) if expected.get(n) is not got.get(n))
            raise EnginesDisagree(
                _(
                    "the engines disagree on the {kind} `{name}`: the evaluator says {expected}, "
                    "{software} says {got}; nothing is advised"
                ).format(
                    kind=kind,
                    name=name,
                    expected=_say(expected.get(name)),
                    software=result.software,
                    got=_say(got.get(name)),
                )
            )
    places = {text: 2 * number for number, text in enumerate(rulebase.texts)}
    blank = [UNKNOWN] * (2 * len(rulebase.tests))
    for key, proofs in result.proofs.items():
        program, value = rulebase.programs[key], result.rules[key]
        for proof in proofs:
            touched = _assume(blank, proof, places)
            alone = program(blank)
            for place in touched:
                blank[place] = UNKNOWN
            if alone != value:
                raise EnginesDisagree(
                    _("a proof of the rule `{key}` does not carry it; nothing is advised").format(key=key)
                )
    for key, truth in result.rules.items():
        if (key in result.proofs) is (truth == UNKNOWN):
            raise EnginesDisagree(
                _("the rule `{key}` is {truth} and its proofs say otherwise").format(
                    key=key, truth=_say(truth)
                )
            )


def _assume(blank: list[int], proof: Proof, places: dict[str, int]) -> list[int]:
    touched: list[int] = []
    for text, value in proof:
        place = places[text]
        blank[place], blank[place + 1] = (2, 0) if value else (0, 2)
        touched += (place, place + 1)
    return touched


def _say(truth: object) -> str:
    return getattr(truth, "name", "nothing")
