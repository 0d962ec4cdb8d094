"""The plan of an option: the regimen in milligrams and vials, and the exposure it would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from escalate.language.facts import Facts, Status
from escalate.library.model import Library, Therapy
from escalate.plan.regimen import regimen_of


@dataclass(frozen=True, slots=True)
class Plan:
    """`regimen` and `exposure` have the keys of contract/assessment.md; None without a weight or model."""

    regimen: Mapping[str, object] | None
    exposure: Mapping[str, object] | None


def make_plan(therapy: Therapy, facts: Facts, library: Library) -> Plan:
    """Doses and exposure of a therapy's first regimen at the patient's weight (kg)."""
    weight = facts["demographics.weight_kg"]
    if not therapy.regimens or weight.status is not Status.KNOWN or not isinstance(weight.value, Decimal):
        return Plan(None, None)
    regimen = regimen_of(therapy.regimens, weight.value)
    model = library.pk_models.get(therapy.pk_model)
    if model is None:
        return Plan(regimen, None)
    # numpy comes with this module: only a patient whose exposure is shown pays for it.
    from escalate.plan.exposure import exposure_of

    return Plan(regimen, exposure_of(model, therapy.regimens[0], weight.value))
