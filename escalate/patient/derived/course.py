"""The course of a T-cell engager: days since the last dose, and how far the ICE score has fallen.

Source: dossier 9.5 (ICE against the baseline), 9.6 (gap since the last dose).
"""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import absent, number, origins_of, plain, unknown
from escalate.patient.derived.registry import Case, derived
from escalate.patient.derived.times import days_ago
from escalate.texts import _


@derived("course.days_since_last_dose")
def days_since_last_dose(case: Case, name: str) -> Fact:
    """Whole days since the last dose of the course; unknown where its day is not stated."""
    return days_ago(case, name, "course.last_dose_on")


@derived("course.ice_fall")
def ice_fall(case: Case, name: str) -> Fact:
    """Points that the ICE score lies below its baseline, never below 0.

    Without a baseline the full score (the end of the field's range) stands for it: a low score is taken for
    neurotoxicity until somebody shows that it was as low before.
    """
    score, baseline = case["course.ice_score"], case["course.ice_baseline"]
    if score.status is Status.ABSENT:
        return absent(name, score.because, score.origins)
    if not isinstance(score.value, Decimal):
        return unknown(name, score.missing, origins=score.origins)
    if isinstance(baseline.value, Decimal):
        before, said = baseline.value, _("before the first dose")
    else:
        full = case.library.facts["course.ice_score"].high
        if full is None:
            return unknown(name, ("course.ice_baseline",), origins=score.origins)
        before, said = full, _("the full score, as the baseline is not known")
    fall = max(before - score.value, Decimal(0))
    because = _("ICE {value} against {before} ({said})").format(
        value=plain(score.value), before=plain(before), said=said
    )
    return number(name, fall, because, origins_of(score, baseline))
