"""Which missing facts can still change a verdict, asked of the solver: over every completion of all others.

What `assess` asks for is read off the rules one by one, and may name a fact that no longer matters because
of what others say. Here two patients are looked for who agree with all that is known of this one, and with
each other but for one fact: if their verdicts differ, that fact still decides something; if there are no two,
no answer to it changes the verdict, whatever the other answers are.

Derived facts that follow the fact are free within rules/assumptions.yaml, so that a fact may be said to
matter which does not; one that is said not to matter does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import z3

from escalate.assessment import Assessment
from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.monotone import computed_from
from escalate.audit.verify.options import Options
from escalate.audit.verify.prover import TIMEOUT_MS, Prover
from escalate.audit.verify.rail import Formula, both, either, negation
from escalate.audit.verify.space import Cut, Variable
from escalate.language.facts import Fact, Status
from escalate.library.statements import Statements
from escalate.options.model import Option
from escalate.options.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Matter:
    """One missing field: whether some answer to it can change the verdict; None where the time ran out."""

    field: str
    decides: bool | None


def matters(
    assessment: Assessment, option: Option, statements: Statements, *, timeout_ms: int = TIMEOUT_MS
) -> tuple[Matter, ...]:
    """Every field that the option waits for, in its order.

    Args: statements, of the knowledge base that the assessment was made with.
    """
    prover = Prover(assessment.library, statements, timeout_ms)
    facts = assessment.reasons.facts
    known = tuple(_known(prover.rules, facts.values()))
    return tuple(
        Matter(missing.fact, _decides(prover, option.therapy.id, missing.fact, known, facts.values()))
        for missing in option.missing
    )


def _decides(
    prover: Prover, therapy: str, field: str, known: tuple[Formula, ...], facts: Iterable[Fact]
) -> bool | None:
    followers = set(computed_from(prover, field))
    own = {field} & set(prover.space.variables)
    if not own | followers:
        return False
    other = prover.encoding(own | followers)
    options = Options(other)
    pinned = [*known, *_known(other, [fact for fact in facts if fact.name in followers])]
    pinned += [rules.state(name).known for rules in (prover.rules, other) for name in own]
    differ = either(
        both((prover.options.verdict(therapy, word), negation(options.verdict(therapy, word))))
        for word in Verdict
    )
    answer = prover.ask(*pinned, differ)
    return None if answer.undecided else answer.found


def _known(rules: Encoding, facts: Iterable[Fact]) -> Iterator[Formula]:
    """That the patient of an encoding is one of whom this is known."""
    read = {name.rstrip("'") for name in rules.space.variables}
    for fact in facts:
        if fact.name not in read:
            continue
        variable, state = rules.variable(fact.name), rules.state(fact.name)
        if fact.status is Status.ABSENT:
            yield state.absent
        elif fact.status is Status.KNOWN:
            yield state.present
            yield from _value(rules, variable, fact)
        elif fact.low is not None or fact.high is not None:
            bounds = both(_between(rules, variable, fact.low, fact.high))
            yield bounds if variable.spec.derived else z3.Implies(state.present, bounds)


def _value(rules: Encoding, variable: Variable, fact: Fact) -> Iterator[Formula]:
    value = fact.value
    if isinstance(value, bool):
        yield variable.yes if value else negation(variable.yes)
    elif isinstance(value, Decimal):
        yield from _between(rules, variable, value, value)
    elif isinstance(value, str | frozenset):
        words = {value} if isinstance(value, str) else value
        for word, formula in variable.words.items():
            yield formula if word in words else negation(formula)


def _between(
    rules: Encoding, variable: Variable, low: Decimal | None, high: Decimal | None
) -> Iterator[Formula]:
    """That a number, or the range of one, lies between these two."""
    space = rules.space
    for cut in tuple(sorted({*variable.low.cuts, *variable.high.cuts})):
        if high is not None and _is_below(high, cut):
            yield space.below(variable, "high", cut)
        if low is not None and not _is_below(low, cut):
            yield negation(space.below(variable, "low", cut))


def _is_below(number: Decimal, cut: Cut) -> bool:
    at, inclusive = cut
    return number < at or (inclusive and number == at)
