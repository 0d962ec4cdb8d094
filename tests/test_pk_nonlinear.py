"""The nonlinear models against scipy at rtol 1e-12 with another method, and the turnover of IgG."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pk_models import models, regimen
from scipy.integrate import solve_ivp

from escalate.pk.igg import IgG, Infusion
from escalate.pk.nonlinear import follow
from escalate.pk.simulate import one_by_one, typical_of

SPREAD = st.floats(math.log(0.4), math.log(2.5)).map(math.exp)


def saturable(p, t, y):
    c = y[1] / p["V1"]
    out = p["Q"] * (c - y[2] / p["V2"])
    gone = p["CL"] * c + p["Vmax"] * math.exp(-p.get("kdes", 0.0) * t) * c / (p["Km"] + c)
    ka = p.get("ka", 0.0)
    return [-ka * y[0], ka * y[0] - gone - out, out, c]


def target(p, t, y):
    weight = p["Kd"] * p["Vc"] * p["V_target"] / p["V_complex"]
    s = weight + y[1] + y[3]
    x = 2 * y[1] * y[3] / (s + math.sqrt(s * s - 4 * y[1] * y[3]))
    out = p["Q"] / p["Vc"] * (y[1] - x) - p["Q"] / p["Vp"] * y[2]
    complex_gone = p["CL_complex"] * x / p["V_complex"]
    return [
        -p["ka"] * y[0],
        p["ka"] * y[0] - out - p["CL"] * (y[1] - x) / p["Vc"] - complex_gone,
        out,
        p["CL_target"] * (p["BL_target"] - (y[3] - x) / p["V_target"]) - complex_gone,
        (y[1] - x) / p["Vc"] * 148.0,
    ]


@pytest.mark.parametrize(
    ("name", "slope", "size", "compartment", "mg", "end"),
    [("tocilizumab_frey_2010", saturable, 4, 1, 560.0, 60.0),
     ("daratumumab_luo_2021", saturable, 4, 0, 1800.0, 60.0 * 24),
     ("elranatamab_hibma_2026", target, 5, 0, 76.0, 60.0)],
)  # fmt: skip
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_agrees_with_another_solver_to_1e_6(name, slope, size, compartment, mg, end, data):
    """The area under random parameters and two doses, to 1e-6."""
    model = models()[name]
    p = {k: float(v[0]) * (data.draw(SPREAD) if k not in ("F", "molar_mass") else 1.0)
         for k, v in typical_of(model, {}).items()}  # fmt: skip
    route = "iv" if compartment else "sc"
    course = follow(model, p, regimen(model, f"{mg} mg {route} @0,10"), end * model.units.days)
    y = np.zeros(size)
    if size == 5:
        y[3] = p["BL_target"] * p["V_target"]
    amount = mg * (p["F"] if route == "sc" else 1.0) * (1e3 / 148.0 if size == 5 else 1.0)
    second = 10.0 / model.units.days
    for start, stop in ((0.0, second), (second, end)):
        y[compartment] += amount
        y = solve_ivp(
            lambda t, x: slope(p, t, x), (start, stop), y, "DOP853", rtol=1e-12, atol=1e-12 * amount
        ).y[:, -1]

    _, area = course.at(np.array([end * model.units.days]))

    assert area[0] == pytest.approx(y[-1], rel=1e-6)


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
