"""What `escalate pk` says about one regimen, as plain values in the contract's order of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from escalate.pk.cohort import Distribution
from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.names import named, named_limits, rounded, rounded_all
from escalate.pk.simulate import Measures, measures, samples, troughs, typical_of, without_falling_part
from escalate.pk.spread import PERCENTS, limits, population, uncertain
from escalate.texts import _, figure

_POINTS = 97


@dataclass(frozen=True, slots=True)
class Question:
    """One model, one person, one regimen, and what is wanted of it.

    `given` flat and routed; `threshold` its name and level in the model's unit; `at` days; `persons`
    virtual ones for the intervals, 0 for none; `draws` of the parameters, 0 for none; `weight_kg` where
    it is known, whether the model has a use for it or not.
    """

    model: Model
    covariates: Mapping[str, float]
    given: tuple[Given, ...]
    threshold: tuple[str, float] | None
    at: tuple[float, ...]
    falling: bool
    persons: int
    seed: int
    draws: int
    workers: int
    notes: tuple[str, ...]
    weight_kg: float | None = None
    distributions: tuple[Distribution, ...] = ()


def answer(q: Question, done: Callable[[int], None] | None = None) -> dict[str, object]:
    """The document of one question.

    Raises: ValueError or BadDose, naming what cannot be computed.
    """
    model, units = q.model, q.model.units
    name, level = q.threshold or (None, None)
    with_falling = typical_of(model, q.covariates)
    values = with_falling if q.falling or not model.falls else without_falling_part(with_falling)
    typical = measures(model, values, q.given, level)
    days = np.array(q.at) if q.at else default_days(q, typical)
    c, area = samples(model, values, q.given, days)
    days_before, before = troughs(model, values, q.given)
    document: dict[str, object] = {
        "model": model.id,
        "parameters": {key: rounded(float(x[0])) for key, x in values.items()},
        **named(typical, units, name),
        "concentrations": _pairs(days, c[:, 0]),
        "areas_to": _pairs(days, area[:, 0]),
        "troughs": _pairs(days_before, before[:, 0]),
    }
    document |= _intervals(q, name, level, done)
    if model.falls and q.falling:
        constant = measures(model, without_falling_part(values), q.given, level)
        increase = 100.0 * (constant.auc_0_inf[0] / typical.auc_0_inf[0] - 1.0)
        document["without_time_dependent_clearance"] = {
            **named(constant, units, name),
            "troughs": _pairs(days_before, troughs(model, without_falling_part(values), q.given)[1][:, 0]),
            "auc_0_inf_increase_in_percent_of_auc_with_it": rounded(float(increase), 4),
        }
    if model.published:
        document["published_range"] = {key: list(pair) for key, pair in model.published.items()}
    if q.threshold is not None:
        document["threshold"] = {"name": name, "value": level, "unit": units.concentration}
    document["units"] = {
        "times_of_doses_and_samples": _("days from the first dose"),
        "time_in_names": units.time,
        "concentration": units.concentration,
        "area": f"{units.concentration} * {units.time}",
        "amount_of_doses": "mg",
    }
    document["doses"] = [_dose(g) for g in q.given]
    document["model_card"] = dict(model.card)
    document["warnings"] = _warnings(q)
    document["assumptions"] = [*model.caveats, *model.assumptions, *q.notes, *_own_assumptions(q)]
    return document


def _dose(g: Given) -> dict[str, object]:
    out: dict[str, object] = {
        "day": rounded(g.day),
        "mg": rounded(g.amount_mg),
        "route": g.route,
        "over_days": rounded(max(g.duration_days, 0.0)),
        "entry": g.entry,
    }
    if g.resets:
        out["takes_out_what_was_given_before"] = True
    if isfinite(g.steady_every_days) and g.steady_every_days > 0.0:
        out["steady_state_every_days"] = rounded(g.steady_every_days)
    elif g.steady_every_days:
        out["endless_infusion_until_now_in_mg_per_day"] = out.pop("mg")
    return out


def default_days(q: Question, typical: Measures) -> Array:
    """Days that show the course: from the first dose to where little of it is left."""
    last = q.given[-1].day + max(q.given[-1].duration_days, 0.0)
    mean = float(typical.auc_0_inf[0] / max(float(typical.c_max[0]), 1e-300)) * q.model.units.days
    end = last + 2.0 * mean
    step = 10.0 ** np.floor(np.log10(end / _POINTS))
    step *= next(k for k in (1, 2, 5, 10) if end / (step * k) <= _POINTS)
    return np.asarray(np.arange(0.0, end + step, step))


def _intervals(
    q: Question, name: str | None, level: float | None, done: Callable[[int], None] | None
) -> dict[str, object]:
    model, out = q.model, dict[str, object]()
    if q.persons and any(p.varies for p in model.parameters.values()):
        of = population(
            model, q.covariates, q.given, level, q.persons, q.seed,
            distributions=q.distributions, falling=q.falling, workers=q.workers, done=done,
        )  # fmt: skip
        for percent in PERCENTS:
            out[f"interval_{percent}"] = named_limits(limits(of, percent), model.units, name)
    if q.draws:
        of = uncertain(model, q.covariates, q.given, level, q.draws, q.seed)
        out["parameter_uncertainty_90"] = named_limits(limits(of, 90), model.units, name)
    return out


def _warnings(q: Question) -> list[str]:
    out = []
    for name, value in sorted(q.covariates.items()):
        studied = q.model.ranges[name].studied if name in q.model.ranges else None
        if studied is not None and not studied[0] <= value <= studied[1]:
            low, high = studied
            out.append(
                _("`{name}` = {value} lies outside what was studied ({low} to {high})").format(
                    name=name, value=figure(value, "g"), low=figure(low, "g"), high=figure(high, "g")
                )
            )
    return out


def _own_assumptions(q: Question) -> list[str]:
    texts = []
    taken = {k: v for k, v in q.model.defaults.items() if k not in q.covariates}
    if taken:
        listed = ", ".join(f"{name} = {figure(value, 'g')}" for name, value in taken.items())
        texts.append(_("Covariates not given are taken as {listed}.").format(listed=listed))
    if not any(p.varies for p in q.model.parameters.values()):
        texts.append(_("The source reports no variability between patients; no interval can be given."))
    elif q.persons:
        texts.append(
            _(
                "Intervals are those of {persons} virtual patients (seed {seed}) with the same "
                "covariates, with the model's variability between patients and without residual error."
            ).format(persons=q.persons, seed=q.seed)
        )
        if q.distributions:
            listed = "; ".join(str(d) for d in q.distributions)
            texts.append(
                _("But for these, which differ between them, doses per kg or m2 with them: {listed}.").format(
                    listed=listed
                )
            )
        occasions = [p.name for p in q.model.parameters.values() if p.iov_omega2 > 0.0]
        if occasions:
            texts.append(
                _(
                    "The variability between occasions ({parameters}) is drawn once a patient: the "
                    "regimen is taken for one occasion."
                ).format(parameters=", ".join(occasions))
            )
    else:
        texts.append(_("No virtual patients were drawn; ask for them with --population."))
    if q.draws:
        texts.append(
            _(
                "The parameter uncertainty is that of the typical patient under {draws} draws from the "
                "standard errors, apart from the variability between patients."
            ).format(draws=q.draws)
        )
    if q.model.falls and not q.falling:
        texts.append(_("The time-dependent part of the clearance was left out on request (CL2 = 0)."))
    return texts


def _pairs(x: Sequence[float] | Array, y: Array) -> list[list[float]]:
    return [rounded_all(pair) for pair in zip(x, y, strict=True)]
