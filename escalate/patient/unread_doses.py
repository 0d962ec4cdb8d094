"""Doses of a history that could not be compared with the adequate one; `escalate check` names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from escalate.library.model import Library
from escalate.patient.doses import parse_dose, reaches
from escalate.patient.implausible import why_implausible
from escalate.patient.model import Patient
from escalate.patient.parameters import parameters_of
from escalate.patient.trials import dose_reached, in_prednisolone, setting_of
from escalate.problems import Span
from escalate.texts import _
from escalate.truth import Truth


@dataclass(frozen=True, slots=True)
class UnreadDose:
    """One dose that makes no trial adequate as it is written; `why` is a sentence without its full stop."""

    at: Span
    why: str


def unread_doses(patient: Patient, library: Library) -> Iterator[UnreadDose]:
    """In the order of the lines. A dose that cannot be right is a contradiction, and not said here again.

    Of a drug whose trial is judged without a dose (a trough level, one infusion) no dose is needed.
    """
    parameters = parameters_of(library) if patient.therapies else None
    for line in patient.therapies or ():
        least = parameters.trials.get(line.drug) if parameters else None
        if parameters is None or least is None or not least.dose or line.dose is None:
            continue
        if line.status == "planned":
            continue
        setting = setting_of(patient, parameters)
        dose = parse_dose(line.dose)
        if dose is not None and in_prednisolone(line, setting):
            compared = reaches(dose, least.dose, setting.weight_kg) is not Truth.UNKNOWN
            if compared or why_implausible(line, least, setting.weight_kg):
                continue
        yield UnreadDose(line.places.get("dose", line.at), dose_reached(line, least, setting)[1])


def accepted_doses() -> str:
    """The forms in which a dose is understood, in one line."""
    return _(
        "doses are written like `20 mg/week`, `1 g bid`, `1-0-1 g`, `2 mg/kg/day`, "
        "`2 g/kg/4 weeks`, `2 x 1 g`, `750 mg/m2 every 4 weeks`"
    )
