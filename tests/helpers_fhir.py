"""What the tests of FHIR in share: one patient's resources as they are understood, and a few values."""

from __future__ import annotations

from datetime import date
from typing import Any

from escalate.fhir.model import Understood, Use
from escalate.fhir.read import read_bundle
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from tests.fhir_bundles import LIBRARY, Resource, bundle, observation, person, quantity

TODAY = date(2026, 10, 12)
CK, LVEF, ECHO = "2157-6", "10230-1", "heart.echo.lvef_percent"
GOOD = observation(LVEF, "2026-10-01", valueQuantity=quantity(62, "%"))


def understood(*resources: Resource, **more: Any) -> Understood:
    """What is understood of a patient with these resources."""
    return read_bundle(bundle(person(), *resources, **more), LIBRARY, today=TODAY)


def patient(*resources: Resource) -> Patient:
    """The patient with these resources, as the patient reader takes him."""
    return read_patient(understood(*resources).patient_document, LIBRARY, today=TODAY)


def only(*resources: Resource) -> tuple[Use, str]:
    """Use and reason of the last resource."""
    entry = understood(*resources).entries[-1]
    return entry.use, entry.reason


def ck(value: float, day: str) -> Resource:
    """A creatine kinase in U/L of a day."""
    return observation(CK, day, valueQuantity=quantity(value, "U/L"))
