"""One segment of time as a power series: the transition of the amounts, free of the doses.

Between two doses the amounts (depot, central, peripheral) obey A' = (M0 + M1 exp(-kdes t)) A. On a
segment that starts at t0 the variable x = (1 - exp(-kdes s)) / kdes, s = t - t0, makes the coefficients
linear in x, so the power series of exp(sigma s) A in x obeys a three-term recursion: there is no step
error, only a truncation, kept below `TRUNCATION` by a majorant. x tends to s where kdes tends to 0, so
nothing special happens there; sigma, half of the fastest rate, keeps the terms from cancelling.
docs/decisions/0002-pk-series-solution.md gives the derivation and what was rejected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from escalate.pk.model import Array, Persons
from escalate.pk.nodes import TAU

TRUNCATION = 1e-17  # of a unit amount at the start of a segment
FADED = 1e-17  # additional clearance still to act on a person, as an exponent; less changes no digit

# Longest segment, times the fastest rate and times kdes. Segments twice as long lose more digits to
# cancellation (4) or need more terms than they save (0.5: late terms fall by 0.4 each).
_RATE_LENGTH, _FADE_LENGTH = 4.0, 0.5
MOST_TERMS = 120  # never reached: 60 suffice for the longest segment
_FIRST_LOOK = 14  # no series is over before so many terms
_LONGEST_TAIL_SERIES = 60.0  # in beta z: the series of `tail_area` has about that many terms and their root


class Rates(NamedTuple):
    """Micro-constants of n persons in 1/day, each (n,): k10 of the final clearance, b of its fading part."""

    k10: Array
    b: Array
    k12: Array
    k21: Array
    ka: Array
    fade: Array
    v1: Array

    @classmethod
    def of(cls, p: Persons) -> Rates:
        """The rates of these persons."""
        # With kdes = 0 nothing fades: both clearances are one constant.
        constant = p.kdes_per_day == 0.0
        cl1 = np.where(constant, p.cl1_l_per_day + p.cl2_l_per_day, p.cl1_l_per_day)
        cl2 = np.where(constant, 0.0, p.cl2_l_per_day)
        v1, q = p.v1_l, p.q_l_per_day
        return cls(cl1 / v1, cl2 / v1, q / v1, q / p.v2_l, p.ka_per_day, p.kdes_per_day, v1)

    def segments_per_day(self, t: float, absorbing: bool) -> float:
        """How many segments a day needs from `t` on, for the fastest person."""
        part = self.b * np.exp(-self.fade * t)
        fastest = self.k10 + part + self.k12 + self.k21
        if absorbing:
            fastest = np.maximum(fastest, self.ka)
        fade = float(np.max(self.fade, where=part > FADED * self.fade, initial=0.0))
        return max(float(fastest.max()) / _RATE_LENGTH, fade / _FADE_LENGTH)


class Grid(NamedTuple):
    """Segments common to a group of persons, shape (s,): start and length in days, whether drug may
    still be in the depot, and the instant (index of the doses) that is given at its start, or -1."""

    start: Array
    length: Array
    absorbing: NDArray[np.bool_]
    dose: NDArray[np.intp]


class Jumps(NamedTuple):
    """What happens at each of k instants: the share of the amounts that is `kept` (k,), and what is
    `added` (k, m, n) to depot, central, peripheral (mg) and, with m = 4, the rate of infusion (mg/day)."""

    kept: Array
    added: Array

    def after(self, amounts: Array, instant: int) -> Array:
        """The amounts (m, n) after an instant; the rate of an infusion replaces the one before."""
        amounts[3:] = 0.0
        return np.asarray(self.kept[instant] * amounts + self.added[instant])


class Recursion(NamedTuple):
    """What the recursion of the terms needs, for the persons and segments that `of` is asked for.

    The matrix of the recursion is already multiplied by x at the segment's end (`x_end`): rows depot,
    central, peripheral; `kx` is kdes times `x_end`.
    """

    fade: Array
    x_end: Array
    sigma: Array
    r_depot: Array
    r_central: Array
    r_peripheral: Array
    c_depot: Array
    c12: Array
    c21: Array
    kx: Array
    fading: Array

    @classmethod
    def of(cls, rates: Rates, start: Array, length: Array, absorbing: NDArray[np.bool_]) -> Recursion:
        """Segments from `start`, which broadcast against the persons of `rates`."""
        b = rates.b * np.exp(-rates.fade * start)
        acts = b > FADED * rates.fade
        b = np.where(acts, b, 0.0)
        fade = np.where(acts, rates.fade, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            x = np.where(acts, -np.expm1(-fade * length) / fade, length)
        out = rates.k10 + b + rates.k12
        fastest = out + rates.k21
        sigma = 0.5 * np.where(absorbing, np.maximum(fastest, rates.ka), fastest)
        kx = fade * x
        return cls(
            fade=fade,
            x_end=x,
            sigma=sigma,
            r_depot=x * (sigma - rates.ka),
            r_central=x * (sigma - out),
            r_peripheral=x * (sigma - rates.k21),
            c_depot=x * rates.ka * absorbing,
            c12=x * rates.k12,
            c21=x * rates.k21,
            kx=kx,
            fading=kx * x * b,
        )


class Series(NamedTuple):
    """The expansion of s segments for n persons, in xi = x / x(end) on 0 <= xi <= 1.

    `central` (order + 1, m, s, n) holds the central amount per unit of each of the three amounts at the
    start, times exp(sigma s), and with m = 4 per unit of an infusion (mg/day) that runs all the time;
    `to_central`, `to_peripheral` (m, s, n) and `to_depot` (s, n) are the amounts at the end.
    """

    recursion: Recursion
    central: Array
    to_depot: Array
    to_central: Array
    to_peripheral: Array


def expand(rates: Rates, grid: Grid, infused: bool = False) -> Series:
    """All segments of all persons at once; `infused`: also per unit of a constant infusion."""
    h = grid.length[:, None]
    absorbing = grid.absorbing[:, None]
    own = Recursion.of(rates, grid.start[:, None], h, absorbing)
    x, kx, c21, c12 = own.x_end, own.kx, own.c21, own.c12

    # An infusion is a fourth amount that stays as it is and feeds the central compartment.
    r_running = x * own.sigma
    running = np.ones(x.shape) if infused else None

    growth = np.maximum(
        np.abs(own.r_central) + c21 + own.c_depot + x * infused, np.abs(own.r_peripheral) + c12
    )
    growth = np.maximum(growth, np.abs(own.r_depot) * absorbing)
    if infused:
        growth = np.maximum(growth, r_running)
    bounds = float(growth.max()), float(kx.max()), float(own.fading.max())

    shape = (4 if infused else 3, *x.shape)
    first = np.zeros(shape)
    first[1] = 1.0
    central = [first]
    peripheral = np.zeros(shape)
    peripheral[2] = 1.0
    depot = np.where(absorbing, np.ones(x.shape), 0.0)
    sum_peripheral = peripheral.copy()
    before = np.inf
    for n in range(MOST_TERMS):
        drift = n * kx
        y = central[n]
        new = (drift + own.r_central) * y
        new += c21 * peripheral
        new[0] += own.c_depot * depot
        if running is not None:
            new[3] += x * running
        if n:
            new += own.fading * central[n - 1]
        peripheral *= drift + own.r_peripheral
        peripheral += c12 * y
        depot *= (drift + own.r_depot) / (n + 1)
        if running is not None:
            running *= (drift + r_running) / (n + 1)
        new /= n + 1
        peripheral /= n + 1
        central.append(new)
        sum_peripheral += peripheral
        if n < _FIRST_LOOK:
            continue
        if n % 3 == 0:
            largest = max(before, _largest(new, peripheral, depot, running))
            if remainder(n + 1, largest, bounds) < TRUNCATION:
                break
        elif n % 3 == 2:
            before = _largest(new, peripheral, depot, running)
    terms = np.stack(central)
    shrink = np.exp(-own.sigma * h)
    return Series(
        recursion=own,
        central=terms,
        to_depot=np.exp(-rates.ka * h) * absorbing,
        to_central=terms.sum(axis=0) * shrink,
        to_peripheral=sum_peripheral * shrink,
    )


def at_nodes(series: Series, grid: Grid, left: Array) -> Array:
    """Central amount at the nodes of each segment, (s, nodes, n), from the amounts at its start (m, s, n)."""
    own = series.recursion
    terms = np.einsum("oksn,ksn->osn", series.central, left)[:, :, None]
    elapsed = (0.5 * grid.length[:, None] * (1.0 + TAU))[:, :, None]
    xi = positions(own.fade[:, None], grid.length[:, None, None], (0.5 * (1.0 + TAU))[:, None])
    out = np.zeros(xi.shape)
    for term in terms[::-1]:
        out *= xi
        out += term
    out *= np.exp(-own.sigma[:, None] * elapsed)
    return out


def positions(fade: Array, length: Array | float, part: Array) -> Array:
    """xi after a `part` (0 to 1) of a segment's length; the arguments broadcast."""
    whole = fade * length
    # Below the rounding of 1 the two are the same.
    fades = whole > FADED
    whole = np.where(fades, whole, 1.0)
    return np.where(fades, np.expm1(-whole * part) / np.expm1(-whole), part)


def _largest(*parts: Array | None) -> float:
    return max(float(np.abs(part).max()) for part in parts if part is not None)


def remainder(n: int, largest: float, bounds: tuple[float, float, float]) -> float:
    """A bound of what is left of the series after the n-th term; `largest` of the n-th and the one before.

    The norms m of the terms obey m[i+1] <= ((i kx + growth) m[i] + fading m[i-1]) / (i + 1), so every
    second one falls at least by `ratio`.
    """
    growth, kx, fading = bounds
    ratio = max(kx, (n * kx + growth) / (n + 1)) + fading / (n + 1)
    return 2.0 * largest * ratio / (1.0 - ratio) if ratio < 1.0 else np.inf


def summable(rates: Rates, t: float) -> NDArray[np.bool_]:
    """Whose `tail_area` from `t` on is a series of reasonable length, shape (n,)."""
    return rates.b * np.exp(-rates.fade * t) <= _LONGEST_TAIL_SERIES * rates.fade


def tail_area(rates: Rates, t: float, amounts: Array) -> Array:
    """Area under the concentration from `t` to infinity without further doses, ug/mL * day, shape (n,).

    The area is linear in the amounts (3, n) at `t`; its weights, as a function of z = CL2 exp(-kdes t),
    are exp(-beta z) times a power series whose terms are all positive, so no digit is lost. Persons who
    are not `summable` get the area of a clearance that has already fallen, too large for them.
    """
    acts = (rates.b > 0.0) & summable(rates, t)
    bz = np.where(acts, rates.b * np.exp(-rates.fade * t), 0.0)
    fade = np.where(acts, rates.fade, 1.0)
    mean = bz / fade
    k10, k12, k21, ka = rates.k10, rates.k12, rates.k21, rates.ka
    source = np.exp(-mean) / rates.v1
    w_depot, w_central, w_peripheral = (np.zeros_like(mean) for _ in range(3))
    u_depot = u_peripheral = np.zeros_like(mean)
    largest = float(mean.max())
    for n in range(int(largest + 9.0 * largest**0.5) + 20):
        if n:
            source = source * mean / n
        nk = n * fade
        from_peripheral = bz * u_peripheral / (nk + k21 + (k21 == 0.0))
        u_central = (source + k12 * from_peripheral) / (nk + k10 + k12 * _share(nk, k21))
        u_peripheral = from_peripheral + _share(k21, nk) * u_central
        u_depot = (ka * u_central + bz * u_depot) / (nk + ka)
        w_depot = w_depot + u_depot
        w_central = w_central + u_central
        w_peripheral = w_peripheral + u_peripheral
    area: Array = w_depot * amounts[0] + w_central * amounts[1] + w_peripheral * amounts[2]
    return area


def _share(a: Array, b: Array) -> Array:
    """a / (a + b), 0 where both are 0 (no peripheral compartment)."""
    total = a + b
    return a / np.where(total == 0.0, 1.0, total)
