"""Intervals between virtual persons, and, apart from them, what is uncertain of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from escalate.pk.cohort import Distribution, drawn, sizes
from escalate.pk.definition import Array, Model
from escalate.pk.entries import Given
from escalate.pk.model import typical_values
from escalate.pk.population import normals, virtual_values
from escalate.pk.simulate import Measures, measures, samples, without_falling_part
from escalate.texts import _

PERCENTS = (50, 90, 95)
# Persons are taken in parts of this size whatever the number of workers: the parts, and so the last
# digits, are the same.
_PART, _PART_NONLINEAR = 1000, 25


def population(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], threshold: float | None,
    count: int, seed: int, *, distributions: Sequence[Distribution] = (), falling: bool = True,
    workers: int = 1, done: Callable[[int], None] | None = None,
) -> Measures:  # fmt: skip
    """The exposure of `count` virtual persons, each (count,); the same for any number of workers.

    Args: distributions, of covariates that differ, the doses per kg or m2 with them; `falling`: false
          for CL2 = 0; done, called with the number of persons finished, for a progress bar.
    """
    size = _PART if model.is_linear else _PART_NONLINEAR
    jobs = [
        Job(model, covariates, given, threshold, min(size, count - first), seed, first,
            tuple(distributions), falling)
        for first in range(0, count, size)
    ]  # fmt: skip
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


class Job(NamedTuple):
    """A part of a population: so many `persons` from number `first` on."""

    model: Model
    covariates: Mapping[str, float]
    given: Sequence[Given]
    threshold: float | None
    persons: int
    seed: int
    first: int
    distributions: tuple[Distribution, ...]
    falling: bool

    def drawn(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """Their parameters, and their sizes relative to that of the doses."""
        number = np.arange(self.first, self.first + self.persons)
        own = drawn(self.model, self.distributions, number, self.seed)
        values = virtual_values(self.model, self.covariates, self.persons, self.seed, self.first, own)
        if self.model.falls and not self.falling:
            values = without_falling_part(values)
        return values, sizes({**self.model.defaults, **self.covariates}, own)


def _part(job: Job) -> Measures:
    values, size = job.drawn()
    return measures(job.model, values, job.given, job.threshold, size=size)


def _tell(done: Callable[[int], None] | None, part: Measures) -> None:
    if done is not None:
        done(part.auc_0_inf.size)


def band(
    model: Model, covariates: Mapping[str, float], given: Sequence[Given], day: Array,
    count: int, seed: int, percent: int = 90, *, distributions: Sequence[Distribution] = (),
    falling: bool = True,
) -> Array:  # fmt: skip
    """Lower and upper concentration between virtual persons at ascending days, shape (2, t)."""
    job = Job(model, covariates, given, None, count, seed, 0, tuple(distributions), falling)
    values, size = job.drawn()
    tail = (100 - percent) / 2
    c = samples(model, values, given, day, size=size)[0]
    return np.percentile(c, [tail, 100 - tail], axis=1)


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
        raise ValueError(
            _("{id} has no standard errors; its parameter uncertainty is unknown").format(id=model.id)
        )
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
