"""One question to the solver at a time: impossible under named assumptions, or true of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import z3

from escalate.audit.verify.cells import Model
from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.options import Options
from escalate.audit.verify.rail import Formula, both, either, negation
from escalate.audit.verify.space import Space
from escalate.library.model import Library
from escalate.library.statements import Statements

TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """`impossible`: holds for nobody, `used` names the assumptions that the proof needed. `found`: holds for
    somebody, in `model` where it was asked for. Neither where the time ran out."""

    impossible: bool = False
    found: bool = False
    model: Model | None = None
    used: frozenset[str] = frozenset()

    @property
    def undecided(self) -> bool:
        return not (self.impossible or self.found)


class Prover:
    """The rules of one library over all patients, under the assumptions of the knowledge base."""

    def __init__(self, library: Library, statements: Statements, timeout_ms: int = TIMEOUT_MS) -> None:
        self.library, self.statements = library, statements
        self.space = Space(library)
        self.space.solver.set("timeout", timeout_ms)
        self.asked = 0
        # Each assumption hangs on a Boolean of its own, so that a proof can say which it needed.
        self._selectors = {a.about.id: z3.Bool(f"assume {a.about.id}") for a in statements.assumptions}
        self._names = {str(selector): name for name, selector in self._selectors.items()}
        self._stated: set[int] = set()
        self.rules = Encoding(library, self.space)
        self.options = Options(self.rules)
        # All at once, so that every cut of every number is there before anything is said about numbers.
        for rule in library.rules:
            self.rules.rule(rule.key)
        for when in (*(one.when for one in statements.invariants), *(one.when for one in statements.gaps)):
            self.rules.condition(when)
        self.assume(self.rules)

    @property
    def selectors(self) -> tuple[Formula, ...]:
        """The Booleans on which the assumptions hang; asked with every question."""
        return tuple(self._selectors.values())

    def encoding(self, changed: Iterable[str] = ()) -> Encoding:
        """The rules over the patient, or over the same patient with some facts changed."""
        rules = Encoding(self.library, self.space, frozenset(changed))
        self.assume(rules)
        return rules

    def assume(self, rules: Encoding) -> None:
        """What may be taken for granted of this patient, too."""
        for assumption in self.statements.assumptions:
            selector = self._selectors[assumption.about.id]
            formulas = [negation(rules.condition(never).true) for never in assumption.never]
            formulas += [negation(rules.state(name).absent) for name in assumption.always_applies]
            formulas += [f for name in assumption.exact for f in self._exact(rules, name)]
            for formula in formulas:
                if formula.get_id() not in self._stated and not z3.is_true(formula):
                    self._stated.add(formula.get_id())
                    self.space.add(z3.Implies(selector, formula))

    def _exact(self, rules: Encoding, name: str) -> list[Formula]:
        """Of a number that is not known nothing is known: its lower end lies below every cut."""
        variable = rules.variable(name)
        cuts = tuple(self.space.variable(name).low.cuts)
        ends = [
            (self.space.below(variable, "low", cut), self.space.below(variable, "high", cut)) for cut in cuts
        ]
        return [either((variable.known, both((low, negation(high))))) for low, high in ends]

    def ask(self, *formulas: Formula, show: bool = False) -> Answer:
        """Whether there is a patient for whom all of these hold; to `show` one costs more than the answer."""
        self.asked += 1
        question = both(formulas)
        if z3.is_false(question):
            return Answer(impossible=True)
        outcome = self.space.solver.check(*self._selectors.values(), question)
        if outcome == z3.sat:
            return Answer(found=True, model=self.space.solver.model() if show else None)
        if outcome == z3.unsat:
            core = (str(one) for one in self.space.solver.unsat_core())
            return Answer(
                impossible=True, used=frozenset(self._names[one] for one in core if one in self._names)
            )
        return Answer()

    def conflict(self, question: Sequence[Formula], wishes: Mapping[str, Formula]) -> set[str] | None:
        """Wishes that cannot all be granted beside the question; None where they can, or time ran out.

        Args: wishes, by name, each a plain Boolean.
        """
        solver = self.space.solver
        if solver.check(*self._selectors.values(), both(question), *wishes.values()) != z3.unsat:
            return None
        # By number: writing a thousand names out costs more than the answer.
        core = {one.get_id() for one in solver.unsat_core()}
        return {name for name, wish in wishes.items() if wish.get_id() in core}
