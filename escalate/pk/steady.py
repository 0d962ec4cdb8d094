"""The amounts in the body at steady state, from the transition over one interval and no repeated doses."""

from __future__ import annotations

from math import isinf

import numpy as np

from escalate.pk.definition import Array
from escalate.pk.regimen import Steady
from escalate.pk.segments import equal
from escalate.pk.series import Rates, expand
from escalate.texts import _


def steady_amounts(rates: Rates, given: Steady, f: Array) -> Array:
    """Depot, central and peripheral amounts (3, n) of endlessly repeated doses at `given.elapsed_days`.

    With the transition T over one interval and what one dose leaves at its end, r, they are the solution
    of x = T x + r just before a dose. An endless infusion leaves its rate over the clearance.

    Raises: ValueError where the clearance falls: there is no steady state.
    """
    n = rates.k10.size
    if (rates.b * rates.fade > 0.0).any():
        raise ValueError(_("a steady state does not exist while the clearance falls"))
    if isinf(given.every_days):
        central = given.central_mg / (rates.k10 + rates.b)
        peripheral = central * rates.k12 / np.where(rates.k21 > 0.0, rates.k21, 1.0)
        return np.stack((np.zeros(n), central, peripheral))
    bolus = 0.0 if given.duration_days > 0.0 else given.central_mg
    dose = np.stack((given.depot_mg * f, np.full(n, bolus), np.zeros(n)))
    # Columns: a unit of each amount, and one dose; each is (depot, central, peripheral) of n persons.
    columns = np.zeros((4, 3, n))
    columns[[0, 1, 2], [0, 1, 2]] = 1.0
    columns[3] = dose
    _advance(rates, given, given.every_days, columns)
    transition, response = columns[:3].transpose(2, 1, 0), columns[3].T
    before = np.linalg.solve(np.eye(3) - transition, response[..., None])[..., 0].T
    if given.elapsed_days >= given.every_days:
        return np.asarray(before)
    after = np.asarray(before + dose)[None]
    _advance(rates, given, given.elapsed_days, after)
    return np.asarray(after[0])


def _advance(rates: Rates, given: Steady, until: float, columns: Array) -> None:
    """Carry the columns from a dose to `until` days after it, the dose's infusion in the last one."""
    end = min(given.duration_days, until)
    for left, right in ((0.0, end), (end, until)):
        if right <= left:
            continue
        rate = given.central_mg / given.duration_days if left < end else 0.0
        grid = equal(rates, left, right, True, -1)
        series = expand(rates, grid, infused=True)
        for i in range(grid.start.size):
            central = np.einsum("cmn,mn->cn", columns, series.to_central[:3, i])
            peripheral = np.einsum("cmn,mn->cn", columns, series.to_peripheral[:3, i])
            central[-1] += rate * series.to_central[3, i]
            peripheral[-1] += rate * series.to_peripheral[3, i]
            columns[:, 0] *= series.to_depot[i]
            columns[:, 1], columns[:, 2] = central, peripheral
