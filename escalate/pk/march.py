"""The same recursion for many persons: their own amounts, segment after segment, in place.

`series.expand` computes the transition of each segment for a unit of every amount, all segments at once:
few calls, which is what one person needs. For hundreds of persons the arithmetic counts instead, and
here only what a person really has in the body is carried on.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np

from escalate.pk.definition import Array
from escalate.pk.nodes import COUNT, TAU
from escalate.pk.series import MOST_TERMS, TRUNCATION, Grid, Jumps, Rates, Recursion, positions, remainder
from escalate.texts import _

_FIRST_LOOK, _NEXT_LOOK = 16, 4  # after so many terms the remainder is looked at, and then so often again
_FACTORIAL = np.array([float(factorial(k)) for k in range(MOST_TERMS)])


class Terms(NamedTuple):
    """Room for the terms of a segment, times k!: central, peripheral times c21, and a row to work in."""

    central: Array
    peripheral: Array
    work: Array

    @classmethod
    def of(cls, persons: int) -> Terms:
        """Room for so many persons."""
        shape = (MOST_TERMS, persons)
        return cls(np.empty(shape), np.empty(shape), np.empty(persons))


def march(rates: Rates, grid: Grid, jumps: Jumps, amounts: Array) -> tuple[Array, Array]:
    """Central amount at the nodes of each segment, (s, nodes, n), and all amounts (m, n) at the end.

    Args: amounts at the start, m = 3, or 4 with a running infusion (mg/day).
    """
    n = rates.k10.size
    out = np.empty((grid.start.size, COUNT, n))
    terms = Terms.of(n)
    for i in range(grid.start.size):
        if grid.dose[i] >= 0:
            amounts = jumps.after(amounts, grid.dose[i])
        h, absorbing = grid.length[i], grid.absorbing[i]
        own = Recursion.of(rates, grid.start[i], h, absorbing)
        # The share of a dose that each person has left is as exact as that of the others.
        whole = amounts[:3].sum(axis=0) + (amounts[3] * h if amounts.shape[0] == 4 else 0.0)
        scale = np.where(whole > 0.0, whole, 1.0)
        count = _terms(own, amounts / scale, terms)
        _at_nodes(own, h, terms.central[:count], out[i])
        out[i] *= scale
        back = scale * np.exp(-own.sigma * h) / _FACTORIAL[:count, None]
        depot = amounts[0] * np.exp(-rates.ka * h) if absorbing else 0.0 * amounts[0]
        peripheral = (terms.peripheral[:count] * back).sum(axis=0) / np.where(own.c21 > 0.0, own.c21, 1.0)
        amounts = np.stack((depot, out[i, -1], peripheral, *amounts[3:]))
    return out, amounts


def _terms(own: Recursion, share: Array, terms: Terms) -> int:
    """Fill in the terms of one segment; how many there are."""
    central, peripheral, work = terms
    infused = share.shape[0] == 4
    fades = bool((own.kx > 0.0).any())
    absorbs = bool((own.c_depot * share[0] > 0.0).any())
    coupled = own.c12 * own.c21
    r_central, r_peripheral, r_depot = own.r_central.copy(), own.r_peripheral.copy(), own.r_depot.copy()
    r_running = own.x_end * own.sigma
    factors = [r_central, r_peripheral, *([r_depot] if absorbs else []), *([r_running] if infused else [])]
    fading = np.zeros_like(own.fading)
    depot = own.c_depot * share[0]
    running = own.x_end * share[3] if infused else None
    growth = np.maximum(np.abs(own.r_central) + 2.0 + infused, np.abs(own.r_peripheral) + coupled)
    growth = np.maximum(growth, np.abs(own.r_depot) if absorbs else 0.0)
    growth = np.maximum(growth, r_running if infused else 0.0)
    bounds = float(growth.max()), float(own.kx.max()), float(own.fading.max())
    central[0], peripheral[0] = share[1], own.c21 * share[2]
    for k in range(MOST_TERMS - 1):
        y, new, p, new_p = central[k], central[k + 1], peripheral[k], peripheral[k + 1]
        np.multiply(r_central, y, out=new)
        new += p
        if absorbs:
            new += depot
            depot *= r_depot
        if running is not None:
            new += running
            running *= r_running
        np.multiply(r_peripheral, p, out=new_p)
        np.multiply(coupled, y, out=work)
        new_p += work
        if fades:
            # The factors of the next term: k times kx further, and k times the fading part.
            if k:
                np.multiply(fading, central[k - 1], out=work)
                new += work
            fading += own.fading
            for factor in factors:
                factor += own.kx
        looked = k - _FIRST_LOOK
        if looked >= 0 and looked % _NEXT_LOOK == 0:
            largest = max(float(np.abs(row).max()) for row in (new, new_p, depot))
            before = max(float(np.abs(row).max()) for row in (y, p))
            largest = max(largest / _FACTORIAL[k + 1], before / _FACTORIAL[k])
            if remainder(k + 1, largest, bounds) < TRUNCATION:
                return k + 2
    raise ValueError(_("the rates of these persons are too fast for one segment"))


def _at_nodes(own: Recursion, h: float, central: Array, out: Array) -> None:
    """The sum of the terms at the nodes, times exp(-sigma t), into `out` (nodes, n)."""
    part = 0.5 * (1.0 + TAU)[:, None]
    order = np.arange(central.shape[0])
    if (own.fade == own.fade[0]).all():  # one kdes: a single matrix product
        xi = positions(own.fade[0], h, part)
        np.matmul(xi**order / _FACTORIAL[: order.size], central, out=out)
    else:
        xi = positions(own.fade, h, part)
        out[:] = 0.0
        for k in order[::-1]:
            out *= xi
            out += central[k] / _FACTORIAL[k]
    out *= np.exp(own.sigma * (-h * part))
