"""Whether the HRCT shows the lung as it is now. Dossier 5.1 (taken after the change)."""

from __future__ import annotations

from escalate.language.facts import Fact
from escalate.patient.derived.answers import decimal, origins_of, plain, unsettled, yes_no
from escalate.patient.derived.registry import Case, derived
from escalate.truth import Truth

_AGE, _WORSE = "lung.hrct.age_weeks", "lung.symptoms_worsening_weeks"


@derived("lung.hrct.before_symptom_change")
def before_symptom_change(case: Case, name: str) -> Fact:
    """TRUE where the scan is older (weeks) than the worsening of symptoms (weeks); UNKNOWN without both."""
    open_answer = unsettled(case, name, (_AGE, _WORSE))
    if open_answer is not None:
        return open_answer
    age, worse = decimal(case, _AGE), decimal(case, _WORSE)
    because = f"the HRCT is {plain(age)} weeks old, the symptoms are worse for {plain(worse)} weeks"
    return yes_no(name, Truth.of(age > worse), because, origins_of(case[_AGE], case[_WORSE]))
