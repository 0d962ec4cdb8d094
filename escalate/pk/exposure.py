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
from escalate.texts import _

_ONE_GROUP = 4  # so few persons are solved together, whatever their rates
_SPREAD = 3.0  # persons share segments while their rates differ by less than this factor
_LARGEST_GROUP = 1536  # arrays of one value a person stay in the fastest cache, and calls are few


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
        if np.isinf(self.threshold_ug_per_ml):
            return np.zeros_like(self.auc_above_ug_day_per_ml)
        return np.maximum(self.auc_above_ug_day_per_ml - self.threshold_ug_per_ml * self.t_above_days, 0.0)


MEASURES = (*Exposure._fields[1:], "auc_excess_ug_day_per_ml")


def measure(persons: Persons, doses: Doses, threshold: float) -> Exposure:
    """The exposure of each person.

    Args:   persons, n; doses, for n persons or for one that stands for all; threshold in ug/mL, > 0,
            infinite where none is asked for.
    Raises: ValueError when the threshold is not above 0, or amounts are neither for one nor for n.
    """
    if not threshold > 0.0:
        raise ValueError(
            _("the threshold {threshold} µg/mL is not above 0").format(threshold=format(threshold, "g"))
        )
    out = np.empty((5, len(persons)))
    for group, own in _groups_with_doses(persons, doses):
        out[:, group] = _measure(solve(persons.take(group), own, threshold=threshold), threshold)
    return Exposure(threshold, *out)


def survey(
    persons: Persons, doses: Doses, threshold: float, day: Array
) -> Iterator[tuple[Index, Exposure, Array]]:
    """Group by group: which persons, their exposure, and C (ug/mL) at ascending days (t,), shape (t, group).

    One course serves for both, and no more than a group's values are held at a time.
    """
    until = float(day[-1]) if day.size else 0.0
    for group, own in _groups_with_doses(persons, doses):
        course = solve(persons.take(group), own, threshold=threshold, until=until)
        yield group, Exposure(threshold, *_measure(course, threshold)), course.concentration(day)


def sample(persons: Persons, doses: Doses, day: Array, *, before: bool = False) -> tuple[Array, Array]:
    """Concentration (ug/mL) and area from the first dose (ug/mL * day) at ascending times, each (t, n).

    Args:   day, shape (t,), or (t, n) where each person has own times; `before`: at the instant of a
            bolus, what was there before it.
    """
    c, area = np.empty((2, day.shape[0], len(persons)))
    until = float(day.max(initial=0.0))
    for group, own in _groups_with_doses(persons, doses):
        course = solve(persons.take(group), own, until=until)
        if day.ndim == 1:
            c[:, group] = course.concentration_before(day) if before else course.concentration(day)
            area[:, group] = course.area_to(day)
            continue
        for i, who in enumerate(group):
            one, at = course.of(i), day[:, who]
            c[:, who] = (one.concentration_before(at) if before else one.concentration(at))[:, 0]
            area[:, who] = one.area_to(at)[:, 0]
    return c, area


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


def _groups_with_doses(persons: Persons, doses: Doses) -> Iterator[tuple[Index, Doses]]:
    if doses.persons not in (1, len(persons)):
        raise ValueError(
            _("doses for {persons} persons were given to {count}").format(
                persons=doses.persons, count=len(persons)
            )
        )
    for group in _groups(persons):
        yield group, doses if doses.persons == 1 else doses.take(group)


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

    if np.isinf(threshold):
        return np.stack([course.area, c_max, t_max, np.zeros(n), np.zeros(n)])
    passed = crossings(course, threshold, turns, c_turns)
    sign = np.where(passed.above, -1.0, 1.0)
    t_above = np.bincount(passed.person, weights=sign * passed.day, minlength=n)
    auc_above = np.bincount(passed.person, weights=sign * passed.area, minlength=n)
    return np.stack([course.area, c_max, t_max, t_above, auc_above])
