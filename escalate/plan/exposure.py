"""What exposure a regimen would give: typical values, their spread, and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from escalate.library.model import Regimen
from escalate.pk.exposure import Exposure, typical
from escalate.pk.model import Model, load
from escalate.pk.population import interval
from escalate.pk.regimen import Doses, doses
from escalate.plan.regimen import planned_doses
from escalate.texts import _, figure

THRESHOLD = "ec90"
# The contract's names of the measures, in its order, and those of `Exposure`.
MEASURES = {
    "auc_0_inf_ug_day_per_ml": "auc_0_inf_ug_day_per_ml",
    "c_max_ug_per_ml": "c_max_ug_per_ml",
    "t_max_days": "t_max_days",
    "t_above_ec90_days": "t_above_days",
    "auc_above_ec90_ug_day_per_ml": "auc_above_ug_day_per_ml",
    "auc_excess_ec90_ug_day_per_ml": "auc_excess_ug_day_per_ml",
}
# A typical value is exact far beyond this; the last digits of a sum depend on the processor.
DIGITS, _INTERVAL_DIGITS = 10, 4


def exposure_of(pk_model: object, regimen: Regimen, weight_kg: Decimal | None) -> dict[str, object] | None:
    """The contract's `exposure` of one regimen for the typical patient of this weight.

    Args:    pk_model, the library's plain mapping of the model.
    Returns: None without a weight or a model, and at a weight that the model's data does not accept.
    Raises:  ValueError when the mapping is not a model that can be computed.
    """
    if weight_kg is None or not isinstance(pk_model, Mapping):
        return None
    model, weight = load(pk_model), float(weight_kg)
    low, high = model.ranges["weight_kg"].accepted
    if not low <= weight <= high:
        return None
    covariates = {"weight_kg": weight}
    given = _doses(regimen, weight_kg)
    falling, constant = typical(model, given, covariates, THRESHOLD)
    between = interval(model, given, covariates, THRESHOLD)
    return {
        "model": model.id,
        **_values(falling),
        f"interval_{model.virtual[0]}": {
            name: [rounded(x, _INTERVAL_DIGITS) for x in between[own]] for name, own in MEASURES.items()
        },
        "without_time_dependent_clearance": {
            **_values(constant),
            "auc_0_inf_increase_in_percent_of_auc_with_it": _increase(falling, constant),
        },
        "published_range": {name: [_number(x) for x in pair] for name, pair in model.published.items()},
        "regimen": regimen.id,
        "ec90_ug_per_ml": model.thresholds[THRESHOLD],
        "model_card": dict(model.card),
        "assumptions": _assumptions(model, regimen, weight),
    }


def _doses(regimen: Regimen, weight_kg: Decimal) -> Doses:
    planned = planned_doses(regimen, weight_kg)
    day = np.array([float(dose.day) for dose in planned])
    return doses(day, np.array([float(dose.mg) for dose in planned]), regimen.route)


def _values(exposure: Exposure) -> dict[str, float]:
    return {name: rounded(getattr(exposure, own)[0], DIGITS) for name, own in MEASURES.items()}


def _increase(falling: Exposure, constant: Exposure) -> float:
    part = constant.auc_0_inf_ug_day_per_ml[0] / falling.auc_0_inf_ug_day_per_ml[0] - 1.0
    return rounded(100.0 * part, _INTERVAL_DIGITS)


def _assumptions(model: Model, regimen: Regimen, weight: float) -> list[str]:
    """The caveats of the model, the note of the regimen, and a warning outside the weights studied."""
    percent, count = model.virtual[:2]
    spread = _(
        "The {percent} % interval is that of {count} virtual patients of this weight, with the "
        "model's variability between patients and without residual error."
    ).format(percent=percent, count=count)
    texts = [*model.caveats, *model.assumptions, *([regimen.note] if regimen.note else []), spread]
    studied = model.ranges["weight_kg"].studied
    if studied is not None and not studied[0] <= weight <= studied[1]:
        low, high = studied
        warning = _(
            "Warning: {weight} kg lies outside the weights the model was made from ({low} to {high} kg); "
            "the exposure is an extrapolation."
        )
        said = {"weight": figure(weight, "g"), "low": figure(low, "g"), "high": figure(high, "g")}
        texts.insert(0, warning.format(**said))
    return texts


def rounded(value: float, digits: int) -> float:
    """A value with so many significant digits."""
    return float(f"{value:.{digits}g}")


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
