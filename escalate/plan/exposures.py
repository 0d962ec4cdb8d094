"""What exposure a regimen would give to many: the typical values at each of many body weights, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from escalate.library.model import Regimen
from escalate.pk.exposure import measure
from escalate.pk.model import load, persons_of, typical_values
from escalate.pk.regimen import doses
from escalate.plan.exposure import DIGITS, MEASURES, THRESHOLD, rounded
from escalate.plan.regimen import planned_doses


def exposures_of(
    pk_model: Mapping[str, object], regimen: Regimen, weights_kg: Sequence[Decimal]
) -> list[dict[str, float] | None]:
    """The measures of `exposure_of` for the typical patient of each weight, by the contract's names.

    Args:    pk_model, the library's plain mapping of the model.
    Returns: in the order of the weights; None at one that the model's data does not accept.
    Raises:  ValueError when the mapping is not a model that can be computed.
    """
    model = load(pk_model)
    low, high = model.ranges["weight_kg"].accepted
    accepted = [weight for weight in weights_kg if low <= float(weight) <= high]
    if not accepted:
        return [None] * len(weights_kg)
    each = [typical_values(model, {"weight_kg": float(weight)}) for weight in accepted]
    persons = persons_of(model, {name: np.array([one[name] for one in each]) for name in each[0]})
    planned = [planned_doses(regimen, weight) for weight in accepted]
    day = np.array([float(dose.day) for dose in planned[0]])
    mg = np.array([[float(dose.mg) for dose in one] for one in planned]).T
    found = measure(persons, doses(day, mg, regimen.route), model.thresholds[THRESHOLD])
    rows = iter(
        [
            {name: rounded(float(getattr(found, own)[i]), DIGITS) for name, own in MEASURES.items()}
            for i in range(len(accepted))
        ]
    )
    return [next(rows) if low <= float(weight) <= high else None for weight in weights_kg]
