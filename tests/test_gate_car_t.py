"""The gate of CAR-T cells on the shipped rules (dossier 6.5): each row at its boundary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalate.assessment import Assessment
from escalate.options.model import Option
from escalate.options.verdict import Verdict

COMPLETE = Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml"

ROWS = [
    ("CAR-X01", {"heart.echo.lvef_percent": 44}, {"heart.echo.lvef_percent": 45}, "excluded"),
    ("CAR-X01-C2", {"heart.echo.lvef_percent": 45}, {"heart.echo.lvef_percent": 50}, "caution_high"),
    ("CAR-X01-C1", {"heart.echo.lvef_percent": 50}, {"heart.echo.lvef_percent": 55}, "caution"),
    ("CAR-X02", {"infection.active": "active"}, {"infection.active": "none"}, "deferred"),
    ("CAR-X02", {"infection.sars_cov_2_pcr": "positive"}, {}, "deferred"),
    (
        "CAR-X02-TB",
        {"infection.tuberculosis": "latent_untreated"},
        {"infection.tuberculosis": "none"},
        "deferred",
    ),
    ("CAR-X03", {"lung.spo2_rest_percent": 91}, {"lung.spo2_rest_percent": 92}, "excluded"),
    ("CAR-X03", {"lung.dlco_percent_predicted": "29.9"}, {"lung.dlco_percent_predicted": 30}, "excluded"),
    ("CAR-X03", {"lung.oxygen_need": "true"}, {"lung.oxygen_need": "false"}, "excluded"),
    ("CAR-X03", {"lung.ventilation": "invasive"}, {"lung.ventilation": None}, "excluded"),
    ("CAR-X03", {"lung.pao2_mmhg": "59.9"}, {"lung.pao2_mmhg": 60}, "excluded"),
    ("CAR-X03", {"lung.fvc_percent_predicted": "39.9"}, {"lung.fvc_percent_predicted": 40}, "excluded"),
    (
        "CAR-X03-DLCO",
        {"lung.dlco_percent_predicted": 30},
        {"lung.dlco_percent_predicted": 40},
        "caution_high",
    ),
    ("CAR-X04", {"labs.egfr_ml_per_min": "29.9"}, {"labs.egfr_ml_per_min": 30}, "excluded"),
    ("CAR-X04-DOSE", {"labs.egfr_ml_per_min": 70}, {"labs.egfr_ml_per_min": "70.1"}, "caution"),
    ("CAR-X05", {"labs.neutrophils_per_nl": "0.99"}, {"labs.neutrophils_per_nl": 1}, "deferred"),
    ("CAR-X05", {"labs.lymphocytes_per_nl": "0.19"}, {"labs.lymphocytes_per_nl": "0.2"}, "deferred"),
    ("CAR-X05", {"labs.platelets_per_nl": "49.9"}, {"labs.platelets_per_nl": 50}, "deferred"),
    (
        "CAR-X06",
        {"demographics.wish_for_children": "true", "demographics.fertility_preserved": "false"},
        {"demographics.wish_for_children": "true", "demographics.fertility_preserved": "true"},
        "caution_high",
    ),
    (
        "CAR-X07",
        {"activity.bridging_weeks_possible": "7.9"},
        {"activity.bridging_weeks_possible": 8},
        "caution_high",
    ),
    ("CAR-X09-CANCER", {"comorbidities.malignancy": "active"}, {}, "excluded"),
    ("CAR-X09-HBV", {"infection.hbsag": "positive"}, {}, "deferred"),  # V28
    ("CAR-X09-HBV-CONTACT", {"infection.anti_hbc": "positive"}, {}, "caution"),
    (
        "CAR-X09-VIRUS",
        {"infection.hiv": "positive_uncontrolled"},
        {"infection.hiv": "positive_controlled"},
        "deferred",
    ),
    (
        "CAR-X11-C0",  # V11
        {"infection.sars_cov_2_last_on": "2026-07-21"},
        {"infection.sars_cov_2_last_on": "2026-07-20"},
        "caution",
    ),
    (
        "CAR-X11",
        {"infection.sars_cov_2_last_on": "2026-07-21", "heart.nt_probnp.pg_per_ml": 180},
        {"infection.sars_cov_2_last_on": "2026-07-20", "heart.nt_probnp.pg_per_ml": 180},
        "caution_high",
    ),
    ("CAR-PML", {"infection.pml_history": "true"}, {"infection.pml_history": "false"}, "excluded"),
    (
        "CAR-IMMUNODEFICIENCY",
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 199},
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 200},
        "excluded",
    ),
    ("CAR-DEFICIT", {"comorbidities.new_neurological_deficit": "true"}, {}, "deferred"),
    (
        "CAR-HLH",
        {"infection.hlh_suspected": "true"},
        {"infection.hlh_suspected": "false", "labs.ferritin_ug_per_l": 10000},
        "deferred",
    ),
    (
        "CAR-KIDNEY",
        {"kidney.renal_crisis_suspected": "true"},
        {"labs.egfr_fall_percent_4_weeks": 24},
        "deferred",
    ),
    ("CAR-LIVER", {"comorbidities.liver_disease": "cirrhosis"}, {}, "caution_high"),
    ("CAR-CENTRE", {"centre.car_t_access": "false"}, {}, "excluded"),
    ("CAR-ALLERGY", {"comorbidities.allergies": ["cd19_car_t"]}, {}, "excluded"),
]


def values(assessment: Assessment, rule: str) -> set[str]:
    """The values of one rule, which may stand once per therapy."""
    return {assessment.reasons.values[r.key].name for r in assessment.library.rules if r.id == rule}


def car_t(assessment: Assessment) -> Option:
    option = assessment.option("cd19_car_t")
    assert isinstance(option, Option)
    return option


@pytest.mark.parametrize(("rule", "harmful", "beside", "word"), ROWS, ids=str)
def test_a_row_holds_on_one_side_of_its_boundary_only(
    rule: str, harmful: dict[str, Any], beside: dict[str, Any], word: str, variant: Callable[..., Assessment]
):
    """TRUE with the verdict of the row on the harmful side, FALSE on the boundary."""
    assessment = variant(harmful)

    assert "TRUE" in values(assessment, rule)
    assert car_t(assessment).verdict == word
    assert values(variant(beside), rule) == {"FALSE"}


@pytest.mark.parametrize(
    "changes",
    [
        {"heart.troponin_i": None},
        {"heart.echo.date": "2026-09-13"},
        {"heart.nt_probnp.pg_per_ml": 180, "heart.mri.date": "2025-10-01"},
        {"lung.function_on": "2026-07-19"},  # 12 weeks and a day
        {"comorbidities.cancer_screen": "not_done"},
        {"labs.lymphocytes_per_nl": None},
        {"infection.sars_cov_2_pcr": None},
        {"consent.documented": "false"},
        {"centre.car_t_access": None},
    ],
    ids=str,
)
def test_what_is_missing_keeps_car_t_shut(changes: dict[str, Any], variant: Callable[..., Assessment]):
    """`data_needed`, never open."""
    assert car_t(variant(changes)).verdict is Verdict.DATA_NEEDED


def test_after_covid_the_two_gates_differ_on_the_minimum_heart_set(variant: Callable[..., Assessment]):
    """V53: the engager asks for Holter and MRI, CAR-T is open with caution."""
    assessment = variant(
        {"infection.sars_cov_2_last_on": "2026-08-13", "heart.holter": None, "heart.mri": None}
    )

    assert assessment.option("teclistamab").verdict is Verdict.DATA_NEEDED
    assert car_t(assessment).verdict is Verdict.CAUTION


@pytest.mark.parametrize(("igg", "truth"), [("3.9", "TRUE"), ("4.0", "FALSE")])
def test_after_an_fcrn_blocker_the_igg_decides(igg: str, truth: str, variant: Callable[..., Assessment]):
    """CAR-X08, 7.4: two weeks and IgG of 4 g/L or more; without such a drug the IgG is not asked for."""
    stated = yaml.load(COMPLETE.read_text(encoding="utf-8"), yaml.BaseLoader)
    line = {
        "drug": "efgartigimod", "status": "past", "weeks": "8", "response": "none",
        "stopped_for": "inefficacy", "started_on": "2026-05-01",
        "last_dose_on": "2026-07-01", "stopped_on": "2026-07-01",
    }  # fmt: skip
    assessment = variant({"therapies": [*stated["therapies"], line], "labs.igg_g_per_l": igg})

    assert values(assessment, "CAR-X08-FCRN") == {truth}
    assert car_t(assessment).verdict is (Verdict.DEFERRED if truth == "TRUE" else Verdict.PROPOSE)
    assert car_t(variant({"labs.igg_g_per_l": None})).verdict is Verdict.PROPOSE
