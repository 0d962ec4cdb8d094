"""What a vignette expects of findings, lines of therapy, doses and the improvement score."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from escalate.assessment import Assessment
from escalate.audit.expected_texts import words
from escalate.audit.unmet import Unmet, different, same
from escalate.findings.find import Finding
from escalate.language.names import plain
from escalate.nodes import Mapping, Node
from escalate.patient.core_set import BASELINE, limits_of, visit_of
from escalate.patient.improvement import Improvement, total_improvement_score
from escalate.patient.improvement_criteria import criteria_of
from escalate.plan.regimen import planned_doses
from escalate.texts import N_


def findings(name: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    found = next((finding for finding in assessment.findings if finding.name == name), None)
    values = (N_("not shown"),) if found is None else (found.value, _range(found))
    if not set(values) & set(words(wanted)):
        yield from different(name, values[-1] if values[0] == "unknown" else values[0], words(wanted))


def _range(found: Finding) -> str:
    return f"{found.at_least}..{found.at_most}" if found.at_least else found.value


def lines(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    counted = [line.counts_as for line in assessment.lines or () if line.therapy == therapy]
    yield from (
        Unmet(N_("{therapy} counts as {counted}, not {wanted}"), therapy=therapy, counted=counted, wanted=one)
        for one in words(wanted)
        if one not in counted
    )


def doses(therapy: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    weight = assessment.reasons.facts["demographics.weight_kg"].value
    regimens = assessment.library.therapies[therapy].regimens
    planned = planned_doses(regimens[0], weight) if regimens and isinstance(weight, Decimal) else ()
    doses = {p.name: f"{plain(p.mg)} mg, {p.vials} x {plain(p.vial_mg)} mg" for p in planned}
    for key, dose in wanted.entries if isinstance(wanted, Mapping) else ():
        yield from same(
            N_("{step} of {therapy}"),
            doses.get(key.text, N_("not planned")),
            words(dose),
            step=key.text,
            therapy=therapy,
        )


def improvement(name: str, wanted: Node, assessment: Assessment) -> Iterable[Unmet]:
    score = _scored(assessment)
    found = {
        "score": ["none" if score.total is None else plain(score.total)],
        "category": [score.category or "none"],
        "partial": [plain(score.points)],
        "maximum": [plain(score.maximum)],
        "missing": [missing.measure.name for missing in score.missing],
    }
    if name not in found or sorted(found[name]) != sorted(words(wanted)):
        yield from different(
            N_("improvement: {measure}"),
            found.get(name, N_("no part of the score")),
            [str(words(wanted))],
            measure=name,
        )


def _scored(assessment: Assessment) -> Improvement:
    patient, shown = assessment.patient, assessment.proposal.alerts
    blanked = frozenset(field for alert in shown for field in alert.makes_unknown)
    criteria = criteria_of(assessment.library)
    before, after = (visit_of(patient, group, criteria, blanked) for group in (BASELINE, ""))
    return total_improvement_score(before, after, limits_of(patient, criteria, blanked), criteria)
