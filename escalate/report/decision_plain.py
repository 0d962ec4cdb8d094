"""A decision of the conference in one plain sentence, for the page that the patient takes home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.texts import N_, _

_FOR_PATIENT = {
    "stay": N_("your treatment stays as it is for now"),
    "diagnostic_review": N_("to look at the diagnosis once more before the treatment changes"),
    "taper": N_("to take less of your medicines, step by step"),
    "rehabilitation": N_("exercise and rehabilitation"),
    "trial": N_("a clinical trial"),
    "referral": N_("another hospital that knows your illness"),
}


def plain_decision(decision: Mapping[str, Any], own_words: str | None, therapy: str) -> str:
    """The decision in one plain sentence.

    Args: own_words, what the conference calls it to the patient; therapy, its name where it is about one.
    """
    way = decision.get("way")
    if way is None:
        name = own_words or therapy
        said = {
            "chosen": _("The doctors suggest this treatment: {treatment}."),
            "declined": _("The doctors advise against this treatment for now: {treatment}."),
            "postponed": _("The doctors have not decided yet about this treatment: {treatment}."),
        }
        return said[decision["decision"]].format(treatment=name)
    name = own_words or _(_FOR_PATIENT[way])
    said = {
        "chosen": _("The doctors suggest: {way}."),
        "declined": _("The doctors advise against this for now: {way}."),
        "postponed": _("The doctors have not decided yet about this: {way}."),
    }
    return said[decision["decision"]].format(way=name)
