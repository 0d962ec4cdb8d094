"""A second solution of the linear models: scipy at a tight tolerance, input by input, no shared code.

Times in days, amounts in mg; an input is (day, mg, route, duration); route sc or oral enters the depot
unless it has a duration, which runs into the central compartment.
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp


class Curve:
    """Central concentration and area of one person; p has cl v1 q v2 ka f (and cl2 kdes)."""

    def __init__(self, p, given, end):
        self.p, self.pieces = p, []
        y, marks = np.zeros(4), {end}
        for day, _, _, duration in given:
            marks |= {day, day + duration}
        marks = sorted(marks)
        for start, stop in pairwise(marks):
            rate = 0.0
            for day, mg, route, duration in given:
                if duration and day <= start < day + duration:
                    rate += mg / duration
                elif not duration and day == start:
                    y[0 if route in ("sc", "oral") else 1] += mg * (p["f"] if route == "sc" else 1.0)
            solved = solve_ivp(
                self._slope, (start, stop), y, method="DOP853", args=(rate,), rtol=1e-12,
                atol=1e-15 * (1.0 + y.sum() + rate), dense_output=True,
            )  # fmt: skip
            self.pieces.append((start, solved, rate))
            y = solved.y[:, -1].copy()
        self.end = y

    def _slope(self, t, y, rate):
        p = self.p
        cl = p["cl"] + p.get("cl2", 0.0) * np.exp(-p.get("kdes", 0.0) * t)
        out = p["q"] / p["v1"] * y[1] - p["q"] / p["v2"] * y[2]
        return [-p["ka"] * y[0], p["ka"] * y[0] + rate - cl / p["v1"] * y[1] - out, out, y[1] / p["v1"]]

    def at(self, day):
        """Concentration and area, integrated anew from the solver's last step before that day."""
        for start, solved, rate in reversed(self.pieces):
            if day >= start:
                i = max(int(np.searchsorted(solved.t, day, side="right")) - 1, 0)
                y = solved.y[:, i]
                if day > solved.t[i]:
                    y = solve_ivp(
                        self._slope,
                        (solved.t[i], day),
                        y,
                        method="DOP853",
                        args=(rate,),
                        rtol=1e-12,
                        atol=1e-17,
                    ).y[:, -1]
                return y[1] / self.p["v1"], y[3]
        return 0.0, 0.0
