"""A population model as a frozen value: parameters, what changes them, how they vary, and its units.

In this room a value that checks nothing is a NamedTuple: as frozen as a dataclass, and made at import
in a tenth of the time, which every command that shows an exposure pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FALLING_CLEARANCE = "two_compartment_first_order_absorption_falling_clearance"
# The structures that obey superposition, and the parameters each needs beside those of absorption.
LINEAR: Mapping[str, tuple[str, ...]] = {
    FALLING_CLEARANCE: ("CL1", "CL2", "kdes", "V1", "V2", "Q", "ka", "F"),
    "one_compartment": ("CL", "V"),
    "two_compartment": ("CL", "V1", "Q", "V2"),
    "two_compartment_micro_constants": ("V1", "k10", "k12", "k21"),
}
NONLINEAR: Mapping[str, tuple[str, ...]] = {
    "two_compartment_saturable": ("CL", "V1", "Q", "V2", "Vmax", "Km"),
    "soluble_target_binding": (
        "CL", "Vc", "Vp", "Q", "ka", "F", "CL_target", "V_target", "BL_target",
        "CL_complex", "V_complex", "Kd", "molar_mass",
    ),
    "igg_turnover": ("kmin", "b", "kdep", "t0", "phi_res", "V", "threshold"),
}  # fmt: skip

DAYS_PER = {"day": 1.0, "h": 1.0 / 24.0}
MG_PER = {"mg": 1.0, "ug": 1e-3, "g": 1e3}
PER_MG_PER_L = {"ug/mL": 1.0, "mg/L": 1.0, "ng/mL": 1e3, "pg/mL": 1e6, "g/L": 1e-3}


class Parameter(NamedTuple):
    """One estimated parameter; `omega2` is the variance of its logarithm between persons, 0 if unknown.

    `boxcox`: the power by which the random effect is transformed, 0 for none. `shared`: (name, factor)
    where the random effect is another parameter's times a factor. `iov_omega2`: the variance between
    occasions of one person.
    """

    name: str
    unit: str
    typical: float
    rse_percent: float
    omega2: float
    boxcox: float = 0.0
    shared: tuple[str, float] | None = None
    iov_omega2: float = 0.0

    @property
    def varies(self) -> bool:
        """Whether the source reports how it differs between persons."""
        return self.omega2 > 0.0


class Covariate(NamedTuple):
    """How one covariate x changes one parameter P.

    `form`: power, P * (x / reference) ** value; log_power, P * (ln x / ln reference) ** value; and where
    the indicator x is 1: factor, P * value; additive_fraction, P * (1 + value); exp_shift, P * exp(value).
    """

    parameter: str
    name: str
    form: str
    reference: float
    value: float

    def factor(self, x: float) -> float:
        """What the parameter is multiplied by at covariate value `x`."""
        if self.form == "power":
            return float((x / self.reference) ** self.value)
        if self.form == "log_power":
            return float((log(x) / log(self.reference)) ** self.value)
        if x != 1.0:
            return 1.0
        if self.form == "factor":
            return self.value
        return exp(self.value) if self.form == "exp_shift" else 1.0 + self.value

    @property
    def is_indicator(self) -> bool:
        """Whether the covariate is 0 or 1."""
        return self.form not in ("power", "log_power")


class Range(NamedTuple):
    """Two pairs of bounds of a covariate: what was `studied`, and what makes any sense (`accepted`)."""

    unit: str
    studied: tuple[float, float] | None
    accepted: tuple[float, float]


class Units(NamedTuple):
    """The units of a model's data; the equations are solved in days, mg and mg/L."""

    time: str
    amount: str
    concentration: str

    @property
    def days(self) -> float:
        """Days in one unit of time."""
        return DAYS_PER[self.time]

    @property
    def mg(self) -> float:
        """Milligrams in one unit of amount."""
        return MG_PER[self.amount]

    @property
    def per_mg_per_l(self) -> float:
        """Units of concentration in 1 mg/L."""
        return PER_MG_PER_L[self.concentration]


class Residual(NamedTuple):
    """The residual error: C * exp(log_sd), plus proportional and additive parts (native unit)."""

    log_sd: float
    proportional: float
    additive: float


class Model(NamedTuple):
    """A population model in the units of its data.

    `clearance` names the parameters that add up to the clearance. `correlations` are those of random
    effects by pairs of names. `published` holds the lowest and highest value of each measure in the
    series named by the data; `virtual` is (percent, count, seed) of an interval. `incomplete` says why a
    model cannot be simulated; empty for all others. `card` is what a reader must know of its origin.
    """

    id: str
    drug: str
    structure: str
    units: Units
    routes: tuple[str, ...]
    clearance: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    covariates: tuple[Covariate, ...]
    ranges: Mapping[str, Range]
    defaults: Mapping[str, float]
    correlations: Mapping[tuple[str, str], float]
    residual: Residual | None
    thresholds: Mapping[str, float]
    published: Mapping[str, tuple[float, float]]
    virtual: tuple[int, int, int]
    caveats: tuple[str, ...]
    assumptions: tuple[str, ...]
    incomplete: str
    card: Mapping[str, str]

    @property
    def is_linear(self) -> bool:
        """Whether superposition holds, and the course is exact."""
        return self.structure in LINEAR

    @property
    def falls(self) -> bool:
        """Whether the clearance falls with time since the first dose."""
        return self.structure == FALLING_CLEARANCE
