"""A mutant that is the same for every patient: nothing could notice it, and nothing need."""

from __future__ import annotations

from escalate.audit.diff.prove import Both
from escalate.audit.mutate.mutants import Mutant
from escalate.audit.verify.rail import Formula, both, either, negation
from escalate.library.model import Library
from escalate.library.statements import Statements


def changes_nobody(library: Library, mutated: Library, mutant: Mutant, statements: Statements) -> bool:
    """Whether each rule of the mutant is proved to have its old value for all patients, unknowns included.

    Only conditions are looked at; False where it is not proved. Under the assumptions of the knowledge base.
    """
    pairs = [(rule, mutant.rules[rule.key]) for rule in library.rules if rule.key in mutant.rules]
    if not pairs or any(now is None or now.when == rule.when for rule, now in pairs):
        return False
    sides = Both(library, mutated, statements)
    for rule, now in pairs:
        before, after = sides.value(rule, old=True), sides.value(now, old=False)
        differ = either((_differ(before.true, after.true), _differ(before.false, after.false)))
        if not sides.prover.ask(differ).impossible:
            return False
    return True


def _differ(one: Formula, other: Formula) -> Formula:
    return either((both((one, negation(other))), both((other, negation(one)))))
