"""A second, independent solution: scipy's integrator at a tight tolerance, one dose interval at a time."""

import math
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


class Reference:
    """One person's course; parameters as a mapping cl1 cl2 kdes v1 v2 q ka f, doses as (day, mg, route)."""

    def __init__(self, p, given, threshold=None):
        self.p, self.threshold = p, threshold
        self.pieces = []
        y = np.zeros(4)
        days = sorted({day for day, _, _ in given})
        slowest = self._slowest()
        for day, end in zip(days, [*days[1:], days[-1] + 40.0 / slowest], strict=True):
            for at, mg, route in given:
                if at == day:
                    y[0 if route == "sc" else 1] += mg * (p["f"] if route == "sc" else 1.0)
            solution = solve_ivp(
                self._slope,
                (day, end),
                y,
                method="DOP853",
                rtol=1e-12,
                atol=1e-16 * (1 + y.sum()),
                dense_output=True,
            )
            self.pieces.append(solution)
            y = solution.y[:, -1].copy()
        self.auc = y[3]

    def _slope(self, t, y):
        p = self.p
        cl = p["cl1"] + p["cl2"] * math.exp(-p["kdes"] * t)
        k12, k21 = p["q"] / p["v1"], p["q"] / p["v2"]
        absorbed = p["ka"] * y[0]
        return [
            -absorbed,
            absorbed - (cl / p["v1"] + k12) * y[1] + k21 * y[2],
            k12 * y[1] - k21 * y[2],
            y[1] / p["v1"],
        ]

    def _slowest(self):
        p = self.p
        k10, k12, k21 = p["cl1"] / p["v1"], p["q"] / p["v1"], p["q"] / p["v2"]
        total = k10 + k12 + k21
        slow = 2 * k10 * k21 / (total + math.sqrt(total**2 - 4 * k10 * k21)) if k21 > 0 else k10
        return min(slow, p["ka"])

    def _state(self, piece, day):
        # The dense output is of lower order than the steps: integrate on from the last step instead.
        i = max(int(np.searchsorted(piece.t, day, side="right")) - 1, 0)
        if piece.t[i] == day or i == piece.t.size - 1:
            return piece.y[:, i]
        start = piece.y[:, i]
        step = solve_ivp(
            self._slope, (piece.t[i], day), start, method="DOP853", rtol=1e-12, atol=1e-16 * (1 + start.sum())
        )
        return step.y[:, -1]

    def at(self, day):
        """Concentration and area at one time."""
        for piece in reversed(self.pieces):
            if day >= piece.t[0]:
                y = self._state(piece, day)
                return y[1] / self.p["v1"], y[3]
        return 0.0, 0.0

    def peak(self):
        """The highest concentration and its time: roots of the slope, and both ends of each piece."""
        best = (0.0, 0.0)
        for piece in self.pieces:
            grid = np.unique(np.concatenate([np.linspace(a, b, 9) for a, b in pairwise(piece.t)]))
            rising = np.array([self._slope(t, piece.sol(t))[1] for t in grid]) >= 0.0
            turns = np.nonzero(rising[1:] != rising[:-1])[0]

            def slope(t, own=piece):
                return self._slope(t, self._state(own, t))[1]

            days = [brentq(slope, grid[i], grid[i + 1], xtol=1e-13, rtol=1e-14) for i in turns
                    if slope(grid[i]) * slope(grid[i + 1]) < 0.0]  # fmt: skip
            for day in (*days, piece.t[0], piece.t[-1]):
                best = max(best, (self._state(piece, day)[1] / self.p["v1"], day))
        return best

    def _crossing(self, piece, low, high):
        """The root between two samples: found on the dense output, then moved by Newton's method."""
        level = self.threshold * self.p["v1"]
        day = brentq(lambda t: piece.sol(t)[1] - level, low, high, xtol=1e-13, rtol=1e-14)
        for _ in range(3):
            y = self._state(piece, day)
            slope = self._slope(day, y)[1]
            day = min(max(day - (y[1] - level) / slope, piece.t[0]), piece.t[-1])
        return day

    def above(self):
        """Time above the threshold and area over that time."""
        time = area = 0.0
        for piece in self.pieces:
            grid = np.unique(np.concatenate([np.linspace(a, b, 9) for a, b in pairwise(piece.t)]))
            over = piece.sol(grid)[1] >= self.threshold * self.p["v1"]
            turns = np.nonzero(over[1:] != over[:-1])[0]
            marks = [piece.t[0], *(self._crossing(piece, grid[i], grid[i + 1]) for i in turns), piece.t[-1]]
            above = bool(over[0])
            for a, b in pairwise(marks):
                if above:
                    time += b - a
                    area += self._state(piece, b)[3] - self._state(piece, a)[3]
                above = not above
        return time, area
