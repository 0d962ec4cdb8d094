"""The cancer tiers of IMACS (dossier 12.4): which factors count, in which window, and what is due."""

from __future__ import annotations

from functools import lru_cache

import pytest
from helpers_facts import HEAD, TODAY

from escalate import assess, load_knowledge
from escalate.assessment import Assessment
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused

PANEL = "[Jo-1, PL-7, PL-12, EJ, OJ, MDA5, TIF1-gamma, NXP2, SAE, Mi-2, SRP, HMGCR]"
# Antisynthetase syndrome without one factor of either kind: a woman who fell ill at 39.
PLAIN = {
    "diagnosis.entity": "antisynthetase_syndrome",
    "diagnosis.disease_duration_months": "12",
    "demographics.age_years": "40",
    "demographics.sex": "female",
    "antibodies": "[Jo-1]",
    "antibody_panel": PANEL,
    "swallowing.dysphagia": "none",
    "swallowing.aspiration": "false",
    "skin.rash": "none",
    "therapies": "[]",
    "comorbidities.cancer_screen": "negative",
    "comorbidities.cancer_screen_on": "2026-06-01",
}


@lru_cache(maxsize=1)
def library() -> Library:
    return load_knowledge()


def assessed(**changes: str) -> Assessment:
    """PLAIN with changes; `__` stands for the dot, and an empty value takes a field out."""
    fields = PLAIN | {name.replace("__", "."): value for name, value in changes.items()}
    lines = []
    for name, value in fields.items():
        if name == "antibodies":
            value = "[" + ", ".join(f"{{name: {n}}}" for n in value.strip("[]").split(", ") if n) + "]"
        if value:
            lines.append(f"{name}: {value}\n")
    document = read_text(HEAD + "".join(lines), "p.yaml", PatientRefused)
    return assess(read_patient(document, library(), today=TODAY), library())


def tier(**changes: str) -> str:
    return next(f.value for f in assessed(**changes).findings if f.name == "cancer_tier")


def asked(**changes: str) -> str:
    return " ".join(q.ask for q in assessed(**changes).proposal.questions)


def alerts(**changes: str) -> set[str]:
    return {alert.id for alert in assessed(**changes).proposal.alerts if alert.id.startswith("CANCER-")}


DM = {"diagnosis__entity": "dermatomyositis", "antibodies": "[]"}
FAILED = "[{drug: methotrexate, dose: 20 mg/week, weeks: 20, response: none, status: past}]"
ACTIVE = "activity__physician_global_0_10"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "standard"),
        (DM, "moderate"),
        ({"antibodies": "[TIF1-gamma]"}, "moderate"),
        ({"antibodies": "[NXP2]"}, "moderate"),
        ({"demographics__age_years": "41"}, "standard"),  # 40 at onset
        ({"demographics__age_years": "41.1"}, "moderate"),
        ({"swallowing__dysphagia": "mild"}, "standard"),
        ({"swallowing__dysphagia": "moderate"}, "moderate"),
        ({"skin__rash": "other", "skin__signs": "[raynaud]"}, "standard"),
        ({"skin__rash": "other", "skin__signs": "[necrosis]"}, "moderate"),
        ({"therapies": FAILED, ACTIVE: "2.9"}, "standard"),
        ({"therapies": FAILED, ACTIVE: "3"}, "moderate"),
        (DM | {"antibodies": "[TIF1-gamma]"}, "high"),
        (DM | {"demographics__age_years": "60"}, "high"),
        (DM | {"therapies": FAILED, ACTIVE: "6"}, "high"),
        (DM | {"swallowing__dysphagia": "severe"}, "high"),
    ],
)
def test_one_high_risk_factor_is_moderate_and_two_are_high(changes: dict[str, str], expected: str) -> None:
    """The high-risk factors of 12.4, each at its limit."""
    # Where activity is not what is asked, every organ is quiet.
    quiet = {ACTIVE: "0", "muscle__mmt8": "150", "muscle__mmt8_scale": "150", "skin__cdasi_activity": "0"}
    quiet |= {"muscle__mri_oedema": "none", "muscle__ambulant": "true"}
    quiet |= {"muscle__respiratory_muscle_weakness": "false", "skin__ulceration": "false"}

    assert tier(**(quiet | changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"demographics__sex": "male"}, "standard"),
        ({"diagnosis__entity": "polymyositis_unspecified"}, "standard"),
        ({"diagnosis__entity": "polymyositis_unspecified", "demographics__sex": "male"}, "moderate"),
        ({"diagnosis__entity": "amyopathic_dermatomyositis", "antibodies": "[MDA5]"}, "moderate"),
        ({"diagnosis__entity": "amyopathic_dermatomyositis", "antibodies": "[SAE]"}, "moderate"),
        ({"diagnosis__entity": "immune_mediated_necrotising_myopathy", "antibodies": "[SRP]"}, "standard"),
        ({"diagnosis__entity": "immune_mediated_necrotising_myopathy", "antibodies": "[HMGCR]"}, "moderate"),
        ({"antibodies": "[Mi-2]", "demographics__sex": "male"}, "moderate"),
    ],
)
def test_two_intermediate_factors_are_moderate(changes: dict[str, str], expected: str) -> None:
    """And never high, however many there are."""
    assert tier(**changes) == expected


def test_many_intermediate_factors_stay_moderate() -> None:
    changes = {"diagnosis__entity": "amyopathic_dermatomyositis", "demographics__sex": "male"}

    assert tier(**changes, antibodies="[MDA5, Mi-2, SAE]") == "moderate"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"diagnosis__disease_duration_months": "36"}, "high"),
        ({"diagnosis__disease_duration_months": "36.1"}, "standard"),
        ({"diagnosis__entity": "inclusion_body_myositis"}, "standard"),
        ({"demographics__age_years": "19", "diagnosis__age_at_onset_years": "17.9"}, "standard"),
        ({"demographics__age_years": "19", "diagnosis__age_at_onset_years": "18"}, "high"),
        ({"diagnosis__disease_duration_months": "", "diagnosis__age_at_onset_years": "39"}, "unknown"),
    ],
)
def test_the_tier_holds_in_adult_disease_within_three_years(changes: dict[str, str], expected: str) -> None:
    """Outside nothing above standard is claimed; without a duration nobody knows."""
    base = DM | {"antibodies": "[TIF1-gamma]"}

    assert tier(**(base | changes)) == expected


def test_an_antibody_that_was_not_tested_leaves_the_tier_open() -> None:
    """TIF1-gamma may be positive: the tier is at least moderate, and not "moderate"."""
    found = next(f for f in assessed(**DM, antibody_panel="[Mi-2, MDA5]").findings if f.name == "cancer_tier")

    assert (found.value, found.at_least) == ("unknown", "moderate")


def test_panels_stand_with_the_tier() -> None:
    """Both panels from the moderate tier on; what follows in the high tier only there."""
    assert alerts() == set()
    assert alerts(**DM) == {"CANCER-PANEL"}
    assert alerts(**DM, demographics__age_years="60") == {"CANCER-PANEL", "CANCER-PANEL-HIGH"}
    assert alerts(**DM, diagnosis__disease_duration_months="48") == set()


def test_what_is_due_is_asked_and_what_is_done_is_not() -> None:
    """Basic panel at diagnosis for all tiers; every year in the high tier."""
    high = DM | {"demographics__age_years": "60"}
    undated = {"comorbidities__cancer_screen_on": ""}

    assert "Basic cancer panel (all tiers)" in asked(comorbidities__cancer_screen="not_done", **undated)
    assert "ancer panel" not in asked()
    assert "Basic cancer panel again" in asked(**high, comorbidities__cancer_screen_on="2025-10-01")
    assert "Basic cancer panel again" not in asked(**high, comorbidities__cancer_screen_on="2025-11-01")
    assert "Basic cancer panel again" not in asked(**DM, comorbidities__cancer_screen_on="2025-10-01")


def test_a_missing_screen_is_asked_for() -> None:
    missing = assessed(comorbidities__cancer_screen="", comorbidities__cancer_screen_on="").proposal.questions

    assert "comorbidities.cancer_screen" in {question.fact for question in missing}
