"""Patients who are there already - vignettes, a cohort, a log: whose verdict does the change turn?

A patient is looked at in two steps. Only where an edited rule speaks (is TRUE or UNKNOWN on one side) can a
verdict change; for these alone the verdicts are worked out on both sides. Where more than rules was edited,
all facts of the patient are compared (alike.py). The evaluator alone decides here; witnesses are the ones
that run through both engines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from escalate.audit.diff.alike import Alike
from escalate.audit.diff.cores import on_all_cores
from escalate.audit.diff.model import NOT_LISTED, CaseChange, Move, NotRead, Tally
from escalate.audit.diff.pairs import RulePair, same_role
from escalate.audit.reads import fields_read
from escalate.language.evaluate import evaluate
from escalate.language.tree import Condition
from escalate.library.heads import Heads
from escalate.library.model import Library, Rule
from escalate.options.gates import gates_of, indicated, scope_of
from escalate.options.propose import ENGAGER
from escalate.options.verdict import verdict
from escalate.patient.contradictions import find_contradictions
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.problems import PatientRefused
from escalate.truth import Truth, some

_KINDS = ("exclude", "defer", "ask", "caution_high", "caution")


@dataclass(frozen=True, slots=True)
class Sample:
    """One patient by name; `read` raises PatientRefused where a library does not take the file."""

    name: str
    read: Callable[[Library], Patient]


@dataclass(frozen=True, slots=True)
class Collected:
    """Samples of one source, as the report names it: `vignettes`, `cohort`, `log`."""

    source: str
    samples: Iterable[Sample]


class Judge:
    """Verdicts of patients on both sides.

    Args: therapies, whose verdicts may differ; pairs, the edited rules; rules_alone, whether nothing but
          rules was edited: then a patient for whom no edited rule speaks need not be looked at.
    """

    def __init__(
        self,
        old: Library,
        new: Library,
        therapies: Collection[str],
        pairs: Sequence[RulePair],
        *,
        rules_alone: bool,
    ) -> None:
        self._therapies = therapies
        self._rules_alone = rules_alone
        self._alike = Alike(old, new)
        self._instances = [instance for pair in pairs for instance in pair.instances]
        self._sides = (
            _Side(old, {a.id for a, _ in self._instances if a is not None}),
            _Side(new, {b.id for _, b in self._instances if b is not None}),
        )

    def side(self, *, new: bool) -> _Side:
        """One of the two, to look at a patient alone."""
        return self._sides[1 if new else 0]

    def tally(self, collected: Collected) -> Tally:
        """All patients of one source."""
        samples = list(collected.samples)
        found = list(zip(samples, on_all_cores(self._moves_if_read, samples), strict=True))
        refused = tuple(one for _, one in found if isinstance(one, NotRead))
        changed = tuple(
            CaseChange(sample.name, one) for sample, one in found if one and not isinstance(one, NotRead)
        )
        return Tally(collected.source, len(found) - len(refused), refused, changed)

    def _moves_if_read(self, sample: Sample) -> tuple[Move, ...] | NotRead:
        try:
            return self.moves(sample)
        except PatientRefused as fault:
            first = fault.problems[0]
            takes = [_takes(sample, side.library) for side in self._sides]
            side = "" if not any(takes) else ("new" if takes[0] else "old")
            return NotRead(sample.name, first.at, first.code, side)

    def moves(self, sample: Sample) -> tuple[Move, ...]:
        """The verdicts of one patient that change.

        Raises: PatientRefused.
        """
        old, new = self._sides
        patient = sample.read(new.library)
        again = patient if self._alike.reads else sample.read(old.library)
        if self._rules_alone and not self._speaks(old.glance(again), new.glance(patient)):
            return ()
        before, after = old.case(again), new.case(patient)
        if not self._rules_alone and self._are_alike(before, after):
            return ()
        pairs = ((t, before.verdict(t), after.verdict(t)) for t in self._therapies)
        return tuple(Move(t, was, now) for t, was, now in pairs if was != now)

    def _are_alike(self, before: _Case, after: _Case) -> bool:
        """Whether no rule was edited that speaks, and every other one reads the same."""
        alike = self._alike
        return alike.judges and not self._speaks(before, after) and alike.facts(before.facts, after.facts)

    def _speaks(self, before: _Case, after: _Case) -> bool:
        for old, new in self._instances:
            was, now = before.value(old), after.value(new)
            if was is not now or (was is not Truth.FALSE and _other_role(old, new)):
                return True
        return False


class _Side:
    """One knowledge base. Args: edited, the ids of its edited rules."""

    def __init__(self, library: Library, edited: Collection[str]) -> None:
        self.library = library
        self.gates = gates_of(library)
        contradictions = [
            rule for rule in library.rules if rule.alert == "contradiction" and rule.status == "active"
        ]
        read = fields_read(library)
        touched = {field for id in edited for field in read.get(id, ())}
        self._all = contradictions
        # What blanks nothing that an edited rule reads cannot change what that rule says.
        self._near = [rule for rule in contradictions if _meet(rule.makes_unknown, touched)]

    def glance(self, patient: Patient) -> _Case:
        """As far as the edited rules are concerned."""
        return _Case(self, self._facts(patient, self._near))

    def case(self, patient: Patient) -> _Case:
        """The whole patient."""
        return _Case(self, self._facts(patient, self._all))

    def _facts(self, patient: Patient, contradictions: Sequence[Rule]) -> PatientFacts:
        """The facts with what a contradiction blanks taken out, as `escalate.assessment` does."""
        stated = PatientFacts(patient, self.library)
        blanked = {
            field for found in find_contradictions(patient, self.library) for field in found.makes_unknown
        }
        heads = Heads(self.library, stated)
        for rule in contradictions:
            if evaluate(rule.when, stated, heads) is Truth.TRUE:
                blanked.update(rule.makes_unknown)
        return PatientFacts(patient, self.library, frozenset(blanked)) if blanked else stated


class _Case:
    """One patient on one side; a rule is evaluated when it is first asked for."""

    def __init__(self, side: _Side, facts: PatientFacts) -> None:
        self.facts, self._side = facts, side
        self._heads = Heads(side.library, facts)
        self._values: dict[str, Truth] = {}
        self._scope = ""

    def value(self, rule: Rule | None) -> Truth:
        """A rule that is not there, or not active, says nothing."""
        if rule is None or rule.status != "active":
            return Truth.FALSE
        found = self._values.get(rule.key)
        if found is None:
            found = self._values[rule.key] = self._evaluate(rule.when)
        return found

    def verdict(self, therapy: str) -> str:
        """The word of the verdict table, or `not_listed`."""
        known = self._side.library.therapies.get(therapy)
        if known is None or not self._is_listed(known.classes):
            return NOT_LISTED
        of_kind = self._side.gates.get(therapy, {})
        speaks = indicated(of_kind, therapy, self.value) if known.listed else Truth.FALSE
        joined = {kind: some(self.value(rule) for rule in of_kind.get(kind, ())) for kind in _KINDS}
        return verdict(speaks, **joined).value

    def _is_listed(self, classes: Collection[str]) -> bool:
        self._scope = self._scope or scope_of(self._side.library, self.value)
        if self._scope == "iim":
            return True
        return self._scope == "bcma_safety_only" and ENGAGER in classes

    def _evaluate(self, condition: Condition) -> Truth:
        return evaluate(condition, self.facts, self._heads)


def _takes(sample: Sample, library: Library) -> bool:
    """Whether the patient's file is read under this knowledge."""
    try:
        sample.read(library)
    except PatientRefused:
        return False
    return True


def _other_role(old: Rule | None, new: Rule | None) -> bool:
    """Whether two rules of one value may still do different things."""
    return old is None or new is None or not same_role(old, new)


def _meet(blanked: Collection[str], fields: Collection[str]) -> bool:
    """Whether one of the fields is blanked, as itself, as a block or as a part of a list."""
    return any(
        field == name
        or field.startswith((f"{name}.", f"{name}["))
        or name.startswith((f"{field}.", f"{field}["))
        for name in blanked
        for field in fields
    )
