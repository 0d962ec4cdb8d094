"""Two knowledge bases over the same patients: whose verdict differs, and which way, as formulas.

Axioms and assumptions are those of `escalate.audit.verify`; a formula that is the same on both sides is the
same z3 object, so that what was not touched costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from escalate.audit.diff.model import MOST_OPEN, NOT_LISTED, Move, openness
from escalate.audit.verify.cells import Model, holds
from escalate.audit.verify.encoding import FINAL, STATED, Encoding
from escalate.audit.verify.options import Options
from escalate.audit.verify.prover import TIMEOUT_MS, Prover
from escalate.audit.verify.rail import NEVER, NO, YES, Formula, Rail, both, either, negation
from escalate.language.evaluate import tests_of
from escalate.language.tree import Condition
from escalate.library.model import FactType, Library, Rule
from escalate.library.statements import Assumption, Statements
from escalate.options.verdict import Verdict


class Both:
    """Old and new rules over one patient.

    Args: statements, of which the assumptions that both sides can say are made.
    """

    def __init__(
        self, old: Library, new: Library, statements: Statements, timeout_ms: int = TIMEOUT_MS
    ) -> None:
        self.libraries = old, new
        facts = _joined_facts(old, new)
        # Each side knows the facts of both, so that a model can be read from either.
        wide_old = replace(old, facts=facts, tests={**new.tests, **old.tests})
        wide_new = replace(new, facts=facts, tests={**old.tests, **new.tests})
        self.assumed = _said_by_both(statements, old, new)
        kept = Statements(assumptions=self.assumed, typical=statements.typical)
        self.prover = Prover(wide_new, kept, timeout_ms)
        self.new, self.after = self.prover.rules, self.prover.options
        self.old = Encoding(wide_old, self.prover.space)
        self.before = Options(self.old)
        for rule in old.rules:
            self.old.rule(rule.key)
        self.prover.assume(self.old)
        self.names = tuple(dict.fromkeys((*old.therapies, *new.therapies)))
        self._differs: dict[str, Formula] = {}
        self._words: dict[tuple[str, str, bool], Formula] = {}

    def value(self, rule: Rule | None, *, old: bool) -> Rail:
        """What a rule contributes on one side: its value, and nothing where it is absent or not active."""
        if rule is None or rule.status != "active":
            return NEVER
        return (self.old if old else self.new).rule(rule.key)

    def is_word(self, therapy: str, word: str, *, old: bool) -> Formula:
        """That the verdict on a therapy is this word, or `not_listed`, on one side."""
        found = self._words.get((therapy, word, old))
        if found is None:
            found = self._words[therapy, word, old] = self._is_word(therapy, word, old)
        return found

    def differs(self, therapy: str) -> Formula:
        """That the verdict on a therapy is another one; NO where the formulas are the same."""
        found = self._differs.get(therapy)
        if found is None:
            found = NO if self._is_untouched(therapy) else self._some_word_differs(therapy)
            found = self._differs[therapy] = self.prover.space.name(found, f"{therapy} differs ")
        return found

    def looser(self, therapy: str) -> Formula:
        """That a therapy is more open under the new rules than under the old ones."""
        return self._risen(therapy, old_is_less=True)

    def tighter(self, therapy: str) -> Formula:
        """That it is less open."""
        return self._risen(therapy, old_is_less=False)

    def moves(self, therapy: str, *more: Formula) -> Iterator[Move | None]:
        """Every change of verdict that is possible; None where the time ran out."""
        question = [self.differs(therapy), *more]
        self.prepare()
        while True:
            answer = self.prover.ask(*question, show=True)
            if answer.undecided:
                yield None
            if answer.model is None:
                return
            move = self.move(therapy, answer.model)
            yield move
            seen = self.is_word(therapy, move.old, old=True), self.is_word(therapy, move.new, old=False)
            question.append(negation(both(seen)))

    def move(self, therapy: str, model: Model) -> Move:
        """The verdicts on a therapy in a model."""
        words = [
            next(w for w in _WORDS if holds(model, self.is_word(therapy, w, old=old)))
            for old in (True, False)
        ]
        return Move(therapy, *words)

    def prepare(self) -> None:
        """Build what a model is read with: a name that is made after the answer would not stand in it."""
        for therapy in self.names:
            if self._differs.get(therapy, NO) is not NO:
                for word in _WORDS:
                    self.is_word(therapy, word, old=True), self.is_word(therapy, word, old=False)
        for rules in (self.old, self.new):
            for name in sorted({name.rstrip("'") for name in self.prover.space.variables}):
                for view in (FINAL, STATED):
                    rules.state(name, view)
                    rules.variable(name, view)

    # -- how it is built

    def _is_word(self, therapy: str, word: str, old: bool) -> Formula:
        options, library = (self.before, self.libraries[0]) if old else (self.after, self.libraries[1])
        if therapy not in library.therapies:
            return YES if word == NOT_LISTED else NO
        if word == NOT_LISTED:
            return negation(options.listed(therapy))
        return self.prover.space.name(options.is_one_of(therapy, (Verdict(word),)), f"{therapy} is {word} ")

    def _is_untouched(self, therapy: str) -> bool:
        """Whether what a verdict rests on is the same for everybody; cheaper than the verdicts themselves."""
        old, new = self.libraries
        if therapy not in old.therapies or therapy not in new.therapies:
            listed = (lib.therapies[therapy].listed for lib in (old, new) if therapy in lib.therapies)
            return not any(listed)
        pairs = [(self.before.listed(therapy), self.after.listed(therapy))]
        for was, now in zip(self.before.gate(therapy).rails, self.after.gate(therapy).rails, strict=True):
            pairs += [(was.true, now.true), (was.false, now.false)]
        apart = [either((both((a, negation(b))), both((b, negation(a))))) for a, b in pairs if not a.eq(b)]
        return not apart or self.prover.ask(either(apart)).impossible

    def _some_word_differs(self, therapy: str) -> Formula:
        parts = []
        for word in _WORDS:
            was, now = self.is_word(therapy, word, old=True), self.is_word(therapy, word, old=False)
            if not was.eq(now):
                parts.append(both((was, negation(now))))
        return either(parts)

    def _risen(self, therapy: str, *, old_is_less: bool) -> Formula:
        parts = []
        for level in range(1, MOST_OPEN + 1):
            words = [word for word in _WORDS if openness(word) >= level]
            was = either(self.is_word(therapy, word, old=True) for word in words)
            now = either(self.is_word(therapy, word, old=False) for word in words)
            if not was.eq(now):
                parts.append(both((negation(was), now)) if old_is_less else both((was, negation(now))))
        return both((self.differs(therapy), either(parts)))


_WORDS = (*(word.value for word in Verdict), NOT_LISTED)


def _joined_facts(old: Library, new: Library) -> dict[str, FactType]:
    """The facts of both; of two ranges the wider one, of two vocabularies all words."""
    facts: dict[str, FactType] = {}
    for name in dict.fromkeys((*old.facts, *new.facts)):
        specs = [library.facts[name] for library in (old, new) if name in library.facts]
        spec = specs[-1]
        if len(specs) == 2 and specs[0] != spec:
            lows, highs = [s.low for s in specs], [s.high for s in specs]
            spec = replace(
                spec,
                low=None if None in lows else min(low for low in lows if low is not None),
                high=None if None in highs else max(high for high in highs if high is not None),
                values=tuple(dict.fromkeys(word for s in specs for word in s.values)),
            )
        facts[name] = spec
    return facts


def _said_by_both(statements: Statements, *libraries: Library) -> tuple[Assumption, ...]:
    """Assumptions whose every name both sides know."""

    def known(name: str) -> bool:
        return all(name in library.facts or name in library.findings for library in libraries)

    def sayable(condition: Condition) -> bool:
        return all(known(test.name) for test in tests_of(condition))

    return tuple(
        one
        for one in statements.assumptions
        if all(map(sayable, one.never)) and all(map(known, (*one.always_applies, *one.exact)))
    )
