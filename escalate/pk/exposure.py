"""Measures of exposure, taken from the course itself and not from samples of it.

The area to infinity has no horizon. Extrema are roots of the derivative; between two of them the
concentration is monotone, so each crossing of a threshold is the one root of its piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from escalate.pk.course import Course, Index, crossings, extrema
from escalate.pk.model import Array, Model, Persons, typical_person
from escalate.pk.regimen import Doses
from escalate.pk.solve import solve

_ONE_GROUP = 4  # so few persons are solved together, whatever their rates
_SPREAD = 3.0  # persons share segments while their rates differ by less than this factor
_LARGEST_GROUP = 128  # keeps a group's arrays in the processor's cache


class Exposure(NamedTuple):
    """Exposure of n persons to one regimen, each array (n,).

    `t_above` is the total time with C >= threshold, `auc_above` the integral of C over that time (not
    of the excess), `auc_excess` the integral of C - threshold over it.
    """

    threshold_ug_per_ml: float
    auc_0_inf_ug_day_per_ml: Array
    c_max_ug_per_ml: Array
    t_max_days: Array
    t_above_days: Array
    auc_above_ug_day_per_ml: Array

    @property
    def auc_excess_ug_day_per_ml(self) -> Array:
        """Integral of C - threshold over the time with C >= threshold."""
        return np.maximum(self.auc_above_ug_day_per_ml - self.threshold_ug_per_ml * self.t_above_days, 0.0)


MEASURES = (*Exposure._fields[1:], "auc_excess_ug_day_per_ml")


def measure(persons: Persons, doses: Doses, threshold: float) -> Exposure:
    """The exposure of each person.

    Args:   persons, n; doses, for n persons or for one that stands for all; threshold in ug/mL, > 0.
    Raises: ValueError when the threshold is not above 0, or amounts are neither for one nor for n.
    """
    if not (np.isfinite(threshold) and threshold > 0.0):
        raise ValueError(f"the threshold {threshold:g} ug/mL is not above 0")
    if doses.depot_mg.shape[1] not in (1, len(persons)):
        raise ValueError(f"doses for {doses.depot_mg.shape[1]} persons were given to {len(persons)}")
    out = np.empty((5, len(persons)))
    for group in _groups(persons):
        own = doses if doses.depot_mg.shape[1] == 1 else doses.take(group)
        out[:, group] = _measure(solve(persons.take(group), own, threshold=threshold), threshold)
    return Exposure(threshold, *out)


def typical(
    model: Model, doses: Doses, covariates: Mapping[str, float], threshold: str
) -> tuple[Exposure, Exposure]:
    """The typical person's exposure with and without the time-dependent clearance (CL2 = 0), each (1,).

    Args:   doses, for one person; threshold, the model's name for it (`ec90`).
    Raises: ValueError as `typical_person`.
    """
    person = typical_person(model, covariates)
    both = measure(person.beside(person.without_falling_part()), doses, model.thresholds[threshold])
    return _only(both, 0), _only(both, 1)


def _only(exposure: Exposure, i: int) -> Exposure:
    arrays = (getattr(exposure, name)[i : i + 1] for name in Exposure._fields[1:])
    return Exposure(exposure.threshold_ug_per_ml, *arrays)


def _groups(persons: Persons) -> Iterator[Index]:
    """Persons of similar rates, who can share segments of time without being cut too finely."""
    if len(persons) <= _ONE_GROUP:
        yield np.arange(len(persons))
        return
    clearance = persons.cl1_l_per_day + persons.cl2_l_per_day + persons.q_l_per_day
    rate = np.maximum(clearance / persons.v1_l + persons.q_l_per_day / persons.v2_l, persons.ka_per_day)
    order = np.argsort(rate, kind="stable")
    i = 0
    while i < order.size:
        end = int(np.searchsorted(rate[order], _SPREAD * rate[order[i]], side="right"))
        end = min(end, i + _LARGEST_GROUP)
        yield order[i:end]
        i = end


def _measure(course: Course, threshold: float) -> Array:
    """AUC to infinity, Cmax, Tmax, time above and area above, shape (5, n)."""
    n = course.area.size
    turns = extrema(course)
    c_turns = turns.concentration(course)
    day = np.concatenate([course.start, course.start + course.length])
    c = np.concatenate([course.c_left, course.c_right])
    highest = c.argmax(axis=0)
    c_max, t_max = c[highest, np.arange(n)], day[highest]
    at_turns = turns.day(course)
    ascending = np.argsort(c_turns, kind="stable")
    best = np.zeros(n)
    best_day = np.zeros(n)
    best[turns.person[ascending]] = c_turns[ascending]
    best_day[turns.person[ascending]] = at_turns[ascending]
    c_max, t_max = np.where(best > c_max, best, c_max), np.where(best > c_max, best_day, t_max)

    passed = crossings(course, threshold, turns, c_turns)
    sign = np.where(passed.above, -1.0, 1.0)
    t_above = np.bincount(passed.person, weights=sign * passed.day, minlength=n)
    auc_above = np.bincount(passed.person, weights=sign * passed.area, minlength=n)
    return np.stack([course.area, c_max, t_max, t_above, auc_above])
