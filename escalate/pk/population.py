"""Virtual persons around a typical one, and the interval that most of them fall into."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from escalate.pk.exposure import MEASURES, measure
from escalate.pk.model import Array, Model, Persons, persons_of, typical_values, vary
from escalate.pk.regimen import Doses
from escalate.texts import _

_OCCASION = 0x0CCA510  # another stream of random numbers than that of the differences between persons


def virtual_values(
    model: Model, covariates: Mapping[str, float], count: int, seed: int, first: int = 0,
    own: Mapping[str, Array] | None = None,
) -> dict[str, Array]:  # fmt: skip
    """Parameters of the persons number `first` to `first + count - 1` of the population `seed` stands for.

    Random effects are normal with the model's variances and correlations; to them comes the variability
    between occasions, once a person, since a regimen is taken for one occasion. A person depends on the
    seed and the own number alone, so parts of a population can be drawn apart, by any number of workers.

    Args:   own, covariates by name that each person (count,) has for themselves.

    Raises: ValueError as `typical_values`, and where the model has no inter-individual variability.
    """
    values: Mapping[str, float | Array] = typical_values(model, covariates)
    if own:
        each = [
            typical_values(model, {**covariates, **{name: float(x[i]) for name, x in own.items()}})
            for i in range(count)
        ]
        values = {name: np.array([one[name] for one in each]) for name in values}
    varied = [p for p in model.parameters.values() if p.varies]
    if not varied:
        raise ValueError(
            _("{id} has no inter-individual variability; virtual patients cannot be drawn").format(
                id=model.id
            )
        )
    number = np.arange(first, first + count)
    z = normals(number, len(varied), seed)
    if model.correlations:
        z = correlation_root(model, [p.name for p in varied]) @ z
    out = vary(model, values, {p.name: np.sqrt(p.omega2) * z[i] for i, p in enumerate(varied)})
    between = [p for p in model.parameters.values() if p.iov_omega2 > 0.0]
    if between:
        z = normals(number, len(between), seed ^ _OCCASION)
        for i, p in enumerate(between):
            out[p.name] = out[p.name] * np.exp(np.sqrt(p.iov_omega2) * z[i])
    return out


def virtual_persons(
    model: Model, covariates: Mapping[str, float], count: int, seed: int, first: int = 0
) -> Persons:
    """Those persons of a linear model; see `virtual_values`."""
    return persons_of(model, virtual_values(model, covariates, count, seed, first))


def correlation_root(model: Model, names: list[str]) -> Array:
    """L with L L^T the correlation matrix of these random effects."""
    matrix = np.eye(len(names))
    for (a, b), value in model.correlations.items():
        i, j = names.index(a), names.index(b)
        matrix[i, j] = matrix[j, i] = value
    try:
        root: Array = np.linalg.cholesky(matrix).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            _("{id}: the correlations of its random effects are not possible").format(id=model.id)
        ) from error
    return root


def interval(
    model: Model, doses: Doses, covariates: Mapping[str, float], threshold: str
) -> Mapping[str, tuple[float, float]]:
    """The central interval of each of `exposure.MEASURES` between virtual persons.

    How many persons, which seed and how wide an interval stand in the model's data.

    Args:    doses, for one person; threshold, the model's name for it.
    Returns: measure -> (lower, upper).
    """
    percent, count, seed = model.virtual
    exposure = measure(virtual_persons(model, covariates, count, seed), doses, model.thresholds[threshold])
    tail = (100 - percent) / 2
    bounds = np.percentile([getattr(exposure, name) for name in MEASURES], [tail, 100 - tail], axis=1)
    return {name: (float(bounds[0, i]), float(bounds[1, i])) for i, name in enumerate(MEASURES)}


def normals(number: NDArray[np.integer], count: int, seed: int) -> Array:
    """Standard normal deviates of shape (count, n), a function of the seed and each person's number.

    SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) as a hash of (seed, number, place), then Box and
    Muller: the same digits in every version of numpy, which its own generators do not promise, and
    without the start-up time of numpy.random.
    """
    pairs = (count + 1) // 2
    place = np.arange(2 * pairs, dtype=np.uint64)[:, None]
    state = number.astype(np.uint64) * np.uint64(2 * pairs) + place
    uniform = _splitmix(state + _splitmix(np.array(seed, dtype=np.uint64)))
    # 53 bits, moved off 0 by half a step so that the logarithm exists.
    u = ((uniform >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2.0 * np.log(u[:pairs])), 2.0 * np.pi * u[pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def _splitmix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = (x + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
