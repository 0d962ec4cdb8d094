"""The parameters of persons with given covariates: a model's own, and those of the linear equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from escalate.pk.definition import FALLING_CLEARANCE, Array, Model
from escalate.pk.reading import load
from escalate.texts import _

__all__ = ["Array", "Model", "Persons", "load", "persons_of", "typical_person", "typical_values", "vary"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Persons:
    """Parameters of n persons, each array of shape (n,), all finite and > 0 (CL2, kdes and Q may be 0)."""

    cl1_l_per_day: Array
    cl2_l_per_day: Array
    kdes_per_day: Array
    v1_l: Array
    v2_l: Array
    q_l_per_day: Array
    ka_per_day: Array
    f: Array

    def __post_init__(self) -> None:
        may_be_zero = ("cl2_l_per_day", "kdes_per_day", "q_l_per_day")
        for name in self.__slots__:
            x = getattr(self, name)
            low_enough = x >= 0.0 if name in may_be_zero else x > 0.0
            if not (np.isfinite(x) & low_enough).all():
                at_least, above = (
                    _("`{name}` must be finite and at least 0"),
                    _("`{name}` must be finite and above 0"),
                )
                raise ValueError((at_least if name in may_be_zero else above).format(name=name))

    def __len__(self) -> int:
        return self.cl1_l_per_day.size

    def take(self, index: NDArray[np.intp]) -> Persons:
        """The persons at `index`, in that order."""
        return Persons(*(getattr(self, name)[index] for name in self.__slots__))

    def without_falling_part(self) -> Persons:
        """The same persons with CL2 = 0."""
        return replace(self, cl2_l_per_day=np.zeros(len(self)))

    def beside(self, other: Persons) -> Persons:
        """These persons followed by the others."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Persons(*(np.concatenate(pair) for pair in pairs))


def typical_values(model: Model, covariates: Mapping[str, float]) -> dict[str, float]:
    """Every parameter of the typical person at these covariates, in the model's units.

    Args:   covariates by the data's names (`weight_kg` in kg); those with a default may be left out.
    Raises: ValueError when the model is incomplete, or a covariate is missing, not finite, outside the
            accepted range, or unknown to the model.
    """
    if model.incomplete:
        raise ValueError(
            _("{id} cannot be simulated: {incomplete}").format(id=model.id, incomplete=model.incomplete)
        )
    values = {**model.defaults, **covariates}
    known = {c.name for c in model.covariates} | set(model.ranges)
    needed = {c.name for c in model.covariates}
    for name in sorted(needed | set(values)):
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise ValueError(
                _("`{name}` is not a covariate of {id}; it has {names}").format(
                    name=name, id=model.id, names=names
                )
            )
        if name not in values:
            raise ValueError(_("{id} needs the covariate `{name}`").format(id=model.id, name=name))
        low, high = model.ranges[name].accepted if name in model.ranges else (0.0, 1.0)
        if not low <= values[name] <= high:
            raise ValueError(
                _("`{name}` = {value} is outside {low} to {high}").format(
                    name=name, value=f"{values[name]:g}", low=f"{low:g}", high=f"{high:g}"
                )
            )
        if name not in model.ranges and values[name] not in (0.0, 1.0):
            raise ValueError(
                _("`{name}` = {value}: an indicator is 0 or 1").format(name=name, value=f"{values[name]:g}")
            )
    typical = {name: p.typical for name, p in model.parameters.items()}
    for c in model.covariates:
        typical[c.parameter] *= c.factor(values[c.name])
    return typical


def persons_of(model: Model, values: Mapping[str, Array]) -> Persons:
    """The persons with these parameters (each (n,), the model's units) as the linear equations take them.

    A model without absorption gets a ka that no dose uses; one without a periphery gets Q = 0.
    """
    per_day = 1.0 / model.units.days
    v = {name: np.atleast_1d(np.asarray(x, dtype=float)) for name, x in values.items()}
    if model.structure == FALLING_CLEARANCE:
        names = ("CL1", "CL2", "kdes", "V1", "V2", "Q", "ka", "F")
        scale = (per_day, per_day, per_day, 1.0, 1.0, per_day, per_day, 1.0)
        return Persons(*(v[name] * s for name, s in zip(names, scale, strict=True)))
    if model.structure == "two_compartment_micro_constants":
        v1 = v["V1"]
        cl, q = v["k10"] * v1, v["k12"] * v1
        v2 = q / v["k21"]
    else:
        cl = sum((v[name] for name in model.clearance), np.zeros(1))
        v1 = v["V"] if "V" in v else v["V1"]
        q, v2 = v.get("Q", 0.0 * v1), v.get("V2", v1)
    nothing = np.zeros(v1.size)
    cl, q = cl * per_day + nothing, q * per_day + nothing
    ka = v["ka"] * per_day + nothing if "ka" in v else cl / v1
    return Persons(cl, nothing, nothing, v1, v2 + nothing, q, ka, v.get("F", 1.0 + nothing) + nothing)


def typical_person(model: Model, covariates: Mapping[str, float]) -> Persons:
    """The typical person of a linear model at these covariates, as one person (arrays of shape (1,)).

    Raises: ValueError as `typical_values`.

    >>> typical_person(model, {"weight_kg": 74.0}).cl1_l_per_day  # doctest: +SKIP
    array([0.449])
    """
    return persons_of(model, {name: np.array([x]) for name, x in typical_values(model, covariates).items()})


def vary(model: Model, values: Mapping[str, float | Array], eta: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters of virtual persons around a typical one: each P becomes P * exp(eta).

    Args: values, of the typical person, or (n,) of the typical ones with each person's own covariates;
          eta, by parameter name, arrays of shape (n,) on the log scale.
          A Box-Cox parameter takes (exp(eta)**boxcox - 1) / boxcox in its place; a parameter that
          shares another's random effect takes that one times its factor.
    """
    n = next(iter(eta.values())).size if eta else 1
    out = {}
    for name, p in model.parameters.items():
        own = eta.get(name)
        if p.shared:
            own = p.shared[1] * eta[p.shared[0]]
        if own is not None and p.boxcox:
            own = np.expm1(p.boxcox * own) / p.boxcox
        out[name] = np.full(n, values[name]) if own is None else values[name] * np.exp(own)
    return out
