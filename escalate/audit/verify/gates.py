"""What may never be open: what the invariants say, and any option with an unsettled hard criterion."""

from __future__ import annotations

from escalate.audit.verify.rail import negation
from escalate.audit.verify.result import Result, Step, Tally
from escalate.audit.verify.witness import Watch
from escalate.language.evaluate import head_name, tests_of
from escalate.language.tree import AtLevel, Condition, Flag
from escalate.library.statements import Invariant
from escalate.options.verdict import Verdict
from escalate.texts import _


def invariants(tally: Tally, step: Step) -> Result:
    """Every statement of rules/invariants.yaml about what never happens."""
    statements = tally.prover.statements.invariants
    for number, invariant in enumerate(statements):
        step(number, len(statements))
        tally.subjects += 1
        _invariant(tally, invariant)
    return tally.result("invariants", _("what the knowledge base says must never happen, does not happen"))


def _invariant(tally: Tally, invariant: Invariant) -> None:
    prover, about = tally.prover, invariant.about
    rail = prover.rules.condition(invariant.when)
    holds = negation(rail.false) if invariant.unknown_too else rail.true
    heads = heads_of(invariant.when)
    if not invariant.targets:
        tally.never(about.id, about.title, about.at, (holds,), Watch(heads=heads))
        return
    words = tuple(Verdict(word) for word in invariant.verdicts)
    for therapy in invariant.targets:
        question = (holds, prover.options.is_one_of(therapy, words))
        if not prover.library.therapies[therapy].listed:
            continue
        message = f"{about.title}: {prover.library.therapies[therapy].name}"
        tally.never(about.id, message, about.at, question, Watch(heads=heads, therapies=(therapy,)))


def fail_closed(tally: Tally, step: Step) -> Result:
    """An option is open only where each of its hard criteria is FALSE: UNKNOWN never counts as FALSE."""
    prover = tally.prover
    gates = [
        (therapy, rule)
        for therapy, kinds in prover.options.gates.items()
        for kind in ("exclude", "defer")
        for rule in kinds.get(kind, ())
        if prover.library.therapies[therapy].listed
    ]
    for number, (therapy, rule) in enumerate(gates):
        step(number, len(gates))
        tally.subjects += 1
        question = (negation(prover.rules.rule(rule.key).false), prover.options.is_open(therapy))
        name = prover.library.therapies[therapy].name
        message = _("{therapy} is open although `{rule}` is not ruled out: {title}").format(
            therapy=name, rule=rule.id, title=rule.title
        )
        tally.never(rule.key, message, rule.at, question, Watch((rule.key,), (), (therapy,)))
    return tally.result(
        "fail-closed", _("a hard criterion that is not ruled out never leaves an option open")
    )


def heads_of(condition: Condition) -> tuple[str, ...]:
    """The findings a condition names, as heads."""
    named = dict.fromkeys(
        head_name(test.name, test.level) if isinstance(test, AtLevel) else test.name
        for test in tests_of(condition)
        if isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding)
    )
    return tuple(named)
