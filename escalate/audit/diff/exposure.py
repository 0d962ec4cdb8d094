"""Exposure before and after, where a regimen or its model changed."""

from __future__ import annotations

from decimal import Decimal

from escalate.audit.diff.model import ExposureChange
from escalate.library.model import Library, Regimen

# The typical patient of a report; a change of dose per kilogram moves every weight alike.
_WEIGHT_KG = 70
_MEASURES = (
    "auc_0_inf_ug_day_per_ml",
    "c_max_ug_per_ml",
    "t_above_ec90_days",
    "auc_above_ec90_ug_day_per_ml",
)


def exposure_changes(old: Library, new: Library) -> tuple[ExposureChange, ...]:
    """Every regimen that differs, or whose model does, by therapy and regimen."""
    found: list[ExposureChange] = []
    for therapy in dict.fromkeys((*old.therapies, *new.therapies)):
        before, after = _regimens(old, therapy), _regimens(new, therapy)
        for id in dict.fromkeys((*before, *after)):
            was, now = before.get(id), after.get(id)
            if was is not None and now is not None and _given(old, was, therapy) == _given(new, now, therapy):
                continue
            first, second = _exposure(old, therapy, was), _exposure(new, therapy, now)
            measures = tuple((name, first.get(name), second.get(name)) for name in _MEASURES)
            doses = _cumulative(was), _cumulative(now)
            found.append(ExposureChange(therapy, id, _WEIGHT_KG, measures, doses))
    return tuple(found)


def _regimens(library: Library, therapy: str) -> dict[str, Regimen]:
    known = library.therapies.get(therapy)
    return {regimen.id: regimen for regimen in known.regimens} if known is not None else {}


def _given(library: Library, regimen: Regimen, therapy: str) -> object:
    return regimen.steps, regimen.route, _model(library, therapy)


def _model(library: Library, therapy: str) -> object:
    return library.pk_models.get(library.therapies[therapy].pk_model)


def _exposure(library: Library, therapy: str, regimen: Regimen | None) -> dict[str, float | None]:
    """The measures of one side; empty where there is no regimen, no model, or none that can be computed."""
    model = _model(library, therapy) if regimen is not None else None
    if regimen is None or model is None:
        return {}
    # numpy comes with this module: only a change of dose pays for it.
    from escalate.plan.exposure import exposure_of

    computed = exposure_of(model, regimen, Decimal(_WEIGHT_KG)) or {}
    return {name: value for name in _MEASURES if isinstance(value := computed.get(name), float)}


def _cumulative(regimen: Regimen | None) -> float | None:
    return float(sum(step.mg_per_kg for step in regimen.steps)) if regimen is not None else None
