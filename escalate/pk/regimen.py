"""Doses with their times, as the equations take them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.pk.model import Array
from escalate.texts import _


class Steady(NamedTuple):
    """Input that has been repeated for so long that the drug is at steady state at an instant.

    `instant` counts the instants of the doses. Every `every_days` a dose of `depot_mg` and `central_mg`,
    the latter as an infusion of `duration_days` where that is not 0; or, where `every_days` is infinite,
    `central_mg` a day without end, which stops at the instant. `elapsed_days` have then passed since the
    last of the doses, fewer than the interval where a lag delays the next one.
    """

    instant: int
    every_days: float
    depot_mg: float
    central_mg: float
    duration_days: float
    elapsed_days: float


class Doses(NamedTuple):
    """What n persons receive at k common instants.

    `day` (k,) in days from the first dose, strictly ascending, first >= 0; `depot_mg` (k, n) enters the
    depot (skin or gut), `central_mg` (k, n) a vein, each in mg and >= 0. `rate_mg_per_day` (k, n) runs
    into the vein from each instant to the next, 0 at the last; None without any infusion. `resets` lists
    the instants at which what is there is taken out before the dose, `steady` adds a steady state before
    it. Made by `doses`, or from a regimen with infusions by `schedule.doses_of`.
    """

    day: Array
    depot_mg: Array
    central_mg: Array
    rate_mg_per_day: Array | None = None
    resets: tuple[int, ...] = ()
    steady: tuple[Steady, ...] = ()

    @property
    def persons(self) -> int:
        """For how many persons there are amounts; 1 stands for everyone alike."""
        return int(self.depot_mg.shape[1])

    def take(self, index: NDArray[np.intp]) -> Doses:
        """The doses of the persons at `index`, in that order."""
        rate = None if self.rate_mg_per_day is None else self.rate_mg_per_day[:, index]
        return self._replace(
            depot_mg=self.depot_mg[:, index], central_mg=self.central_mg[:, index], rate_mg_per_day=rate
        )


def doses(day: Array, mg: Array, route: str | tuple[str, ...] = "sc") -> Doses:
    """Doses sorted by time; those at the same instant are added.

    Args:   day, shape (k,); mg, shape (k,) for everyone alike or (k, n); route, `sc` or `iv_bolus`,
            one for all or one per dose.
    Raises: ValueError that names the entry: no dose, a time or an amount that is negative or not
            finite, a route that is not known.
    """
    day, mg = np.asarray(day, dtype=float), np.asarray(mg, dtype=float)
    mg = mg[:, None] if mg.ndim == 1 else mg
    routes = (route,) * day.size if isinstance(route, str) else route
    if day.size == 0 or day.ndim != 1 or mg.shape[0] != day.size or len(routes) != day.size:
        counts = _("{days} dose times, {amounts} amounts and {routes} routes do not belong together")
        raise ValueError(counts.format(days=day.size, amounts=mg.shape[0], routes=len(routes)))
    for i in range(day.size):
        if not (np.isfinite(day[i]) and day[i] >= 0.0):
            raise ValueError(
                _("dose {number}: day {day} lies before the first dose or is no number").format(
                    number=i + 1, day=format(day[i], "g")
                )
            )
        if not (np.isfinite(mg[i]).all() and (mg[i] >= 0.0).all()):
            raise ValueError(_("dose {number}: an amount is negative or no number").format(number=i + 1))
        if routes[i] not in ("sc", "iv_bolus"):
            raise ValueError(
                _("dose {number}: route `{route}` is not sc or iv_bolus").format(
                    number=i + 1, route=routes[i]
                )
            )
    instants, place = np.unique(day, return_inverse=True)
    depot, central = (np.zeros((instants.size, mg.shape[1])) for _ in range(2))
    for i in range(day.size):
        (depot if routes[i] == "sc" else central)[place[i]] += mg[i]
    return Doses(instants, depot, central)
