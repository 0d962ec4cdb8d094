"""A witness: the smallest patient for whom a question holds, run through both engines before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import z3

from escalate.assessment import Assessment
from escalate.audit.verify.cells import Model, facts_of, holds
from escalate.audit.verify.encoding import FINAL, STATED, Encoding
from escalate.audit.verify.inverse import patient_text
from escalate.audit.verify.options import Options
from escalate.audit.verify.prover import Prover
from escalate.audit.verify.rail import Formula, Rail, both, either, negation
from escalate.audit.verify.space import Variable
from escalate.audit.verify.usual import usual_value
from escalate.engine import RuleBase, fire
from escalate.findings.reasons import Reasons
from escalate.language.facts import Fact, Status
from escalate.library.model import Library
from escalate.options.model import Proposal
from escalate.options.propose import propose
from escalate.options.verdict import Verdict
from escalate.problems import EnginesDisagree, InternalFault, PatientRefused
from escalate.texts import _
from escalate.truth import Truth

Assess = Callable[[str], Assessment]
"""A patient file's text through the whole way, both engines included."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a witness is about: the rules, findings and therapies whose values make the failure."""

    rules: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    therapies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """One patient. `facts` is what is known of him, `says` what the engines made of it, in the order of the
    watch. `file` is the patient file, empty where some facts cannot be turned back into fields: `not_in_file`
    names these. `replayed` is empty where both engines agree with the proof, else it says what differs."""

    facts: tuple[Fact, ...]
    says: Mapping[str, str]
    file: str = ""
    not_in_file: tuple[str, ...] = ()
    replayed: str = ""


@dataclass(slots=True)
class _Unknown(Mapping[str, Fact]):
    """The facts of a model; whatever the question never touched is unknown."""

    library: Library
    known: dict[str, Fact] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        if name not in self.library.facts:
            raise KeyError(name)
        return self.known.get(name) or Fact(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.library.facts)

    def __len__(self) -> int:
        return len(self.library.facts)


class Witnesses:
    """Makes witnesses for one prover; `assess` reads a patient file's text and assesses it."""

    def __init__(self, prover: Prover, assess: Assess | None = None) -> None:
        self.prover, self.assess = prover, assess
        library = prover.library
        contradictions = [rule for rule in library.rules if rule.alert == "contradiction"]
        others = [rule for rule in library.rules if rule.alert != "contradiction"]
        self._silences: dict[tuple[str, int], Formula] = {}
        self._bases = {STATED: RuleBase(contradictions, library), FINAL: RuleBase(others, library)}

    def _prepare(self, watch: Watch, *patients: Encoding) -> None:
        """Build every formula a witness is read with. What is named after the solver has answered would not
        stand in its model."""
        for rules in patients or (self.prover.rules,):
            options = Options(rules)
            for key in watch.rules:
                rules.rule(key)
            for head in watch.heads:
                rules.head(head)
            for therapy in watch.therapies:
                for word in Verdict:
                    options.verdict(therapy, word)
                options.listed(therapy)
            for name in sorted({name.rstrip("'") for name in self.prover.space.variables}):
                for view in (FINAL, STATED):
                    rules.state(name, view)
                    rules.variable(name, view)

    def of(self, question: Sequence[Formula], watch: Watch, *patients: Encoding) -> tuple[Witness, ...]:
        """The smallest patient for whom all formulas of the question hold; one for each encoding."""
        self._prepare(watch, *patients)
        model = self.smallest(question)
        return tuple(self._witness(rules, model, watch) for rules in patients or (self.prover.rules,))

    def smallest(self, question: Sequence[Formula]) -> Model:
        """A model with a set of known facts of which none can be left out."""
        wishes = {name: self._silence(name, v) for name, v in self.prover.space.variables.items()}
        spoken: list[str] = []
        while (conflict := self.prover.conflict(question, wishes)) is not None:
            if not conflict:
                raise InternalFault(_("a witness is asked for, and there is none"))
            # What a file states outright is easier to read than what is computed from it.
            chosen = min(conflict, key=lambda name: (self.prover.space.variables[name].spec.derived, name))
            spoken.append(chosen)
            del wishes[chosen]
        for name in spoken[:-1]:
            again = {**wishes, name: self._silence(name, self.prover.space.variables[name])}
            if self.prover.conflict(question, again) is None:
                wishes = again
        for name, plain in self._plain_values(spoken, wishes).items():
            if self.prover.conflict(question, {**wishes, f"{name} plain": plain}) is None:
                wishes[f"{name} plain"] = plain
        usual = self._usual_values(spoken, question, wishes)
        # A wish may take the solver too long; then the patient is an unusual one.
        for more in (usual, {}):
            model = self.prover.ask(*question, *wishes.values(), *more.values(), show=True).model
            if model is not None:
                break
        if model is None:
            raise InternalFault(_("the time ran out on a witness"))
        return model

    def _usual_values(
        self, spoken: Sequence[str], question: Sequence[Formula], wishes: Mapping[str, Formula]
    ) -> dict[str, Formula]:
        """Of what must be spoken of: the usual values that the question allows, all at once."""
        usual: dict[str, Formula] = {}
        for name in spoken:
            variable = self.prover.space.variables[name]
            value = usual_value(variable, self.prover.statements.typical)
            if name not in wishes and value is not None:
                usual[f"usual:{name}"] = wish = z3.FreshBool(f"usual:{name}")
                self.prover.space.add(z3.Implies(wish, value))
        while (conflict := self.prover.conflict(question, {**wishes, **usual})) is not None:
            left = {name: wish for name, wish in usual.items() if name not in conflict}
            if len(left) == len(usual):
                return {}
            usual = left
        return usual

    def _plain_values(self, spoken: Sequence[str], silent: Mapping[str, Formula]) -> dict[str, Formula]:
        """Of a derived fact that must be spoken of: a value rather than a range, or "not applicable"."""
        variables = self.prover.space.variables
        plain: dict[str, Formula] = {}
        for name in spoken:
            variable = variables[name]
            if name not in silent and variable.spec.derived:
                number = variable.spec.kind in ("number", "integer")
                plain[name] = either((variable.known, variable.absent)) if number else variable.known
        return plain

    def _silence(self, name: str, variable: Variable) -> Formula:
        """A Boolean that says: of this fact nothing is known, not even a bound."""
        chains = (variable.low, variable.high) if variable.spec.derived else ()
        key = name, len(variable.low.cuts)
        if key not in self._silences:
            silent = [negation(variable.known), negation(variable.absent)]
            if variable.spec.default in variable.words:
                silent = [variable.words[variable.spec.default]]
            if chains and variable.low.cuts:
                silent += [variable.low.below[0], negation(variable.high.below[-1])]
            self._silences[key] = z3.FreshBool(f"nothing of {name}")
            self.prover.space.add(z3.Implies(self._silences[key], both(silent)))
        return self._silences[key]

    def _witness(self, rules: Encoding, model: Model, watch: Watch) -> Witness:
        typical = self.prover.statements.typical
        stated = facts_of(rules, model, typical, STATED)
        final = facts_of(rules, model, typical, FINAL)
        says, differs = self._replay(rules, model, watch, stated, final)
        # A field as the file states it; a derived fact as the rules see it, once contradictions are out.
        derived = self.prover.library.facts
        shown = (final[name] if derived[name].derived else fact for name, fact in stated.items())
        known = tuple(fact for fact in shown if self._is_said(rules, model, fact))
        text, missing = patient_text(known, self.prover.library)
        return self._with_file(Witness(known, says, text, missing, differs), watch)

    def _is_said(self, rules: Encoding, model: Model, fact: Fact) -> bool:
        """Whether the file must say something for this fact: a test that nobody did is not said."""
        variable = rules.variable(fact.name, STATED)
        if variable.spec.default and fact.value == variable.spec.default:
            return False
        if variable.spec.derived:
            return fact.status is not Status.UNKNOWN or fact.low is not None or fact.high is not None
        return holds(model, variable.known) or holds(model, variable.absent)

    # -- replay

    def _replay(
        self, rules: Encoding, model: Model, watch: Watch, stated: dict[str, Fact], final: dict[str, Fact]
    ) -> tuple[dict[str, str], str]:
        """What both engines say of the facts, and where that differs from the proof."""
        values: dict[str, Truth] = {}
        heads: dict[str, Truth] = {}
        facts = _Unknown(self.prover.library, final)
        try:
            for view, known in ((STATED, stated), (FINAL, final)):
                run = fire(self._bases[view], _Unknown(self.prover.library, known))
                values |= run.rules
                heads = dict(run.heads)
        except EnginesDisagree as fault:
            return {}, str(fault)
        says: dict[str, str] = {}
        differs: list[str] = []

        def compare(name: str, said: str, proved: str) -> None:
            says[name] = said
            if said != proved:
                differs.append(
                    _("{name}: proof {proved}, engines {said}").format(name=name, proved=proved, said=said)
                )

        for key in watch.rules:
            view = STATED if rules.by_key[key].alert == "contradiction" else FINAL
            if key in values:  # a draft never fires
                compare(key, values[key].name, _truth(rules.rule(key, view), model).name)
        for head in watch.heads:
            compare(head, heads[head].name, _truth(rules.head(head), model).name)
        if watch.therapies:
            proposal = propose(Reasons(facts, self.prover.library, values, heads))
            judged = _verdicts(proposal)
            options = Options(rules)
            for therapy in watch.therapies:
                said = judged.get(therapy, "not listed")
                compare(therapy, said, _verdict(options, therapy, model))
        return says, "; ".join(differs)

    def _with_file(self, witness: Witness, watch: Watch) -> Witness:
        """The witness with its file only where the file, read and assessed, says the same."""
        if not witness.file or self.assess is None:
            return witness
        try:
            assessment = self.assess(witness.file)
        except (PatientRefused, EnginesDisagree) as fault:
            return _without_file(witness, str(fault).splitlines()[0])
        proposal = assessment.proposal
        judged = _verdicts(proposal)
        for name, said in witness.says.items():
            if name in watch.therapies:
                got = judged.get(name, "not listed")
            elif name in watch.heads:
                got = assessment.reasons.heads[name].name
            elif name in assessment.reasons.values:
                got = assessment.reasons.values[name].name
            else:
                continue  # a contradiction is judged before the rules run
            if got != said:
                return _without_file(witness, f"{name}: {got}", _other(witness.facts, assessment))
        return witness


def _verdicts(proposal: Proposal) -> dict[str, str]:
    said = {option.therapy.id: option.verdict.value for option in proposal.options}
    return said | {one.therapy.id: one.verdict.value for one in proposal.not_indicated}


def _without_file(witness: Witness, why: str, names: tuple[str, ...] = ()) -> Witness:
    lost = tuple(dict.fromkeys((*witness.not_in_file, *names))) or (why,)
    return replace(witness, file="", not_in_file=lost)


def _other(facts: Iterable[Fact], assessment: Assessment) -> tuple[str, ...]:
    """The derived facts that the file gives another value than the witness needs."""

    def differs(fact: Fact) -> bool:
        got = assessment.reasons.facts[fact.name]
        return (got.status, got.value) != (fact.status, fact.value)

    library = assessment.library
    return tuple(fact.name for fact in facts if library.facts[fact.name].derived and differs(fact))


def _truth(rail: Rail, model: Model) -> Truth:
    if holds(model, rail.true):
        return Truth.TRUE
    return Truth.FALSE if holds(model, rail.false) else Truth.UNKNOWN


def _verdict(options: Options, therapy: str, model: Model) -> str:
    if not holds(model, options.listed(therapy)):
        return "not listed"
    return next(word.value for word in Verdict if holds(model, options.verdict(therapy, word)))
