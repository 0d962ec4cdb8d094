"""The way through: patient, facts, rule values, findings, options, plan - one direction, no way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from escalate.engine import RuleBase, fire
from escalate.engine.model import Proof
from escalate.findings.find import Finding, find
from escalate.findings.reasons import Reasons
from escalate.library.model import Library
from escalate.options.model import Alert, NotIndicated, Option, Proposal
from escalate.options.propose import propose
from escalate.patient.contradictions import find_contradictions
from escalate.patient.facts import PatientFacts
from escalate.patient.lines import Line
from escalate.plan.make import Plan, make_plan
from escalate.problems import UsageError, nearest
from escalate.texts import _, in_its_language, speaking
from escalate.truth import Truth

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.patient.model import Patient


@dataclass(frozen=True)
class Assessment:
    """Everything that is said about one patient, with what it stands on; reports only lay it out."""

    patient: Patient
    library: Library
    engine: str
    proposal: Proposal
    findings: tuple[Finding, ...]
    lines: tuple[Line, ...] | None
    reasons: Reasons
    proofs: Mapping[str, tuple[Proof, ...]]  # by rule key: the literals that give each value
    # When it was made, where reports are to say so; without it the same inputs give the same bytes.
    stamp: datetime | None = None

    @in_its_language
    def plan(self, option: Option) -> Plan:
        """Regimen and exposure of an option, computed when a report shows them."""
        return make_plan(option.therapy, self.reasons.facts, self.library)

    def status(self, option: Option) -> dict[str, str]:
        """The regulatory status of an option by region, for this patient's disease (NEV-10)."""
        return option.therapy.status_in(self.reasons.facts["diagnosis.entity"].value)

    def note(self, line: Line) -> str | None:
        """The note that the file holds beside a line of therapy."""
        # By its number in the file: `as_of` may have hidden the entries before it.
        return next((t.note for t in self.patient.therapies or () if t.entry == line.entry), None)

    @in_its_language
    def option(self, therapy: str) -> Option | NotIndicated:
        """The option for a therapy id; its `verdict` is one of the contract's words.

        Raises: UsageError with the nearest ids where the therapy is not known, or not listed
        in this patient's scope.
        """
        judged: list[Option | NotIndicated] = [*self.proposal.options, *self.proposal.not_indicated]
        for option in judged:
            if option.therapy.id == therapy:
                return option
        if therapy in self.library.therapies:
            raise UsageError(
                _("`{therapy}` is not looked at in the scope `{scope}`").format(
                    therapy=therapy, scope=self.proposal.scope
                )
            )
        raise UsageError(
            _("`{therapy}` is not a therapy id; {nearest}")
            .format(therapy=therapy, nearest=nearest(therapy, self.library.therapies))
            .rstrip("; ")
        )


def assess(patient: Patient, library: Library) -> Assessment:
    """Lay out what is open, closed and unknown for one patient.

    Same patient file, knowledge and `assessed_on` give the same answer, byte for byte, in the language
    of the library.
    Raises: EnginesDisagree when durable_rules and the evaluator differ; nothing is advised then.
    """
    with speaking(library.language):
        return _assess(patient, library)


def _assess(patient: Patient, library: Library) -> Assessment:
    contradiction_rules, rules = _compiled(library)
    stated = PatientFacts(patient, library)
    first = fire(contradiction_rules, stated)
    contradictions = _contradictions(patient, library, stated, first.rules, first.heads)
    blanked = frozenset(field for c in contradictions for field in c.makes_unknown)
    facts = PatientFacts(patient, library, blanked) if blanked else stated
    fired = fire(rules, facts)
    reasons = Reasons(facts, library, fired.rules, fired.heads)
    proposal = propose(reasons, contradictions)
    return Assessment(
        patient=patient,
        library=library,
        engine=fired.software,
        proposal=proposal,
        findings=find(reasons),
        lines=facts.lines,
        reasons=reasons,
        proofs=fired.proofs,
    )


def _contradictions(
    patient: Patient,
    library: Library,
    facts: PatientFacts,
    values: Mapping[str, Truth],
    heads: Mapping[str, Truth],
) -> tuple[Alert, ...]:
    """What cannot hold together, and the facts that count as unknown until it is settled."""
    reasons = Reasons(facts, library, values, heads)
    ruled = [
        Alert(
            kind="contradiction",
            id=rule.id,
            title=rule.title,
            because=(*reasons.of(rule).because, rule.because),
            do=tuple(action.text for action in rule.do),
            do_not=rule.do_not,
            evidence=tuple(source.ref for source in rule.sources),
            basis=rule.basis,
            makes_unknown=rule.makes_unknown,
        )
        for rule in library.rules
        if rule.alert == "contradiction" and values.get(rule.key) is Truth.TRUE
    ]
    structural = [
        Alert(
            kind="contradiction",
            id=c.id,
            title=c.title,
            because=(c.because,),
            do=(),
            do_not=(),
            evidence=(),
            basis="expert_judgement",
            makes_unknown=c.makes_unknown,
        )
        for c in find_contradictions(patient, library)
    ]
    return (*ruled, *structural)


# Compiling the rules for durable_rules costs more than running them; one knowledge base at a time
# is in use, so the last one is kept. Keyed by digest: two loads of the same files are one library.
_last: tuple[str, tuple[RuleBase, RuleBase]] | None = None
_lock = Lock()


def _compiled(library: Library) -> tuple[RuleBase, RuleBase]:
    global _last
    with _lock:
        if _last is None or _last[0] != library.digest:
            contradictions = [r for r in library.rules if r.alert == "contradiction"]
            others = [r for r in library.rules if r.alert != "contradiction"]
            _last = library.digest, (RuleBase(contradictions, library), RuleBase(others, library))
        return _last[1]
