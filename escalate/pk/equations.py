"""The nonlinear equations, in the units of the model that names them.

The state of each is depot, central, peripheral, further amounts, and last the area under C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, sqrt
from typing import NamedTuple

import numpy as np

from escalate.pk.definition import Array


class Equations(NamedTuple):
    """One person's equations.

    `slope(t, y, rate)` with the rate of an infusion; `start`, the state without drug; `concentration(y)`
    and its derivative `concentration_slope(t, y, rate)`; `units_per_mg` of an amount; `most_left(y)`
    bounds the area that what is in the body can still add; `piece`, the time followed at once after
    the last dose.
    """

    slope: Callable[[float, Array, float], list[float]]
    start: Array
    concentration: Callable[[Array], float]
    concentration_slope: Callable[[float, Array, float], float]
    units_per_mg: float
    most_left: Callable[[Array], float]
    piece: float


def _saturable(p: Mapping[str, float]) -> Equations:
    """Two compartments, linear and Michaelis-Menten elimination side by side; Vmax may fall with time."""
    cl, v1, v2, q, vmax, km = (p[name] for name in ("CL", "V1", "V2", "Q", "Vmax", "Km"))
    ka, kdes = p.get("ka", 0.0), p.get("kdes", 0.0)

    def slope(t: float, y: Array, rate: float) -> list[float]:
        c = y[1] / v1
        out = q * (c - y[2] / v2)
        # Rounding may leave a concentration just below 0; -Km is far away.
        eliminated = cl * c + vmax * exp(-kdes * t) * c / (km + c)
        return [-ka * y[0], ka * y[0] + rate - eliminated - out, out, c]

    slowest = min(cl / (v1 + v2), ka or np.inf)
    return Equations(
        slope=slope,
        start=np.zeros(4),
        concentration=lambda y: float(y[1]) / v1,
        concentration_slope=lambda t, y, rate: float(slope(t, y, rate)[1]) / v1,
        units_per_mg=1.0,
        most_left=lambda y: float(y[:3].sum()) / cl,
        piece=3.0 / slowest,
    )


def _target(p: Mapping[str, float]) -> Equations:
    """Soluble target in rapid equilibrium, amounts in nmol: only free drug is distributed and measured."""
    vc, vt, vx, kilodalton = p["Vc"], p["V_target"], p["V_complex"], p["molar_mass"]
    cl, clt, clx = p["CL"], p["CL_target"], p["CL_complex"]
    q, vp, ka, baseline = p["Q"], p["Vp"], p["ka"], p["BL_target"]
    weight = p["Kd"] * vc * vt / vx

    def bound(a1: float, a4: float) -> tuple[float, float, float]:
        """Amount of the complex, the smaller root of X^2 - S X + a1 a4 = 0, with its two derivatives."""
        s = weight + a1 + a4
        root = sqrt(max(s * s - 4.0 * a1 * a4, 0.0))
        # Written without the difference of two nearly equal numbers.
        x = 2.0 * a1 * a4 / (s + root)
        return x, (a4 - x) / root, (a1 - x) / root

    def slope(t: float, y: Array, rate: float) -> list[float]:
        a1, a4 = max(y[1], 0.0), max(y[3], 0.0)
        x, _, _ = bound(a1, a4)
        free = (a1 - x) / vc
        out = q * (free - y[2] / vp)
        return [
            -ka * y[0],
            ka * y[0] + rate - out - cl * free - clx * x / vx,
            out,
            clt * baseline - clt * (a4 - x) / vt - clx * x / vx,
            free * kilodalton,
        ]

    def concentration(y: Array) -> float:
        a1, a4 = max(float(y[1]), 0.0), max(float(y[3]), 0.0)
        return (a1 - bound(a1, a4)[0]) / vc * kilodalton

    def concentration_slope(t: float, y: Array, rate: float) -> float:
        _, by_a1, by_a4 = bound(max(float(y[1]), 0.0), max(float(y[3]), 0.0))
        step = slope(t, y, rate)
        return (step[1] * (1.0 - by_a1) - step[3] * by_a4) / vc * kilodalton

    slowest = min(cl / (vc + vp), clx / vx, ka)
    return Equations(
        slope=slope,
        start=np.array([0.0, 0.0, 0.0, baseline * vt, 0.0]),
        concentration=concentration,
        concentration_slope=concentration_slope,
        units_per_mg=1e3 / kilodalton,
        most_left=lambda y: float(y[:3].sum()) * kilodalton / cl,
        piece=3.0 / slowest,
    )


EQUATIONS: Mapping[str, Callable[[Mapping[str, float]], Equations]] = {
    "two_compartment_saturable": _saturable,
    "soluble_target_binding": _target,
}
