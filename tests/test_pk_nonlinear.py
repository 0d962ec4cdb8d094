"""The nonlinear models against scipy at rtol 1e-12 with another method, and the turnover of IgG."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pk_models import models, regimen
from pk_nonlinear import Followed
from scipy.integrate import solve_ivp

from escalate.pk.igg import IgG, Infusion
from escalate.pk.nonlinear import follow
from escalate.pk.simulate import one_by_one, typical_of

SPREAD = st.floats(math.log(0.4), math.log(2.5)).map(math.exp)


# Model, unit of dose, routes it is tested by, and a level that its courses pass.
CASES = {
    "tocilizumab_frey_2010": (st.sampled_from([162.0, 400.0, 800.0]), ["iv over"], 20.0),
    "daratumumab_luo_2021": (st.sampled_from([400.0, 1800.0]), ["sc", "iv over", "iv"], 100.0),
    "elranatamab_hibma_2026": (st.sampled_from([12.0, 32.0, 76.0]), ["sc", "iv over", "iv"], 1500.0),
}


@pytest.mark.parametrize("name", CASES)
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_every_measure_agrees_with_another_solver_to_1e_6(name, data):
    """Area, peak, its time, time and area above a level: random parameters, routes, doses and days."""
    model = models()[name]
    amounts, routes, level = CASES[name]
    p = {k: float(v[0]) * (data.draw(SPREAD) if k not in ("F", "molar_mass") else 1.0)
         for k, v in typical_of(model, {}).items()}  # fmt: skip
    binds, day = "V_target" in p, model.units.days
    texts, inputs = [], []
    for at in sorted(data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True))):
        mg, route = data.draw(amounts), data.draw(st.sampled_from(routes))
        texts.append(f"{mg} mg {route} 2 h @{at}" if "over" in route else f"{mg} mg {route} @{at}")
        amount = mg * (1e3 / 148.0 if binds else 1.0) * (p["F"] if route == "sc" else 1.0)
        inputs.append((at / day, amount, 0 if route == "sc" else 1, 2 / 24 / day if "over" in route else 0.0))

    course = follow(model, p, regimen(model, *texts))

    found = course.measures(level)
    end = float(course.pieces[-1].t[-1])
    expected = Followed(p, binds, inputs, end, level)
    # Where the peak only just reaches the level, the time above it is as uncertain as its root.
    assume(abs(expected.c_max / level - 1.0) > 1e-3)
    wanted = (expected.area, expected.c_max, expected.t_max, expected.above, expected.area_above)
    assert found[:5] == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_crossings_and_peak_of_a_nonlinear_course():
    """Time above is the distance of the crossings, which lie at the level."""
    model = models()["tocilizumab_frey_2010"]
    (p,) = one_by_one(typical_of(model, {}))
    course = follow(model, p, regimen(model, "8 mg/kg over 1 h @0", weight=70), 60.0)

    _, c_max, t_max, above, area, excess = course.measures(20.0)

    assert t_max == pytest.approx(1 / 24, rel=1e-9)
    up = 20.0 / c_max / 24
    down = above + up
    assert course.at(np.array([down]))[0][0] == pytest.approx(20.0, rel=1e-3)
    assert excess == pytest.approx(area - 20.0 * above)


def test_igg_weeks():
    """A baseline of 10.5 g/L falls below 4 g/L after 8.9 weeks, the median of the case series."""
    igg = IgG(10.5, 0.016438273, 0.001141547, 0.23, 6.0, 0.10, 8.12, 4.0)

    weeks = igg.weeks_below()

    assert weeks == pytest.approx(8.9, abs=0.05)
    assert igg.at(np.array([7 * weeks]))[0] == pytest.approx(4.0, rel=1e-8)
    reference = solve_ivp(
        lambda t, y: [igg.slope(t, y[0])], (6.0, 7 * weeks), [10.5], "LSODA", rtol=1e-12, atol=1e-13
    )
    assert reference.y[0, -1] == pytest.approx(4.0, rel=1e-6)


def test_igg_never():
    """Where residual production alone keeps IgG above the level, the answer is infinity, not an error."""
    igg = IgG(25.0, 0.016438273, 0.001141547, 0.23, 6.0, 0.10, 8.12, 4.0)

    assert igg.weeks_below() == math.inf
    assert igg.lowest > 4.0
    assert igg.at(np.array([5000.0]))[0] == pytest.approx(igg.lowest, rel=1e-6)


def test_replacement_delays_the_fall():
    """Monthly 8.9 g from week 6 on keeps the sum above 4 g/L longer."""
    igg = IgG(10.5, 0.016438273, 0.001141547, 0.23, 6.0, 0.10, 8.12, 4.0)

    treated = igg.weeks_below([Infusion(42.0 + 28 * i, 8.9) for i in range(12)])

    assert treated > igg.weeks_below()


@given(
    st.floats(4.5, 25.0),
    st.floats(0.0, 0.3),
    st.floats(0.05, 1.0),
    st.lists(st.tuples(st.integers(3, 150), st.floats(2.0, 60.0)), max_size=4, unique_by=lambda x: x[0]),
)
@settings(max_examples=40, deadline=None)
def test_weeks_to_low_igg_agree_with_another_solver_to_1e_6(baseline, residual, depletion, given_igg):
    """With and without replacement: the first time below 4 g/L, or never."""
    infusions = [Infusion(float(day), grams) for day, grams in sorted(given_igg)]
    igg = IgG(baseline, 0.016438273, 0.001141547, depletion, 6.0, residual, 8.12, 4.0)

    found = igg.weeks_below(infusions)

    g, day, expected = baseline, 0.0, math.inf
    for stop in sorted({6.0, 7305.0, *(i.day for i in infusions)}):

        def low(t, y):
            return y[0] - 4.0

        low.direction, low.terminal = -1, True
        solved = solve_ivp(
            lambda t, y: [igg.slope(t, y[0])], (day, stop), [g], "LSODA", rtol=1e-12, atol=1e-13, events=low
        )
        if solved.t_events[0].size:
            expected = solved.t_events[0][0] / 7.0
            break
        day, g = stop, solved.y[0, -1] + sum(i.grams for i in infusions if i.day == stop) / 8.12
    assume(abs(igg.lowest / 4.0 - 1.0) > 1e-3)
    assert found == pytest.approx(expected, rel=1e-6)
