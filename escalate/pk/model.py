"""A population model as a frozen value, and the parameters of persons with given covariates.

The shape of the plain mapping that `load` reads stands at the top of knowledge/pk/teclistamab.yaml.
In this room a value that checks nothing is a NamedTuple: as frozen as a dataclass, and made at import
in a tenth of the time, which every command that shows an exposure pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TWO_COMPARTMENT = "two_compartment_first_order_absorption_falling_clearance"


class Parameter(NamedTuple):
    """One estimated parameter; `omega2` is the variance of its logarithm between persons, 0 if unknown."""

    name: str
    unit: str
    typical: float
    rse_percent: float
    omega2: float


class Covariate(NamedTuple):
    """How one covariate changes one parameter. `form`: power, P * (x / reference) ** value, or
    factor, P * value where the indicator is 1."""

    parameter: str
    name: str
    form: str
    reference: float
    value: float

    def factor(self, x: float) -> float:
        """What the parameter is multiplied by at covariate value `x`."""
        if self.form == "power":
            return float((x / self.reference) ** self.value)
        return self.value if x == 1.0 else 1.0


class Range(NamedTuple):
    """Two pairs of bounds of a covariate: what was `studied`, and what makes any sense (`accepted`)."""

    unit: str
    studied: tuple[float, float]
    accepted: tuple[float, float]


class Model(NamedTuple):
    """A two-compartment model with first-order absorption and a clearance that falls over time.

    Units as in the data: days, L, mg, ug/mL. `published` holds the lowest and highest value of each
    measure in the series named by the data; `virtual` is (percent, count, seed) of an interval.
    """

    id: str
    drug: str
    parameters: Mapping[str, Parameter]
    covariates: tuple[Covariate, ...]
    ranges: Mapping[str, Range]
    defaults: Mapping[str, float]
    thresholds: Mapping[str, float]
    published: Mapping[str, tuple[float, float]]
    virtual: tuple[int, int, int]
    caveats: tuple[str, ...]
    assumptions: tuple[str, ...]


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
                bound = "at least" if name in may_be_zero else "above"
                raise ValueError(f"`{name}` must be finite and {bound} 0")

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


# The data's names in the order of `Persons`.
_ORDER = ("CL1", "CL2", "kdes", "V1", "V2", "Q", "ka", "F")


def load(data: Mapping[str, object]) -> Model:
    """The model from its plain mapping (texts, decimals, dicts and lists).

    Raises: ValueError, naming model and entry, when a key is missing, a number is none, or the
    structure or a covariate's form is not one this room computes.
    """
    try:
        return _load(data)
    except (KeyError, TypeError, AttributeError) as error:
        name = data.get("id", "?")
        raise ValueError(f"model `{name}`: entry missing or of the wrong kind: {error}") from error


def _load(data: Mapping[str, object]) -> Model:
    if data["structure"] != TWO_COMPARTMENT:
        raise ValueError(f"model `{data['id']}`: structure `{data['structure']}` cannot be computed")
    entries = _mapping(data["parameters"])
    virtual = {k: int(_number(v)) for k, v in _mapping(data["virtual_patients"]).items()}
    published = _mapping(_mapping(data["published_ranges"])["values"])
    thresholds = _mapping(data["thresholds"])
    return Model(
        id=str(data["id"]),
        drug=str(data["drug"]),
        parameters={name: _parameter(name, _mapping(entries[name])) for name in _ORDER},
        covariates=tuple(_covariate(_mapping(c)) for c in _list(data["covariates"])),
        ranges={k: _range(_mapping(v)) for k, v in _mapping(data["covariate_ranges"]).items()},
        defaults={k: _number(v) for k, v in _mapping(data["covariate_defaults"]).items()},
        thresholds={k: _number(_mapping(v)["value"]) for k, v in thresholds.items()},
        published={k: _pair(v) for k, v in published.items()},
        virtual=(virtual["percent"], virtual["count"], virtual["seed"]),
        caveats=tuple(str(text) for text in _list(data["caveats"])),
        assumptions=tuple(str(text) for text in _list(data["assumptions"])),
    )


def typical_person(model: Model, covariates: Mapping[str, float]) -> Persons:
    """The typical person at these covariates, as one person (arrays of shape (1,)).

    Args:   covariates by the data's names (`weight_kg` in kg); those with a default may be left out.
    Raises: ValueError when one is missing, not finite, outside the accepted range, or unknown to the model.

    >>> typical_person(model, {"weight_kg": 74.0}).cl1_l_per_day  # doctest: +SKIP
    array([0.449])
    """
    known = {c.name for c in model.covariates}
    values = {**model.defaults, **covariates}
    for name in sorted(known | set(values)):
        if name not in known:
            raise ValueError(f"`{name}` is not a covariate of {model.id}; it has {', '.join(sorted(known))}")
        if name not in values:
            raise ValueError(f"{model.id} needs the covariate `{name}`")
        low, high = model.ranges[name].accepted if name in model.ranges else (0.0, 1.0)
        if not low <= values[name] <= high:
            raise ValueError(f"`{name}` = {values[name]:g} is outside {low:g} to {high:g}")
    typical = dict.fromkeys(_ORDER, 1.0)
    for name in _ORDER:
        typical[name] = model.parameters[name].typical
    for c in model.covariates:
        typical[c.parameter] *= c.factor(values[c.name])
    return Persons(*(np.array([typical[name]]) for name in _ORDER))


def vary(model: Model, person: Persons, eta: Mapping[str, Array]) -> Persons:
    """Virtual persons around one: each parameter P becomes P * exp(eta).

    Args: person, one; eta, by parameter name, arrays of shape (n,) on the log scale.
    """
    n = next(iter(eta.values())).size
    pairs = zip(_ORDER, Persons.__slots__, strict=True)
    return Persons(*(getattr(person, field) * np.exp(eta.get(name, np.zeros(n))) for name, field in pairs))


def _parameter(name: str, entry: Mapping[str, object]) -> Parameter:
    cv = _number(entry.get("iiv_cv_percent", Decimal(0))) / 100.0
    rse = _number(entry.get("rse_percent", Decimal(0)))
    return Parameter(name, str(entry["unit"]), _number(entry["typical"]), rse, float(np.log1p(cv * cv)))


def _covariate(entry: Mapping[str, object]) -> Covariate:
    form, parameter = str(entry["form"]), str(entry["parameter"])
    if form not in ("power", "factor") or parameter not in _ORDER:
        raise ValueError(f"covariate `{entry['covariate']}`: {form} on {parameter} cannot be computed")
    reference = _number(entry["reference"]) if form == "power" else 1.0
    return Covariate(parameter, str(entry["covariate"]), form, reference, _number(entry["value"]))


def _range(entry: Mapping[str, object]) -> Range:
    return Range(str(entry["unit"]), _pair(entry["studied"]), _pair(entry["accepted"]))


def _number(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(f"`{value}` is not a number")
    return float(value)


def _pair(value: object) -> tuple[float, float]:
    low, high = (_number(x) for x in _list(value))
    return low, high


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"`{value}` is not a mapping")
    return cast("Mapping[str, object]", value)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"`{value}` is not a list")
    return value
