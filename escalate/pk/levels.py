"""Individual parameters from measured concentrations: maximum a posteriori, with what remains uncertain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.model import typical_values, vary
from escalate.pk.population import correlation_root
from escalate.pk.simulate import samples
from escalate.texts import _

_STEP = 1e-4  # of a random effect, for differences


class Level(NamedTuple):
    """One measured concentration, in the model's unit, on a day from the first dose."""

    day: float
    concentration: float


class Individual(NamedTuple):
    """Parameters of one person, each (1,), and the random effects with their standard errors.

    `values` go where typical values go. `covariance` (k, k) of the effects named by `names`, from the
    expected curvature at the mode: how much the levels left open, prior included. `predicted` at the levels.
    """

    values: Mapping[str, Array]
    names: tuple[str, ...]
    effects: Array
    covariance: Array
    predicted: Array


def individual(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], levels: Sequence[Level]
) -> Individual:
    """The most probable parameters after these levels.

    Raises: ValueError where the model has no variability between patients or no residual error, and for
    a level that is no positive number, or not in order of time.
    """
    typical = typical_values(model, covariates)
    varied = [p for p in model.parameters.values() if p.varies]
    if not varied:
        raise ValueError(
            _("{id} has no inter-individual variability: levels cannot make it individual").format(
                id=model.id
            )
        )
    if model.residual is None:
        raise ValueError(_("{id} has no residual error: levels cannot be weighed").format(id=model.id))
    day, c = _checked(levels)
    names = tuple(p.name for p in varied)
    root = np.diag(np.sqrt([p.omega2 for p in varied])) @ correlation_root(model, list(names))

    def predicted(z: Array) -> Array:
        effects = root @ z
        values = vary(model, typical, {name: effects[i : i + 1] for i, name in enumerate(names)})
        return samples(model, values, given, day)[0][:, 0]

    def objective(z: Array) -> float:
        # Standard normal z, so that the prior needs no inverse.
        return float(0.5 * z @ z + _misfit(model, predicted(z), c))

    found = minimize(objective, np.zeros(len(names)), method="BFGS", options={"gtol": 1e-6})
    if not np.isfinite(found.fun):
        raise ValueError(_("{id}: no parameters make these levels possible").format(id=model.id))
    mode = np.asarray(found.x, dtype=float)
    effects = root @ mode
    covariance = root @ np.linalg.inv(_information(model, predicted, mode)) @ root.T
    values = vary(model, typical, {name: effects[i : i + 1] for i, name in enumerate(names)})
    return Individual(values, names, effects, covariance, predicted(mode))


def _misfit(model: Model, predicted: Array, c: Array) -> float:
    """Minus the log-likelihood of the levels, but for a constant."""
    residual = model.residual
    assert residual is not None
    if (predicted <= 0.0).any():
        return float("inf") if residual.log_sd or not residual.additive else 1e300
    if residual.log_sd:
        return float(0.5 * np.sum((np.log(c / predicted) / residual.log_sd) ** 2))
    variance = (residual.proportional * predicted) ** 2 + residual.additive**2
    return float(0.5 * np.sum((c - predicted) ** 2 / variance + np.log(variance)))


def _information(model: Model, predicted: Callable[[Array], Array], at: Array) -> Array:
    """What levels and prior say of the effects (of unit variance) at the mode: the expected curvature.

    The observed one can fall below the prior where the model bends; the expected one cannot.
    """
    residual = model.residual
    assert residual is not None
    c = predicted(at)
    steps = np.eye(at.size) * _STEP
    slopes = np.array([(predicted(at + s) - predicted(at - s)) / (2.0 * _STEP) for s in steps])
    if residual.log_sd:
        weight = 1.0 / (residual.log_sd * c) ** 2
    else:
        variance = (residual.proportional * c) ** 2 + residual.additive**2
        # The error grows with C, and so says something of C itself.
        weight = 1.0 / variance + 0.5 * (2.0 * residual.proportional**2 * c / variance) ** 2
    return np.asarray(np.eye(at.size) + (slopes * weight) @ slopes.T)


def _checked(levels: Sequence[Level]) -> tuple[Array, Array]:
    if not levels:
        raise ValueError(_("no level is given"))
    before = -1.0
    for number, level in enumerate(levels, 1):
        if not (np.isfinite(level.day) and level.day >= 0.0):
            raise ValueError(
                _("level {number}: day {level_day} lies before the first dose or is no number").format(
                    number=number, level_day=f"{level.day:g}"
                )
            )
        if level.day <= before:
            raise ValueError(
                _("level {number}: day {level_day} does not come after the one before it").format(
                    number=number, level_day=f"{level.day:g}"
                )
            )
        if not (np.isfinite(level.concentration) and level.concentration > 0.0):
            raise ValueError(
                _("level {number}: {level_concentration} is no concentration above 0").format(
                    number=number, level_concentration=f"{level.concentration:g}"
                )
            )
        before = level.day
    return np.array([x.day for x in levels]), np.array([x.concentration for x in levels])
