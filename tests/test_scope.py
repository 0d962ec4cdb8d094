"""Whom the ladder is for, and what contradictions do: they close, they never open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from by_hand import Reading, Stated

from escalate.language.facts import Fact
from escalate.library.model import Library
from escalate.truth import Truth

Read = Callable[..., Reading]


@pytest.fixture
def read(library: Library) -> Read:
    """Read the rules for stated facts; everything else is unknown."""
    return lambda values, history=False: Reading(library, Stated(values, history=history))


def scopes(rules: Reading) -> set[str]:
    fired = rules.alerts("scope")
    return {r.scope for r in rules.library.rules if r.id in fired}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"diagnosis.entity": "dermatomyositis", "demographics.age_years": 18}, set()),
        ({"diagnosis.entity": "dermatomyositis", "demographics.age_years": 17.9}, {"out_of_scope"}),
        ({"diagnosis.entity": "juvenile_dermatomyositis", "demographics.age_years": 20}, {"out_of_scope"}),
        ({"diagnosis.entity": "checkpoint_inhibitor_myositis"}, {"out_of_scope"}),
        ({"diagnosis.entity": "other"}, {"out_of_scope"}),
        (
            {
                "diagnosis.entity": "polymyositis_unspecified",
                "diagnosis.checkpoint_inhibitor_last_12_months": True,
            },
            {"out_of_scope"},
        ),
        ({"diagnosis.entity": "systemic_sclerosis", "demographics.age_years": 50}, {"bcma_safety_only"}),
        ({"diagnosis.entity": "igg4_related_disease", "demographics.age_years": 50}, {"bcma_safety_only"}),
        (
            {"diagnosis.entity": "systemic_lupus_erythematosus", "demographics.age_years": 15},
            {"out_of_scope"},
        ),
        ({"demographics.age_years": 50}, set()),
    ],
)
def test_scope(read: Read, facts: dict[str, object], expected: set[str]):
    """Children and other diseases turn elsewhere; connective tissue disease gets the gate."""
    assert scopes(read(facts)) == expected


def test_teclistamab_in_connective_tissue_disease_is_at_best_caution_high(read: Read):
    """Outside the ladder: no step, a recorded decision."""
    rules = read({"diagnosis.entity": "systemic_sclerosis", "demographics.age_years": 50}, history=True)

    assert rules.indicated("teclistamab") is Truth.TRUE
    assert rules.place("teclistamab") is None
    assert "P-CTD-OUTSIDE" in rules.saying("teclistamab", "caution_high")


@pytest.mark.parametrize("known", [{"diagnosis.entity": "dermatomyositis"}, {"demographics.age_years": 50}])
def test_without_entity_or_age_every_therapy_has_a_question(read: Read, known: dict[str, object]):
    """SCOPE-ASK stands for all therapies, so nothing is open."""
    rules = read(known)

    for therapy in ("exercise", "ivig", "teclistamab", "glucocorticoids"):
        assert any(i.startswith("SCOPE-ASK") for i in rules.saying(therapy, "ask"))


CONTRADICTIONS = [
    ("ENT-02", {"diagnosis.entity": "inclusion_body_myositis", "demographics.age_years": 28}),
    ("ENT-02", {"diagnosis.entity": "inclusion_body_myositis", "diagnosis.disease_duration_months": 3}),
    ("ENT-02", {"diagnosis.entity": "inclusion_body_myositis", "skin.rash": "heliotrope_or_gottron"}),
    ("CONTRA-ILD-NONE", {"lung.ild": False, "lung.rapidly_progressive": True}),
    ("CONTRA-MALE-PREGNANT", {"demographics.sex": "male", "demographics.pregnancy": "pregnant"}),
    (
        "CONTRA-PREGNANCY-NA",
        {"demographics.pregnancy": "not_applicable", "demographics.childbearing_potential": True},
    ),
    (
        "CONTRA-PREGNANT-NO-POTENTIAL",
        {"demographics.pregnancy": "pregnant", "demographics.childbearing_potential": False},
    ),
    ("CONTRA-HEART-NONE", {"heart.involvement": "none", "heart.nyha_class": 3}),
    ("CONTRA-NYHA-1", {"heart.nyha_class": 1, "heart.heart_failure": "decompensated"}),
    ("CONTRA-HF-NONE", {"heart.heart_failure": "none", "heart.nyha_class": 3}),
    ("CONTRA-RHYTHM-NONE", {"heart.arrhythmia": "none", "heart.holter.sustained_vt": True}),
    ("CONTRA-MYOCARDITIS-STATED", {"heart.active_myocarditis": True, "heart.myocarditis": "none"}),
    ("CONTRA-MYOCARDITIS-NONE", {"heart.active_myocarditis": False, "heart.mri.t2_oedema": "focal"}),
    ("CONTRA-PAH-NONE", {"heart.pulmonary_arterial_hypertension": "none", "heart.echo.spap_mmhg": 50}),
    ("CONTRA-CARDIOLOGIST-GRADE", {"heart.cardiologist_grade": "C0", "heart.involvement": "advanced"}),
    ("CONTRA-CANCER-NONE", {"comorbidities.malignancy": "none", "comorbidities.cancer_screen": "suspicious"}),
    ("CONTRA-INFECTION-NONE", {"infection.active": "none", "infection.fever": True}),
    ("CONTRA-HBSAG-NEGATIVE", {"infection.hbsag": "negative", "infection.hbv_dna_iu_per_ml": 20}),
    ("CONTRA-OXYGEN-NONE", {"lung.oxygen_need": False, "lung.ventilation": "high_flow"}),
    ("CONTRA-DYSPHAGIA-NONE", {"swallowing.dysphagia": "none", "swallowing.aspiration": True}),
    ("CONTRA-BREATHING-NORMAL", {"muscle.respiratory_muscle_weakness": False, "muscle.mip_cmh2o": -25}),
    ("CONTRA-RASH-NONE", {"skin.rash": "none", "skin.signs": ["heliotrope"]}),
    ("CONTRA-CNS-NONE", {"comorbidities.cns_disease": False, "comorbidities.neurological": ["seizures"]}),
    ("CONTRA-LIVER-NONE", {"comorbidities.liver_disease": "none", "comorbidities.child_pugh": "b"}),
    ("CONTRA-NAIVE", {"treatment_naive": True, "course.drug": "teclistamab"}),
    (
        "CONTRA-COURSE-DOSE",
        {
            "course.drug": "teclistamab",
            "course.last_dose": "weekly_target",
            "course.last_dose_mg_per_kg": 0.3,
        },
    ),
]


@pytest.mark.parametrize(("rule_id", "facts"), CONTRADICTIONS)
def test_a_contradiction_is_said_and_names_what_it_makes_unknown(
    read: Read, rule_id: str, facts: dict[str, object]
):
    """Two facts that cannot both hold, and nothing else known."""
    rules = read(facts)
    (rule,) = [r for r in rules.library.rules if r.id == rule_id]

    assert rule_id in rules.alerts("contradiction")
    assert rule.makes_unknown or rule_id == "CONTRA-HEART-NONE"  # a word that opens nothing


@pytest.mark.parametrize(("rule_id", "facts"), CONTRADICTIONS)
def test_a_contradiction_opens_nothing(read: Read, rule_id: str, facts: dict[str, object]):
    """With the disputed fact unknown, no indication turns TRUE and no closing rule turns FALSE."""
    before, after = read(facts, history=True), read(facts, history=True)
    (rule,) = [r for r in before.library.rules if r.id == rule_id]
    for name in rule.makes_unknown:
        after.facts[name] = Fact(name)

    for r in before.library.rules:
        if r.status != "active" or r.kind in ("finding", "alert", "ask") or "therapies" in rule.makes_unknown:
            continue
        opening = Truth.TRUE if r.kind == "indicate" else Truth.FALSE
        assert after.value(r) is not opening or before.value(r) is opening, r.id


@pytest.mark.parametrize(
    ("rule_id", "facts", "therapy", "closing"),
    [
        (
            "CONTRA-MALE-PREGNANT",
            {"demographics.sex": "male", "demographics.pregnancy": "pregnant", "patient.pregnant": True},
            "methotrexate",
            "P-PREG",
        ),
        (
            "CONTRA-CANCER-NONE",
            {"comorbidities.malignancy": "none", "comorbidities.cancer_screen": "suspicious"},
            "tofacitinib",
            "P-CAM-JAK",
        ),
        (
            "CONTRA-HBSAG-NEGATIVE",
            {
                "infection.hbsag": "negative",
                "infection.hbv_dna_iu_per_ml": 20,
                "infection.hbv_prophylaxis": False,
            },
            "rituximab",
            "RTX-X1-HBV",
        ),
    ],
)
def test_what_closes_by_itself_stays(
    read: Read, rule_id: str, facts: dict[str, object], therapy: str, closing: str
):
    """Pregnancy, a suspicious finding and viral DNA close whatever they contradict."""
    rules = read(facts)
    (rule,) = [r for r in rules.library.rules if r.id == rule_id]
    for name in rule.makes_unknown:
        rules.facts[name] = Fact(name)

    assert closing in rules.saying(therapy, "exclude") | rules.saying(therapy, "defer")


def test_ent_02_pauses_everything_but_emergencies(read: Read):
    """Inclusion body myositis at 28: no indication is TRUE, and an emergency still fires."""
    rules = read(
        {"demographics.age_years": 28, "lung.rapidly_progressive": True, "muscle.mmt8_of_150": 110},
        history=True,
    )

    assert "E2" in rules.alerts("emergency")
    for therapy in rules.library.therapies:
        assert rules.indicated(therapy) is not Truth.TRUE
