"""Exposure and concentrations of persons in a model's own units, whatever equations stand behind it.

Every function takes the parameters of n persons by name, each (n,) in the model's units
(`typical_of`, `population.virtual_values`), and flat, routed administrations (`schedule`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.exposure import Exposure, measure, sample
from escalate.pk.model import persons_of, typical_values
from escalate.pk.schedule import Input, doses_of, inputs, sized


class Measures(NamedTuple):
    """Exposure of n persons in the model's units, each (n,); the last three are 0 without a threshold.

    `t_above` is the total time with C >= threshold, `auc_above` the integral of C over that time (not
    of the excess), `auc_excess` the integral of C - threshold over it.
    """

    auc_0_inf: Array
    c_max: Array
    t_max: Array
    t_above: Array
    auc_above: Array
    auc_excess: Array


def typical_of(model: Model, covariates: Mapping[str, float]) -> dict[str, Array]:
    """The parameters of the typical person, as one person."""
    return {name: np.array([x]) for name, x in typical_values(model, covariates).items()}


def without_falling_part(values: Mapping[str, Array]) -> dict[str, Array]:
    """The same persons with CL2 = 0."""
    return {**values, "CL2": np.zeros_like(values["CL2"])}


def measures(
    model: Model, values: Mapping[str, Array], given: Sequence[Given], threshold: float | None = None,
    *, size: Mapping[str, Array] | None = None,
) -> Measures:  # fmt: skip
    """The exposure of each person.

    Args: threshold in the model's unit of concentration, > 0; size, by `kg` and `m2` how many times each
          person (n,) is as large as the one whose doses are `given`.
    """
    if not model.is_linear:
        from escalate.pk.nonlinear import follow

        people = enumerate(one_by_one(values))
        rows = [follow(model, one, sized(given, size, i)).measures(threshold) for i, one in people]
        return Measures(*np.array(rows).T)
    units = model.units
    level = inf if threshold is None else threshold / units.per_mg_per_l
    persons, own = persons_of(model, values), inputs(model, values)
    if _alike(own, given, size):
        e = measure(persons, doses_of(given, own[0], size), level)
    else:
        each = [
            measure(persons.take(np.array([i])), doses_of(sized(given, size, i), x), level)
            for i, x in enumerate(own)
        ]
        columns = zip(*(one[1:] for one in each), strict=True)
        e = Exposure(level, *(np.concatenate(column) for column in columns))
    lag = np.array([x.lag_days for x in own])
    area = units.per_mg_per_l / units.days
    return Measures(
        e.auc_0_inf_ug_day_per_ml * area,
        e.c_max_ug_per_ml * units.per_mg_per_l,
        (e.t_max_days + lag) / units.days,
        e.t_above_days / units.days,
        e.auc_above_ug_day_per_ml * area,
        e.auc_excess_ug_day_per_ml * area,
    )


def samples(
    model: Model, values: Mapping[str, Array], given: Sequence[Given], day: Sequence[float] | Array,
    *, before: bool = False, size: Mapping[str, Array] | None = None,
) -> tuple[Array, Array]:  # fmt: skip
    """Concentration, and area from the first dose, at ascending days, each (t, n) in the model's units.

    At the instant of a bolus C is the one after it, or `before` it. `size` as in `measures`.
    """
    at = np.asarray(day, dtype=float)
    if not model.is_linear:
        from escalate.pk.nonlinear import follow

        until = float(at.max(initial=0.0))
        people = enumerate(one_by_one(values))
        courses = (follow(model, one, sized(given, size, i), until, whole=False) for i, one in people)
        pairs = [course.at(at, before) for course in courses]
        return np.stack([c for c, _ in pairs], axis=1), np.stack([a for _, a in pairs], axis=1)
    units = model.units
    persons, own = persons_of(model, values), inputs(model, values)
    lag = np.array([x.lag_days for x in own])
    shifted = at - lag[0] if (lag == lag[0]).all() else at[:, None] - lag
    if _alike(own, given, size):
        c, area = sample(persons, doses_of(given, own[0], size), shifted, before=before)
    else:
        columns = shifted[:, None] + np.zeros(len(own)) if shifted.ndim == 1 else shifted
        each = [
            sample(
                persons.take(np.array([i])), doses_of(sized(given, size, i), x), columns[:, i], before=before
            )
            for i, x in enumerate(own)
        ]
        c, area = (np.concatenate(parts, axis=1) for parts in zip(*each, strict=True))
    return c * units.per_mg_per_l, area * (units.per_mg_per_l / units.days)


def _alike(own: Sequence[Input], given: Sequence[Given], size: Mapping[str, Array] | None) -> bool:
    """Whether one schedule of inputs serves all persons, but for the lag that moves it."""
    # A steady state is put at its own time, and has one dose for all.
    fixed = any(g.resets or g.steady_every_days for g in given)
    if size and any(g.steady_every_days for g in given):
        return False
    return len({(x.duration_days, x.lag_days if fixed else 0.0) for x in own}) == 1


def troughs(model: Model, values: Mapping[str, Array], given: Sequence[Given]) -> tuple[Array, Array]:
    """C just before each dose but the first: its days (k,), and the concentrations (k, n)."""
    day = np.unique([g.day for g in given])[1:]
    return day, samples(model, values, given, day, before=True)[0]


def one_by_one(values: Mapping[str, Array]) -> list[dict[str, float]]:
    """The parameters of each person apart."""
    n = max(np.size(x) for x in values.values())
    full = {name: np.broadcast_to(x, n) for name, x in values.items()}
    return [{name: float(x[i]) for name, x in full.items()} for i in range(n)]
