"""What the HRCT says, and whether it shows the lung as it is now. Dossier 5.1 (taken after the change)."""

from __future__ import annotations

from escalate.language.facts import Fact, Status
from escalate.language.words import say_word
from escalate.patient.derived.answers import (
    absent,
    decimal,
    origins_of,
    plain,
    truth,
    unknown,
    unsettled,
    yes_no,
)
from escalate.patient.derived.registry import Case, derived
from escalate.texts import _
from escalate.truth import Truth

_AGE, _WORSE = "lung.hrct.age_weeks", "lung.symptoms_worsening_weeks"


@derived("lung.hrct.before_symptom_change")
def before_symptom_change(case: Case, name: str) -> Fact:
    """TRUE where the scan is older (weeks) than the worsening of symptoms (weeks); UNKNOWN without both."""
    open_answer = unsettled(case, name, (_AGE, _WORSE))
    if open_answer is not None:
        return open_answer
    age, worse = decimal(case, _AGE), decimal(case, _WORSE)
    because = _("the HRCT is {age} weeks old, the symptoms are worse for {worse} weeks").format(
        age=plain(age), worse=plain(worse)
    )
    return yes_no(name, Truth.of(age > worse), because, origins_of(case[_AGE], case[_WORSE]))


@derived("lung.ild_stated")
def ild_stated(case: Case, name: str) -> Fact:
    """ILD as stated, a detail of the HRCT: not applicable where only its pattern is known; else UNKNOWN."""
    stated, pattern = case["lung.ild"], case["lung.hrct.pattern"]
    if stated.status is Status.KNOWN:
        return yes_no(name, truth(stated), origins=stated.origins)
    if "lung.ild" in case.blanked:
        return unknown(name, ("lung.ild",), stated.because, stated.origins)
    if pattern.status is Status.KNOWN:
        return absent(
            name,
            _("not stated, and the HRCT is: {value}").format(value=say_word(str(pattern.value))),
            pattern.origins,
        )
    return unknown(name, ("lung.ild", "lung.hrct.pattern"))
