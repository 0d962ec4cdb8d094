"""The contract's `exposure` of a regimen at a weight."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml
from test_pk import FOLDER, plain
from test_regimen import published

from escalate.plan.exposure import exposure_of


@pytest.fixture(scope="module")
def data():
    return plain(yaml.compose((FOLDER / "pk" / "teclistamab.yaml").read_text()))


def test_no_exposure_without_a_weight_or_a_model(data):
    """Nothing is simulated for an assumed weight, and nothing without a model."""
    assert exposure_of(data, published()[0], None) is None
    assert exposure_of(None, published()[0], Decimal(70)) is None


def test_the_contract_keys_are_there_and_the_same_bytes_every_time(data):
    """Typical values, interval, both clearances, published range and assumptions, JSON ready."""
    first, second = (exposure_of(data, published()[0], Decimal(74)) for _ in range(2))

    assert first is not None
    assert json.dumps(first) == json.dumps(second)
    assert first["model"] == "teclistamab_miao_2023"
    assert first["published_range"]["auc_0_inf_ug_day_per_ml"] == [197, 814]
    for name in (
        "auc_0_inf_ug_day_per_ml",
        "c_max_ug_per_ml",
        "t_above_ec90_days",
        "auc_above_ec90_ug_day_per_ml",
    ):
        low, high = first["interval_90"][name]
        assert low < first[name] < high
        assert first["without_time_dependent_clearance"][name] > first[name]


def test_the_exposure_carries_its_model_card(data):
    """Where the model comes from, for whom it was made, and how well that was checked travel with it."""
    exposure = exposure_of(data, published()[0], Decimal(74))

    assert exposure is not None
    assert list(exposure["model_card"]) == ["title", "population", "provenance", "source"]
    assert "myeloma" in exposure["model_card"]["population"]
    assert exposure["model_card"]["provenance"].startswith("looked_up_secondary")


def test_the_increase_names_its_denominator(data):
    """(AUC without - AUC with) / AUC with, and the key says so."""
    exposure = exposure_of(data, published()[0], Decimal(74))

    assert exposure is not None
    without = exposure["without_time_dependent_clearance"]
    expected = 100 * (without["auc_0_inf_ug_day_per_ml"] / exposure["auc_0_inf_ug_day_per_ml"] - 1)
    assert without["auc_0_inf_increase_in_percent_of_auc_with_it"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("kg", "warned"), [("40.9", True), ("41", False), ("139", False), ("139.1", True)])
def test_a_weight_outside_those_studied_carries_a_warning(data, kg, warned):
    """The model was made from 41 to 139 kg; outside, the result is said to be an extrapolation."""
    exposure = exposure_of(data, published()[0], Decimal(kg))

    assert exposure is not None
    assert exposure["assumptions"][0].startswith("Warning") is warned


@pytest.mark.parametrize("kg", ["24.9", "250.1"])
def test_a_weight_without_sense_gives_no_exposure(data, kg):
    """Outside 25 to 250 kg nothing is computed."""
    assert exposure_of(data, published()[0], Decimal(kg)) is None


def test_what_was_assumed_is_said(data):
    """The population, the reference level of the covariates, the clock and the nominal days."""
    exposure = exposure_of(data, published()[2], Decimal(60))

    assert exposure is not None
    text = " ".join(exposure["assumptions"])
    for part in ("myeloma", "ISS stage I", "first step-up dose", "nominal", "0.8 mg/kg", "virtual patients"):
        assert part in text


def test_heavier_patients_are_exposed_more_at_the_same_mg_per_kg(data):
    """CL1 grows less than the dose, CL2 not at all."""
    areas = [
        exposure_of(data, published()[0], Decimal(kg))["auc_0_inf_ug_day_per_ml"] for kg in (50, 74, 120)
    ]

    assert areas == sorted(areas)
