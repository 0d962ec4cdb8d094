"""Active myocarditis from its two fields. Dossier 6.4 X02, 14 no 2 (suspected is never normal)."""

from __future__ import annotations

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import origins_of, unknown, yes_no
from escalate.patient.derived.registry import Case, derived
from escalate.truth import Truth

_STATED, _WORD = "heart.active_myocarditis", "heart.myocarditis"


@derived("heart.myocarditis_active")
def myocarditis_active(case: Case, name: str) -> Fact:
    """TRUE where either field says active; else UNKNOWN while it is suspected or the word is disputed.

    Else FALSE by the yes/no field, or by the words `none` and `resolved` where that one is not known.
    """
    stated, word = case[_STATED], case[_WORD]
    origins = origins_of(stated, word)
    if stated.value is True or word.value == "active":
        return yes_no(name, Truth.TRUE, origins=origins)
    if word.value == "suspected" or _WORD in case.blanked:
        because = "suspected" if word.value == "suspected" else word.because
        return unknown(name, (_WORD,), because, origins)
    if stated.value is False or (_STATED not in case.blanked and word.status is Status.KNOWN):
        return yes_no(name, Truth.FALSE, origins=origins)
    return unknown(name, (_STATED,), origins=origins)
