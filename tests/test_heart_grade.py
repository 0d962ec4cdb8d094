"""The heart grade C0 to C3 on the shipped rules (dossier 6.2): every criterion at its boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from escalate.assessment import Assessment
from escalate.findings.find import Finding

NO_HOLTER_OR_MRI: dict[str, Any] = {"heart.holter": None, "heart.mri": None}
# A file that says "no active myocarditis" contradicts the MRI; one that says nothing of it now does not.
OEDEMA: dict[str, Any] = {"heart.active_myocarditis": None, "heart.myocarditis": "resolved"}
AF: dict[str, Any] = {
    "heart.ecg.finding": "atrial_fibrillation",
    "heart.arrhythmia": "supraventricular_controlled",
}


def grade(assessment: Assessment) -> Finding:
    (found,) = [f for f in assessment.findings if f.name == "heart_grade"]
    return found


def span(assessment: Assessment) -> tuple[str | None, str | None]:
    found = grade(assessment)
    return found.at_least, found.at_most


CRITERIA = [
    # LVEF and strain: the boundary belongs to the milder class
    ({"heart.echo.lvef_percent": 55}, "C0"),
    ({"heart.echo.lvef_percent": "54.9"}, "C1"),
    ({"heart.echo.lvef_percent": 50}, "C1"),
    ({"heart.echo.lvef_percent": "49.9"}, "C2"),
    ({"heart.echo.lvef_percent": 45}, "C2"),
    ({"heart.echo.lvef_percent": "44.9"}, "C3"),
    ({"heart.echo.gls_percent": -18}, "C0"),
    ({"heart.echo.gls_percent": "-17.9"}, "C1"),
    ({"heart.echo.gls_percent": -16}, "C1"),
    ({"heart.echo.gls_percent": "-15.9"}, "C2"),
    ({"heart.echo.gls_percent": -12}, "C2"),
    ({"heart.echo.gls_percent": "-11.9"}, "C3"),
    # troponin I, URL 16 ng/L; the rule-in value differs by sex
    ({"heart.troponin_i.ng_per_l": 16}, "C0"),
    ({"heart.troponin_i.ng_per_l": "16.1"}, "C1"),
    ({"heart.troponin_i.ng_per_l": "46.4"}, "C1"),
    ({"heart.troponin_i.ng_per_l": "46.5"}, "C2"),
    ({"heart.troponin_i.ng_per_l": "28.8", "demographics.sex": "male"}, "C1"),
    ({"heart.troponin_i.ng_per_l": "28.9", "demographics.sex": "male"}, "C2"),
    ({"heart.troponin_i.ng_per_l": "28.9", "demographics.sex": "other"}, "C2"),
    ({"heart.troponin_i.ng_per_l": 160}, "C2"),
    ({"heart.troponin_i.ng_per_l": "160.1"}, "C3"),
    # a rise inside the normal range does not count (V54)
    ({"heart.troponin_i.ng_per_l": 6, "heart.troponin_i.rising": "true"}, "C0"),
    ({"heart.troponin_i.ng_per_l": 26, "heart.troponin_i.rising": "true"}, "C3"),
    # NT-proBNP (V32)
    ({"heart.nt_probnp.pg_per_ml": 124}, "C0"),
    ({"heart.nt_probnp.pg_per_ml": 125}, "C1"),
    ({"heart.nt_probnp.pg_per_ml": 399}, "C1"),
    ({"heart.nt_probnp.pg_per_ml": 400}, "C2"),
    ({"heart.nt_probnp.pg_per_ml": 999}, "C2"),
    ({"heart.nt_probnp.pg_per_ml": 1000}, "C3"),
    # MRI
    ({**OEDEMA, "heart.mri.t2_oedema": "focal"}, "C2"),
    ({"heart.mri.t2_oedema": "diffuse"}, "C3"),
    ({**OEDEMA, "heart.mri.t2_oedema": "focal", "heart.echo.lvef_percent": "49.9"}, "C3"),
    ({**OEDEMA, "heart.mri.t2_oedema": "focal", "heart.echo.lvef_percent": 50}, "C2"),
    ({**OEDEMA, "heart.mri.t2_oedema": "focal", "heart.arrhythmia": "supraventricular_controlled"}, "C3"),
    ({"heart.mri.lge_segments": 1}, "C1"),
    ({"heart.mri.lge_segments": 2}, "C1"),
    ({"heart.mri.lge_segments": 3}, "C2"),
    ({"heart.mri.lge_segments": 5}, "C2"),
    ({"heart.mri.lge_segments": 6}, "C3"),
    ({"heart.mri.lge_percent_lv_mass": "14.9"}, "C1"),
    ({"heart.mri.lge_percent_lv_mass": 15}, "C3"),
    ({"heart.myocardial_fibrosis": "limited"}, "C1"),
    ({"heart.myocardial_fibrosis": "extensive"}, "C3"),
    # rhythm
    ({"heart.holter.pvc_per_24h": 99}, "C0"),
    ({"heart.holter.pvc_per_24h": 100}, "C1"),
    ({"heart.holter.pvc_per_24h": 499}, "C1"),
    ({"heart.holter.pvc_per_24h": 500}, "C2"),
    ({"heart.holter.pvc_per_24h": 4999}, "C2"),
    ({"heart.holter.pvc_per_24h": 5000}, "C3"),
    ({"heart.ecg.finding": "first_degree_av_block"}, "C1"),
    ({"heart.ecg.finding": "right_bundle_branch_block"}, "C1"),
    ({"heart.ecg.finding": "other"}, "C1"),
    ({"heart.ecg.finding": "left_bundle_branch_block"}, "C2"),
    ({"heart.ecg.finding": "mobitz_1"}, "C2"),
    ({"heart.ecg.finding": "mobitz_2"}, "C3"),
    ({"heart.ecg.finding": "third_degree_av_block"}, "C3"),
    (AF, "C2"),
    ({"heart.arrhythmia": "supraventricular_uncontrolled"}, "C3"),
    ({"heart.arrhythmia": "sustained_vt"}, "C3"),
    ({"heart.arrhythmia": "high_grade_av_block"}, "C3"),
    ({"heart.syncope_unexplained": "true"}, "C3"),
    ({"heart.arrhythmia": "nsvt"}, "C2"),
    ({"heart.arrhythmia": "nsvt", "heart.mri.lge_segments": 1}, "C3"),
    ({"heart.cardiac_device": "true"}, "C3"),
    ({"heart.cardiac_device": None}, "C0"),
    # a cardiologist's grade makes it worse wherever it stands, never better (CARD-07)
    ({"heart.cardiologist_grade": "C0"}, "C0"),
    ({"heart.cardiologist_grade": "C1"}, "C1"),
    ({"heart.cardiologist_grade": "C2"}, "C2"),
    ({"heart.cardiologist_grade": "C3"}, "C3"),
    ({"heart.cardiologist_grade": "C1", "heart.echo.lvef_percent": 47}, "C2"),
    # symptoms and heart failure
    ({"heart.nyha_class": 2}, "C1"),
    ({"heart.nyha_class": 2, "heart.nt_probnp.pg_per_ml": 130}, "C2"),
    ({"heart.nyha_class": 3}, "C3"),
    ({"heart.heart_failure": "compensated"}, "C2"),
    ({"heart.heart_failure": "decompensated", "heart.nyha_class": 3}, "C3"),
    ({"heart.heart_failure": "compensated", "heart.heart_failure_admission_last_6_months": "true"}, "C3"),
    # pericardium, right heart, arteries
    ({"heart.echo.pericardial_effusion_mm": "9.9"}, "C2"),
    ({"heart.echo.pericardial_effusion_mm": 10}, "C3"),
    ({"heart.echo.pericardial_effusion_mm": 4, "heart.echo.pericardial_haemodynamic_effect": "true"}, "C3"),
    ({"heart.echo.spap_mmhg": 30}, "C0"),
    ({"heart.echo.spap_mmhg": 31}, "C1"),
    ({"heart.echo.spap_mmhg": 39}, "C1"),
    ({"heart.echo.tapse_mm": 17}, "C0"),
    ({"heart.echo.tapse_mm": "16.9"}, "C2"),
    ({"heart.pulmonary_arterial_hypertension": "proven"}, "C3"),
    ({"heart.right_heart_failure": "true"}, "C3"),
    ({"heart.coronary_disease": "stable"}, "C1"),
    ({"heart.coronary_disease": "unstable_angina"}, "C3"),
    ({"heart.myocardial_infarction_or_stroke_months_ago": 40}, "C1"),
    ({"heart.myocardial_infarction_or_stroke_months_ago": 12}, "C2"),
    ({"heart.myocardial_infarction_or_stroke_months_ago": 6}, "C2"),
    ({"heart.myocardial_infarction_or_stroke_months_ago": "5.9"}, "C3"),
    # what the letter says (CARD-05)
    ({"heart.involvement": "present"}, "C1"),
    ({"heart.involvement": "advanced"}, "C3"),
    ({"heart.active_myocarditis": "true"}, "C3"),
    ({"heart.myocarditis": "resolved"}, "C0"),
]


@pytest.mark.parametrize(("changes", "level"), CRITERIA, ids=lambda x: str(x) if isinstance(x, dict) else x)
def test_a_criterion_gives_its_level(changes: dict[str, Any], level: str, variant: Callable[..., Assessment]):
    """With everything else normal the grade is exactly that of the one criterion."""
    assert span(variant(changes)) == (level, level)


@pytest.mark.parametrize(
    ("changes", "least", "most"),
    [
        # a minimum test or a bedside fact is missing: not C0 (CARD-03)
        ({"heart.troponin_i": None}, "C0", "C3"),
        ({"heart.nt_probnp": None}, "C0", "C3"),
        ({"heart.ecg": None}, "C0", "C3"),
        ({"heart.echo.lvef_percent": None}, "C0", "C3"),
        ({"heart.nyha_class": None}, "C0", "C3"),
        ({"heart.right_heart_failure": None}, "C0", "C3"),
        # troponin T alone neither raises nor settles the grade (CARD-01, V15)
        ({"heart.troponin_i": None, "heart.troponin_t.ng_per_l": 112}, "C0", "C3"),
        # one known hard fact is enough, whatever else is unknown
        ({"heart.troponin_i": None, "heart.echo.lvef_percent": 44}, "C3", "C3"),
        # suspected: open upwards
        ({"heart.myocarditis": "suspected"}, "C0", "C3"),
        ({"heart.pulmonary_arterial_hypertension": "suspected", "heart.echo.spap_mmhg": 42}, "C2", "C3"),
        ({"heart.echo.spap_mmhg": 40}, "C2", "C3"),
        # any C1 finding calls for Holter and MRI, and then they are missed
        ({**NO_HOLTER_OR_MRI, "heart.nt_probnp.pg_per_ml": 180}, "C1", "C3"),
        ({**NO_HOLTER_OR_MRI, "heart.involvement": "present"}, "C1", "C3"),
        # V56: a short run, echo normal, MRI missing
        ({"heart.mri": None, "heart.holter.nsvt": "true", "heart.arrhythmia": "nsvt"}, "C2", "C3"),
        # CARD-07: atrial fibrillation or weak kidneys
        ({**AF, "heart.nt_probnp.pg_per_ml": 1000}, "C2", "C3"),
        ({"labs.egfr_ml_per_min": 59, "heart.nt_probnp.pg_per_ml": 1000}, "C2", "C3"),
        ({"labs.egfr_ml_per_min": 60, "heart.nt_probnp.pg_per_ml": 1000}, "C3", "C3"),
        ({"labs.egfr_ml_per_min": 59, "heart.nt_probnp.pg_per_ml": 999}, "C2", "C2"),
        # nobody needs a Holter or an MRI where all else is normal and no antibody calls for them
        (NO_HOLTER_OR_MRI, "C0", "C0"),
        (
            {"heart.echo.gls_percent": None, "heart.echo.tapse_mm": None, "heart.echo.spap_mmhg": None},
            "C0",
            "C0",
        ),
    ],
    ids=str,
)
def test_the_range_of_an_open_grade(
    changes: dict[str, Any], least: str, most: str, variant: Callable[..., Assessment]
):
    """An open grade says what is certain and what is still possible."""
    assert span(variant(changes)) == (least, most)


@pytest.mark.parametrize("grade_given", ["C0", "C2", "C3"])
def test_the_cardiologist_settles_an_nt_probnp_that_cannot_be_read(
    grade_given: str, variant: Callable[..., Assessment]
):
    """CARD-07: with weak kidneys the cardiologist's C3 is C3, anything else leaves C2."""
    changes = {
        "labs.egfr_ml_per_min": 45,
        "heart.nt_probnp.pg_per_ml": 1500,
        "heart.cardiologist_grade": grade_given,
    }
    expected = "C3" if grade_given == "C3" else "C2"

    assert span(variant(changes)) == (expected, expected)


@pytest.mark.parametrize(
    ("catheter", "least", "most"),
    [
        ({"mpap_mmhg": 21, "pawp_mmhg": 15, "pvr_wood_units": "2.1"}, "C3", "C3"),
        ({"mpap_mmhg": 20, "pawp_mmhg": 15, "pvr_wood_units": "2.1"}, "C2", "C2"),
        ({"mpap_mmhg": 21, "pawp_mmhg": 16, "pvr_wood_units": "2.1"}, "C2", "C2"),
        ({"mpap_mmhg": 21, "pawp_mmhg": 15, "pvr_wood_units": 2}, "C2", "C2"),
        ({"mpap_mmhg": 21}, "C2", "C3"),
        ({"mpap_mmhg": 18}, "C2", "C2"),
    ],
    ids=str,
)
def test_the_catheter_settles_a_suspected_pulmonary_hypertension(
    catheter: dict[str, Any], least: str, most: str, variant: Callable[..., Assessment]
):
    """Above 20 mmHg, wedge 15 or less, above 2 Wood units; a part of it alone leaves the grade open."""
    changes = {
        "heart.pulmonary_arterial_hypertension": "suspected",
        "heart.echo.spap_mmhg": 42,
        "heart.right_heart_catheter": {"date": "2026-10-01", **catheter},
    }

    assert span(variant(changes)) == (least, most)


def _with_antibody(name: str) -> dict[str, Any]:
    positive = [{"name": "Jo-1", "strength": "strong", "confirmed_by": "elisa"}, {"name": name}]
    return {**NO_HOLTER_OR_MRI, "antibodies": positive}


@pytest.mark.parametrize("name", ["SRP", "Ku", "U1-RNP", "RuvBL1/2", "PM-Scl75", "PM-Scl100", "AMA-M2"])
def test_some_antibodies_call_for_holter_and_mri(name: str, variant: Callable[..., Assessment]):
    """With them a heart is not graded C0 on the minimum set."""
    assert span(variant(_with_antibody(name))) == ("C0", "C3")


def test_an_antibody_that_nobody_tested_leaves_the_call_open(variant: Callable[..., Assessment]):
    """Not tested is not negative."""
    assert span(variant({**NO_HOLTER_OR_MRI, "antibody_panel": None})) == ("C0", "C3")


@pytest.mark.parametrize(
    "disease",
    [{"diagnosis.entity": "overlap_myositis"}, {"diagnosis.overlap_with": ["systemic_sclerosis"]}],
    ids=str,
)
def test_sclerosis_and_overlap_call_for_holter_mri_and_pulmonary_pressure(
    disease: dict[str, Any], variant: Callable[..., Assessment]
):
    """Each of the three missing leaves the grade open."""
    assert span(variant(disease)) == ("C0", "C0")
    for missing in ("heart.holter", "heart.mri", "heart.echo.spap_mmhg"):
        assert span(variant({**disease, missing: None}))[1] == "C3"


@pytest.mark.parametrize("other", ["systemic_lupus_erythematosus", "sjogren_disease", "rheumatoid_arthritis"])
def test_every_overlap_calls_for_holter_and_mri(other: str, variant: Callable[..., Assessment]):
    """6.2: the entity may be another one."""
    assert span(variant({"diagnosis.overlap_with": [other]})) == ("C0", "C0")
    assert span(variant({"diagnosis.overlap_with": [other], **NO_HOLTER_OR_MRI})) == ("C0", "C3")


SUBSTITUTE = {"date": "2026-10-01", "method": "fdg_pet", "result": "normal"}


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"heart.mri_not_possible": "device", "heart.mri_substitute": SUBSTITUTE}, "C1"),
        ({"heart.mri_not_possible": "device"}, "C3"),
        ({"heart.mri_substitute": SUBSTITUTE}, "C3"),
    ],
    ids=str,
)
def test_pet_or_biopsy_replaces_an_mri_that_cannot_be_done(
    changes: dict[str, Any], most: str, variant: Callable[..., Assessment]
):
    """CARD-06: the reason is stated and the substitute is normal; one of the two alone is not enough."""
    assert span(variant({"heart.mri": None, "heart.nt_probnp.pg_per_ml": 180, **changes})) == ("C1", most)


def test_nyha_iii_beside_a_normal_heart_is_a_contradiction_and_stays_c3(variant: Callable[..., Assessment]):
    """CARD-04: the alert asks for another cause, and the grade is not lowered."""
    assessment = variant({"heart.nyha_class": 3, "heart.heart_failure": None})

    assert span(assessment) == ("C3", "C3")
    assert "CARD-04" in {alert.id for alert in assessment.proposal.alerts}
