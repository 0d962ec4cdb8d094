"""The course of a drug as a smooth curve on each segment of time: values, extrema, crossings of a level."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.pk.definition import Array
from escalate.pk.nodes import (
    AREA_COEFFICIENTS,
    COEFFICIENTS,
    CURVE_COEFFICIENTS,
    SLOPE_COEFFICIENTS,
    SLOPES,
    TAU,
    areas_at,
    evaluate,
    polynomials,
    total,
    values_at,
)
from escalate.texts import _

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

_CLOSE = 1e-13  # of a segment: the last step towards a root
_MOST_STEPS = 60  # bisection alone reaches the last digit in 53


class Course(NamedTuple):
    """The concentration of n persons on s consecutive segments by its values at the nodes of each.

    `start`, `length` (s,) in days; `c` (s, nodes, n) in ug/mL, doses given at a segment's left end
    included; `area_before` (s, n) is the area from the first dose to the left end, `area` (n,) the whole
    area to infinity, in ug/mL * day.
    """

    start: Array
    length: Array
    c: Array
    area_before: Array
    area: Array

    @property
    def c_left(self) -> Array:
        """C at the left end of each segment, (s, n)."""
        return self.c[:, 0]

    @property
    def c_right(self) -> Array:
        """C at the right end of each segment, before a dose given there, (s, n)."""
        return self.c[:, -1]

    def concentration(self, day: Array) -> Array:
        """C at each of the ascending times `day` (t,), shape (t, n); after a bolus given at that instant."""
        out = np.zeros((day.size, self.area.size))
        for i, here, tau in self._segments(day):
            np.matmul(values_at(tau), self.c[i], out=out[here])
        return out

    def concentration_before(self, day: Array) -> Array:
        """The same, but before a bolus given at that instant."""
        out = np.zeros((day.size, self.area.size))
        for i, here, tau in self._segments(day, "left"):
            np.matmul(values_at(tau), self.c[i], out=out[here])
        return out

    def area_to(self, day: Array) -> Array:
        """Area under C from the first dose to each of the ascending times `day` (t,), shape (t, n)."""
        out = np.zeros((day.size, self.area.size))
        for i, here, tau in self._segments(day):
            out[here] = self.area_before[i] + 0.5 * self.length[i] * (areas_at(tau) @ self.c[i])
        return out

    def of(self, person: int) -> Course:
        """The course of one of the persons alone."""
        own = slice(person, person + 1)
        c, before = np.ascontiguousarray(self.c[..., own]), self.area_before[:, own]
        return self._replace(c=c, area_before=before, area=self.area[own])

    def _segments(
        self, day: Array, side: Literal["left", "right"] = "right"
    ) -> list[tuple[int, slice, Array]]:
        """Segments with samples: number, which samples, and their positions."""
        if day.size and day[-1] > self.start[-1] + self.length[-1]:
            raise ValueError(
                _("day {day} lies beyond the course; solve it `until` that day").format(
                    day=format(day[-1], "g")
                )
            )
        segment = np.searchsorted(self.start, day, side=side) - 1
        # Times ascend, so those of one segment stand together.
        bounds = np.searchsorted(segment, np.arange(self.start.size + 1))
        out = []
        for i in np.nonzero(bounds[1:] > bounds[:-1])[0]:
            here = slice(int(bounds[i]), int(bounds[i + 1]))
            out.append((int(i), here, 2.0 * (day[here] - self.start[i]) / self.length[i] - 1.0))
        return out


class Places(NamedTuple):
    """r places on the courses: segment, person, position tau and the node at or before it, each (r,)."""

    segment: Index
    person: Index
    tau: Array
    node: Index

    def day(self, course: Course) -> Array:
        """Their times in days from the first dose."""
        return course.start[self.segment] + 0.5 * (self.tau + 1.0) * course.length[self.segment]

    def concentration(self, course: Course) -> Array:
        """C there."""
        return evaluate(COEFFICIENTS @ self._nodes(course), self.tau)

    def area(self, course: Course) -> Array:
        """Area under C from the first dose up to there."""
        within = evaluate(AREA_COEFFICIENTS @ self._nodes(course), self.tau)
        before = course.area_before[self.segment, self.person]
        return np.asarray(before + 0.5 * course.length[self.segment] * within)

    def _nodes(self, course: Course) -> Array:
        return course.c[self.segment, :, self.person].T


def extrema(course: Course) -> Places:
    """Every place inside a segment where the concentration turns, in no particular order.

    Between two nodes, a small part of the fastest rate, the curve has no room for two real turns.
    """
    slope = np.matmul(SLOPES, course.c)
    rising = slope >= 0.0
    segment, node, person = np.nonzero(rising[:, 1:] != rising[:, :-1])
    at = course.c[segment, :, person].T
    ends = slope[segment, node, person], slope[segment, node + 1, person]
    tau = _root(SLOPE_COEFFICIENTS @ at, CURVE_COEFFICIENTS @ at, (TAU[node], TAU[node + 1]), ends)
    return Places(segment, person, tau, node)


class Crossings(NamedTuple):
    """Where courses pass a level: person, day, area up to there, if C is `above` afterwards; each (r,)."""

    person: Index
    day: Array
    area: Array
    above: Flags


def crossings(course: Course, level: float, turns: Places, c_turns: Array) -> Crossings:
    """Every crossing of `level` (ug/mL; C >= level is above). `turns` are the extrema, `c_turns` C there."""
    above = course.c >= level
    segment, node, person = np.nonzero(above[:, 1:] != above[:, :-1])
    # A turn on the other side than the nodes around it hides two crossings, one on either side of it.
    left, right = above[turns.segment, turns.node, turns.person], (c_turns >= level)
    hidden = np.nonzero((left == above[turns.segment, turns.node + 1, turns.person]) & (left != right))[0]
    twice = (segment, turns.segment[hidden], turns.segment[hidden])
    segments = np.concatenate(twice)
    nodes = np.concatenate([node, turns.node[hidden], turns.node[hidden]])
    persons = np.concatenate([person, turns.person[hidden], turns.person[hidden]])
    seen, own = segment.size, hidden.size
    low, high = TAU[nodes], TAU[nodes + 1]
    f_low = course.c[segments, nodes, persons] - level
    f_high = course.c[segments, nodes + 1, persons] - level
    high[seen : seen + own] = low[seen + own :] = turns.tau[hidden]
    f_high[seen : seen + own] = f_low[seen + own :] = c_turns[hidden] - level

    at = course.c[segments, :, persons].T
    over = COEFFICIENTS @ at
    over[0] -= level
    tau = _root(over, SLOPE_COEFFICIENTS @ at, (low, high), (f_low, f_high))
    inside = Places(segments, persons, tau, nodes)
    # At a segment's left end the concentration jumps with a bolus, and from 0 with the first one.
    before = np.concatenate([np.zeros((1, course.area.size), dtype=bool), above[:-1, -1]])
    after = above[:, 0]
    jump, who = np.nonzero(before != after)
    return Crossings(
        person=np.concatenate([persons, who]),
        day=np.concatenate([inside.day(course), course.start[jump]]),
        area=np.concatenate([inside.area(course), course.area_before[jump, who]]),
        above=np.concatenate([f_low < 0.0, after[jump, who]]),
    )


def _root(
    coefficients: Array, slopes: Array, bracket: tuple[Array, Array], ends: tuple[Array, Array]
) -> Array:
    """The root of each Chebyshev series (k, r) in its bracket, where it is 0 or more at one end only.

    Newton's method from the secant's root, with a bisection wherever a step would leave the bracket.
    `slopes`: the series of the derivatives; `ends`: the values at both ends.
    """
    low, high = bracket
    positive = ends[0] >= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        x = low - (high - low) * ends[0] / (ends[1] - ends[0])
    x = np.where((x >= low) & (x <= high), x, 0.5 * (low + high))
    for _step in range(_MOST_STEPS if x.size else 0):
        at = polynomials(x, coefficients.shape[0])
        f = total(coefficients, at)
        same = (f >= 0.0) == positive
        low, high = np.where(same, x, low), np.where(same, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = x - f / total(slopes, at)
        new = np.where((new >= low) & (new <= high), new, 0.5 * (low + high))
        moved = np.abs(new - x).max()
        x = new
        if moved <= _CLOSE:
            break
    return x
