"""The gate of the BCMA T-cell engagers on the shipped rules (dossier 6.4, 9.3): each row at its boundary.

Every case starts from the complete refractory example, for which the engager is open, and changes one thing.
"""

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

NO_HOLTER_OR_MRI: dict[str, Any] = {"heart.holter": None, "heart.mri": None}
RECENT_COVID: dict[str, Any] = {"infection.sars_cov_2_last_on": "2026-08-13"}  # 60 days before
# A suspicion that a normal catheter settled, one week before the assessment.
CATHETER: dict[str, Any] = {
    "heart.echo.spap_mmhg": 42,
    "heart.right_heart_catheter.date": "2026-10-05",
    "heart.right_heart_catheter.mpap_mmhg": 18,
    "heart.right_heart_catheter.pawp_mmhg": 10,
    "heart.right_heart_catheter.pvr_wood_units": "1.5",
}
NO_ILD: dict[str, Any] = {
    "lung.ild": "false",
    "lung.hrct": {"date": "2026-09-21", "pattern": "normal"},
    "lung.fvc_percent_predicted": 92,
    "lung.dlco_percent_predicted": 85,
}
SCLEROSIS: dict[str, Any] = {"diagnosis.overlap_with": ["systemic_sclerosis"]}
MALE: dict[str, Any] = {"demographics.sex": "male", "demographics.childbearing_potential": None}
FERTILE: dict[str, Any] = {
    "demographics.age_years": 38,
    "demographics.pregnancy": "not_pregnant",
    "demographics.childbearing_potential": "true",
    "demographics.contraception": "true",
}


def value(assessment: Assessment, rule: str) -> str:
    """TRUE, UNKNOWN or FALSE of one rule."""
    return next(assessment.reasons.values[r.key].name for r in assessment.library.rules if r.id == rule)


def engager(assessment: Assessment) -> Option:
    option = assessment.option("teclistamab")
    assert isinstance(option, Option)
    return option


CLOSES = [
    ("BCMA-X01", {"heart.nt_probnp.pg_per_ml": 1000}, {"heart.nt_probnp.pg_per_ml": 999}, "excluded"),
    ("BCMA-X02", {"heart.mri.t2_oedema": "focal"}, {"heart.mri.t2_oedema": "none"}, "excluded"),
    (
        "BCMA-X02",
        {"heart.troponin_i.ng_per_l": 26, "heart.troponin_i.rising": "true"},
        {"heart.troponin_i.ng_per_l": 6, "heart.troponin_i.rising": "true"},
        "excluded",
    ),
    ("BCMA-X02", {"heart.active_myocarditis": "true"}, {"heart.myocarditis": "resolved"}, "excluded"),
    ("BCMA-X03", {"heart.arrhythmia": "sustained_vt"}, {"heart.arrhythmia": "nsvt"}, "excluded"),
    ("BCMA-X03", {"heart.syncope_unexplained": "true"}, {"heart.syncope_unexplained": "false"}, "excluded"),
    (
        "BCMA-X03",
        {"heart.arrhythmia": "nsvt", "heart.mri.lge_segments": 1},
        {"heart.arrhythmia": "none", "heart.mri.lge_segments": 1},
        "excluded",
    ),
    (
        "BCMA-X03",
        {"heart.arrhythmia": "high_grade_av_block"},
        {"heart.arrhythmia": "high_grade_av_block", "heart.cardiac_device": "true"},
        "excluded",
    ),
    ("BCMA-X04", {"heart.echo.lvef_percent": 44}, {"heart.echo.lvef_percent": 45}, "excluded"),
    ("BCMA-X04", {"heart.nyha_class": 3}, {"heart.nyha_class": 2}, "excluded"),
    (
        "BCMA-X04",
        {"heart.heart_failure_admission_last_6_months": "true"},
        {"heart.heart_failure": "compensated"},
        "excluded",
    ),
    (
        "BCMA-X05",
        {"heart.pulmonary_arterial_hypertension": "proven"},
        {"heart.echo.spap_mmhg": 39},
        "excluded",
    ),
    ("BCMA-X05", {"heart.right_heart_failure": "true"}, {"heart.right_heart_failure": "false"}, "excluded"),
    ("BCMA-X06", {"heart.mri.lge_segments": 6}, {"heart.mri.lge_segments": 5}, "excluded"),
    (
        "BCMA-X06",
        {"heart.mri.lge_percent_lv_mass": 15},
        {"heart.mri.lge_percent_lv_mass": "14.9"},
        "excluded",
    ),
    (
        "BCMA-X07",
        {"infection.sars_cov_2_last_on": "2026-07-21", "heart.nt_probnp.pg_per_ml": 180},  # 83 days
        {"infection.sars_cov_2_last_on": "2026-07-20", "heart.nt_probnp.pg_per_ml": 180},  # 84 days
        "excluded",
    ),
    ("BCMA-X17a", {"labs.egfr_ml_per_min": "29.9"}, {"labs.egfr_ml_per_min": 30}, "excluded"),
    (
        "BCMA-X18a",
        {**FERTILE, "demographics.pregnancy": "breastfeeding"},
        {**FERTILE, "demographics.pregnancy": "not_pregnant"},
        "excluded",
    ),
    ("BCMA-X19a", {"comorbidities.malignancy": "active"}, {"comorbidities.malignancy": "none"}, "excluded"),
    (
        "BCMA-X19a",
        {"comorbidities.cancer_screen": "suspicious"},
        {"comorbidities.malignancy": "remission_over_5_years"},
        "excluded",
    ),
    (
        "BCMA-X22a",
        {"infection.tuberculosis": "active"},
        {"infection.tuberculosis": "latent_treated"},
        "excluded",
    ),
    ("BCMA-X23a", {"lung.spo2_rest_percent": 91}, {"lung.spo2_rest_percent": 92}, "excluded"),
    ("BCMA-X23a", {"lung.dlco_percent_predicted": "29.9"}, {"lung.dlco_percent_predicted": 30}, "excluded"),
    ("BCMA-X23a", {"lung.fvc_percent_predicted": "39.9"}, {"lung.fvc_percent_predicted": 40}, "excluded"),
    ("BCMA-X23a", {"lung.oxygen_need": "true"}, {"lung.oxygen_need": "false"}, "excluded"),
    ("BCMA-X23a", {"lung.pao2_mmhg": "59.9"}, {"lung.pao2_mmhg": 60}, "excluded"),
    ("BCMA-X23a", {**NO_ILD, "lung.pao2_mmhg": 55}, NO_ILD, "excluded"),
    ("BCMA-X01", {"heart.cardiac_device": "true"}, {"heart.cardiac_device": None}, "excluded"),
    (
        "BCMA-X32",
        {"comorbidities.allergies": ["teclistamab"]},
        {"comorbidities.allergies": ["rituximab"]},
        "excluded",
    ),
    ("BCMA-X38", {"infection.pml_history": "true"}, {"infection.pml_history": "false"}, "excluded"),
    (
        "BCMA-IMMUNODEFICIENCY",
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 199},
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 200},
        "excluded",
    ),
    ("BCMA-X31", {"centre.inpatient_observation_48h": "false"}, {}, "excluded"),
    ("BCMA-X31", {"centre.icu_and_tocilizumab": "false"}, {}, "excluded"),
    ("BCMA-X31", {"centre.haematology_partner": "false"}, {}, "excluded"),
    ("BCMA-X31", {"centre.immune_effector_experience": "false"}, {}, "excluded"),
    (
        "BCMA-X09",
        {"infection.sars_cov_2_pcr": "positive"},
        {"infection.sars_cov_2_pcr": "negative"},
        "deferred",
    ),
    ("BCMA-X13", {"infection.active": "suspected"}, {"infection.active": "none"}, "deferred"),
    ("BCMA-X13", {"infection.fever": "true"}, {"infection.fever": None}, "deferred"),
    ("BCMA-X14a", {"labs.neutrophils_per_nl": "0.99"}, {"labs.neutrophils_per_nl": 1}, "deferred"),
    ("BCMA-X15a", {"labs.platelets_per_nl": "49.9"}, {"labs.platelets_per_nl": 50}, "deferred"),
    ("BCMA-X16a", {"labs.haemoglobin_g_per_dl": "7.9"}, {"labs.haemoglobin_g_per_dl": 8}, "deferred"),
    (
        "BCMA-X17b",
        {"labs.egfr_fall_percent_4_weeks": 25},
        {"labs.egfr_fall_percent_4_weeks": "24.9"},
        "deferred",
    ),
    ("BCMA-X17b", {"labs.creatinine_rising": "true"}, {"labs.creatinine_rising": "false"}, "deferred"),
    (
        "BCMA-COURSE-HLH",
        {"infection.hlh_suspected": "true"},
        {"infection.hlh_suspected": "false", "labs.ferritin_ug_per_l": 10000},
        "deferred",
    ),
    (
        "BCMA-X30-COURSE-TECLISTAMAB",
        {"course": {"drug": "elranatamab", "first_dose_on": "2026-10-08"}},
        {"course": {"drug": "teclistamab", "first_dose_on": "2026-10-08"}},
        "deferred",
    ),
    (
        "BCMA-X20a",
        {"infection.hbsag": "positive"},
        {"infection.hbsag": "positive", "infection.hbv_prophylaxis": "true"},
        "deferred",
    ),
    ("BCMA-X20a", {"infection.hbv_dna_iu_per_ml": 100000}, {"infection.hbv_dna_iu_per_ml": 0}, "deferred"),
    ("BCMA-X21", {"infection.hcv_rna": "positive"}, {"infection.hcv_rna": "negative"}, "deferred"),
    (
        "BCMA-X21",
        {"infection.hiv": "positive_uncontrolled"},
        {"infection.hiv": "positive_controlled"},
        "deferred",
    ),
    (
        "BCMA-X22b",
        {"infection.tuberculosis": "latent_untreated"},
        {"infection.tuberculosis": "none"},
        "deferred",
    ),
    ("BCMA-X24a", {"labs.igg_g_per_l": "3.9"}, {"labs.igg_g_per_l": "4.0"}, "deferred"),
    (
        "BCMA-X27",
        {"vaccination.live_vaccine_last_on": "2026-09-15"},  # 27 days
        {"vaccination.live_vaccine_last_on": "2026-09-14"},  # 28 days
        "deferred",
    ),
    (
        "BCMA-X38-DEFICIT",
        {"comorbidities.new_neurological_deficit": "true"},
        {"comorbidities.new_neurological_deficit": None},
        "deferred",
    ),
]


@pytest.mark.parametrize(("rule", "closing", "beside", "word"), CLOSES, ids=str)
def test_a_hard_row_closes_on_one_side_of_its_boundary_only(
    rule: str, closing: dict[str, Any], beside: dict[str, Any], word: str, variant: Callable[..., Assessment]
):
    """TRUE on the harmful side with the verdict of the row, FALSE on the boundary itself."""
    closed = variant(closing)
    option = engager(closed)

    assert value(closed, rule) == "TRUE"
    assert option.verdict == word
    reasons = option.excluded_by if word == "excluded" else option.deferred_by
    assert rule in {reason.rule.id for reason in reasons}
    assert value(variant(beside), rule) == "FALSE"


CAUTIONS = [
    ("BCMA-X08", RECENT_COVID, {"infection.sars_cov_2_last_on": "2026-07-20"}, "caution_high"),
    ("BCMA-X10", {"heart.echo.lvef_percent": 45}, {"heart.echo.lvef_percent": 50}, "caution_high"),
    ("BCMA-X11", {"heart.echo.lvef_percent": 50}, {"heart.echo.lvef_percent": 55}, "caution"),
    ("BCMA-X14b", {"labs.neutrophils_per_nl": "1.49"}, {"labs.neutrophils_per_nl": "1.5"}, "caution"),
    ("BCMA-X15b", {"labs.platelets_per_nl": "99.9"}, {"labs.platelets_per_nl": 100}, "caution"),
    ("BCMA-X16b", {"labs.haemoglobin_g_per_dl": "9.9"}, {"labs.haemoglobin_g_per_dl": 10}, "caution"),
    ("BCMA-X17c", {"labs.egfr_ml_per_min": "59.9"}, {"labs.egfr_ml_per_min": 60}, "caution"),
    ("BCMA-X20b", {"infection.anti_hbc": "positive"}, {"infection.anti_hbs": "positive"}, "caution"),
    (
        "BCMA-X20b",
        {"infection.hbsag": "positive", "infection.hbv_prophylaxis": "true"},
        {"infection.hbsag": "negative"},
        "caution",
    ),
    (
        "BCMA-X23b",
        {"lung.dlco_percent_predicted": "39.9"},
        {"lung.dlco_percent_predicted": 40},
        "caution_high",
    ),
    ("BCMA-X24b", {"labs.igg_g_per_l": "4.0"}, {"labs.igg_g_per_l": "6.0"}, "caution"),
    ("BCMA-X25a", {"demographics.age_years": 76}, {"demographics.age_years": 75}, "caution_high"),
    ("BCMA-X25b", {"demographics.age_years": 64}, {"demographics.age_years": 63}, "caution"),
    (
        "BCMA-X26",
        {"demographics.ecog": 2, "demographics.ecog_explained_by_weakness": "false"},
        {"demographics.ecog": 2, "demographics.ecog_explained_by_weakness": "true"},
        "caution_high",
    ),
    (
        "BCMA-X28a",
        {"comorbidities.inflammatory_bowel_disease": "past"},
        {"comorbidities.inflammatory_bowel_disease": "none"},
        "caution_high",
    ),
    (
        "BCMA-X28b",
        {"comorbidities.recurrent_tonsillitis": "true"},
        {"comorbidities.recurrent_tonsillitis": "false"},
        "caution",
    ),
    ("BCMA-X29", {"comorbidities.cns_disease": "true"}, {"comorbidities.cns_disease": "false"}, "caution"),
    (
        "BCMA-X29",
        {"comorbidities.neurological": ["trigeminal_neuralgia"]},
        {"comorbidities.neurological": []},
        "caution",
    ),
    (
        "BCMA-X39",
        {"labs.bilirubin_mg_per_dl": "2.5", "comorbidities.gilbert_syndrome": "false"},
        {"labs.bilirubin_mg_per_dl": "2.5", "comorbidities.gilbert_syndrome": "true"},
        "caution_high",
    ),
    (
        "BCMA-X39",
        {"comorbidities.liver_disease": "cirrhosis", "comorbidities.child_pugh": "a"},
        {"labs.bilirubin_mg_per_dl": "2.4"},
        "caution_high",
    ),
    (
        "BCMA-X40",
        {"comorbidities.diverticulitis": "true"},
        {"comorbidities.diverticulitis": "false"},
        "caution_high",
    ),
    (
        "BCMA-X40",
        {"comorbidities.allergies": ["tocilizumab"]},
        {"comorbidities.allergies": []},
        "caution_high",
    ),
    ("BCMA-X41", SCLEROSIS, {"diagnosis.overlap_with": ["sjogren_disease"]}, "caution"),
]


@pytest.mark.parametrize(("rule", "warning", "beside", "word"), CAUTIONS, ids=str)
def test_a_caution_holds_on_one_side_of_its_boundary_only(
    rule: str, warning: dict[str, Any], beside: dict[str, Any], word: str, variant: Callable[..., Assessment]
):
    """TRUE with the verdict of the row, nothing else closing; FALSE on the boundary itself."""
    assessment = variant(warning)
    option = engager(assessment)

    assert value(assessment, rule) == "TRUE"
    assert option.verdict == word
    assert rule in {reason.rule.id for reason in option.cautions}
    assert value(variant(beside), rule) == "FALSE"


ASKS = [
    ("BCMA-X08b", {**RECENT_COVID, **NO_HOLTER_OR_MRI}),  # V53
    ("BCMA-X08b", {**RECENT_COVID, "heart.mri.date": "2026-06-01"}),
    ("BCMA-X12", {"heart.troponin_i": None}),  # V34
    ("BCMA-X12", {"heart.involvement": "present", **NO_HOLTER_OR_MRI}),  # V48
    ("BCMA-X18b", {**FERTILE, "demographics.contraception": "false"}),
    ("BCMA-X18b", {**FERTILE, "demographics.pregnancy": None}),
    ("BCMA-X19b", {"comorbidities.cancer_screen": "pending"}),
    ("BCMA-X19b", {"comorbidities.cancer_screen_on": "2025-10-01"}),
    ("BCMA-X35", {**SCLEROSIS, "heart.mri": None}),
    ("BCMA-X35", {**SCLEROSIS, "heart.holter.date": "2026-07-01"}),
    ("BCMA-X36", {"heart.echo.date": "2026-09-13"}),  # 29 days
    ("BCMA-X36", {"heart.nt_probnp.date": "2026-09-13"}),
    ("BCMA-X36", {**SCLEROSIS, "heart.mri.date": "2026-07-01"}),
    ("BCMA-X36", {**CATHETER, "heart.right_heart_catheter.date": "2026-07-19"}),  # 12 weeks and a day
    ("BCMA-X36", {k: v for k, v in CATHETER.items() if not k.endswith(".date")}),
    ("BCMA-ASK-WEIGHT", {"demographics.weight_kg": None}),
    ("BCMA-ASK-CONSENT", {"consent.documented": "false"}),
    ("BCMA-ASK-CONSENT", {"consent.documented": None}),
    ("BCMA-ASK-SARS-COV-2", {"infection.sars_cov_2_last_on": None}),
    ("BCMA-ASK-LUNG", {"lung.hrct.date": "2026-07-19"}),  # 12 weeks and a day
    ("BCMA-ASK-LUNG", {"lung.function_on": "2026-07-19"}),
    ("BCMA-ASK-LUNG", {"lung.fvc_percent_predicted": None}),
    ("BCMA-ASK-LIVER", {"comorbidities.liver_disease": None}),
    ("BCMA-ASK-LIVER", {"labs.alt_u_per_l": None, "labs.ast_u_per_l": None}),
    ("BCMA-ASK-LIVER", {"labs.bilirubin_mg_per_dl": "2.5"}),  # Gilbert syndrome or not?
    ("BCMA-ASK-LIVER", {"labs.bilirubin_uln_mg_per_dl": None}),
    ("BCMA-ASK-HBV", {"infection.anti_hbc": None}),
    ("BCMA-ASK-ECOG", {"demographics.ecog": None}),
    ("BCMA-ASK-ECOG", {"demographics.ecog": 2}),
    ("BCMA-ASK-TOCILIZUMAB", {"comorbidities.diverticulitis": None}),
    ("BCMA-ASK-NEUROLOGY", {"comorbidities.cns_disease": None}),
]


@pytest.mark.parametrize(("rule", "changes"), ASKS, ids=str)
def test_what_is_missing_or_old_keeps_the_engager_shut(
    rule: str, changes: dict[str, Any], variant: Callable[..., Assessment]
):
    """`data_needed`, never open, and the row is not settled."""
    assessment = variant(changes)

    assert value(assessment, rule) != "FALSE"
    assert engager(assessment).verdict is Verdict.DATA_NEEDED
    assert rule in {reason.rule.id for reason in engager(assessment).unsettled}


@pytest.mark.parametrize(
    "changes",
    [
        {"heart.echo.date": "2026-09-14"},  # 28 days
        {"lung.hrct.date": "2026-07-20"},  # 12 weeks
        {"lung.function_on": None},  # the values stand, their age is not known
        {"comorbidities.cancer_screen_on": None},
        {"comorbidities.cancer_screen_on": "2025-10-13"},
        {"infection.sars_cov_2_last_on": "never"},
        {"infection.sars_cov_2_last_on": "2026-07-20"},  # 84 days (V33)
        {"labs.igg_g_per_l": 6},
        {"labs.bilirubin_mg_per_dl": None, "labs.bilirubin_uln_mg_per_dl": None},
        {"centre.night_contact": None},
        {"course": None},
        {"labs.alt_u_per_l": None},
        {**FERTILE},
        {**MALE},
        {**NO_HOLTER_OR_MRI},
        {"heart.involvement": None},
        {"heart.cardiac_device": None},
        {"demographics.age_years": 63},
    ],
    ids=str,
)
def test_on_the_open_side_the_engager_stays_open(changes: dict[str, Any], variant: Callable[..., Assessment]):
    """Boundaries, details that the main field speaks for, and tests that nobody calls for hold nothing up."""
    assert engager(variant(changes)).verdict is Verdict.PROPOSE


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("BCMA-X02", {"heart.myocarditis": "suspected"}),
        ("BCMA-X03", {"heart.arrhythmia": "nsvt", "heart.mri": None}),  # V56
        (
            "BCMA-X05",
            {"heart.pulmonary_arterial_hypertension": "suspected", "heart.echo.spap_mmhg": 42},
        ),  # V55
        ("BCMA-X05", {"heart.echo.spap_mmhg": 40}),
        ("BCMA-X30", {"therapies": None}),
    ],
    ids=str,
)
def test_a_suspicion_is_never_read_as_no(
    rule: str, changes: dict[str, Any], variant: Callable[..., Assessment]
):
    """UNKNOWN, and the option waits."""
    assessment = variant(changes)

    assert value(assessment, rule) == "UNKNOWN"
    assert engager(assessment).verdict is Verdict.DATA_NEEDED


def _history(**entry: Any) -> list[dict[str, Any]]:
    """The history of the example with one more entry."""
    stated = yaml.load(COMPLETE.read_text(encoding="utf-8"), yaml.BaseLoader)
    return [*stated["therapies"], entry]


def test_a_drug_that_is_still_given_defers(variant: Callable[..., Assessment]):
    """X30: every immunosuppressant is stopped; the glucocorticoid may continue."""
    therapies = _history(drug="azathioprine", status="ongoing", dose="150 mg/day", started_on="2026-06-01")
    assessment = variant({"therapies": therapies})

    assert value(assessment, "BCMA-X30") == "TRUE"
    assert engager(assessment).verdict is Verdict.DEFERRED


@pytest.mark.parametrize(("last", "truth"), [("2026-09-28", "FALSE"), ("2026-09-29", "TRUE")])
def test_the_washout_ends_on_its_day(last: str, truth: str, variant: Callable[..., Assessment]):
    """X30: 14 days after azathioprine."""
    therapies = _history(
        drug="azathioprine", status="past", dose="50 mg/day", weeks="3", started_on="2026-09-01",
        last_dose_on=last, stopped_on=last, response="none", stopped_for="intolerance",
    )  # fmt: skip

    assert value(variant({"therapies": therapies}), "BCMA-X30") == truth


@pytest.mark.parametrize("drug", ["elranatamab", "linvoseltamab", "teclistamab"])
def test_a_running_bcma_engager_holds_the_others_of_its_class(
    drug: str, variant: Callable[..., Assessment]
) -> None:
    """7.4, X30: each waits for the course of the two others, and not for its own."""
    assessment = variant({"course": {"drug": drug, "first_dose_on": "2026-10-08"}})
    rules = {
        name: f"BCMA-X30-COURSE-{name.upper()}" for name in ("elranatamab", "linvoseltamab", "teclistamab")
    }

    assert {name for name, rule in rules.items() if value(assessment, rule) == "TRUE"} == set(rules) - {drug}


@pytest.mark.parametrize("rule", ["BCMA-X30-CYC", "CAR-X08-CYC"])
@pytest.mark.parametrize(
    ("last", "neutrophils", "truth"),
    [
        ("2026-07-13", "1.49", "TRUE"),  # 91 days
        ("2026-07-13", "1.5", "FALSE"),
        ("2026-07-12", "1.49", "FALSE"),  # 92 days
    ],
)
def test_the_washout_of_cyclophosphamide_asks_for_neutrophils(
    rule: str, last: str, neutrophils: str, truth: str, variant: Callable[..., Assessment]
):
    """7.4: 4 weeks and neutrophils of 1.5/nL or more; a low count of another time is a caution (X14b)."""
    therapies = _history(
        drug="cyclophosphamide", status="past", dose="600 mg/m2", courses="1", weeks="4",
        started_on="2026-06-14", last_dose_on=last, stopped_on=last, response="none", stopped_for="completed",
    )  # fmt: skip
    assessment = variant({"therapies": therapies, "labs.neutrophils_per_nl": neutrophils})

    assert value(assessment, rule) == truth
    if truth == "TRUE":
        assert engager(assessment).verdict is Verdict.DEFERRED


def test_a_fresh_catheter_settles_the_pressure_and_leaves_a_mild_heart(variant: Callable[..., Assessment]):
    """X05: 42 mmHg on echo, a normal catheter of the last 12 weeks: C2."""
    assessment = variant(CATHETER)

    assert value(assessment, "BCMA-X36") == "FALSE"
    assert engager(assessment).verdict is Verdict.CAUTION_HIGH


SAFETY_FACTS = [
    "heart.echo.lvef_percent", "heart.echo.date", "heart.ecg.finding", "heart.ecg.date",
    "heart.troponin_i.ng_per_l", "heart.troponin_i.url_ng_per_l", "heart.troponin_i.date",
    "heart.nt_probnp.pg_per_ml", "heart.nt_probnp.date", "heart.nyha_class", "heart.heart_failure",
    "heart.heart_failure_admission_last_6_months", "heart.active_myocarditis", "heart.arrhythmia",
    "heart.syncope_unexplained", "heart.pulmonary_arterial_hypertension", "heart.right_heart_failure",
    "heart.myocardial_infarction_or_stroke_months_ago", "lung.hrct.date", "lung.fvc_percent_predicted",
    "lung.dlco_percent_predicted", "lung.spo2_rest_percent", "lung.oxygen_need", "labs.igg_g_per_l",
    "labs.neutrophils_per_nl", "labs.platelets_per_nl", "labs.haemoglobin_g_per_dl", "labs.egfr_ml_per_min",
    "labs.egfr_fall_percent_4_weeks", "infection.active", "infection.hbsag", "infection.anti_hbc",
    "infection.hcv_rna", "infection.hiv", "infection.tuberculosis", "infection.sars_cov_2_last_on",
    "infection.sars_cov_2_pcr", "infection.pml_history", "vaccination.live_vaccine_last_on",
    "comorbidities.malignancy", "comorbidities.cancer_screen", "comorbidities.liver_disease",
    "comorbidities.cns_disease", "comorbidities.diverticulitis", "comorbidities.allergies",
    "demographics.age_years", "demographics.weight_kg", "demographics.ecog", "demographics.pregnancy",
    "centre.immune_effector_experience", "centre.inpatient_observation_48h", "centre.icu_and_tocilizumab",
    "centre.haematology_partner", "consent.documented", "therapies", "diagnosis.entity",
]  # fmt: skip


@pytest.mark.parametrize("field", SAFETY_FACTS)
def test_no_safety_fact_can_be_left_out(field: str, variant: Callable[..., Assessment]):
    """9.3, NEV-02: each of them alone turns the open engager into a question."""
    assert engager(variant({field: None})).verdict is Verdict.DATA_NEEDED


# From best to worst: the engager and CAR-T never open on the way.
HARM = {
    "heart.echo.lvef_percent": [70, 55, 54, 50, 49, 45, 44, 20],
    "heart.troponin_i.ng_per_l": [5, 16, 17, 46, 47, 160, 161],
    "lung.dlco_percent_predicted": [95, 60, 40, 39, 30, 29, 10],
    "lung.spo2_rest_percent": [99, 95, 94, 92, 91, 80],
    "labs.egfr_ml_per_min": [110, 71, 70, 60, 59, 30, 29, 5],
    "labs.neutrophils_per_nl": [6, "1.5", "1.4", "1.0", "0.9", "0.1"],
}
OPENNESS = ["propose", "caution", "caution_high", "data_needed", "deferred", "excluded"]


@pytest.mark.parametrize("field", HARM)
@pytest.mark.parametrize("beside", [{}, NO_HOLTER_OR_MRI, RECENT_COVID, SCLEROSIS], ids=str)
def test_a_worse_value_never_opens(field: str, beside: dict[str, Any], variant: Callable[..., Assessment]):
    """Along each scale the verdict stays or gets stricter, for both therapies."""
    found = [variant({**beside, field: each}) for each in HARM[field]]
    for therapy in ("teclistamab", "cd19_car_t"):
        steps = [OPENNESS.index(assessment.option(therapy).verdict) for assessment in found]
        assert steps == sorted(steps), therapy


@pytest.mark.parametrize(("last", "truth"), [("2026-09-15", "TRUE"), ("2026-09-14", "FALSE")])
def test_high_dose_immunoglobulin_warns_for_28_days(
    last: str, truth: str, variant: Callable[..., Assessment]
):
    """X33."""
    therapies = _history(
        drug="ivig", status="past", dose="2 g/kg/4 weeks", weeks="12", started_on="2026-06-20",
        last_dose_on=last, stopped_on=last, response="none", stopped_for="inefficacy",
    )  # fmt: skip

    assert value(variant({"therapies": therapies}), "BCMA-X33") == truth


@pytest.mark.parametrize(("last", "truth"), [("2026-04-13", "TRUE"), ("2026-04-12", "FALSE")])
def test_rituximab_warns_for_six_months(last: str, truth: str, variant: Callable[..., Assessment]):
    """X34: 182 days warn, 183 do not."""
    therapies = _history(
        drug="rituximab", status="past", dose="2 x 1 g", courses="1", weeks="24", started_on="2026-03-20",
        last_dose_on=last, stopped_on="2026-09", response="none", stopped_for="inefficacy",
    )  # fmt: skip

    assert value(variant({"therapies": therapies}), "BCMA-X34") == truth


def test_not_refractory_is_not_indicated(variant: Callable[..., Assessment]):
    """X37: without failed lines the engager is not looked at."""
    assessment = variant({"therapies": []})

    assert value(assessment, "BCMA-X37") == "TRUE"
    assert assessment.option("teclistamab").verdict is Verdict.NOT_INDICATED


def test_sclerosis_without_myositis_is_open_at_best_by_override(variant: Callable[..., Assessment]):
    """Outside the ladder the gate is the same, and the best verdict is `caution_high`; X37 is not asked."""
    assessment = variant({"diagnosis.entity": "systemic_sclerosis"})

    assert engager(assessment).verdict is Verdict.CAUTION_HIGH
    assert value(assessment, "BCMA-X37") == "FALSE"


def test_sclerosis_without_holter_and_mri_asks_for_them(variant: Callable[..., Assessment]):
    """V14: the echo is normal, Holter and MRI were never done."""
    assessment = variant({"diagnosis.entity": "systemic_sclerosis", **NO_HOLTER_OR_MRI})

    assert engager(assessment).verdict is Verdict.DATA_NEEDED
    asked = {missing.fact for missing in engager(assessment).missing}
    assert {"heart.mri.date", "heart.holter.date"} <= asked


def test_a_hard_fact_closes_although_much_is_unknown(variant: Callable[..., Assessment]):
    """CARD-03: with the troponin missing an LVEF of 44 still closes."""
    assessment = variant({"heart.troponin_i": None, "heart.echo.lvef_percent": 44, "labs.igg_g_per_l": None})

    assert engager(assessment).verdict is Verdict.EXCLUDED


def test_the_covid_window_names_the_day_to_look_again(variant: Callable[..., Assessment]):
    """X07 is time-limited: day 84."""
    assessment = variant({**RECENT_COVID, "heart.nt_probnp.pg_per_ml": 180})
    (reason,) = [r for r in engager(assessment).excluded_by if r.rule.id == "BCMA-X07"]

    assert str(reason.until) == "2026-11-05"
    assert reason.rule.reversible


def test_a_result_that_grows_old_is_no_day_to_look_again(variant: Callable[..., Assessment]):
    """The Holter of 12 weeks falls out of its time on 16 December; the infection is over on the 30th."""
    assessment = variant({"infection.sars_cov_2_last_on": "2026-10-07", "heart.holter.date": "2026-09-22"})
    (reason,) = [r for r in engager(assessment).cautions if r.rule.id == "BCMA-X08"]
    suspected = variant({"infection.active": "suspected", "infection.fever": "true"})

    assert str(reason.until) == "2026-12-30"
    assert [r.until for o in suspected.proposal.options for r in o.deferred_by if "INFECTION" in r.rule.id]
    assert not any(
        r.until for o in suspected.proposal.options for r in o.deferred_by if "INFECTION" in r.rule.id
    )


def test_a_pregnancy_that_is_planned_closes(variant: Callable[..., Assessment]):
    """P-PREG."""
    assessment = variant(
        {
            **FERTILE,
            "demographics.contraception": "false",
            "demographics.wish_for_children": "true",
            "demographics.conception_planned_within_6_months": "true",
        }
    )

    assert engager(assessment).verdict is Verdict.EXCLUDED
