"""What the tests of CDS Hooks share: a patient as a client would prefetch him, and calls made of it."""

from __future__ import annotations

from typing import Any

from escalate import load_patient
from escalate.service.hooks.services import prefetch_keys
from tests.fhir_bundles import ATC, LIBRARY, Resource, bundle, concept, resources_of
from tests.helpers_service import EXAMPLE, TODAY

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
VIEW, SELECT = "/cds-services/escalate-patient-view", "/cds-services/escalate-order-select"
_KEYS = {
    "Condition": "conditions",
    "Observation": "observations",
    "MedicationStatement": "medicationStatements",
    "MedicationRequest": "medicationRequests",
    "MedicationAdministration": "medicationAdministrations",
    "Procedure": "procedures",
}


def example(name: str = "refractory-antisynthetase") -> list[Resource]:
    """A patient of the examples as resources."""
    return resources_of(load_patient(EXAMPLE.with_name(f"{name}.yaml"), LIBRARY, today=TODAY))


def without(resources: list[Resource], *codes: str) -> list[Resource]:
    """The same without the observations of these codes."""
    return [one for one in resources if not any(code in str(one.get("code")) for code in codes)]


def prefetched(resources: list[Resource], *left_out: str) -> dict[str, Any]:
    """Resources as a client would send them: a Patient, a searchset by type, null where there is nothing."""
    found: dict[str, Any] = {"patient": next(one for one in resources if one["resourceType"] == "Patient")}
    for kind, key in _KEYS.items():
        of_kind = [one for one in resources if one["resourceType"] == kind]
        found[key] = bundle(*of_kind, form="searchset") if of_kind else None
    assert set(found) == set(prefetch_keys())
    return {key: value for key, value in found.items() if key not in left_out}


def call(resources: list[Resource], *left_out: str, **more: Any) -> dict[str, Any]:
    """A call of the service for a chart."""
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/example", "patientId": "case"},
        "prefetch": prefetched(resources, *left_out),
        **more,
    }


def ordered(
    resources: list[Resource], *orders: Resource, selections: list[str] | None = None
) -> dict[str, Any]:
    """A call of the service for selected orders: all of them, where nothing else is said."""
    names = [f"{one['resourceType']}/{one['id']}" for one in orders]
    context = {
        "userId": "Practitioner/example",
        "patientId": "case",
        "selections": names if selections is None else selections,
        "draftOrders": bundle(*orders),
    }
    return call(resources, hook="order-select", context=context)


def draft(atc: str, name: str = "order-1") -> Resource:
    """A draft order of a drug by its ATC code."""
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": concept(ATC, atc),
        "subject": {"reference": "Patient/case"},
    }
