"""Intervals between virtual persons, and, apart from them, what is uncertain of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.model import typical_values
from escalate.pk.population import normals, virtual_values
from escalate.pk.simulate import Measures, measures, samples

PERCENTS = (50, 90, 95)
# Persons are taken in parts of this size whatever the number of workers: the parts, and so the last
# digits, are the same.
_PART = 250


def population(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], threshold: float | None,
    count: int, seed: int, *, workers: int = 1, done: Callable[[int], None] | None = None,
) -> Measures:  # fmt: skip
    """The exposure of `count` virtual persons, each (count,); the same for any number of workers.

    Args: done, called with the number of persons finished, for a progress bar.
    """
    jobs = [
        (model, covariates, given, threshold, min(_PART, count - first), seed, first)
        for first in range(0, count, _PART)
    ]
    parts = []
    if workers > 1 and len(jobs) > 1:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(min(workers, len(jobs))) as pool:
            for part in pool.map(_part, jobs):
                parts.append(part)
                _tell(done, part)
    else:
        for job in jobs:
            parts.append(_part(job))
            _tell(done, parts[-1])
    return Measures(*(np.concatenate(column) for column in zip(*parts, strict=True)))


_Job = tuple[Model, Mapping[str, float], Sequence[Given], float | None, int, int, int]


def _part(job: _Job) -> Measures:
    model, covariates, given, threshold, count, seed, first = job
    return measures(model, virtual_values(model, covariates, count, seed, first), given, threshold)


def _tell(done: Callable[[int], None] | None, part: Measures) -> None:
    if done is not None:
        done(part.auc_0_inf.size)


def band(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], day: Array,
    count: int, seed: int, percent: int = 90,
) -> Array:  # fmt: skip
    """Lower and upper concentration between virtual persons at ascending days, shape (2, t)."""
    values = virtual_values(model, covariates, count, seed)
    tail = (100 - percent) / 2
    return np.percentile(samples(model, values, given, day)[0], [tail, 100 - tail], axis=1)


def uncertain(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], threshold: float | None,
    count: int, seed: int,
) -> Measures:  # fmt: skip
    """The typical person's exposure under `count` draws of the parameters from their standard errors.

    Each parameter is log-normal with its relative standard error, independent of the others: what is
    uncertain of the typical value, and nothing of the differences between persons.

    Raises: ValueError where the data hold no standard error.
    """
    values = typical_values(model, covariates)
    known = [p for p in model.parameters.values() if p.rse_percent > 0.0]
    if not known:
        raise ValueError(f"{model.id} has no standard errors; its parameter uncertainty is unknown")
    # Another stream than that of the persons of the same seed.
    z = normals(np.arange(count), len(known), seed ^ 0x5DEECE66D)
    drawn = {name: np.full(count, x) for name, x in values.items()}
    for i, p in enumerate(known):
        spread = np.sqrt(np.log1p((p.rse_percent / 100.0) ** 2))
        drawn[p.name] = drawn[p.name] * np.exp(spread * z[i])
    if "F" in drawn:
        drawn["F"] = np.minimum(drawn["F"], 1.0)
    return measures(model, drawn, given, threshold)


def limits(of: Measures, percent: int) -> dict[str, tuple[float, float]]:
    """The central interval of each measure."""
    tail = (100 - percent) / 2
    bounds = np.percentile(np.array(of), [tail, 100 - tail], axis=1)
    return {name: (float(bounds[0, i]), float(bounds[1, i])) for i, name in enumerate(Measures._fields)}
