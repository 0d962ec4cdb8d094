"""The published regimen in milligrams, millilitres and vials, at one body weight, by exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from escalate.library.model import DoseStep, Regimen

# A volume is drawn up in a syringe: a tenth of a microlitre is far below what one can read off.
_VOLUME_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One injection: mg is exact, volume_ml rounded to 0.0001 mL, vials of vial_mg counted whole."""

    name: str
    day: Decimal
    mg: Decimal
    mg_per_kg: Decimal
    route: str
    volume_ml: Decimal
    vials: int
    vial_mg: Decimal


def planned_doses(regimen: Regimen, weight_kg: Decimal) -> tuple[PlannedDose, ...]:
    """The regimen's injections for a patient of this weight, in the order of their days.

    Vials are those of the step's own strength and never combined with another; a dose that fills a
    vial exactly takes one (153 mg: 102 kg at 1.5 mg/kg).
    """
    return tuple(_planned(step, regimen.route, weight_kg) for step in regimen.steps)


def _planned(step: DoseStep, route: str, weight_kg: Decimal) -> PlannedDose:
    mg = step.mg_per_kg * weight_kg
    return PlannedDose(
        name=step.name,
        day=step.day,
        mg=mg,
        mg_per_kg=step.mg_per_kg,
        route=route,
        volume_ml=(mg / step.mg_per_ml).quantize(_VOLUME_DIGITS, ROUND_HALF_EVEN),
        vials=int((mg / step.vial_mg).to_integral_value(ROUND_CEILING)),
        vial_mg=step.vial_mg,
    )


def regimen_of(regimens: Sequence[Regimen], weight_kg: Decimal | None) -> dict[str, object] | None:
    """The contract's `regimen`: the first of the published regimens, the others under `variants`.

    Returns: None without a weight, since no milligram is printed then, or without a regimen.
    """
    if weight_kg is None or not regimens:
        return None
    first, *others = (_mapping(regimen, weight_kg) for regimen in regimens)
    return {**first, "variants": others}


def _mapping(regimen: Regimen, weight_kg: Decimal) -> dict[str, object]:
    doses = planned_doses(regimen, weight_kg)
    return {
        "doses": [
            {
                "day": _number(dose.day),
                "mg": _number(dose.mg),
                "mg_per_kg": _number(dose.mg_per_kg),
                "route": dose.route,
                "volume_ml": _number(dose.volume_ml),
                "vials": f"{dose.vials} x {_number(dose.vial_mg)} mg",
                "name": dose.name,
            }
            for dose in doses
        ],
        "cumulative_mg_per_kg": _number(sum((dose.mg_per_kg for dose in doses), Decimal(0))),
        "id": regimen.id,
        "title": regimen.title,
        "note": regimen.note,
    }


def _number(value: Decimal) -> int | float:
    """The JSON number that prints as the decimal does, without a fraction of nought."""
    return int(value) if value == value.to_integral_value() else float(value)
