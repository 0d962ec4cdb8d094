"""Virtual patients: covariates that differ, variability between occasions, any number of workers."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from pk_models import models, regimen

from escalate.commands.pk import command
from escalate.pk.cohort import drawn, read_distribution
from escalate.pk.entries import Given
from escalate.pk.population import virtual_values
from escalate.pk.schedule import flat, routed
from escalate.pk.simulate import measures
from escalate.pk.spread import Job, band, population
from escalate.problems import UsageError

STEP_UP = ("0.06 mg/kg @0", "0.3 mg/kg @3", "1.5 mg/kg every 7 d x4 @6")


def teclistamab():
    model = models()["teclistamab_miao_2023"]
    return model, {"weight_kg": 74.0}, regimen(model, *STEP_UP, weight=74.0)


def test_distributions_are_drawn_as_written():
    """Mean and standard deviation, both ends, and the share of an indicator; weights stay accepted ones."""
    model = models()["teclistamab_miao_2023"]
    texts = ("weight_kg=74+-15", "non_igg_myeloma=40%")
    own = drawn(model, [read_distribution(t, model) for t in texts], np.arange(20_000), 1)
    (even,) = drawn(model, [read_distribution("weight_kg=50..100", model)], np.arange(20_000), 1).values()

    assert own["weight_kg"].mean() == pytest.approx(74.0, abs=0.4)
    assert own["weight_kg"].std() == pytest.approx(15.0, abs=0.4)
    assert own["weight_kg"].min() >= 25.0
    assert own["non_igg_myeloma"].mean() == pytest.approx(0.4, abs=0.02)
    assert np.percentile(even, [0, 25, 50, 75, 100]) == pytest.approx([50, 62.5, 75, 87.5, 100], abs=0.7)


def test_doses_per_kg_go_with_the_weight():
    """A person of a cohort has what the same person has alone, with the doses of the own weight."""
    model, covariates, given = teclistamab()
    given = (*given, Given(40.0, 50.0, "", "sc", 0.0, "flat"))
    weight = read_distribution("weight_kg=50..110", model)

    cohort = population(model, covariates, given, 6.04, 80, 5, distributions=[weight])

    own = drawn(model, [weight], np.arange(80), 5)["weight_kg"]
    for i in (0, 17, 79):
        alone = {"weight_kg": float(own[i])}
        values = virtual_values(model, alone, 1, 5, first=i)
        mine = (*regimen(model, *STEP_UP, weight=float(own[i])), given[-1])
        found = measures(model, values, mine, 6.04)
        for a, b in zip(cohort, found, strict=True):
            assert a[i] == pytest.approx(b[0], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "texts", "varied"),
    [("tocilizumab_frey_2010", ("8 mg/kg over 1 h @0",), "bsa_m2=1.5..2.2"),
     ("baricitinib_decker_2024", ("4 mg every 24 h x5 @0",), "weight_kg=50..100")],
)  # fmt: skip
def test_every_kind_of_model_takes_a_cohort(name, texts, varied):
    """Nonlinear, and with an input whose length differs between persons."""
    model = models()[name]
    given = routed(flat(regimen(model, *texts, weight=70.0), 70.0, 1.8), model, None)

    found = population(model, {}, given, None, 12, 1, distributions=[read_distribution(varied, model)])

    assert np.unique(found.auc_0_inf).size == 12


def test_a_cohort_is_the_same_for_any_number_of_workers():
    """Covariates too depend on seed and number alone."""
    model, covariates, given = teclistamab()
    distributions = [read_distribution("weight_kg=74+-15", model)]

    one, two = (
        population(model, covariates, given, 6.04, 2100, 5, distributions=distributions, workers=n)
        for n in (1, 2)
    )

    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_variability_between_occasions_comes_to_that_between_persons():
    """Rituximab: the variances of V1 add up to 0.0484 + 0.1089; tofacitinib: ka has only the second kind."""
    rituximab = virtual_values(models()["rituximab_lioger_2017"], {}, 20_000, 3)
    tofacitinib = virtual_values(models()["tofacitinib_vong_2021"], {}, 20_000, 3)

    assert np.log(rituximab["V1"]).var() == pytest.approx(0.0484 + 0.1089, rel=0.03)
    assert np.log(rituximab["k10"]).var() == pytest.approx(0.0576 + 0.0064, rel=0.03)
    assert np.log(tofacitinib["ka"]).var() == pytest.approx(3.678724, rel=0.03)
    assert np.corrcoef(np.log(tofacitinib["ka"]), np.log(tofacitinib["CL"]))[0, 1] == pytest.approx(
        0, abs=0.02
    )


def test_without_the_falling_part_the_interval_is_without_it_too():
    """CL2 = 0 holds for the virtual patients and for the band of the figure."""
    model, covariates, given = teclistamab()
    at = np.array([10.0, 40.0])

    constant = population(model, covariates, given, 6.04, 200, 5, falling=False)

    values, _ = Job(model, covariates, given, 6.04, 200, 5, 0, (), False).drawn()
    expected = values["F"] * sum(g.amount_mg for g in given) / values["CL1"]
    np.testing.assert_allclose(constant.auc_0_inf, expected, rtol=1e-10)
    wide, narrow = (band(model, covariates, given, at, 200, 5, falling=x) for x in (False, True))
    assert (wide > narrow).all()


def test_the_command_says_what_differs():
    """The distributions stand among the assumptions, and the interval grows wider."""

    def answer(*more):
        arguments = ("tacrolimus", "--dose", "3 mg @0", "--population", "300", "--format", "json", *more)
        return json.loads(CliRunner().invoke(command, arguments).output)

    same, differ = answer(), answer("--vary", "haematocrit_percent=25..45", "--vary", "cyp3a5_expresser=50%")

    a, b = (x["interval_90"]["auc_0_inf_ng_h_per_ml"] for x in (same, differ))
    assert b[1] - b[0] > a[1] - a[0]
    assert any("haematocrit_percent 25 to 45" in text for text in differ["assumptions"])
    assert any("between occasions (CL)" in text for text in same["assumptions"])


@pytest.mark.parametrize(
    ("text", "message"),
    [("shoe=3..4", "no.* covariate|not a covariate"), ("weight_kg=heavy", "write"),
     ("weight_kg=90..60", "not above"), ("weight_kg=5..60", "outside"), ("weight_kg=60%", "indicator"),
     ("non_igg_myeloma=1..2", "indicator"), ("non_igg_myeloma=140%", "100 %"), ("weight_kg", "write")],
)  # fmt: skip
def test_bad_distributions_are_named(text, message):
    """The text and what is wrong with it."""
    with pytest.raises(ValueError, match=message) as refused:
        read_distribution(text, models()["teclistamab_miao_2023"])

    assert text in str(refused.value)


def test_a_bad_distribution_is_a_wrong_use():
    """The command names it."""
    result = CliRunner().invoke(command, ["teclistamab", "--weight", "74", "--vary", "shoe=3..4"])

    assert isinstance(result.exception, UsageError)
    assert "shoe" in str(result.exception)
