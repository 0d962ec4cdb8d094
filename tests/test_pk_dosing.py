"""Dose and interval for a target, restart after a delay, and individual parameters from levels."""

from pathlib import Path

import numpy as np
import pytest
from pk_models import models, regimen

from escalate.files.knowledge_base import load_knowledge
from escalate.pk.dosing import (
    Target,
    beside,
    interval_to_reach,
    place_in,
    restart,
    restart_rules,
    scale_to_reach,
    scaled,
)
from escalate.pk.levels import Level, individual
from escalate.pk.simulate import measures, samples, typical_of

STEP_UP = ("0.06 mg/kg @0", "0.3 mg/kg @3")


def teclistamab(*texts):
    model = models()["teclistamab_miao_2023"]
    return model, typical_of(model, {"weight_kg": 74.0}), regimen(model, *STEP_UP, *texts, weight=74)


@pytest.mark.parametrize(
    "target",
    [Target("auc_0_inf", 600.0), Target("trough", 10.0, day=27.0), Target("t_above", 30.0, threshold=6.04)],
)
def test_the_factor_reaches_the_target(target):
    """Doses times the factor give the figure that was asked for."""
    model, values, given = teclistamab("1.5 mg/kg every 7 d x4 @6")

    more = scaled(given, scale_to_reach(model, values, given, target))

    if target.kind == "trough":
        found = samples(model, values, more, [target.day], before=True)[0][0, 0]
    else:
        found = getattr(measures(model, values, more, target.threshold), target.kind)[0]
    assert found == pytest.approx(target.value, rel=1e-8)


def test_the_factor_of_a_nonlinear_model():
    """Found by bisection, since the area is no longer proportional."""
    model = models()["tocilizumab_frey_2010"]
    values, given = typical_of(model, {}), regimen(model, "560 mg over 1 h @0")
    target = Target("auc_0_inf", 2.0 * measures(model, values, given).auc_0_inf[0])

    factor = scale_to_reach(model, values, given, target)

    assert 1.0 < factor < 2.0
    assert measures(model, values, scaled(given, factor)).auc_0_inf[0] == pytest.approx(
        target.value, rel=1e-7
    )


def test_the_longest_interval_for_a_trough():
    """At that interval the trough is met; a little longer it is not."""
    model = models()["igg_tortorici_2021"]
    values = typical_of(model, {})
    (first,) = regimen(model, "30 g over 4 h @0")

    days = interval_to_reach(model, values, first, 20, Target("trough", 2.0), 90.0)

    given = [first._replace(day=i * days) for i in range(20)]
    assert samples(model, values, given, [20 * days], before=True)[0][0, 0] == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_target_without_sense_is_refused(value):
    """Only what is above 0 can be reached."""
    model, values, given = teclistamab("1.5 mg/kg @6")

    with pytest.raises(ValueError, match="target"):
        scale_to_reach(model, values, given, Target("auc_0_inf", value))


def test_two_and_four_target_doses_side_by_side():
    """Both lie within the published range of the series at 74 kg."""
    model, values, four = teclistamab("1.5 mg/kg every 7 d x4 @6")
    two = teclistamab("1.5 mg/kg every 7 d x2 @6")[2]

    found = beside(model, values, {"two": two, "four": four}, 6.04)

    assert found["two"].auc_0_inf[0] < found["four"].auc_0_inf[0]
    for m in found.values():
        assert place_in(model.published, "auc_0_inf_ug_day_per_ml", float(m.auc_0_inf[0])) == "within"


@pytest.mark.parametrize(
    ("last", "gap", "mg_per_kg"),
    [("step_up_1", 7, None), ("step_up_1", 8, 0.06), ("step_up_2", 7, None), ("step_up_2", 8, 0.3),
     ("step_up_2", 28, 0.3), ("step_up_2", 29, 0.06), ("weekly", 28, 1.5), ("weekly", 29, 0.3),
     ("weekly", 56, 0.3), ("weekly", 57, 0.06), ("biweekly", 63, 1.5), ("biweekly", 64, 0.3),
     ("biweekly", 112, 0.3), ("biweekly", 113, 0.06)],
)  # fmt: skip
def test_restart_as_the_label_says(last, gap, mg_per_kg):
    """Every row and boundary of the label's table; a short gap after a step-up dose has no rule."""
    rules = restart_rules(load_knowledge(Path(__file__).parent.parent).parameters)

    found = restart(rules, last, gap)

    assert (found.mg_per_kg if found else None) == mg_per_kg


def test_restart_of_an_unknown_dose_is_refused():
    """The kinds are named."""
    rules = restart_rules(load_knowledge(Path(__file__).parent.parent).parameters)

    with pytest.raises(ValueError, match=r"monthly.*weekly"):
        restart(rules, "monthly", 3)


def test_levels_find_the_person_behind_them():
    """Many levels of a person whose CL is 1.6 times typical: the mode comes close, and says how close."""
    model = models()["tacrolimus_andrews_2019"]
    given = regimen(model, "5 mg every 12 h x60 @0")
    person = typical_of(model, {})
    person = {**person, "CL": 1.6 * person["CL"]}
    day = np.linspace(10.05, 29.9, 40)
    c = samples(model, person, given, day)[0][:, 0]

    found = individual(model, {}, given, [Level(d, x) for d, x in zip(day, c, strict=True)])

    # An error that grows with C makes lower predictions more likely: by about its variance, 6 %.
    assert found.values["CL"][0] / 23.0 == pytest.approx(1.6, rel=0.06)
    se = np.sqrt(np.diag(found.covariance))[found.names.index("CL")]
    assert 0.0 < se < 0.386 / 3
    assert np.log(1.6) == pytest.approx(found.effects[found.names.index("CL")], abs=2 * se)


@pytest.mark.parametrize(
    ("name", "text", "days"),
    [("mycophenolate_rong_2019", "1000 mg every 12 h x20 @0", [9.05, 9.1, 9.25, 9.45, 9.95]),
     ("tocilizumab_frey_2010", "560 mg over 1 h @0,28", [1.0, 7.0, 14.0, 27.9, 35.0, 42.0])],
)  # fmt: skip
def test_the_estimate_is_the_most_probable_one(name, text, days):
    """Mycophenolate, and tocilizumab, nonlinear and correlated: no effect moved a little is more probable."""
    model = models()[name]
    given, typical = regimen(model, text), typical_of(model, {})
    person = {**typical, "CL": 1.5 * typical["CL"]}
    c = samples(model, person, given, days)[0][:, 0]
    found = individual(model, {}, given, [Level(d, x) for d, x in zip(days, c, strict=True)])
    variances = [model.parameters[n].omega2 for n in found.names]
    prior = np.diag(variances)
    for (a, b), r in model.correlations.items():
        i, j = found.names.index(a), found.names.index(b)
        prior[i, j] = prior[j, i] = r * np.sqrt(variances[i] * variances[j])

    def improbability(effects):
        values = {**typical, **{n: typical[n] * np.exp(e) for n, e in zip(found.names, effects, strict=True)}}
        p = samples(model, values, given, days)[0][:, 0]
        v = (model.residual.proportional * p) ** 2 + model.residual.additive**2
        return effects @ np.linalg.solve(prior, effects) + np.sum((c - p) ** 2 / v + np.log(v))

    least = improbability(found.effects)

    for move in 0.01 * np.vstack((np.eye(len(found.names)), -np.eye(len(found.names)))):
        assert improbability(found.effects + move) > least


def test_one_level_leaves_most_open():
    """A single level moves the estimate less than the measurement is off, and narrows little."""
    model = models()["tacrolimus_andrews_2019"]
    given = regimen(model, "5 mg every 12 h x20 @0")
    typical = samples(model, typical_of(model, {}), given, [9.9])[0][0, 0]

    found = individual(model, {}, given, [Level(9.9, 2.0 * typical)])

    assert typical < found.predicted[0] < 2.0 * typical
    variances = dict(zip(found.names, np.diag(found.covariance), strict=True))
    for name, variance in variances.items():
        assert variance <= model.parameters[name].omega2 * 1.01


def test_levels_need_variability():
    """The replacement model reports none."""
    model = models()["igg_landersdorfer_2013"]

    with pytest.raises(ValueError, match="no inter-individual variability"):
        individual(model, {}, regimen(model, "30 g over 4 h @0"), [Level(1.0, 5.0)])


@pytest.mark.parametrize(
    ("levels", "message"),
    [([], "no level"), ([Level(1.0, -2.0)], "level 1"), ([Level(2.0, 1.0), Level(2.0, 1.0)], "level 2"),
     ([Level(float("nan"), 1.0)], "level 1")],
)  # fmt: skip
def test_bad_levels_are_named(levels, message):
    """The number of the level and what is wrong."""
    model = models()["tacrolimus_andrews_2019"]

    with pytest.raises(ValueError, match=message):
        individual(model, {}, regimen(model, "5 mg @0"), levels)
