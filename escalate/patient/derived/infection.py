"""Signs of infection as details of the statement that infection was looked for (dossier 6.4 X13).

`infection.active: none` says: no fever, no untreated focus. So a sign that is not stated counts as not there
where that statement exists; a sign that is stated counts in every case.
"""

from __future__ import annotations

from escalate.language.facts import Fact, Status
from escalate.language.words import say_word
from escalate.patient.derived.answers import absent, unknown, yes_no
from escalate.patient.derived.registry import Case, derived
from escalate.texts import _
from escalate.truth import Truth

_SIGNS = {
    "infection.fever_now": ("infection.fever", True),
    "infection.sars_cov_2_positive_now": ("infection.sars_cov_2_pcr", "positive"),
    "infection.tuberculosis_active": ("infection.tuberculosis", "active"),
}


@derived(*_SIGNS)
def sign_of_infection(case: Case, name: str) -> Fact:
    """The stated sign; not applicable where only the search for infection is stated; else UNKNOWN."""
    field, present = _SIGNS[name]
    fact, search = case[field], case["infection.active"]
    if fact.status is Status.KNOWN:
        return yes_no(name, Truth.of(fact.value == present), origins=fact.origins)
    if search.status is Status.KNOWN:
        return absent(
            name,
            _("not stated, and the search for infection is: {value}").format(
                value=say_word(str(search.value))
            ),
            search.origins,
        )
    return unknown(name, (field,))
