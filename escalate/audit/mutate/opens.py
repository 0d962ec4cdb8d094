"""A mutant beneath the rules that opens nothing to anybody: whoever has an option under it had it before."""

from __future__ import annotations

from collections.abc import Iterator, Set

from escalate.audit.mutate.mutants import Mutant, Under
from escalate.audit.mutate.reach import Reach
from escalate.audit.reads import is_read
from escalate.audit.verify.encoding import FINAL, Encoding, State, View
from escalate.audit.verify.options import Options
from escalate.audit.verify.prover import Prover
from escalate.audit.verify.rail import Formula, Rail, both, either, negation
from escalate.library.model import Library
from escalate.library.statements import Statements


class Opens:
    """Asks the solver, over all patients, unknowns included, under the assumptions of the knowledge base.

    A fact that is computed is as free here as the assumptions leave it, so what is not proved may still be
    true. It is taken to follow a field that is not there where it followed it for one of the cases. Of
    parameters nothing is proved: the numbers go into facts before any rule reads them.
    """

    def __init__(self, library: Library, statements: Statements) -> None:
        self._prover = Prover(library, statements)
        self._reach = Reach(library)

    def nothing(self, mutated: Library, mutant: Mutant, turned: Set[str]) -> bool:
        """Whether no option is open for anybody for whom it was not, and no emergency is shown less.

        Args: turned, the facts that had another value for some case.
        """
        under = mutant.under
        if under is None or under.parameters is not None or under.default:
            return False
        absent = self._absent(under, turned)
        touched = self._reach.rules(under.facts)
        before = self._prover.options
        after = Options(_Beside(mutated, self._prover.rules, touched, absent))
        opened, lost = [], []
        for rule in self._prover.library.rules:
            if rule.key not in touched:
                continue
            for therapy in rule.targets if rule.kind != "finding" else ():
                if self._prover.library.therapies[therapy].listed:
                    opened.append(both((negation(before.is_open(therapy)), after.is_open(therapy))))
            if rule.alert == "emergency":
                was, now = before.rules.rule(rule.key).true, after.rules.rule(rule.key).true
                lost.append(both((was, negation(now))))
        return self._prover.ask(either((*opened, *lost)), *self._of_nothing(under)).impossible

    def _of_nothing(self, under: Under) -> Iterator[Formula]:
        """Of nothing nothing is computed: without any of its fields a fact that is computed is not known."""
        rules, facts = self._prover.rules, self._prover.library.facts
        for name in sorted(under.facts):
            reads = [one for one in facts[name].reads if one != "assessed_on"]
            if reads and all(one in facts and not facts[one].derived for one in reads):
                silent = negation(either(rules.state(one).known for one in reads))
                yield either((negation(silent), negation(rules.state(name).known)))

    def _absent(self, under: Under, turned: Set[str]) -> frozenset[str]:
        """The fact that is not there, and each that is computed from it: they can open no more than so."""
        if under.assumed or under.fact is None:
            return frozenset((under.assumed,) if under.assumed else ())
        name, facts = under.fact.name, self._prover.library.facts
        followers = (
            one for one in under.facts & turned if facts[one].derived and is_read(name, facts[one].reads)
        )
        return frozenset((name, *followers))


class _Beside(Encoding):
    """The rules that a change touches, over the same patient; all others are those of the shipped encoding.

    Args: absent, facts that are not there wherever they have no value.
    """

    def __init__(self, library: Library, shipped: Encoding, touched: Set[str], absent: Set[str]) -> None:
        super().__init__(library, shipped.space)
        self._shipped, self._touched, self._absent = shipped, touched, absent

    def rule(self, key: str, view: View = FINAL) -> Rail:
        """The value of one rule."""
        return super().rule(key, view) if key in self._touched else self._shipped.rule(key, view)

    def state(self, name: str, view: View = FINAL) -> State:
        """The status of a fact in this reading."""
        found = super().state(name, view)
        return State(found.present, negation(found.present)) if name in self._absent else found
