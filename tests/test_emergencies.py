"""Emergencies fire on their trigger and wait for nothing else (dossier 8.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from by_hand import Reading, Stated

from escalate.library.model import Library
from escalate.truth import Truth

Read = Callable[..., Reading]


@pytest.fixture
def read(library: Library) -> Read:
    """Read the rules for stated facts; everything else, the history too, is unknown."""
    return lambda values, history=False: Reading(library, Stated(values, history=history))


CADM = {"diagnosis.entity": "amyopathic_dermatomyositis"}
V05 = {
    **CADM,
    "antibody.mda5.positive": True,
    "lung.symptoms_worse": True,
    "lung.symptoms_worsening_weeks": 3,
    "lung.spo2_rest_percent": 91,
    "lung.hrct.ground_glass_all_fields": True,
    "labs.ferritin_ug_per_l": 1450,
}


def test_v05_rapidly_progressive_ild_with_mda5(read: Read):
    """The trigger is enough: infection work-up, therapies and function tests are not known."""
    assert {"E1", "E2"} <= read(V05).alerts("emergency")


def test_e1_names_both_combinations(library: Library):
    """Pulse, the triple combination, the tofacitinib one, and what can be added, as therapies."""
    (e1,) = [r for r in library.rules if r.id == "E1"]

    assert {t for action in e1.do for t in action.therapies} == {
        "glucocorticoid_pulse",
        "tacrolimus",
        "cyclophosphamide",
        "tofacitinib",
        "rituximab",
        "ivig",
        "plasma_exchange",
    }
    assert any("antibody result" in text for text in e1.do_not)


@pytest.mark.parametrize(
    "facts",
    [
        {"lung.rapidly_progressive": True, "antibody.mda5.positive": True},
        {"antibody.mda5.positive": True, "lung.symptoms_worse": True, "lung.spo2_rest_percent": 94},
        {"lung.rapidly_progressive": True, **CADM},
        {
            "lung.rapidly_progressive": True,
            "diagnosis.entity": "dermatomyositis",
            "labs.ferritin_ug_per_l": 500,
        },
        {"lung.rapidly_progressive": True, "diagnosis.entity": "dermatomyositis", "skin.ulceration": True},
    ],
)
def test_e1_on_mda5_or_the_suspicion_of_it(read: Read, facts: dict[str, object]):
    """Any strength of the band, amyopathic disease, or signs of MDA5 disease in dermatomyositis."""
    assert "E1" in read(facts).alerts("emergency")


@pytest.mark.parametrize(
    "facts",
    [
        {"lung.rapidly_progressive": True},
        {"lung.rapidly_progressive": True, "diagnosis.entity": "antisynthetase_syndrome"},
        {"lung.ild_stated": True, "lung.symptoms_worsening_weeks": 13, "lung.oxygen_need": True},
        {"lung.hrct.pattern": "dad", "lung.symptoms_worsening_weeks": 4, "lung.hrct.progression": True},
    ],
)
def test_e2_in_every_disease_also_an_unknown_one(read: Read, facts: dict[str, object]):
    """Rapidly progressive ILD by statement, hypoxia or image; without a hint of MDA5 it is E2 alone."""
    alerts = read(facts).alerts("emergency")

    assert "E2" in alerts
    assert "E1" not in alerts


@pytest.mark.parametrize(
    "slow",
    [
        {"lung.symptoms_worsening_weeks": 14},
        {"lung.symptoms_worsening_weeks": 0},
        {"lung.spo2_rest_percent": 95},
    ],
)
def test_slow_or_not_hypoxic_is_not_rapid(read: Read, slow: dict[str, object]):
    """More than 3 months, no worsening, or normal saturation: not computed as rapidly progressive."""
    facts = {"lung.ild": True, "lung.symptoms_worsening_weeks": 4, "lung.spo2_rest_percent": 92, **slow}

    assert "E2" not in read(facts).alerts("emergency")


def test_v07_a_weak_band_with_new_dyspnoea_is_a_warning(read: Read):
    """Ground glass 15 %, saturation not known: pre-alert, admission; not yet the emergency."""
    rules = read(
        {
            **CADM,
            "antibody.mda5.positive": True,
            "antibody.mda5.selects_pathway": False,
            "lung.symptoms_worse": True,
            "lung.ild": True,
            "lung.hrct.extent_percent": 15,
            "lung.hrct.pattern": "other",
        }
    )

    assert "E1-PRE" in rules.alerts("warning")
    assert not rules.alerts("emergency")
    assert rules["mda5_disease"] is Truth.TRUE


@pytest.mark.parametrize(
    "facts",
    [
        {"heart.haemodynamic_instability": True},
        {"heart.arrhythmia": "sustained_vt"},
        {"heart.arrhythmia": "high_grade_av_block"},
        {"heart.holter.sustained_vt": True},
        {"heart.ecg.finding": "third_degree_av_block"},
        {"heart.myocarditis_active": True, "heart.heart_failure": "decompensated"},
    ],
)
def test_e5_the_heart_that_cannot_wait(read: Read, facts: dict[str, object]):
    """Each trigger alone fires."""
    assert "E5" in read(facts).alerts("emergency")


def test_a_heart_known_to_be_quiet_is_no_emergency(read: Read):
    """Three statements settle it for the JAK inhibitor gate."""
    rules = read(
        {
            "heart.heart_failure": "none",
            "heart.haemodynamic_instability": None,
            "heart.arrhythmia": "none",
            "heart.active_myocarditis": False,
        }
    )

    assert rules["fulminant_heart"] is Truth.FALSE
    assert "E5" not in rules.alerts()


COURSE = {"course.drug": "teclistamab"}


@pytest.mark.parametrize(
    ("alert", "facts"),
    [
        ("E3", {"muscle.mip_cmh2o": -25}),
        ("E3", {"muscle.vital_capacity_l": 0.9}),
        ("E3", {"muscle.vital_capacity_ml_per_kg": 19.9}),
        ("E4", {"swallowing.aspiration": True}),
        ("E4", {"swallowing.dysphagia": "moderate", "swallowing.weight_loss_percent": 11}),
        ("E6", {"muscle.ck_u_per_l": 12000, "muscle.dark_urine": True}),
        ("E6", {"muscle.ck_ratio_to_uln": 51, "labs.creatinine_rising": True}),
        ("E7", {**COURSE, "course.temperature_c": 38.6}),
        ("E7", {"class.car_t.days_since_last_dose": 9, "course.consciousness": "to_voice"}),
        (
            "E8",
            {
                **COURSE,
                "course.dyspnoea": True,
                "course.hypotension": "no_vasopressor",
                "course.temperature_c": 36.8,
            },
        ),
        ("E9", {"infection.fever": True, "class.t_cell_engager.given": True, "labs.igg_g_per_l": 3.1}),
        ("E9", {"infection.fever": True, "labs.neutrophils_per_nl": 0.4}),
        ("E10", {"comorbidities.oncological_emergency": True}),
        ("EM11", {"kidney.renal_crisis_suspected": True}),
        (
            "EM11",
            {
                "antibody.rna_polymerase_iii.positive": True,
                "comorbidities.uncontrolled_hypertension": True,
                "labs.creatinine_rising": True,
            },
        ),
        ("EM12", {"infection.hlh_suspected": True}),
        ("EM12", {"labs.ferritin_ug_per_l": 12000, "antibody.mda5.positive": True}),
        ("EM13", {"diagnosis.checkpoint_inhibitor_last_12_months": True}),
        ("EM14", {"muscle.sudden_deep_pain": True, "labs.haemoglobin_fall_g_per_dl": 3}),
        ("EM14", {"muscle.sudden_deep_pain": True, "course.haemoglobin_fall_g_per_dl": 0.5}),
    ],
)
def test_every_other_emergency_on_its_trigger_alone(read: Read, alert: str, facts: dict[str, object]):
    """The trigger is stated, everything else is unknown: the alert fires (NEV-08)."""
    assert alert in read(facts).alerts("emergency")


def test_v41_without_fever_it_is_not_called_cytokine_release(read: Read):
    """Dyspnoea and low pressure without fever: E8 with its own work-up."""
    rules = read(
        {**COURSE, "course.dyspnoea": True, "course.hypotension": "no_vasopressor", "infection.fever": False}
    )

    assert "E8" in rules.alerts("emergency")


LATE = {"class.t_cell_engager.given": True, "class.t_cell_engager.days_since_last_dose": 18}


def test_v41_a_temperature_nobody_measured_holds_nothing_up(read: Read):
    """Day 18, beyond the window of E7: dyspnoea and low pressure alone are E8."""
    rules = read({**LATE, "course.dyspnoea": True, "course.hypotension": "no_vasopressor"})

    assert "E8" in rules.alerts("emergency")


@pytest.mark.parametrize(
    ("b_cells", "emergency"),
    [(0.1, True), (0.11, False), (None, False)],
    ids=["low", "back", "not called for"],
)
def test_late_fever_is_a_warning_until_b_cells_or_igg_make_it_e9(
    read: Read, b_cells: float | None, emergency: bool
):
    """B cells count as absent until they are above 0.1/nL; fever alone is seen the same day anyway."""
    rules = read({**LATE, "infection.fever": True, "labs.cd19_b_cells_per_nl": b_cells})

    assert "E9-PRE" in rules.alerts("warning")
    assert ("E9" in rules.alerts("emergency")) is emergency


def test_sudden_deep_pain_in_dermatomyositis_asks_for_haemoglobin_now(read: Read):
    """The pain comes before the haemoglobin falls."""
    rules = read({**CADM, "muscle.sudden_deep_pain": True})

    assert "EM14-PRE" in rules.alerts("warning")


@pytest.mark.parametrize("ferritin", [10001, 15000])
def test_a_very_high_ferritin_warns_before_mda5_is_known(read: Read, ferritin: int):
    """EM12 needs MDA5 or an engager; the work-up for macrophage activation needs the ferritin alone."""
    rules = read({"labs.ferritin_ug_per_l": ferritin})

    assert "EM12-PRE" in rules.alerts("warning")
    assert "EM12" not in rules.alerts("emergency")


def test_a_very_high_ck_alone_is_a_warning(read: Read):
    """50 times the limit asks for the kidney; without dark urine or creatinine it is no emergency."""
    rules = read({"muscle.ck_ratio_to_uln": 60, "muscle.dark_urine": False, "labs.creatinine_rising": None})

    assert "E6-PRE" in rules.alerts("warning")
    assert "E6" not in rules.alerts("emergency")


def test_nothing_known_is_no_emergency(read: Read):
    """Missing data never fires an alert by itself."""
    assert read({}).alerts("emergency") == set()


def test_ab_06_two_antibodies_on_a_blot(read: Read):
    """Jo-1 and SRP together ask for a second method."""
    assert "AB-06" in read({"antibody.msa_positive_count": 2}).alerts("warning")
