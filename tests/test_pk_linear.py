"""Every linear model and route against an independent integrator: infusions, lags, zero-order input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pk_linear import Curve

from escalate.pk.entries import Given
from escalate.pk.exposure import measure, sample
from escalate.pk.model import Persons
from escalate.pk.schedule import Input, doses_of


def factor(low, high):
    """Numbers spread evenly on the log scale."""
    return st.floats(np.log(low), np.log(high)).map(np.exp)


PEOPLE = st.fixed_dictionaries(
    {
        "cl": factor(0.05, 400.0),
        "v1": factor(1.0, 600.0),
        "q": st.one_of(st.just(0.0), factor(0.02, 300.0)),
        "v2": factor(1.0, 900.0),
        "ka": factor(0.1, 200.0),
        "f": st.floats(0.2, 1.0),
        "cl2": st.one_of(st.just(0.0), factor(0.02, 8.0)),
        "kdes": st.one_of(st.just(0.0), factor(1e-3, 1.0)),
    }
)
ROUTES = st.sampled_from(["sc", "oral", "bolus", "infusion", "zero-order"])
SCHEDULES = st.lists(
    st.tuples(st.floats(0.0, 6.0).map(lambda x: round(x, 1)), factor(1.0, 900.0), ROUTES,
              st.sampled_from([0.02, 0.25, 1.0, 3.5])),
    min_size=1, max_size=6,
)  # fmt: skip


def person(p):
    names = ("cl", "cl2", "kdes", "v1", "v2", "q", "ka", "f")
    return Persons(*(np.array([p[name]]) for name in names))


def both(schedule, p):
    """The same schedule for the module and for the reference."""
    entries, plain = [], []
    for day, mg, route, duration in schedule:
        if route in ("infusion", "zero-order"):
            entries.append(Given(day, mg, "", "iv", duration, ""))
            plain.append((day, mg, "iv", duration))
        elif route == "oral":  # an apparent model has no F
            entries.append(Given(day, mg / p["f"], "", "oral", 0.0, ""))
            plain.append((day, mg, "oral", 0.0))
        else:
            entries.append(Given(day, mg, "", "iv" if route == "bolus" else "sc", 0.0, ""))
            plain.append((day, mg, "iv" if route == "bolus" else "sc", 0.0))
    return doses_of(sorted(entries, key=lambda g: g.day)), plain


@given(PEOPLE, SCHEDULES)
@settings(max_examples=150, deadline=None)
def test_concentrations_and_areas_agree_to_1e_8(p, schedule):
    """Random people and schedules of every route, mixed, overlapping and at the same instant."""
    doses, plain = both(schedule, p)
    reference = Curve(p, plain, 30.0)
    at = np.linspace(0.013, 29.9, 37)

    c, area = sample(person(p), doses, at)

    expected = np.array([reference.at(t) for t in at])
    highest = measure(person(p), doses, np.inf).c_max_ug_per_ml[0]
    np.testing.assert_allclose(c[:, 0], expected[:, 0], rtol=1e-8, atol=1e-9 * highest)
    np.testing.assert_allclose(area[:, 0], expected[:, 1], rtol=1e-8, atol=1e-12 * expected[-1, 1])
    assert expected[:, 0].max() <= highest * (1 + 1e-9)


@given(PEOPLE, SCHEDULES)
@settings(max_examples=80, deadline=None)
def test_everything_given_is_eliminated(p, schedule):
    """CL2 = 0: AUC = amount that reaches the blood / CL, for every route and length of infusion."""
    p = {**p, "cl2": 0.0}
    doses, plain = both(schedule, p)
    reached = sum(mg * (p["f"] if route == "sc" else 1.0) for _, mg, route, _ in plain)

    area = measure(person(p), doses, 1.0).auc_0_inf_ug_day_per_ml[0]

    assert area == pytest.approx(reached / p["cl"], rel=1e-9)


@given(PEOPLE, st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_an_infusion_in_parts_is_the_same_infusion(p, parts):
    """Cutting an infusion into consecutive ones changes nothing."""
    one = doses_of([Given(0.0, 100.0, "", "iv", 2.0, "")])
    step = 2.0 / parts
    many = doses_of([Given(i * step, 100.0 / parts, "", "iv", step, "") for i in range(parts)])
    at = np.linspace(0.1, 10.0, 25)

    a, b = (sample(person(p), x, at)[0] for x in (one, many))

    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * a.max())


@given(st.lists(PEOPLE, min_size=3, max_size=6), SCHEDULES, st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_crowd_is_followed_as_one_person_is(people, schedule, same_fading):
    """Hundreds of persons take another path through the recursion; each gets what one alone gets."""
    if same_fading:
        people = [{**p, "kdes": 0.03} for p in people]
    # Like rates share their segments: each person comes with many who differ by a thousandth.
    crowd = [{**p, "cl": p["cl"] * (1 + 1e-3 * i / 70)} for p in people for i in range(70)]
    doses, _ = both(schedule, {**people[0], "f": 1.0})
    names = ("cl", "cl2", "kdes", "v1", "v2", "q", "ka", "f")
    persons = Persons(*(np.array([p[name] for p in crowd]) for name in names))
    at = np.linspace(0.013, 29.9, 17)

    together, c = measure(persons, doses, np.inf), sample(persons, doses, at)[0]

    for i, p in enumerate(people):
        alone = measure(person(p), doses, np.inf)
        for field in ("auc_0_inf_ug_day_per_ml", "c_max_ug_per_ml"):
            expected = getattr(alone, field)[0]
            assert getattr(together, field)[70 * i] == pytest.approx(expected, rel=1e-9)
        one = sample(person(p), doses, at)[0][:, 0]
        np.testing.assert_allclose(c[:, 70 * i], one, rtol=1e-9, atol=1e-12 * alone.c_max_ug_per_ml[0])


def test_a_long_infusion_reaches_the_rate_over_clearance():
    """One compartment: C = R/CL (1 - exp(-k t)), and the threshold is passed where that says."""
    p = {"cl": 53.28, "cl2": 0.0, "kdes": 0.0, "v1": 5.98, "v2": 1.0, "q": 0.0, "ka": 1.0, "f": 1.0}
    doses = doses_of([Given(0.0, 28.0, "", "iv", 28.0, "")])
    k, plateau = 53.28 / 5.98, 1.0 / 53.28

    exposure = measure(person(p), doses, 0.5 * plateau)

    assert sample(person(p), doses, np.array([0.05, 20.0]))[0][:, 0] == pytest.approx(
        [plateau * -np.expm1(-k * 0.05), plateau], rel=1e-12
    )
    assert exposure.t_above_days[0] == pytest.approx(28.0, rel=1e-12)  # up and down by the same half-life
    assert exposure.c_max_ug_per_ml[0] == pytest.approx(plateau, rel=1e-12)


def test_the_peak_is_found_whatever_the_threshold():
    """A clearance that fades within a day cuts time finely; the peak days later still counts."""
    p = {"cl": 1.0, "cl2": 1.0, "kdes": 1.0, "v1": 20.0, "v2": 1.0, "q": 0.0, "ka": 0.2, "f": 1.0}
    doses = doses_of([Given(0.0, 1.0, "", "sc", 0.0, "")])

    low, high = (measure(person(p), doses, level) for level in (1e-4, 1.0))

    assert high.t_max_days[0] > 3.0
    assert high.c_max_ug_per_ml[0] == pytest.approx(low.c_max_ug_per_ml[0], rel=1e-13)


def test_a_zero_order_absorption_is_an_infusion_of_that_length():
    """An oral dose of a model with a duration enters the blood at a constant rate."""
    oral = doses_of([Given(0.0, 4.0, "", "oral", 0.0, "")], Input(duration_days=0.02))
    infusion = doses_of([Given(0.0, 4.0, "", "iv", 0.02, "")])

    for a, b in zip(oral, infusion, strict=True):
        np.testing.assert_array_equal(a, b)


def test_before_a_bolus_is_not_after_it():
    """At the instant of a bolus the concentration has two values; both can be had."""
    p = {"cl": 1.0, "cl2": 0.0, "kdes": 0.0, "v1": 2.0, "v2": 1.0, "q": 0.0, "ka": 1.0, "f": 1.0}
    doses = doses_of([Given(d, 10.0, "", "iv", 0.0, "") for d in (0.0, 2.0)])
    left = 5.0 * np.exp(-1.0)

    after, before = (sample(person(p), doses, np.array([2.0]), before=x)[0][0, 0] for x in (False, True))

    assert (before, after) == pytest.approx((left, left + 5.0), rel=1e-13)
