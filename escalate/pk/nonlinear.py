"""The models that superposition does not hold for, followed by scipy's LSODA between the doses.

A course is kept as the solver's own interpolants. The area is one more equation, extrema are roots of
the derivative, crossings of a level are roots between them: nothing is counted on a grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import isinf
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from escalate.pk.definition import Array, Model
from escalate.pk.entries import BadDose, Given
from escalate.pk.equations import EQUATIONS, Equations
from escalate.pk.schedule import in_force
from escalate.texts import _

_RTOL = 1e-10
_REST = 1e-9  # of the area so far: the course ends when what is left cannot add more
_MOST_PIECES = 400
_MOST_REPEATS, _STEADY = 2000, 1e-9  # repeats that change nothing more than so are a steady state


class Piece(NamedTuple):
    """The course between two instants: the solver's times, its interpolant, the rate of an infusion."""

    t: Array
    state: Callable[[float], Array]
    rate: float


class Followed(NamedTuple):
    """The course of one person in the model's units; `days` in one unit of time."""

    equations: Equations
    pieces: tuple[Piece, ...]
    days: float

    def at(self, day: Array, before: bool = False) -> tuple[Array, Array]:
        """Concentration and area at each of the ascending days."""
        starts = np.array([p.t[0] for p in self.pieces])
        t = day / self.days
        index = np.searchsorted(starts, t, side="left" if before else "right") - 1
        c, area = np.zeros((2, t.size))
        for i, (k, x) in enumerate(zip(index, t, strict=True)):
            if k >= 0:
                y = self.pieces[k].state(min(float(x), float(self.pieces[k].t[-1])))
                c[i], area[i] = self.equations.concentration(y), y[-1]
        return c, area

    def measures(self, threshold: float | None) -> tuple[float, ...]:
        """AUC to infinity, Cmax, Tmax, time above, area above, excess."""
        c_max, t_max, above, area = 0.0, 0.0, 0.0, 0.0
        for piece in self.pieces:
            turns = [float(piece.t[0]), *self._turns(piece), float(piece.t[-1])]
            c = [self.equations.concentration(piece.state(t)) for t in turns]
            highest = int(np.argmax(c))
            if c[highest] > c_max:
                c_max, t_max = c[highest], turns[highest]
            if threshold is None or max(c) < threshold:
                continue
            for a, b in pairwise(zip(turns, c, strict=True)):
                if max(a[1], b[1]) >= threshold:
                    low, high = self._within(piece, threshold, a, b)
                    above += high - low
                    area += float(piece.state(high)[-1] - piece.state(low)[-1])
        excess = max(area - (threshold or 0.0) * above, 0.0)
        last = self.pieces[-1]
        return float(last.state(float(last.t[-1]))[-1]), c_max, t_max, above, area, excess

    def _turns(self, piece: Piece) -> list[float]:
        """Where the concentration turns inside a piece."""

        def slope(t: float) -> float:
            return self.equations.concentration_slope(t, piece.state(t), piece.rate)

        grid = np.unique(np.concatenate([np.linspace(a, b, 4) for a, b in pairwise(piece.t)]))
        signs = np.sign([slope(float(t)) for t in grid])
        places = np.nonzero(signs[1:] * signs[:-1] < 0.0)[0]
        return [float(brentq(slope, grid[i], grid[i + 1], xtol=1e-13, rtol=1e-14)) for i in places]

    def _within(
        self, piece: Piece, level: float, a: tuple[float, float], b: tuple[float, float]
    ) -> tuple[float, float]:
        """The part of a monotone stretch from `a` to `b` (time, C) that lies above `level`."""
        if min(a[1], b[1]) >= level:
            return a[0], b[0]

        def over(t: float) -> float:
            return self.equations.concentration(piece.state(t)) - level

        root = float(brentq(over, a[0], b[0], xtol=1e-13, rtol=1e-14))
        return (a[0], root) if a[1] >= level else (root, b[0])


def follow(
    model: Model, values: Mapping[str, float], given: Sequence[Given], until_day: float = 0.0,
    *, whole: bool = True,
) -> Followed:  # fmt: skip
    """The course of one person from the first dose until nothing is left that changes the area.

    Args:   values, parameters in the model's units; given, flat and routed; `whole`: false where no
            more than the course up to `until_day` is wanted, and no measure.
    Raises: ValueError when the solver gives up, or the drug never leaves.
    """
    if model.structure not in EQUATIONS:
        raise ValueError(_("{id} takes no doses of a drug; see `escalate pk igg`").format(id=model.id))
    if not given:
        raise BadDose(_("no dose is given"))
    eq, days = EQUATIONS[model.structure](values), model.units.days
    instants = sorted({t for g in given for t in (g.day, g.day + max(g.duration_days, 0.0))})
    y = eq.start.copy()
    pieces: list[Piece] = []
    given = in_force(given)
    for i, day in enumerate(instants):
        own = next((g for g in given if g.day == day and g.resets), None)
        if own is not None:
            # What was given before is out of the body, and infusions have ended; the area stays.
            given = [g for g in given if g.day >= day]
            y[:-1] = _steady(eq, own, values, days)[:-1] if own.steady_every_days else eq.start[:-1]
        rate = _enter(y, [g for g in given if g.day <= day], day, values, eq, days)
        start = day / days
        end = instants[i + 1] / days if i + 1 < len(instants) else start + eq.piece
        pieces.append(_piece(eq, start, end, y, rate))
        y = pieces[-1].state(end).copy()
    while (whole and eq.most_left(y) > _REST * y[-1]) or pieces[-1].t[-1] * days < until_day:
        if len(pieces) > _MOST_PIECES + len(instants):
            raise ValueError(_("{id}: the course does not end").format(id=model.id))
        start = float(pieces[-1].t[-1])
        pieces.append(_piece(eq, start, start + eq.piece, y, 0.0))
        y = pieces[-1].state(start + eq.piece).copy()
    return Followed(eq, tuple(pieces), days)


def _enter(
    y: Array, given: Sequence[Given], day: float, values: Mapping[str, float], eq: Equations, days: float
) -> float:
    """Add the boluses of this day to the state; the rate of all infusions that run from it on."""
    rate = 0.0
    for g in given:
        if isinf(g.steady_every_days):
            continue  # an endless infusion that has just ended
        amount = g.amount_mg * eq.units_per_mg
        if g.duration_days < 0.0:
            raise BadDose(
                _("{entry}: the model has no duration of its own for this input").format(entry=g.entry)
            )
        if g.duration_days and day < g.day + g.duration_days:
            rate += amount / (g.duration_days / days)
        elif not g.duration_days and g.day == day:
            into_depot = g.route != "iv"
            y[0 if into_depot else 1] += amount * (values["F"] if into_depot else 1.0)
    return rate


def _steady(eq: Equations, own: Given, values: Mapping[str, float], days: float) -> Array:
    """The state just before the next of endlessly repeated doses, found by repeating them."""
    endless = isinf(own.steady_every_days)
    every = eq.piece if endless else own.steady_every_days / days
    dose = own._replace(day=0.0, steady_every_days=0.0)
    if endless:
        dose = dose._replace(amount_mg=own.amount_mg * every * days, duration_days=every * days)
    y = eq.start.copy()
    for _step in range(_MOST_REPEATS):
        before, y[-1] = y.copy(), 0.0
        for start, end in _spans(dose.duration_days / days, every):
            rate = _enter(y, [dose], start * days, values, eq, days)
            y = _piece(eq, start, end, y, rate).state(end).copy()
        if np.abs(y[:-1] - before[:-1]).max() <= _STEADY * np.abs(y[:-1]).max():
            return y
    raise ValueError(_("{own_entry}: no steady state is reached").format(own_entry=own.entry))


def _spans(duration: float, every: float) -> list[tuple[float, float]]:
    """With and without the infusion, until the next dose."""
    spans = ((0.0, min(max(duration, 0.0), every)), (min(max(duration, 0.0), every), every))
    return [(a, b) for a, b in spans if b > a]


def _piece(eq: Equations, start: float, end: float, y: Array, rate: float) -> Piece:
    # Amounts below a millionth of a millionth of what is there are noise.
    scale = max(float(np.abs(y[:-1]).max()), rate * (end - start), 1e-12)
    solution: Any = solve_ivp(
        lambda t, state: eq.slope(t, state, rate),
        (start, end),
        y,
        method="LSODA",
        rtol=_RTOL,
        atol=1e-12 * scale,
        dense_output=True,
        first_step=min(1e-6, (end - start) / 10.0),
    )
    if not solution.success:
        raise ValueError(
            _("the equations could not be followed: {solution_message}").format(
                solution_message=solution.message
            )
        )
    return Piece(solution.t, solution.sol, rate)
