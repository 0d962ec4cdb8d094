"""Which therapy a draft order is: by its code, never by the words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.fhir.shapes import codings, mapping, objects, text
from escalate.library.model import Library
from escalate.library.terms import terms_of
from escalate.patient.vocabulary import resolve


def therapy_of(order: Mapping[str, Any], library: Library) -> str | None:
    """The id of the therapy that an order is for; None where its code says none that is assessed."""
    if order.get("resourceType") != "MedicationRequest":
        return None
    terms = terms_of(library)
    for coding in codings(_medication(order)):
        if coding.system not in terms.atc:
            continue
        known = terms.drugs.get(coding.code)
        groups = (drug for start, drug in terms.drug_groups.items() if coding.code.startswith(start))
        drug = next(groups, None) if known is None else known
        if drug is not None and (therapy := _listed(drug.name, library)):
            return therapy
    return None


def _medication(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The concept of the drug: in the order, or in the Medication that it contains."""
    inside = text(mapping(order.get("medicationReference")).get("reference")).removeprefix("#")
    contained = next((one for one in objects(order.get("contained")) if one.get("id") == inside), None)
    return mapping(order.get("medicationCodeableConcept") or mapping(contained).get("code"))


def _listed(drug: str, library: Library) -> str | None:
    """The therapy that a drug of the history belongs to: prednisolone is one of the glucocorticoids."""
    found = drug if drug in library.therapies else resolve(drug, library.drugs, "therapy")
    return found if isinstance(found, str) and found in library.therapies else None
