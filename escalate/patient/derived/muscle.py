"""Muscle strength and breathing muscles. Dossier 4.1 (mmt8_scale), 8.3 E3."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import absent, decimal, number, origins_of, plain, unknown, unsettled
from escalate.patient.derived.registry import Case, derived
from escalate.texts import _

_HIGHEST_OF_ONE_SIDE = 80  # the other scale ends here, so a higher value names its scale itself


@derived("muscle.mmt8_of_150")
def mmt8_of_150(case: Case, name: str) -> Fact:
    """MMT-8 on the scale of 150; one of the 80-point scale is never multiplied (4.1)."""
    value, scale = case["muscle.mmt8"], case["muscle.mmt8_scale"]
    if value.status is Status.ABSENT:
        return absent(name, value.because, value.origins)
    if not isinstance(value.value, Decimal):
        return unknown(name, value.missing, origins=value.origins)
    origins = origins_of(value, scale)
    if str(scale.value) == "150" or (scale.status is not Status.KNOWN and value.value > _HIGHEST_OF_ONE_SIDE):
        return number(name, value.value, _("MMT-8 {value} of 150").format(value=plain(value.value)), origins)
    if scale.status is Status.KNOWN:
        because = _("MMT-8 {value} of 80 is not converted to the scale of 150").format(
            value=plain(value.value)
        )
        return unknown(name, ("muscle.mmt8",), because, origins)
    because = _("MMT-8 {value} may be of 80 or of 150").format(value=plain(value.value))
    return unknown(name, ("muscle.mmt8_scale",), because, origins)


@derived("muscle.vital_capacity_ml_per_kg")
def vital_capacity_ml_per_kg(case: Case, name: str) -> Fact:
    """Vital capacity (L) times 1000 over body weight (kg); not applicable where the vital capacity is."""
    fields = ("muscle.vital_capacity_l", "demographics.weight_kg")
    open_answer = unsettled(case, name, fields)
    if open_answer is not None:
        return open_answer
    litres, weight = (decimal(case, field) for field in fields)
    value = litres * 1000 / weight
    because = _("{litres} L / {weight} kg = {value} mL/kg").format(
        litres=plain(litres), weight=plain(weight), value=plain(value)
    )
    return number(name, value, because, origins_of(*(case[field] for field in fields)))
