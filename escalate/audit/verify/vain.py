"""Questions in vain: a therapy waits for data although no answer to what is not known could open it.

Kleene logic looks at each criterion by itself; over all rules of a therapy the answers may agree all the same
(two rules close it, one for each answer). Such a patient is asked for more than is needed and loses nothing
else: what waits for data is not open. So this is about trouble, never about safety.

The search goes by examples. It takes a patient who waits, asks for answers that open the option, and learns
from them what the answer hung on, so that the next patient differs in that; where no answers are found, what
is known of the patient is shown. It ends where nobody is left, or after so many patients for one therapy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import z3

from escalate.audit.verify.cells import Model, holds
from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.options import Options
from escalate.audit.verify.ordered import same_or_more
from escalate.audit.verify.rail import Formula, both, either, negation
from escalate.audit.verify.result import Failure, Result, Step, Tally
from escalate.audit.verify.witness import Watch, Witness
from escalate.library.model import Library
from escalate.options.verdict import Verdict
from escalate.texts import _

# Patients looked at for one therapy. The time of the whole check goes with it; what is found is found early.
ROUNDS = 25
_UNREAL = 3  # so many of them at most whom no file gives: each takes as long as ten others


@dataclass(frozen=True, slots=True)
class _Fact:
    """The free Booleans of one fact, of the patient who waits and of the same patient with all answers."""

    derived: bool
    waits: dict[str, Formula]
    answered: dict[str, Formula]


def vain_questions(tally: Tally, step: Step) -> Result:
    """No therapy waits for data where every answer would leave it closed."""
    library = tally.prover.library
    listed = [name for name, therapy in library.therapies.items() if therapy.listed]
    search = _Search(tally, listed)
    cut_short: list[str] = []
    for number, therapy in enumerate(listed):
        step(number, len(listed))
        tally.subjects += 1
        shown, to_the_end = search.patient(therapy)
        if shown is None:
            cut_short += [] if to_the_end else [therapy]
        else:
            message = _("{therapy} waits for data although no answer would open it").format(
                therapy=library.therapies[therapy].name
            )
            tally.failures.append(Failure(therapy, message, None, (shown,)))
    if cut_short:
        note = _("looked at for {count} patients each, not to the end: {therapies}")
        tally.notes.append(note.format(count=ROUNDS, therapies=", ".join(cut_short)))
    title = _("nothing is asked for an option that no answer could open")
    return replace(tally.result("vain-questions", title), cut_short=bool(cut_short))


class _Search:
    """Two patients in one solver, the second knowing all that the first knows and more."""

    def __init__(self, tally: Tally, listed: Sequence[str]) -> None:
        prover = tally.prover
        self._prover, self._solver, self._witnesses = prover, prover.space.solver, tally.witnesses
        names = sorted({name.rstrip("'") for name in prover.space.variables})
        more = prover.encoding(names)
        self._before, self._after = prover.options, Options(more)
        for rule in prover.library.rules:
            more.rule(rule.key)
        for therapy in listed:
            self.waits(therapy), self._after.is_open(therapy)
        self._learns = z3.FreshBool("learns")
        ordered = (f for name in names for f in same_or_more(prover.rules, more, name))
        prover.space.add(*(z3.Implies(self._learns, formula) for formula in ordered))
        self._facts = [_fact(name, prover.library, prover.rules, more) for name in names]

    def waits(self, therapy: str) -> Formula:
        """That it waits for data, and not because a stated word asks by itself (a dose of cotrimoxazole)."""
        asks = self._before.gate(therapy).ask.true
        return both((self._before.is_one_of(therapy, (Verdict.DATA_NEEDED,)), negation(asks)))

    def patient(self, therapy: str) -> tuple[Witness | None, bool]:
        """Somebody who waits in vain, None where there is nobody; and whether the search came to its end.

        A computed fact is freer here than in a patient: who cannot be written as a file that says the same is
        nobody, and the search goes on without him.
        """
        lemmas = z3.FreshBool("lemmas")
        unreal = 0
        opens = self._after.is_open(therapy)
        for _round in range(ROUNDS):
            outcome = self._check(lemmas, self.waits(therapy))
            if outcome != z3.sat:
                return None, bool(outcome == z3.unsat)
            waiting = self._solver.model()
            known = [one for fact in self._facts for one in _known(fact, waiting)]
            outcome = self._check(self._learns, opens, *known)
            if outcome == z3.unsat:
                core = {one.get_id() for one in self._solver.unsat_core()}
                needed = [one for one in known if one.get_id() in core]
                (shown,) = self._witnesses.of((self.waits(therapy), *needed), Watch((), (), (therapy,)))
                if shown.file and not shown.replayed:
                    return shown, True
                unreal += 1
                if unreal > _UNREAL:
                    return None, False
                self._solver.add(z3.Implies(lemmas, negation(both(needed))))
                continue
            if outcome != z3.sat:
                return None, False
            self._solver.add(z3.Implies(lemmas, self._differs(opens, self._solver.model())))
        return None, False

    def _check(self, *formulas: Formula) -> Formula:
        return self._solver.check(*self._prover.selectors, *formulas)

    def _differs(self, opens: Formula, answered: Model) -> Formula:
        """That a patient knows something other than the answers that opened the option."""
        literals = [
            (fact, key, one if holds(answered, one) else z3.Not(one))
            for fact in self._facts
            for key, one in fact.answered.items()
        ]
        outcome = self._check(z3.Not(opens), *(literal for _fact, _key, literal in literals))
        core = {one.get_id() for one in self._solver.unsat_core()} if outcome == z3.unsat else set()
        needed = ((f, key, literal) for f, key, literal in literals if not core or literal.get_id() in core)
        return either(one for part in needed for one in _other(*part))


def _fact(name: str, library: Library, waits: Encoding, answered: Encoding) -> _Fact:
    first, second = _booleans(waits, name), _booleans(answered, name)
    both_have = [key for key in first if key in second]
    return _Fact(
        library.facts[name].derived, {k: first[k] for k in both_have}, {k: second[k] for k in both_have}
    )


def _booleans(rules: Encoding, name: str) -> dict[str, Formula]:
    variable = rules.variable(name)
    found = {"known": variable.known}
    if not z3.is_false(variable.absent):
        found["absent"] = variable.absent
    if variable.spec.kind == "boolean":
        found["yes"] = variable.yes
    found |= {f"word:{word}": formula for word, formula in variable.words.items()}
    chains = (
        (("low", variable.low), ("high", variable.high))
        if variable.spec.derived
        else (("low", variable.low),)
    )
    for end, chain in chains:
        found |= {f"{end} {cut}": formula for cut, formula in zip(chain.cuts, chain.below, strict=True)}
    return found


def _known(fact: _Fact, model: Model) -> Iterator[Formula]:
    """What a model knows of a fact: its value, that it does not apply, or the bounds of a number."""
    absent = fact.waits.get("absent")
    if holds(model, fact.waits["known"]):
        kept = list(fact.waits)
    elif absent is not None and holds(model, absent):
        kept = ["absent"]
    else:
        kept = [key for key in fact.waits if fact.derived and key.startswith(("low ", "high "))]
    for key in kept:
        one = fact.waits[key]
        yield one if holds(model, one) else z3.Not(one)


def _other(fact: _Fact, key: str, literal: Formula) -> Iterator[Formula]:
    """How a patient can differ from one literal of the answers."""
    one = fact.waits[key]
    negated = z3.is_not(literal)
    if key == "known":
        if negated:
            yield one
    elif key == "absent":
        yield one if negated else fact.waits["known"]
    else:
        speaks = (
            negation(fact.waits["absent"]) if fact.derived and "absent" in fact.waits else fact.waits["known"]
        )
        yield both((speaks, one if negated else negation(one)))
