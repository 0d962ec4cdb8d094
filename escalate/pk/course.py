"""The course of a drug as a piecewise power series: its values, extrema and crossings of a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.pk.model import Array

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

# Where the derivative is sampled on each segment, denser at its ends, where doses bend the curve. A segment
# spans at most four times the fastest rate: between two samples the curve has no room for two real turns.
_SAMPLES = (1.0 - np.cos(np.linspace(0.0, np.pi, 9))) / 2.0
_CLOSE = 1e-13  # of a segment: the last step towards a root
_MOST_STEPS = 60  # bisection alone reaches the last digit in 53


class Course(NamedTuple):
    """The concentration of n persons on s consecutive segments, each a power series in xi, 0 <= xi <= 1.

    On a segment C = exp(-sigma t) * sum_i c[i] xi**i in ug/mL, t days after its start, and the area from
    its start likewise with `u`; xi = (1 - exp(-fade t)) / (fade x_end), or t / x_end where fade is 0.
    `start`, `length` (s,) in days; `fade`, `x_end`, `sigma` (s, n); `c`, `u` (order + 1, s, n);
    `c_left`, `c_right` (s, n) are C at both ends, doses given at the left end included;
    `area_before` (s, n) is the area from the first dose to the left end, `area` (n,) the whole area
    to infinity.
    """

    start: Array
    length: Array
    fade: Array
    x_end: Array
    sigma: Array
    c: Array
    u: Array
    c_left: Array
    c_right: Array
    area_before: Array
    area: Array

    def concentration(self, day: Array) -> Array:
        """C at each of the ascending times `day` (t,), shape (t, n); after a bolus given at that instant."""
        return self._at(day, self.c, None)

    def concentration_before(self, day: Array) -> Array:
        """The same, but before a bolus given at that instant."""
        return self._at(day, self.c, None, "left")

    def area_to(self, day: Array) -> Array:
        """Area under C from the first dose to each of the ascending times `day` (t,), shape (t, n)."""
        return self._at(day, self.u, self.area_before)

    def of(self, person: int) -> Course:
        """The course of one of the persons alone."""
        shared = {"start": self.start, "length": self.length}
        own = (name for name in self._fields if name not in shared)
        return Course(**shared, **{name: getattr(self, name)[..., person : person + 1] for name in own})

    def _at(
        self, day: Array, series: Array, before: Array | None, side: Literal["left", "right"] = "right"
    ) -> Array:
        if day.size and day[-1] > self.start[-1] + self.length[-1]:
            raise ValueError(f"day {day[-1]:g} lies beyond the course; solve it `until` that day")
        out = np.zeros((day.size, self.area.size))
        segment = np.searchsorted(self.start, day, side=side) - 1
        # Times ascend, so those of one segment stand together.
        bounds = np.searchsorted(segment, np.arange(self.start.size + 1))
        for i in np.unique(segment[segment >= 0]):
            here = slice(bounds[i], bounds[i + 1])
            t = (day[here] - self.start[i])[:, None]
            fade, x_end = self.fade[i], self.x_end[i]
            if (fade == fade[0]).all() and (x_end == x_end[0]).all():  # one kdes: a single matrix product
                xi = _position(t[:, 0], fade[0], x_end[0])
                values = np.vander(xi, series.shape[0], increasing=True) @ series[:, i]
            else:
                xi = _position(t, fade, x_end)
                values = np.zeros(xi.shape)
                for coefficient in series[::-1, i]:
                    values = values * xi + coefficient
            falling = -self.sigma[i] * t
            np.multiply(values, np.exp(falling, out=falling), out=out[here])
            if before is not None:
                out[here] += before[i]
        return out


class Places(NamedTuple):
    """r places on the courses: segment, person and xi, each (r,)."""

    segment: Index
    person: Index
    xi: Array

    def day(self, course: Course) -> Array:
        """Their times in days from the first dose."""
        return course.start[self.segment] + self._elapsed(course)

    def concentration(self, course: Course) -> Array:
        """C there."""
        return self._sum(course, course.c)

    def area(self, course: Course) -> Array:
        """Area under C from the first dose up to there."""
        return course.area_before[self.segment, self.person] + self._sum(course, course.u)

    def _elapsed(self, course: Course) -> Array:
        at = (self.segment, self.person)
        return _elapsed(self.xi, course.fade[at], course.x_end[at])

    def _sum(self, course: Course, series: Array) -> Array:
        at = (self.segment, self.person)
        values = np.einsum("or,or->r", series[:, *at], _powers(self.xi, series.shape[0]))
        return np.asarray(values * np.exp(-course.sigma[at] * self._elapsed(course)))


def extrema(course: Course) -> Places:
    """Every place inside a segment where the concentration turns, in no particular order."""
    drift = course.x_end * course.sigma
    kx = course.fade * course.x_end
    n = np.arange(course.c.shape[0] - 1)[:, None, None]
    # exp(sigma t) dC/dt * x_end, from the chain rule dC/dt = (1 - kx xi) dC/dxi / x_end.
    slope = (n + 1) * course.c[1:] - (n * kx + drift) * course.c[:-1]
    rising = np.tensordot(np.vander(_SAMPLES, slope.shape[0], increasing=True), slope, axes=(1, 0)) >= 0.0
    sample, segment, person = np.nonzero(rising[1:] != rising[:-1])
    coefficients = slope[:, segment, person]
    order = np.arange(1, coefficients.shape[0])[:, None]
    derived = order * coefficients[1:]

    def value(xi: Array) -> tuple[Array, Array]:
        powers = _powers(xi, coefficients.shape[0])
        at = np.einsum("or,or->r", coefficients, powers)
        return np.asarray(at), np.asarray(np.einsum("or,or->r", derived, powers[:-1]))

    xi = _root(value, _SAMPLES[sample], _SAMPLES[sample + 1], rising[sample, segment, person])
    return Places(segment, person, xi)


class Crossings(NamedTuple):
    """Where courses pass a level: person, day, area up to there, if C is `above` afterwards; each (r,)."""

    person: Index
    day: Array
    area: Array
    above: Flags


def crossings(course: Course, level: float, turns: Places, c_turns: Array) -> Crossings:
    """Every crossing of `level` (ug/mL; C >= level is above). `turns` are the extrema, `c_turns` C there."""
    pieces, above = _monotone_pieces(course, level, turns, c_turns)
    segment, person, low, high = pieces
    at = (segment, person)
    c, fade, x_end, sigma = course.c[:, *at], course.fade[at], course.x_end[at], course.sigma[at]
    derived = np.arange(1, c.shape[0])[:, None] * c[1:]

    def log_ratio(xi: Array) -> tuple[Array, Array]:
        # ln(C / level): nearly straight where a concentration falls, so that Newton needs few steps.
        powers = _powers(xi, c.shape[0])
        scaled = np.einsum("or,or->r", c, powers)
        slope = np.einsum("or,or->r", derived, powers[:-1])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(scaled / level) - sigma * _elapsed(xi, fade, x_end)
            return ratio, slope / scaled - sigma * x_end / (1.0 - fade * x_end * xi)

    inside = Places(segment, person, _root(log_ratio, low, high, above))
    # At a segment's left end the concentration jumps with a bolus, and from 0 with the first one.
    before = np.concatenate([np.zeros((1, course.area.size), dtype=bool), course.c_right[:-1] >= level])
    after = course.c_left >= level
    jump, who = np.nonzero(before != after)
    return Crossings(
        person=np.concatenate([person, who]),
        day=np.concatenate([inside.day(course), course.start[jump]]),
        area=np.concatenate([inside.area(course), course.area_before[jump, who]]),
        above=np.concatenate([~above, after[jump, who]]),
    )


def _monotone_pieces(
    course: Course, level: float, turns: Places, c_turns: Array
) -> tuple[tuple[Index, Index, Array, Array], Flags]:
    """Pieces with one crossing each: segment, person, xi at both ends; and if C is above at the first."""
    left, right = course.c_left >= level, course.c_right >= level
    turning = np.zeros(left.shape, dtype=bool)
    turning[turns.segment, turns.person] = True
    segment, person = np.nonzero(turning | (left != right))
    ends = np.zeros(segment.size)
    segments = np.concatenate([segment, turns.segment, segment])
    persons = np.concatenate([person, turns.person, person])
    xi = np.concatenate([ends, turns.xi, ends + 1.0])
    above = np.concatenate([left[segment, person], c_turns >= level, right[segment, person]])
    order = np.lexsort((xi, persons, segments))
    segments, persons, xi, above = segments[order], persons[order], xi[order], above[order]
    same = (segments[1:] == segments[:-1]) & (persons[1:] == persons[:-1])
    i = np.nonzero(same & (above[1:] != above[:-1]))[0]
    return (segments[i], persons[i], xi[i], xi[i + 1]), above[i]


def _root(value: Callable[[Array], tuple[Array, Array]], low: Array, high: Array, positive: Flags) -> Array:
    """The root of `value` (function and slope) in each bracket; `positive`: its sign at `low`.

    Newton's method, with a bisection wherever a step would leave the bracket.
    """
    x = 0.5 * (low + high)
    for _ in range(_MOST_STEPS if x.size else 0):
        f, slope = value(x)
        same = (f >= 0.0) == positive
        low, high = np.where(same, x, low), np.where(same, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = x - f / slope
        new = np.where((new >= low) & (new <= high), new, 0.5 * (low + high))
        moved = np.abs(new - x).max()
        x = new
        if moved <= _CLOSE:
            break
    return x


def _powers(xi: Array, count: int) -> Array:
    """1, xi, xi**2, ... of (r,) values, shape (count, r)."""
    powers = np.empty((count, xi.size))
    powers[0] = 1.0
    powers[1:] = xi
    return np.multiply.accumulate(powers, axis=0, out=powers)


def _elapsed(xi: Array, fade: Array, x_end: Array) -> Array:
    """Days since the segment's start at xi."""
    x = xi * x_end
    fades = fade > 0.0
    return np.where(fades, -np.log1p(-fade * x) / np.where(fades, fade, 1.0), x)


def _position(t: Array, fade: Array, x_end: Array) -> Array:
    """xi at `t` days after the segment's start."""
    fades = fade > 0.0
    return np.where(fades, -np.expm1(-fade * t) / np.where(fades, fade, 1.0), t) / x_end
