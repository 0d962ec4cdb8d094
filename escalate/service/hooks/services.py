"""What the two services are, and which data they ask the client for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from escalate.library.model import Library
from escalate.library.terms import terms_of
from escalate.texts import N_, _, speaking

_PATIENT = "{{context.patientId}}"
# Without these nothing can be said; of the others, what is not given is simply not known.
REQUIRED = ("patient", "conditions", "observations")
_SEARCHED = {
    "patient": f"Patient/{_PATIENT}",
    "conditions": f"Condition?patient={_PATIENT}",
    "medicationStatements": f"MedicationStatement?patient={_PATIENT}",
    "medicationRequests": f"MedicationRequest?patient={_PATIENT}",
    "medicationAdministrations": f"MedicationAdministration?patient={_PATIENT}",
    "procedures": f"Procedure?patient={_PATIENT}",
}
OVERRIDE_SYSTEM = "https://escalate.example/fhir/CodeSystem/override-reasons"
KNOWLEDGE_SYSTEM = "https://escalate.example/fhir/CodeSystem/knowledge-version"
OVERRIDE_REASONS = {
    "conference-decided-otherwise": N_("The conference has decided otherwise"),
    "patients-wish": N_("The patient's wish"),
    "contraindication-not-in-data": N_("A contraindication that the data do not hold"),
    "trial": N_("Within a clinical trial"),
    "cost-approval-pending": N_("Cost approval is pending"),
    "data-wrong": N_("The data are wrong"),
}


@dataclass(frozen=True, slots=True)
class Service:
    """One CDS service; `context` are the fields of its hook that must be there, with their JSON type."""

    id: str
    hook: str
    title: str
    description: str
    context: tuple[tuple[str, type], ...]


SERVICES = {
    one.id: one
    for one in (
        Service(
            "escalate-patient-view",
            "patient-view",
            N_("Options for refractory myositis"),
            N_(
                "For an adult with myositis: which therapies are open, closed or undecided, and what to "
                "measure first. Options for a case conference, not orders."
            ),
            (("userId", str), ("patientId", str)),
        ),
        Service(
            "escalate-order-select",
            "order-select",
            N_("A selected drug and what stands against it in refractory myositis"),
            N_(
                "Where a selected drug is closed or undecided for an adult with myositis: by which fact, and "
                "what would settle it."
            ),
            (("userId", str), ("patientId", str), ("selections", list), ("draftOrders", dict)),
        ),
    )
}


def discovery(library: Library) -> dict[str, Any]:
    """The answer to `GET /cds-services`."""
    with speaking(library.language):
        templates = prefetch(library)
        return {
            "services": [
                {
                    "hook": one.hook,
                    "title": _(one.title),
                    "description": _(one.description),
                    "id": one.id,
                    "prefetch": templates,
                    "usageRequirements": _(
                        "FHIR R4; {keys} are needed, the others are used if given."
                    ).format(keys=", ".join(REQUIRED)),
                }
                for one in SERVICES.values()
            ]
        }


def prefetch(library: Library) -> dict[str, str]:
    """FHIR queries by key: reads and searches by patient and by code, nothing that few servers can do.

    Observations are asked for by the codes that are read, so that no other leaves the record.
    """
    terms = terms_of(library)
    codes = sorted({code for system, code in terms.measured if system != terms.own})
    # Our own words for what has no published code: any of them.
    asked = ",".join([*codes, f"{terms.own}|"])
    by_code = f"Observation?patient={_PATIENT}&code={asked}"
    return {**_SEARCHED, "observations": by_code}


def prefetch_keys() -> tuple[str, ...]:
    """The keys of the templates, in their order."""
    return (*_SEARCHED, "observations")


def override_reasons() -> list[dict[str, str]]:
    """What a clinician may choose from who acts against a card."""
    return [
        {"code": code, "system": OVERRIDE_SYSTEM, "display": _(display)}
        for code, display in OVERRIDE_REASONS.items()
    ]
