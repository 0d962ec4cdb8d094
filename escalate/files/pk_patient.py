"""`escalate pk --patient`: weight, doses received and the steps that would follow, from a patient file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.pk.entries import Given
from escalate.problems import UsageError
from escalate.texts import _


class Size(NamedTuple):
    """Body weight in kg, and height in cm where it is known."""

    weight_kg: float
    height_cm: float | None


def open_patient(library: Library, path: str, today: date) -> Patient:
    """The patient file. Raises: PatientRefused."""
    from escalate.files.patient_file import load_patient

    return load_patient(path, library, as_of=None, today=today)


def size_of(patient: Patient, path: str) -> Size:
    """The patient's size. Raises: UsageError without a weight."""
    weight, height = (patient.value(f"demographics.{name}") for name in ("weight_kg", "height_cm"))
    if not isinstance(weight, Decimal | int):
        raise UsageError(
            _("{path}: no weight (`demographics.weight_kg`); no dose is computed without one").format(
                path=path
            )
        )
    return Size(float(weight), float(height) if isinstance(height, Decimal | int) else None)


def drug_of(library: Library, patient: Patient) -> str | None:
    """The drug that is being given, where it has a model."""
    drug = patient.value("course.drug")
    therapy = library.therapies.get(str(drug))
    return therapy.id if therapy is not None and therapy.pk_model else None


def doses_of_patient(
    library: Library, patient: Patient, therapy: str, new_course: bool, falls: bool, notes: list[str]
) -> tuple[Given, ...] | None:
    """Doses received and what would follow; None where the file states none, or a new course is asked for."""
    from escalate.pk.dosing import restart_rules
    from escalate.plan.received import going_on, received

    if new_course:
        notes.append(_("A new course: doses received before are left out, and the clock begins with it."))
        return None
    known = library.therapies.get(therapy)
    regimen = known.regimens[0] if known and known.regimens else None
    so_far = received(patient, therapy, regimen)
    if so_far is None:
        return None
    notes.extend(so_far.notes)
    following: tuple[Any, ...] = ()
    if regimen is not None:
        rules = restart_rules(library.parameters)
        following, said = going_on(so_far, regimen, patient.assessed_on, rules)
        notes.extend(said)
    if falls:
        notes.append(_("One clock of the clearance runs from the first dose received; see --new-course."))
    route = regimen.route if regimen else ""
    return tuple(
        Given(float(dose.day), float(dose.amount_mg), dose.per, route, 0.0, label.format(name=dose.name))
        for label, doses in ((_("received: {name}"), so_far.doses), (_("proposed: {name}"), following))
        for dose in doses
    )
