"""A patient for whom a change matters: the smallest one, on both engines, under both knowledge bases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.audit.diff.model import NOT_LISTED, Move, Shown
from escalate.audit.diff.prove import Both
from escalate.audit.diff.wording import names_of
from escalate.audit.verify.cells import Model, facts_of, holds
from escalate.audit.verify.encoding import FINAL, STATED, Encoding
from escalate.audit.verify.inverse import patient_text
from escalate.audit.verify.rail import Formula
from escalate.audit.verify.witness import Witnesses
from escalate.engine import RuleBase, fire
from escalate.findings.reasons import Reasons
from escalate.findings.say import say, value_range, with_unit
from escalate.language.describe import label_of
from escalate.language.facts import Fact, Status
from escalate.language.tree import Compare, Test
from escalate.library.model import Library
from escalate.options.model import Proposal
from escalate.options.propose import propose
from escalate.problems import EnginesDisagree, PatientRefused
from escalate.texts import _
from escalate.truth import Truth

Assess = Callable[[str, Library], Assessment]
"""A patient file's text through the whole way, both engines included, under one library."""

UNDECIDED = Truth.UNKNOWN.name


class Shower:
    """Makes witnesses for two knowledge bases."""

    def __init__(self, both: Both, assess: Assess | None = None) -> None:
        self.both, self.assess = both, assess
        self._witnesses = Witnesses(both.prover)
        self._bases = [
            {
                STATED: RuleBase([r for r in lib.rules if r.alert == "contradiction"], lib),
                FINAL: RuleBase([r for r in lib.rules if r.alert != "contradiction"], lib),
            }
            for lib in both.libraries
        ]

    def show(
        self,
        question: Sequence[Formula],
        therapies: Sequence[str],
        rule: tuple[str, str] = ("", ""),
        tests: frozenset[Test] = frozenset(),
    ) -> Shown:
        """The smallest patient for whom all formulas hold.

        Args: therapies, whose verdicts are looked at; rule, the values of an edited rule before and after;
              tests, that stand in it on one side only.
        """
        self.both.prepare()
        model = self._witnesses.smallest(question)
        found = [self._facts(rules, model) for rules in (self.both.old, self.both.new)]
        moves = tuple(m for t in therapies if (m := self.both.move(t, model)).old != m.new)
        known = tuple(found[1].known)
        text, lost = patient_text(known, self.both.libraries[1])
        shown = Shown(
            way=_way(rule, tests, known),
            rule=rule,
            facts=tuple(fact_in_words(fact, self.both.libraries[1]) for fact in known),
            moves=moves,
            differs=self._replay(found, moves),
        )
        return self._with_file(shown, text, lost)

    # -- reading a model

    def _facts(self, rules: Encoding, model: Model) -> _Read:
        typical = self.both.prover.statements.typical
        stated = facts_of(rules, model, typical, STATED)
        final = facts_of(rules, model, typical, FINAL)
        derived = rules.library.facts
        shown = (final[name] if derived[name].derived else fact for name, fact in stated.items())
        return _Read(stated, final, tuple(fact for fact in shown if _is_said(rules, model, fact)))

    def _replay(self, found: Sequence[_Read], moves: Sequence[Move]) -> str:
        """Where durable_rules or the evaluator say another verdict than the proof; empty where they agree."""
        differs: list[str] = []
        for side, library in enumerate(self.both.libraries):
            values: dict[str, Truth] = {}
            heads: Mapping[str, Truth] = {}
            final = _Unknown(library, found[side].final)
            try:
                for view, facts in ((STATED, found[side].stated), (FINAL, found[side].final)):
                    run = fire(self._bases[side][view], _Unknown(library, facts))
                    values |= run.rules
                    heads = run.heads
            except EnginesDisagree as fault:
                return str(fault)
            said = verdicts(propose(Reasons(final, library, values, heads)))
            for move in moves:
                expected = (move.old, move.new)[side]
                if said.get(move.therapy, NOT_LISTED) != expected:
                    got = said.get(move.therapy, NOT_LISTED)
                    differs.append(
                        _("{therapy}: proof {expected}, engines {got}").format(
                            therapy=move.therapy, expected=expected, got=got
                        )
                    )
        return "; ".join(differs)

    def _with_file(self, shown: Shown, text: str, lost: Sequence[str]) -> Shown:
        """The witness with its file where that file, read and assessed under both, says the same."""
        why = ""
        if lost:
            known = self.both.libraries[1].facts
            labels = ", ".join(known[name].label or name for name in lost)
            why = _("not every fact can be turned back into a field: {facts}").format(facts=labels)
        elif self.assess is None:
            why = _("not read back")
        else:
            why = self._otherwise(text, shown.moves, self.assess)
        file = "" if why else text
        return Shown(
            shown.way, shown.rule, shown.facts, shown.moves, file=file, no_file=why, differs=shown.differs
        )

    def _otherwise(self, text: str, moves: Sequence[Move], assess: Assess) -> str:
        for side, library in enumerate(self.both.libraries):
            try:
                said = verdicts(assess(text, library).proposal)
            except (PatientRefused, EnginesDisagree) as fault:
                return str(fault).splitlines()[0]
            for move in moves:
                got, expected = said.get(move.therapy, NOT_LISTED), (move.old, move.new)[side]
                if got != expected:
                    return _("a whole file would be more than the proof needs ({therapy}: {verdict})").format(
                        therapy=move.therapy, verdict=got
                    )
        return ""


def verdicts(proposal: Proposal) -> dict[str, str]:
    """Therapy id to verdict; what is not listed in the patient's scope is absent."""
    return {
        **{option.therapy.id: option.verdict.value for option in proposal.options},
        **{rest.therapy.id: rest.verdict.value for rest in proposal.not_indicated},
    }


def fact_in_words(fact: Fact, library: Library) -> str:
    """`LVEF 44 %`, `Pregnancy: no`, `IgG: not applicable`."""
    spec = library.facts[fact.name]
    label = label_of(fact.name, names_of(library))
    if fact.status is Status.ABSENT:
        never = spec.accepts_never
        return f"{label}: {_('never') if never else _('not applicable')}"
    if fact.status is Status.UNKNOWN:
        return f"{label}: {with_unit(value_range(fact.low, fact.high), spec.unit)}"
    return f"{label}: {with_unit(say(fact.value), spec.unit)}"


@dataclass(frozen=True, slots=True)
class _Read:
    """One side of a model: the facts as a file states them, as the rules see them, and what is said."""

    stated: dict[str, Fact]
    final: dict[str, Fact]
    known: tuple[Fact, ...]


class _Unknown(Mapping[str, Fact]):
    """The facts of a model under one library; whatever the question never touched is unknown."""

    def __init__(self, library: Library, known: Mapping[str, Fact]) -> None:
        self._library, self._known = library, known

    def __getitem__(self, name: str) -> Fact:
        if name not in self._library.facts:
            raise KeyError(name)
        return self._known.get(name) or Fact(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._library.facts)

    def __len__(self) -> int:
        return len(self._library.facts)


def _is_said(rules: Encoding, model: Model, fact: Fact) -> bool:
    """Whether the file must say something for this fact: a test that nobody did is not said."""
    variable = rules.variable(fact.name, STATED)
    if variable.spec.default and fact.value == variable.spec.default:
        return False
    if variable.spec.derived:
        return fact.status is not Status.UNKNOWN or fact.low is not None or fact.high is not None
    return holds(model, variable.known) or holds(model, variable.absent)


def _way(rule: tuple[str, str], tests: frozenset[Test], known: Sequence[Fact]) -> str:
    """`missing` where a value is not there, `boundary` where a number lies between two limits, else a
    combination of facts."""
    if UNDECIDED in rule:
        return "missing"
    numbers = {test.name for test in tests if isinstance(test, Compare)}
    stated = {fact.name for fact in known if fact.status is Status.KNOWN}
    return "boundary" if numbers & stated and rule[0] != rule[1] else "combination"
