"""A second solution of the nonlinear models: scipy's DOP853 at rtol 1e-12, roots by its events.

Time and amounts are the model's own; an input is (time, amount, compartment, duration).
"""

import math
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp


def saturable(p, t, y):
    """Two compartments, linear and Michaelis-Menten elimination; last the area under C."""
    c = y[1] / p["V1"]
    out = p["Q"] * (c - y[2] / p["V2"])
    gone = p["CL"] * c + p["Vmax"] * math.exp(-p.get("kdes", 0.0) * t) * c / (p["Km"] + c)
    ka = p.get("ka", 0.0)
    return [-ka * y[0], ka * y[0] - gone - out, out, c]


def bound(p, a1, a4):
    """The complex from the two amounts (nmol)."""
    weight = p["Kd"] * p["Vc"] * p["V_target"] / p["V_complex"]
    s = weight + a1 + a4
    return 2 * a1 * a4 / (s + math.sqrt(max(s * s - 4 * a1 * a4, 0.0)))


def target(p, t, y):
    """Soluble target in rapid equilibrium; last the area under free drug in ng/mL."""
    x = bound(p, y[1], y[3])
    out = p["Q"] / p["Vc"] * (y[1] - x) - p["Q"] / p["Vp"] * y[2]
    complex_gone = p["CL_complex"] * x / p["V_complex"]
    return [
        -p["ka"] * y[0],
        p["ka"] * y[0] - out - p["CL"] * (y[1] - x) / p["Vc"] - complex_gone,
        out,
        p["CL_target"] * (p["BL_target"] - (y[3] - x) / p["V_target"]) - complex_gone,
        (y[1] - x) / p["Vc"] * 148.0,
    ]


class Followed:
    """One person's course up to `end`: peak, area, and time and area above a level."""

    def __init__(self, p, binds, inputs, end, level):
        self.p, self.binds = p, binds
        self.c_max = self.t_max = self.above = self.area_above = 0.0
        y = np.zeros(5 if binds else 4)
        if binds:
            y[3] = p["BL_target"] * p["V_target"]
        marks = sorted({0.0, end, *(i[0] for i in inputs), *(i[0] + i[3] for i in inputs)})
        for start, stop in pairwise(marks):
            rate = 0.0
            for time, amount, compartment, duration in inputs:
                if duration and time <= start < time + duration:
                    rate += amount / duration
                elif not duration and time == start:
                    y[compartment] += amount
            y = self._piece(y, start, stop, rate, level)
        self.area = y[-1]

    def _slope(self, t, y, rate):
        out = (target if self.binds else saturable)(self.p, t, y)
        out[1] += rate
        return out

    def c(self, y):
        if self.binds:
            return (y[1] - bound(self.p, y[1], y[3])) / self.p["Vc"] * 148.0
        return y[1] / self.p["V1"]

    def _along(self, t, y, rate):
        """dC/dt; a central difference along the tangent serves for the sign alone."""
        tangent = np.array(self._slope(t, y, rate))
        step = 1e-6 / (1.0 + np.abs(tangent).max() / (np.abs(y).max() + 1e-300))
        return (self.c(y + step * tangent) - self.c(y - step * tangent)) / (2 * step)

    def _piece(self, y, start, stop, rate, level):
        def turn(t, x):
            return self._along(t, x, rate)

        def cross(t, x):
            return self.c(x) - level

        scale = np.abs(y).max() + rate * (stop - start) + 1e-9
        solved = solve_ivp(
            lambda t, x: self._slope(t, x, rate), (start, stop), y, "DOP853", rtol=1e-12,
            atol=1e-14 * scale, events=(turn, cross), max_step=(stop - start) / 40,
        )  # fmt: skip
        assert solved.success
        turns = zip(solved.t_events[0], solved.y_events[0], strict=True)
        for t, x in [(start, y), (stop, solved.y[:, -1]), *turns]:
            if self.c(x) > self.c_max:
                self.c_max, self.t_max = self.c(x), t
        at = [start, *solved.t_events[1], stop]
        areas = [y[-1], *(x[-1] for x in solved.y_events[1]), solved.y[-1, -1]]
        is_above = self.c(y) >= level
        for i in range(len(at) - 1):
            if is_above:
                self.above += at[i + 1] - at[i]
                self.area_above += areas[i + 1] - areas[i]
            is_above = not is_above
        return solved.y[:, -1].copy()
