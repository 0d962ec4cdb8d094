"""The patient's own IgG after plasma-cell depletion: when it falls below a level, or that it never does.

A derived turnover model (knowledge/pk/igg_turnover.yaml), not validated: its interval is one of
assumptions, not of patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp, inf, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from escalate.pk.definition import Array
from escalate.texts import _

_RTOL = 1e-10
_YEARS = 20.0  # followed so long at most; the slowest rate here is one of weeks


class Infusion(NamedTuple):
    """Grams of IgG given into the blood on a day."""

    day: float
    grams: float


class IgG(NamedTuple):
    """The turnover model of one person; parameters as in the data, in g/L and days."""

    baseline: float
    kmin: float
    b: float
    kdep: float
    t0: float
    phi_res: float
    volume: float
    threshold: float

    def slope(self, t: float, g: float) -> float:
        """dG/dt without replacement, in g/L per day."""
        made = (self.kmin + self.b * self.baseline) * self.baseline
        phi = self.phi_res + (1.0 - self.phi_res) * exp(-self.kdep * max(0.0, t - self.t0))
        return made * phi - (self.kmin + self.b * g) * g

    @property
    def lowest(self) -> float:
        """What the own IgG tends to without replacement, g/L."""
        made = (self.kmin + self.b * self.baseline) * self.baseline * self.phi_res
        # The positive root of b G^2 + kmin G = made, without a difference.
        return 2.0 * made / (self.kmin + sqrt(self.kmin**2 + 4.0 * self.b * made))

    def weeks_below(self, infusions: Sequence[Infusion] = (), level: float | None = None) -> float:
        """Weeks from the first dose of the depleting drug until IgG is first below a level; inf for never.

        Args:   infusions in order of time; level in g/L, the model's threshold where none is given.
        """
        at = self.threshold if level is None else level
        if self.baseline < at:
            return 0.0
        if self.lowest >= at:
            return inf
        for piece in _follow(self, infusions):
            below = np.nonzero([piece.state(t) < at for t in piece.t])[0]
            if below.size and below[0] == 0:
                return float(piece.t[0]) / 7.0
            if below.size:
                low, high = piece.t[below[0] - 1], piece.t[below[0]]
                root = brentq(lambda t, own=piece: own.state(t) - at, low, high, xtol=1e-12, rtol=1e-14)
                return float(root) / 7.0
        return inf

    def at(self, day: Array, infusions: Sequence[Infusion] = ()) -> Array:
        """IgG in g/L on ascending days; after an infusion of that day."""
        out = np.empty(day.size)
        for piece in _follow(self, infusions, float(day.max(initial=0.0)) + 1.0):
            here = day >= piece.t[0]
            out[here] = [piece.state(min(t, float(piece.t[-1]))) for t in day[here]]
        return out


class _Piece(NamedTuple):
    t: Array
    solution: Any

    def state(self, t: float) -> float:
        return float(self.solution(t)[0])


def _follow(igg: IgG, infusions: Sequence[Infusion], until: float = 365.25 * _YEARS) -> list[_Piece]:
    # Production bends at the first target dose: a piece begins there.
    marks = sorted({0.0, igg.t0, until, *(i.day for i in infusions if i.day < until)})
    g, pieces = igg.baseline, []
    for start, end in pairwise(marks):
        g += sum(i.grams for i in infusions if i.day == start) / igg.volume
        solved = solve_ivp(
            lambda t, y: [igg.slope(t, y[0])],
            (start, end),
            [g],
            method="DOP853",
            rtol=_RTOL,
            atol=1e-12,
            dense_output=True,
        )
        pieces.append(_Piece(solved.t, solved.sol))
        g = float(solved.y[0, -1])
    return pieces


def load_igg(data: Mapping[str, object], baseline: float, t0: float | None = None) -> IgG:
    """The model of a person with this IgG (g/L) before the drug; `t0`, day of the first target dose.

    Raises: ValueError when the baseline lies outside the accepted range.
    """
    from escalate.pk.reading import load

    model = load(data)
    low, high = model.ranges["baseline_igg_g_per_l"].accepted
    if not low <= baseline <= high:
        raise ValueError(
            _("baseline IgG {baseline} g/L is outside {low} to {high}").format(
                baseline=f"{baseline:g}", low=f"{low:g}", high=f"{high:g}"
            )
        )
    p = {name: x.typical for name, x in model.parameters.items()}
    own = p["t0"] if t0 is None else t0
    return IgG(baseline, p["kmin"], p["b"], p["kdep"], own, p["phi_res"], p["V"], p["threshold"])
