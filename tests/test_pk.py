"""The exposure module against an independent integrator, against closed forms, and against itself."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pk_reference import Reference

from escalate.pk.course import extrema
from escalate.pk.exposure import measure, typical
from escalate.pk.model import Persons, load, typical_person
from escalate.pk.population import interval, virtual_persons
from escalate.pk.regimen import doses
from escalate.pk.series import Rates, tail_area
from escalate.pk.solve import solve

FOLDER = Path(__file__).parent.parent / "knowledge"
NAMES = ("cl1", "cl2", "kdes", "v1", "v2", "q", "ka", "f")
TYPICAL = dict(zip(NAMES, (0.449, 0.547, 0.0292, 4.13, 1.34, 0.039, 0.133, 0.718), strict=True))
STEP_UP = [(0.0, 4.44), (3.0, 22.2), (6.0, 111.0), (13.0, 111.0), (20.0, 111.0), (27.0, 111.0)]


def persons(*parameters):
    return Persons(*(np.array([p[name] for p in parameters]) for name in NAMES))


def given_doses(pairs, route="sc"):
    return doses(np.array([d for d, _ in pairs]), np.array([mg for _, mg in pairs]), route)


def mixed_doses(regimen):
    day, mg, route = zip(*regimen, strict=True)
    return doses(np.array(day), np.array(mg), route)


def plain(node):
    """A YAML node as the plain mapping that the library hands over: unquoted numbers are decimals."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    try:
        return Decimal(node.value) if node.style is None else node.value
    except ArithmeticError:
        return node.value


@pytest.fixture(scope="module")
def data():
    return plain(yaml.compose((FOLDER / "pk" / "teclistamab.yaml").read_text()))


@pytest.fixture(scope="module")
def model(data):
    return load(data)


def factor(low, high):
    """Numbers spread evenly on the log scale."""
    return st.floats(np.log(low), np.log(high)).map(np.exp)


# Around the typical antibody, from a twentieth to twenty times in each rate.
PARAMETERS = st.fixed_dictionaries(
    {
        "cl1": factor(0.05, 5.0),
        "cl2": st.one_of(st.just(0.0), factor(0.02, 8.0)),
        "kdes": st.one_of(st.just(0.0), factor(1e-9, 1e-3), factor(1e-3, 1.5)),
        "v1": factor(1.0, 12.0),
        "v2": factor(0.3, 8.0),
        "q": st.one_of(st.just(0.0), factor(0.005, 3.0)),
        "ka": factor(0.02, 3.0),
        "f": st.floats(0.2, 1.0),
    }
)
DAYS = st.floats(0.0, 40.0).map(lambda x: round(x, 1))
REGIMENS = st.lists(
    st.tuples(DAYS, factor(1.0, 300.0), st.sampled_from(["sc", "iv_bolus"])), min_size=1, max_size=6
)


@given(PARAMETERS, REGIMENS, st.floats(0.02, 0.98))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_agrees_with_an_ode_solver_to_1e_8(p, regimen, level):
    """Concentration, areas, Cmax and both threshold measures, for random people and schedules."""
    one = persons(p)
    schedule = mixed_doses(regimen)
    peak = measure(one, schedule, 1e-3).c_max_ug_per_ml[0]
    threshold = level * peak
    reference = Reference(p, regimen, threshold)
    exposure = measure(one, schedule, threshold)

    assert exposure.auc_0_inf_ug_day_per_ml[0] == pytest.approx(reference.auc, rel=1e-8)
    at = np.linspace(schedule.day[0] + 0.37, schedule.day[-1] + 30.0, 23)
    course = solve(one, schedule, until=float(at[-1]))
    expected = np.array([reference.at(t) for t in at])
    np.testing.assert_allclose(course.concentration(at)[:, 0], expected[:, 0], rtol=1e-8, atol=1e-9 * peak)
    np.testing.assert_allclose(course.area_to(at)[:, 0], expected[:, 1], rtol=1e-8)
    c_max, t_max = reference.peak()
    assert peak == pytest.approx(c_max, rel=1e-8)
    # Of two peaks of one height either is right; where it is flat, C says more than its time.
    assert reference.at(exposure.t_max_days[0])[0] == pytest.approx(c_max, rel=1e-8) or (
        exposure.t_max_days[0] == pytest.approx(t_max, rel=1e-8)
    )

    time, area = reference.above()
    # Where the peak only just reaches the threshold, a difference of 1e-12 in C is a large one in time.
    assume(time > 1e-3)
    assert exposure.t_above_days[0] == pytest.approx(time, rel=1e-8)
    assert exposure.auc_above_ug_day_per_ml[0] == pytest.approx(area, rel=1e-8)


HARD = {
    "ka equals the disposition rate": {"cl2": 0.0, "q": 0.0, "ka": 0.449 / 4.13},
    "ka beside the disposition rate": {"cl2": 0.0, "q": 0.0, "ka": 0.449 / 4.13 * (1 + 1e-9)},
    "no fading part": {"cl2": 0.0},
    "no fading": {"kdes": 0.0},
    "next to no fading": {"kdes": 1e-13},
    "fading over years": {"kdes": 1e-5},
    "fading within hours": {"kdes": 9.0},
    "fading at the disposition rate": {"kdes": 0.449 / 4.13, "q": 0.0},
    "a large part that fades": {"cl2": 12.0, "v1": 1.2},
    "very slow": {"cl1": 0.02, "cl2": 0.01, "v1": 15.0, "ka": 0.01},
    "very fast": {"cl1": 15.0, "cl2": 20.0, "v1": 2.0, "ka": 4.0, "q": 2.0},
    "no periphery": {"q": 0.0},
    "a deep periphery": {"q": 0.02, "v2": 30.0},
}


@pytest.mark.parametrize("change", HARD.values(), ids=HARD.keys())
def test_hard_cases_agree_to_1e_8(change):
    """Where formulas with differences of rates in the denominator or expansions in kdes break down."""
    p = {**TYPICAL, **change}
    regimen = [(d, mg, "sc") for d, mg in STEP_UP]
    reference = Reference(p, regimen, 2.0)

    exposure = measure(persons(p), given_doses(STEP_UP), 2.0)

    assert exposure.auc_0_inf_ug_day_per_ml[0] == pytest.approx(reference.auc, rel=1e-8)
    time, area = reference.above()
    assert exposure.t_above_days[0] == pytest.approx(time, rel=1e-8)
    assert exposure.auc_above_ug_day_per_ml[0] == pytest.approx(area, rel=1e-8)


@given(PARAMETERS.filter(lambda p: p["ka"] > 0.02), REGIMENS)
@settings(max_examples=100, deadline=None)
def test_without_a_fading_part_the_area_is_f_times_dose_over_clearance(p, regimen):
    """CL2 = 0: AUC = (F x SC dose + IV dose) / CL1, whatever the other parameters and the times."""
    p = {**p, "cl2": 0.0}
    schedule = mixed_doses(regimen)
    absorbed = sum(mg * (p["f"] if r == "sc" else 1.0) for _, mg, r in regimen)

    area = measure(persons(p), schedule, 1.0).auc_0_inf_ug_day_per_ml[0]

    assert area == pytest.approx(absorbed / p["cl1"], rel=1e-11)


@given(PARAMETERS, st.floats(0.01, 100.0))
@settings(max_examples=50, deadline=None)
def test_doses_and_exposure_are_proportional(p, scale):
    """All doses and the threshold times x: areas and concentrations times x, times unchanged."""
    once = measure(persons(p), given_doses(STEP_UP), 1.0)
    scaled = measure(persons(p), given_doses([(d, mg * scale) for d, mg in STEP_UP]), scale)

    for name in ("auc_0_inf_ug_day_per_ml", "c_max_ug_per_ml"):
        assert getattr(scaled, name)[0] == pytest.approx(scale * getattr(once, name)[0], rel=1e-12)
    assert scaled.t_above_days[0] == pytest.approx(once.t_above_days[0], rel=1e-8, abs=1e-9)


@given(PARAMETERS, REGIMENS)
@settings(max_examples=50, deadline=None)
def test_courses_of_single_doses_add_up(p, regimen):
    """Superposition holds although the clearance falls, because one clock runs for all doses."""
    at = np.linspace(0.0, 80.0, 41)
    whole = mixed_doses(regimen)
    single = [doses(np.array([d]), np.array([mg]), r) for d, mg, r in regimen]

    together = solve(persons(p), whole, until=80.0).concentration(at)
    apart = sum(solve(persons(p), each, until=80.0).concentration(at) for each in single)

    np.testing.assert_allclose(together, apart, rtol=1e-9, atol=1e-11 * together.max())


@given(PARAMETERS, st.floats(0.01, 0.99))
@settings(max_examples=50, deadline=None)
def test_splitting_a_dose_changes_nothing(p, share):
    """Two injections at the same instant are one of both amounts."""
    split = [(d, mg * x) for d, mg in STEP_UP for x in (share, 1.0 - share)]

    a, b = (measure(persons(p), given_doses(s), 1.0) for s in (STEP_UP, split))

    assert a.auc_0_inf_ug_day_per_ml[0] == pytest.approx(b.auc_0_inf_ug_day_per_ml[0], rel=1e-13)
    assert a.auc_above_ug_day_per_ml[0] == pytest.approx(b.auc_above_ug_day_per_ml[0], rel=1e-9, abs=1e-9)


@given(PARAMETERS, st.floats(0.0, 200.0), st.lists(st.floats(0.0, 120.0), max_size=20))
@settings(max_examples=50, deadline=None)
def test_the_area_does_not_depend_on_horizon_or_grid(p, until, cuts):
    """Following the course further, or cutting it by doses of 0 mg, leaves the area to infinity as it is."""
    area = solve(persons(p), given_doses(STEP_UP)).area[0]
    further = solve(persons(p), given_doses(STEP_UP), until=until).area[0]
    cut = solve(persons(p), given_doses([*STEP_UP, *((c, 0.0) for c in cuts)])).area[0]

    assert further == pytest.approx(area, rel=1e-12)
    assert cut == pytest.approx(area, rel=1e-12)


@given(st.lists(PARAMETERS, min_size=5, max_size=12))
@settings(max_examples=25, deadline=None)
def test_each_person_is_the_same_alone_and_in_company(people):
    """Persons share segments of time, but not results."""
    together = measure(persons(*people), given_doses(STEP_UP), 3.0)

    for i, p in enumerate(people):
        alone = measure(persons(p), given_doses(STEP_UP), 3.0)
        for name in ("auc_0_inf_ug_day_per_ml", "c_max_ug_per_ml", "t_above_days", "auc_above_ug_day_per_ml"):
            expected = getattr(alone, name)[0]
            assert getattr(together, name)[i] == pytest.approx(expected, rel=1e-9, abs=1e-8)


def test_the_closed_area_is_linear_in_what_is_in_the_body():
    """The area to infinity at the first dose, as one series, equals the one followed over all segments."""
    p = persons(TYPICAL)

    series = tail_area(Rates.of(p), 0.0, np.array([[100.0], [20.0], [0.0]]))

    both = doses(np.array([0.0, 0.0]), np.array([100.0 / 0.718, 20.0]), ("sc", "iv_bolus"))
    assert series[0] == pytest.approx(solve(p, both).area[0], rel=1e-13)


def test_two_crossings_close_together_are_both_found():
    """A threshold a billionth below the peak: C is above it for a short while, not never."""
    p = persons(TYPICAL)
    peak = measure(p, given_doses(STEP_UP), 1.0)

    just = measure(p, given_doses(STEP_UP), float(peak.c_max_ug_per_ml[0]) * (1 - 1e-9))

    assert 0.0 < just.t_above_days[0] < 0.01
    over = measure(p, given_doses(STEP_UP), float(peak.c_max_ug_per_ml[0]) * (1 + 1e-9))
    assert over.t_above_days[0] == 0.0


def test_a_bolus_is_above_the_threshold_from_its_instant_on():
    """C jumps with an intravenous dose; a sample at that instant lies after it."""
    p = {**TYPICAL, "cl2": 0.0, "q": 0.0}
    schedule = given_doses([(0.0, 41.3), (10.0, 41.3)], "iv_bolus")

    course = solve(persons(p), schedule, until=20.0)
    exposure = measure(persons(p), schedule, 5.0)

    k = 0.449 / 4.13
    second = 10.0 + 10.0 * np.exp(-10.0 * k)
    assert course.concentration(np.array([0.0, 10.0]))[:, 0] == pytest.approx([10.0, second])
    expected = (np.log(10.0 / 5.0) + np.log(second / 5.0)) / k
    assert exposure.t_above_days[0] == pytest.approx(expected, rel=1e-12)


def test_every_extremum_is_found_where_doses_follow_each_other():
    """Weekly target doses: each gives a peak and, before the next one takes over, a trough."""
    course = solve(persons(TYPICAL), given_doses(STEP_UP), threshold=6.04)
    places = extrema(course)
    at = np.sort(places.day(course))

    for day in at:
        c = course.concentration(np.array([day - 1e-3, day, day + 1e-3]))[:, 0]
        assert (c[1] - c[0]) * (c[2] - c[1]) <= 1e-12


@pytest.mark.parametrize(
    ("pairs", "entry"),
    [([(0.0, 1.0), (3.0, -1.0)], "dose 2"), ([(-1.0, 1.0)], "dose 1"), ([(0.0, np.nan)], "dose 1")],
)
def test_bad_doses_are_named(pairs, entry):
    """A negative dose, a time before the first dose, or NaN is refused with the entry's number."""
    with pytest.raises(ValueError, match=entry):
        given_doses(pairs)


@pytest.mark.parametrize(("name", "value"), [("v1", 0.0), ("cl2", -1.0), ("ka", np.nan), ("q", np.inf)])
def test_impossible_parameters_are_named(name, value):
    """A volume of nought, a negative clearance, NaN or infinity never reaches the equations."""
    with pytest.raises(ValueError, match=name):
        persons({**TYPICAL, name: value})


def test_the_data_become_the_printed_model(model):
    """Typical values, variances and covariates of the article, at the reference weight."""
    person = typical_person(model, {"weight_kg": 74.0})

    values = [float(getattr(person, name)[0]) for name in Persons.__slots__]
    assert values == pytest.approx(list(TYPICAL.values()))
    omega2 = {p.name: round(p.omega2, 4) for p in model.parameters.values() if p.omega2}
    assert omega2 == {"CL1": 0.2525, "CL2": 0.7631, "V1": 0.2136, "ka": 0.1859}


def test_weight_changes_what_the_model_says_and_nothing_else(model):
    """CL1, V1 and V2 scale with weight, CL2, Q, ka and F do not."""
    person = typical_person(model, {"weight_kg": 100.0})
    ratio = 100.0 / 74.0

    assert person.cl1_l_per_day[0] == pytest.approx(0.449 * ratio**0.704)
    assert person.v1_l[0] == pytest.approx(4.13 * ratio**0.358)
    assert person.v2_l[0] == pytest.approx(1.34 * ratio**1.40)
    assert person.cl2_l_per_day[0] == 0.547


@pytest.mark.parametrize(
    ("covariates", "message"),
    [({}, "weight_kg"), ({"weight_kg": 20.0}, "outside"), ({"weight_kg": np.nan}, "outside"),
     ({"weight_kg": 74.0, "age": 50.0}, "age")],
)  # fmt: skip
def test_covariates_without_sense_are_refused(model, covariates, message):
    """A missing, senseless or unknown covariate is named."""
    with pytest.raises(ValueError, match=message):
        typical_person(model, covariates)


def test_a_model_with_an_entry_missing_is_refused(data):
    """The model and the missing entry are named."""
    broken = {**data, "parameters": {k: v for k, v in data["parameters"].items() if k != "ka"}}

    with pytest.raises(ValueError, match=r"teclistamab_miao_2023.*ka"):
        load(broken)


def test_typical_exposure_with_and_without_the_time_dependent_clearance(model):
    """74 kg, 6.36 mg/kg: without CL2 the area is F x dose / CL1; with it, two thirds of that."""
    falling, constant = typical(model, given_doses(STEP_UP), {"weight_kg": 74.0}, "ec90")

    assert constant.auc_0_inf_ug_day_per_ml[0] == pytest.approx(0.718 * 470.64 / 0.449, rel=1e-12)
    assert falling.auc_0_inf_ug_day_per_ml[0] == pytest.approx(496.8462466, rel=1e-9)
    assert falling.auc_excess_ug_day_per_ml[0] == pytest.approx(
        falling.auc_above_ug_day_per_ml[0] - 6.04 * falling.t_above_days[0]
    )


def test_virtual_persons_depend_on_seed_and_number_alone(model):
    """Drawn in two parts they are the same persons; the log-variances are those of the data."""
    whole = virtual_persons(model, {"weight_kg": 74.0}, 4000, 1)
    part = virtual_persons(model, {"weight_kg": 74.0}, 100, 1, first=300)

    np.testing.assert_array_equal(whole.cl1_l_per_day[300:400], part.cl1_l_per_day)
    assert np.log(whole.cl1_l_per_day / 0.449).std() == pytest.approx(0.2525**0.5, rel=0.05)
    logs = np.log([whole.cl1_l_per_day, whole.cl2_l_per_day, whole.v1_l, whole.ka_per_day])
    assert np.abs(np.corrcoef(logs) - np.eye(4)).max() < 0.05


def test_the_interval_is_the_same_every_time_and_holds_the_typical_value(model):
    """A fixed seed; the typical value lies within the interval of each measure that varies."""
    a, b = (interval(model, given_doses(STEP_UP), {"weight_kg": 74.0}, "ec90") for _ in range(2))
    falling, _ = typical(model, given_doses(STEP_UP), {"weight_kg": 74.0}, "ec90")

    assert a == b
    for name, (low, high) in a.items():
        assert low <= getattr(falling, name)[0] <= high
