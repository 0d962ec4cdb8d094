"""How soon a missing fact can be had, by the beginning of its name: the sooner is asked for first."""

from __future__ import annotations

ASKING, BEDSIDE, SWAB, SAMPLE, APPOINTMENT = "asking", "bedside", "swab", "sample", "appointment"
UNSTATED = ""  # nobody has said how this one is come by, so nothing is promised
_ORDER = (ASKING, BEDSIDE, SWAB, SAMPLE, APPOINTMENT, UNSTATED)
# A longer beginning goes before a shorter one. What depends on the case (whether an infection is active,
# whether a decline has another cause) stands nowhere: it may take days.
_KINDS = {
    ASKING: (
        "therapies", "therapy.", "class.", "assessed_on", "region", "centre.", "consent.", "vaccination.",
        "demographics.", "antibody_panel", "diagnosis.disease_duration", "diagnosis.age_at_onset",
        "diagnosis.statin", "diagnosis.checkpoint", "diagnosis.rechecked", "diagnosis.adherence",
        "diagnosis.biopsy_on", "lung.function_on", "lung.hrct.date", "lung.hrct.age_weeks",
        "lung.symptoms", "lung.rapidly_progressive",
        "heart.mri_not_possible", "heart.heart_failure_admission", "heart.syncope", "heart.cardiac_device",
        "heart.revascularisation", "heart.myocardial_infarction",
        "infection.hbv_prophylaxis", "infection.pjp_prophylaxis", "infection.sars_cov_2_last_on",
        "infection.pml_history",
        "comorbidities.malignancy", "comorbidities.urothelial", "comorbidities.venous",
        "comorbidities.oestrogen", "comorbidities.anticoagulation", "comorbidities.inflammatory_bowel",
        "comorbidities.immunoglobulin_anaphylaxis", "comorbidities.haemorrhagic_cystitis",
        "comorbidities.alcohol", "comorbidities.recurrent_tonsillitis", "comorbidities.copd",
        "comorbidities.glucocorticoid_risk", "comorbidities.diverticulitis", "comorbidities.allergies",
        "comorbidities.co_medication", "comorbidities.cancer_screen_on",
        "course.drug", "course.first_dose_on", "course.last_dose", "course.ice_baseline",
    ),
    BEDSIDE: (
        "demographics.weight", "demographics.height", "demographics.pregnancy", "demographics.ecog",
        "activity.", "muscle.", "skin.", "joints.", "diagnosis.finger_flexor", "swallowing.weight_loss",
        "lung.spo2", "lung.exertional", "lung.oxygen", "lung.ventilation",
        "heart.ecg", "heart.nyha", "heart.haemodynamic", "infection.fever",
        "comorbidities.immobility", "comorbidities.obesity", "comorbidities.uncontrolled_hypertension",
        "comorbidities.cns_disease", "comorbidities.new_neurological",
        "course.temperature", "course.hypotension", "course.hypoxia", "course.dyspnoea", "course.ice_score",
        "course.consciousness", "course.seizure", "course.new_focal",
    ),
    SWAB: ("infection.sars_cov_2_pcr",),
    SAMPLE: (
        "antibodies", "labs.", "diagnosis.interferon", "muscle.ck",
        "heart.troponin", "heart.nt_probnp", "lung.pao2", "lung.hypercapnia",
        "infection.hbsag", "infection.anti_hb", "infection.hbv_dna", "infection.hcv", "infection.hiv",
        "infection.tuberculosis", "infection.hlh",
        "comorbidities.diabetes", "comorbidities.hyperviscosity",
        "course.haemoglobin", "course.creatinine", "course.troponin",
    ),
    APPOINTMENT: (
        "diagnosis.biopsy", "muscle.mri", "muscle.fatty", "swallowing.dysphagia", "swallowing.aspiration",
        "lung.ild", "lung.hrct", "lung.fvc", "lung.dlco", "lung.kco", "lung.decline",
        "heart.echo", "heart.holter", "heart.mri", "heart.pulmonary_arterial_hypertension",
        "heart.right_heart", "heart.active_myocarditis", "heart.myocarditis", "heart.myocardial_fibrosis",
        "heart.arrhythmia", "heart.cardiologist_grade",
        "comorbidities.cancer_screen", "comorbidities.retinopathy",
    ),
}  # fmt: skip
_BY_LENGTH = sorted(
    ((start, kind) for kind, starts in _KINDS.items() for start in starts), key=lambda one: -len(one[0])
)


def soon(fact: str) -> str:
    """How a missing fact is come by; UNSTATED where that depends, or nobody has said it.

    >>> soon("heart.troponin_t.ng_per_l"), soon("heart.active_myocarditis"), soon("infection.active")
    ('sample', 'appointment', '')
    """
    return next((kind for start, kind in _BY_LENGTH if fact.startswith(start)), UNSTATED)


def wait(fact: str) -> int:
    """The place of a missing fact among those that are to be had sooner: 0 is by asking, today."""
    return _ORDER.index(soon(fact))
