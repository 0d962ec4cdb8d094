"""A smooth curve on a segment by its values at Chebyshev nodes: values, slopes and areas anywhere between.

Between two doses a concentration is a sum of exponentials whose rates span at most `series._RATE_LENGTH`
on a segment; the polynomial through these nodes follows it to the last digits (the Chebyshev
coefficients of exp(-a x) fall like (a/2)^k / k!, below 1e-17 long before the last one). Position on a
segment is tau, from -1 at its left end to 1 at its right one.
"""

from __future__ import annotations

import numpy as np

from escalate.pk.definition import Array

COUNT = 20
_ORDER = np.arange(COUNT, dtype=np.float64)
_ANGLE = np.pi * _ORDER[::-1] / (COUNT - 1)
# Both ends are nodes; the sine is exact where the cosine of an angle near pi / 2 is not.
TAU = np.sin(np.pi * (2.0 * _ORDER - (COUNT - 1)) / (2.0 * (COUNT - 1)))
_NEXT_TO_A_NODE = 1e-290  # in place of a distance of 0, so that this node outweighs all others


def _coefficients() -> Array:
    """Values at the nodes -> Chebyshev coefficients, the discrete cosine transform, shape (COUNT, COUNT)."""
    ends = np.ones(COUNT)
    ends[[0, -1]] = 0.5
    cosines = np.cos(np.outer(_ORDER, _ANGLE))
    return np.asarray(2.0 / (COUNT - 1) * ends[:, None] * cosines * ends)


def _derivative() -> Array:
    """Chebyshev coefficients -> those of the derivative in tau."""
    out = np.zeros((COUNT, COUNT))
    for k in range(COUNT):
        for j in range(k + 1, COUNT, 2):
            out[k, j] = j if k == 0 else 2.0 * j
    return out


def _antiderivative() -> Array:
    """Chebyshev coefficients -> those of the integral from -1, one longer."""
    out = np.zeros((COUNT + 1, COUNT))
    out[1, 0] = 1.0
    out[2, 1] = 0.25
    for k in range(2, COUNT):
        out[k + 1, k], out[k - 1, k] = 0.5 / (k + 1), -0.5 / (k - 1)
    sign = (-1.0) ** np.arange(COUNT + 1)
    out[0] = -sign[1:] @ out[1:]
    return out


# Matrices from values at the nodes, shape (rows, COUNT).
COEFFICIENTS = _coefficients()
SLOPE_COEFFICIENTS = _derivative() @ COEFFICIENTS
CURVE_COEFFICIENTS = _derivative() @ SLOPE_COEFFICIENTS
AREA_COEFFICIENTS = _antiderivative() @ COEFFICIENTS
WHOLE_AREA = AREA_COEFFICIENTS.sum(axis=0)  # every Chebyshev polynomial is 1 at the right end
SLOPES = np.cos(np.outer(_ANGLE, _ORDER)) @ SLOPE_COEFFICIENTS


def values_at(tau: Array) -> Array:
    """The matrix (t, COUNT) from values at the nodes to those at `tau` (t,): the barycentric formula."""
    away = tau[:, None] - TAU
    away[away == 0.0] = _NEXT_TO_A_NODE
    weights = (-1.0) ** _ORDER
    weights[[0, -1]] *= 0.5
    parts = weights / away
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def areas_at(tau: Array) -> Array:
    """The matrix (t, COUNT) from values at the nodes to their integral over tau from -1 to `tau` (t,)."""
    return np.asarray(polynomials(tau, COUNT + 1).T @ AREA_COEFFICIENTS)


def polynomials(tau: Array, count: int) -> Array:
    """The first Chebyshev polynomials at `tau` (t,), shape (count, t)."""
    out = np.empty((count, tau.size))
    out[0], out[1] = 1.0, tau
    twice = 2.0 * tau
    for k in range(2, count):
        np.multiply(twice, out[k - 1], out=out[k])
        out[k] -= out[k - 2]
    return out


def evaluate(coefficients: Array, tau: Array) -> Array:
    """r Chebyshev series (count, r), each at its own `tau` (r,); shape (r,)."""
    return total(coefficients, polynomials(tau, coefficients.shape[0]))


def total(coefficients: Array, at: Array) -> Array:
    """The same where the `polynomials` at each place are known, both (count, r)."""
    return np.asarray(np.einsum("kr,kr->r", coefficients, at))
