"""Where time is cut: segments between the doses, short enough for one series each."""

from __future__ import annotations

from math import ceil

import numpy as np

from escalate.pk.definition import Array
from escalate.pk.series import Grid, Rates
from escalate.texts import _

MOST_SEGMENTS = 100_000


def between_doses(rates: Rates, day: Array, absorbed: float, after: int) -> Grid:
    """Segments from the first dose to the last, and the first `after` it."""
    pieces = []
    for i, left in enumerate(day[:-1]):
        right = float(day[i + 1])
        # A depot that is empty long before the next dose no longer dictates short segments.
        cut = min(right, float(left) + absorbed)
        pieces.append(equal(rates, float(left), cut, True, i))
        if cut < right:
            pieces.append(equal(rates, cut, right, False, -1))
    pieces.append(following(rates, float(day[-1]), True, after, day.size - 1))
    return Grid(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


def equal(rates: Rates, left: float, right: float, absorbing: bool, dose: int) -> Grid:
    """Equal segments from `left` to `right`, the dose of that number at the first."""
    count = max(1, ceil((right - left) * rates.segments_per_day(left, absorbing)))
    if count > MOST_SEGMENTS:
        raise ValueError(_("the rates of these persons are too fast for the time between two doses"))
    return _grid(left, (right - left) / count, count, absorbing, dose)


def following(rates: Rates, left: float, absorbing: bool, count: int, dose: int = -1) -> Grid:
    """So many segments from `left` on, as long as they may be."""
    return _grid(left, 1.0 / rates.segments_per_day(left, absorbing), count, absorbing, dose)


def _grid(left: float, length: float, count: int, absorbing: bool, dose: int) -> Grid:
    given = np.full(count, -1)
    given[0] = dose
    start = left + length * np.arange(count, dtype=np.float64)
    return Grid(start, np.full(count, length), np.full(count, absorbing), given)
