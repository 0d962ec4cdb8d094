"""The course of a drug from its doses: segments of time, joined in order, and what follows the last one."""

from __future__ import annotations

import numpy as np

from escalate.pk.course import Course
from escalate.pk.march import march
from escalate.pk.model import Array, Persons
from escalate.pk.nodes import WHOLE_AREA
from escalate.pk.regimen import Doses
from escalate.pk.segments import MOST_SEGMENTS, between_doses, following
from escalate.pk.series import Grid, Jumps, Rates, at_nodes, expand, summable, tail_area
from escalate.pk.steady import steady_amounts
from escalate.texts import _

_ABSORBED = 45.0  # times 1/ka: exp(-45) = 3e-20 of a dose is left in the depot
_GONE = 1e-17  # of the area so far: what remains below it changes no digit
_FIRST_TAIL, _LONGEST_TAIL = 12, 64  # segments taken at once after the last dose, doubling from the first
_MANY = 64  # persons from which on fewer operations count more than fewer calls


def solve(persons: Persons, doses: Doses, *, threshold: float | None = None, until: float = 0.0) -> Course:
    """The course of each person from the first dose on, as far as it matters.

    It ends after the last dose and after `until` (days), once nobody can rise to `threshold` (ug/mL) or
    to the own peak again and the area that remains has a closed series.

    Args:   persons, n; doses, for n persons or for one that stands for all, no infusion running in the end.
    Raises: ValueError when rates lie so far apart that the course needs more than 100,000 segments.
    """
    rates = Rates.of(persons)
    n = len(persons)
    given = np.zeros((doses.day.size, 3 if doses.rate_mg_per_day is None else 4, n))
    given[:, 0] = doses.depot_mg * persons.f
    given[:, 1] = doses.central_mg
    if doses.rate_mg_per_day is not None:
        given[:, 3] = doses.rate_mg_per_day
    for input_ in doses.steady:
        given[input_.instant, :3] += steady_amounts(rates, input_, persons.f)
    kept = np.ones(doses.day.size)
    kept[list(doses.resets)] = 0.0
    jumps = Jumps(kept, given)
    absorbed = _ABSORBED / float(rates.ka.min())
    last = float(doses.day[-1])

    grid = between_doses(rates, doses.day, absorbed, _FIRST_TAIL)
    amounts, area = np.zeros((given.shape[1], n)), np.zeros(n)
    highest = np.zeros(n)
    parts: list[Course] = []
    count, segments = _FIRST_TAIL, 0
    while True:
        part, amounts, area = _follow(rates, grid, jumps, amounts, area)
        amounts = amounts[:3]  # no infusion outlasts the last instant
        parts.append(part)
        highest = np.maximum(highest, np.maximum(part.c_left, part.c_right).max(axis=0))
        segments += grid.start.size
        end = float(grid.start[-1] + grid.length[-1])
        if end >= until and _is_over(rates, end, amounts, area, highest, threshold):
            return _joined(parts, area + _rest(rates, end, amounts))
        if segments > MOST_SEGMENTS:
            raise ValueError(_("the rates of these persons lie too far apart for an exact course"))
        grid = following(rates, end, end - last < absorbed, count)
        count = min(2 * count, _LONGEST_TAIL)


def _follow(
    rates: Rates, grid: Grid, jumps: Jumps, amounts: Array, area: Array
) -> tuple[Course, Array, Array]:
    """The segments of one grid in the order of time; also the amounts (m, n) and the area (n,) at its end."""
    many = amounts.shape[1] >= _MANY
    central, amounts = (march if many else _joined_series)(rates, grid, jumps, amounts)
    central /= rates.v1
    each = 0.5 * grid.length[:, None] * np.einsum("k,skn->sn", WHOLE_AREA, central)
    areas = np.cumsum(np.concatenate([area[None], each]), axis=0)
    return Course(grid.start, grid.length, central, areas[:-1], areas[-1]), amounts, areas[-1]


def _joined_series(rates: Rates, grid: Grid, jumps: Jumps, amounts: Array) -> tuple[Array, Array]:
    """What `march` gives, from the transitions of all segments at once."""
    series = expand(rates, grid, amounts.shape[0] == 4)
    left = np.empty((amounts.shape[0], *series.recursion.sigma.shape))
    for i in range(grid.start.size):
        if grid.dose[i] >= 0:
            amounts = jumps.after(amounts, grid.dose[i])
        left[:, i] = amounts
        amounts = np.stack(
            (
                amounts[0] * series.to_depot[i],
                (amounts * series.to_central[:, i]).sum(axis=0),
                (amounts * series.to_peripheral[:, i]).sum(axis=0),
                *amounts[3:],
            )
        )
    return at_nodes(series, grid, left), amounts


def _is_over(
    rates: Rates, end: float, amounts: Array, area: Array, highest: Array, threshold: float | None
) -> bool:
    depot, central, peripheral = amounts
    # What is in the depot adds at most itself over V1; the rest cannot rise above the higher of the two
    # compartments' concentrations, which only even out and fall.
    beside = peripheral * rates.k21 / (rates.k12 + (rates.k12 == 0.0))
    most = (depot + np.maximum(central, beside)) / rates.v1
    # The peak must lie behind, and so must every crossing of the threshold.
    if (most > highest).any() or (threshold is not None and (most >= threshold).any()):
        return False
    gone = amounts.sum(axis=0) <= _GONE * rates.k10 * rates.v1 * area
    return bool((summable(rates, end) | gone).all())


def _rest(rates: Rates, end: float, amounts: Array) -> Array:
    # Those whose series would be long have nothing left that counts (`_is_over`).
    return np.where(summable(rates, end), tail_area(rates, end, amounts), 0.0)


def _joined(parts: list[Course], area: Array) -> Course:
    if len(parts) == 1:
        return parts[0]._replace(area=area)
    start, length, c, before = (np.concatenate(column) for column in list(zip(*parts, strict=True))[:4])
    return Course(start, length, c, before, area)
