"""One boundary case per rule of the gates outside the BCMA engagers and CAR-T.

`met` are the changes to a complete, normal patient that make the rule TRUE, `spared` those just across
the boundary that leave it FALSE, `asked` the facts (or findings) whose absence leaves it UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gate_normal import Value


@dataclass(frozen=True, slots=True)
class Case:
    """One rule: what meets it, what spares it, and what it asks for."""

    rule: str
    met: Mapping[str, Value | None]  # None: not known
    spared: Mapping[str, Value] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    therapy: str = ""  # the target, where the rule stands once per therapy


def _infection(rule: str) -> Case:
    return Case(rule, {"infection.active": "active"}, {"infection.active": "none"}, ("infection.active",))


def _hbv(rule: str) -> Case:
    return Case(
        rule,
        {"infection.hbsag": "positive"},
        {"infection.hbsag": "positive", "infection.hbv_prophylaxis": True},
        ("infection.hbsag", "infection.hbv_prophylaxis"),
    )


def _latent_tb(rule: str) -> Case:
    fact = "infection.tuberculosis"
    return Case(rule, {fact: "latent_untreated"}, {fact: "latent_treated"}, (fact,))


def _yes(rule: str, fact: str, therapy: str = "") -> Case:
    return Case(rule, {fact: True}, {fact: False}, (fact,), therapy)


def _no(rule: str, fact: str) -> Case:
    return Case(rule, {fact: False}, {fact: True}, (fact,))


def _bound(rule: str, fact: str, met: float, spared: float) -> Case:
    return Case(rule, {fact: met}, {fact: spared}, (fact,))


def _word(rule: str, fact: str, met: str, spared: str) -> Case:
    return Case(rule, {fact: met}, {fact: spared}, (fact,))


def _taken(rule: str, drug: str, other: str = "tamoxifen") -> Case:
    fact = "comorbidities.co_medication"
    return Case(rule, {fact: (drug,)}, {fact: ("mesalazine" if drug == other else other,)}, (fact,))


ANC, ALC, HB = "labs.neutrophils_per_nl", "labs.lymphocytes_per_nl", "labs.haemoglobin_g_per_dl"
EGFR, IGG = "labs.egfr_ml_per_min", "labs.igg_g_per_l"
MI = "heart.myocardial_infarction_or_stroke_months_ago"
TIA = "heart.revascularisation_or_tia_months_ago"
VTE = "comorbidities.venous_thromboembolism_months_ago"
MEDICATION = "comorbidities.co_medication"
CIRRHOSIS_B = {"comorbidities.liver_disease": "cirrhosis", "comorbidities.child_pugh": "b"}
CIRRHOSIS_C = {"comorbidities.liver_disease": "cirrhosis", "comorbidities.child_pugh": "c"}
CIRRHOSIS_A = {"comorbidities.liver_disease": "cirrhosis", "comorbidities.child_pugh": "a"}

SHARED = (
    _yes("ALLERGY-01", "therapy.methotrexate.allergy", "methotrexate"),
    _yes("ALLERGY-01-GLUCOCORTICOIDS", "therapy.glucocorticoids.allergy", "glucocorticoids"),
    _infection("INFECTION-ACTIVE"),
    Case(
        "INFECTION-SUSPECTED",
        {"infection.active": "suspected"},
        {"infection.active": "suspected", "rp_ild": True},
        ("infection.active",),
    ),
    Case(
        "INFECTION-SUSPECTED-RPILD",
        {"infection.fever_now": True, "rp_ild": True},
        {"infection.fever_now": True},
    ),
    _hbv("HBV-01"),
    Case(
        "HBV-02",
        {"infection.hbsag": "positive", "infection.hbv_prophylaxis": True},
        {"infection.hbsag": "positive"},
    ),
    _hbv("HBV-03-GLUCOCORTICOIDS"),
    _word("HCV-01", "infection.hcv_rna", "positive", "negative"),
    _latent_tb("TB-01"),
    _yes("P-PREG", "patient.pregnant"),
    _yes("P-PREG-OTHER", "patient.conception_planned"),
    Case(
        "P-PREG-BREASTFEEDING",
        {"patient.pregnant_or_breastfeeding": True},
        {"patient.pregnant_or_breastfeeding": True, "patient.pregnant": True},
    ),
    Case(
        "P-PREG-BREASTFEEDING-OTHER",
        {"patient.pregnant_or_breastfeeding": True},
        {"patient.pregnant_or_breastfeeding": True, "patient.pregnant": True},
    ),
    _no("P-PREG-CONTRACEPTION", "demographics.contraception"),
    _yes("P-CAM-JAK", "cancer_active"),
    _yes("P-CAM-CYC", "cancer_active"),
    _yes("P-CAM-RTX", "cancer_active"),
    _yes("P-CAM-OTHER", "cancer_active"),
    _word("P-CAM-REMISSION", "comorbidities.malignancy", "remission_under_5_years", "remission_over_5_years"),
    _word("P-CAM-FORMER", "comorbidities.malignancy", "remission_over_5_years", "none"),
    _yes("WASHOUT-FCRN", "washout.fcrn_blocker_incomplete"),
    Case(
        "WASHOUT-FCRN-IGG",
        {"class.fcrn_inhibitor.given": True, IGG: 3.9},
        {"class.fcrn_inhibitor.given": True, IGG: 4},
    ),
    _bound("WASHOUT-IVIG", "therapy.ivig.high_dose_days_ago", 27, 28),
    _yes("INTERACTION-JAK", "class.jak_inhibitor.present"),
    Case(
        "INTERACTION-MTX-COTRIMOXAZOLE",
        {"therapy.methotrexate.present": True, MEDICATION: ("cotrimoxazole_full_dose",)},
        {"therapy.methotrexate.present": True, MEDICATION: ("cotrimoxazole_prophylactic",)},
    ),
    Case(
        "INTERACTION-MTX-COTRIMOXAZOLE-RISK",
        {"therapy.methotrexate.present": True, MEDICATION: ("cotrimoxazole_prophylactic",), EGFR: 44.9},
        {"therapy.methotrexate.present": True, MEDICATION: ("cotrimoxazole_prophylactic",), EGFR: 45},
    ),
    Case(
        "INTERACTION-JAK-RUNNING",
        {"class.jak_inhibitor.present": True, "class.calcineurin_inhibitor.present": True},
        {"class.jak_inhibitor.present": True},
        ("class.jak_inhibitor.present", "class.calcineurin_inhibitor.present"),
    ),
    Case(
        "INTERACTION-FCRN",
        {"class.fcrn_inhibitor.present": True, "class.igg_drug.present": True},
        {"class.igg_drug.present": True},
        ("class.fcrn_inhibitor.present", "class.igg_drug.present"),
    ),
    Case(
        "INTERACTION-AZA-URATE",
        {"therapy.azathioprine.present": True, MEDICATION: ("febuxostat", "statin")},
        {MEDICATION: ("febuxostat",)},
    ),
    Case("INTERACTION-CSA-STATIN", {"therapy.ciclosporin.present": True, MEDICATION: ("statin",)}),
    Case(
        "STATIN-HMGCR",
        {"antibody.hmgcr.positive": True, "diagnosis.statin_exposure": "current"},
        {"antibody.hmgcr.positive": True, "diagnosis.statin_exposure": "past"},
    ),
)

BASE_THERAPY = (
    _yes("GC-X1-RENAL-CRISIS", "renal_crisis"),
    _yes("GC-X1-SSC", "systemic_sclerosis_present"),
    _yes("GC-X1-SSC-PULSE", "systemic_sclerosis_present"),
    _word("GC-X1-HF", "heart.heart_failure", "compensated", "none"),
    Case("GC-X1-DIABETES", {"labs.hba1c_percent": 8}, {"labs.hba1c_percent": 7.9}, ("labs.hba1c_percent",)),
    Case(
        "TX-GC-RISK",
        {"comorbidities.glucocorticoid_risk": ("glaucoma",)},
        asked=("comorbidities.glucocorticoid_risk",),
    ),
    Case("TX-GC-INFECTION", {"infection.active": "suspected"}, asked=("infection.active",)),
    _word("TX-AZA-TPMT", "labs.tpmt", "deficient", "intermediate"),
    _word("TX-AZA-NUDT15", "labs.nudt15", "deficient", "intermediate"),
    _yes("AZA-ILD", "ild_grade>=ILD3"),
    _taken("TX-AZA-FEBUXOSTAT", "febuxostat", "allopurinol"),
    _taken("TX-AZA-ALLOPURINOL", "allopurinol", "febuxostat"),
    _word("TX-AZA-INTERMEDIATE", "labs.nudt15", "intermediate", "normal"),
    _bound("TX-AZA-LYMPHOCYTES", ALC, 0.49, 0.5),
    Case(
        "TX-AZA-LIVER",
        {"labs.liver_cause_of_transaminases": True, "labs.alt_ratio_to_uln": 3.1},
        {"labs.liver_cause_of_transaminases": True, "labs.alt_ratio_to_uln": 3},
    ),
    Case(
        "TX-AZA-TPMT-ASK",
        {"therapy.azathioprine.present": True, MEDICATION: ("allopurinol",), "labs.tpmt": None},
        {"therapy.azathioprine.present": True, MEDICATION: ("allopurinol",)},
    ),
    _bound("TX-MTX-EGFR", EGFR, 29.9, 30),
    _yes("TX-MTX-ALCOHOL", "comorbidities.alcohol_related_liver_disease"),
    _bound("TX-MTX-NEUTROPHILS", ANC, 1.49, 1.5),
    _taken("TX-MTX-COTRIMOXAZOLE", "cotrimoxazole_full_dose", "cotrimoxazole_prophylactic"),
    Case(
        "TX-MTX-COTRIMOXAZOLE-RISK",
        {MEDICATION: ("cotrimoxazole_prophylactic",), EGFR: 44.9},
        {MEDICATION: ("cotrimoxazole_prophylactic",), EGFR: 45, "demographics.age_years": 75},
    ),
    _taken("TX-MTX-COTRIMOXAZOLE-PROPHYLAXIS", "cotrimoxazole_prophylactic"),
    _taken("TX-MTX-COTRIMOXAZOLE-DOSE", "cotrimoxazole", "cotrimoxazole_prophylactic"),
    _bound("TX-MTX-EGFR-DOSE", EGFR, 59.9, 60),
    _yes("TX-MTX-ILD", "ild_grade>=ILD1"),
    _yes("TX-MMF-GUT", "gut.involvement"),
    _bound("TX-MMF-NEUTROPHILS", ANC, 1.49, 1.5),
    _yes("CNI-X1-HYPERTENSION", "comorbidities.uncontrolled_hypertension"),
    _bound("CNI-X1-EGFR", EGFR, 29.9, 30),
    _taken("CNI-X1-STATIN", "statin"),
    _bound("CNI-X1-POTASSIUM", "labs.potassium_mmol_per_l", 5.6, 5.5),
    _taken("CNI-X1-CYP3A4", "strong_cyp3a4_inhibitor"),
    _bound("CNI-X1-QT", "heart.ecg.qtc_ms", 501, 500),
    _yes("CNI-X1-DIABETES", "comorbidities.diabetes"),
    _yes("TX-HCQ-RETINOPATHY", "comorbidities.retinopathy"),
    _bound("TX-HCQ-QT", "heart.ecg.qtc_ms", 501, 500),
    _bound("TX-HCQ-EGFR", EGFR, 59.9, 60),
    _taken("TX-HCQ-TAMOXIFEN", "tamoxifen", "statin"),
    _taken("TX-HCQ-QT-DRUG", "qt_prolonging_drug"),
    _word("TX-HCQ-RASH", "diagnosis.entity", "dermatomyositis", "antisynthetase_syndrome"),
)

ANTIBODIES = (
    _yes("IVIG-X1-ANAPHYLAXIS", "comorbidities.immunoglobulin_anaphylaxis"),
    Case(
        "IVIG-X1-IGA",
        {"labs.iga_deficiency": True, "labs.anti_iga_antibodies": True},
        {"labs.iga_deficiency": True, "labs.anti_iga_antibodies": False},
    ),
    _bound("IVIG-X1-RISK", "demographics.age_years", 65, 64.9),
    Case(
        "IVIG-X1-RISK-HIGH",
        {"comorbidities.obesity": True, VTE: 40},
        {"comorbidities.obesity": False, VTE: 40},
    ),
    _bound("IVIG-X1-ARTERIAL", MI, 11.9, 12),
    Case(
        "IVIG-X2-HF",
        {"heart.heart_failure": "compensated", "heart.nyha_class": 4},
        {"heart.heart_failure": "compensated", "heart.nyha_class": 3},
        ("heart.heart_failure", "heart.nyha_class"),
    ),
    _word("IVIG-X2-HF-SCIG", "heart.heart_failure", "decompensated", "compensated"),
    _bound("IVIG-X2-NYHA", "heart.nyha_class", 2, 1),
    _bound("IVIG-X2-EGFR", EGFR, 44.9, 45),
    _bound("IVIG-X2-EGFR-30", EGFR, 29.9, 30),
    _bound("IVIG-X3", VTE, 2.9, 3),
    _yes("IVIG-E6", "rhabdomyolysis"),
    _bound("IVIG-X3-SCIG", MI, 2.9, 3),
    _infection("RTX-X1-INFECTION"),
    _hbv("RTX-X1-HBV"),
    _word("RTX-X1-ANTI-HBC", "infection.anti_hbc", "positive", "negative"),
    _word("RTX-X1-HIV", "infection.hiv", "positive_uncontrolled", "positive_controlled"),
    _latent_tb("RTX-X1-TB"),
    Case(
        "RTX-X1-IMMUNODEFICIENCY",
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 199},
        {"infection.hiv": "positive_controlled", "labs.cd4_per_ul": 200},
    ),
    _bound("RTX-X1-HEART", "heart.nyha_class", 4, 3),
    _yes("RTX-X1-PML", "infection.pml_history"),
    _yes("RTX-X1-PREGNANCY", "patient.pregnant"),
    _bound("RTX-X1-IGG-5", IGG, 4.9, 5),
    _bound("RTX-X1-IGG-6", IGG, 5, 6),
    _word("RTX-X1-ARRHYTHMIA", "heart.arrhythmia", "nsvt", "none"),
    _bound("TX-FCRN-IGG-4", IGG, 3.9, 4),
    _bound("TX-FCRN-IGG-6", IGG, 4, 6),
    _yes("TX-FCRN-COMBINATION", "class.igg_drug.present"),
    _bound("TX-FCRN-LIVE-VACCINE", "vaccination.live_vaccine_days_ago", 27, 28),
    _hbv("TX-DARA-HBV"),
    _word("TX-DARA-ANTI-HBC", "infection.anti_hbc", "positive", "negative"),
    _yes("TX-DARA-COPD", "comorbidities.copd"),
    _word("TX-ABA-DM", "diagnosis.entity", "dermatomyositis", "overlap_myositis"),
    _word("TX-ABA-NON-DM", "diagnosis.entity", "overlap_myositis", "dermatomyositis"),
    _yes("TX-ABA-ILD", "ild_grade>=ILD1"),
    _word("TX-TCZ-NEGATIVE", "diagnosis.entity", "polymyositis_unspecified", "overlap_myositis"),
    _yes("TX-TCZ-GUT", "comorbidities.diverticulitis"),
    _bound("TX-TCZ-NEUTROPHILS", ANC, 1.9, 2),
    _bound("TX-TCZ-ALT", "labs.alt_ratio_to_uln", 5.1, 5),
    _bound("TX-ANI-LIVE-VACCINE", "vaccination.live_vaccine_days_ago", 27, 28),
    _no("TX-ANI-ZOSTER", "vaccination.zoster_recombinant"),
    _word("C5-IMNM-NEGATIVE", "diagnosis.entity", "immune_mediated_necrotising_myopathy", "overlap_myositis"),
    _word("C5-DM-NEGATIVE", "diagnosis.entity", "amyopathic_dermatomyositis", "overlap_myositis"),
)

SMALL_MOLECULES = (
    _bound("CYC-X1-NEUTROPHILS", ANC, 1.49, 1.5),
    _infection("CYC-X1-INFECTION"),
    _yes("CYC-X1-CYSTITIS", "comorbidities.haemorrhagic_cystitis"),
    _yes("CYC-X1-UROTHELIAL", "comorbidities.urothelial_cancer"),
    Case(
        "CYC-X1-HEART",
        {"heart_grade>=C3": True},
        {"heart_grade>=C3": True, "active_myocarditis": True},
        ("heart_grade>=C3",),
    ),
    _yes("CYC-X1-HEART-MYOCARDITIS", "heart_grade>=C3"),
    _bound("CYC-X1-EGFR", EGFR, 29.9, 30),
    _bound("CYC-X1-CUMULATIVE", "therapy.cyclophosphamide.cumulative_dose_g", 20.1, 20),
    Case(
        "TX-CYC-FERTILITY",
        {"demographics.age_years": 39},
        {"demographics.age_years": 40, "demographics.wish_for_children": True},
        ("demographics.age_years",),
    ),
    _infection("JAK-X1-INFECTION"),
    _word("JAK-X1-TB", "infection.tuberculosis", "active", "latent_treated"),
    _latent_tb("JAK-X1-LATENT-TB"),
    _bound("JAK-X1-VTE", VTE, 5.9, 6),
    _bound("JAK-X1-NEUTROPHILS", ANC, 0.99, 1),
    _bound("JAK-X1-LYMPHOCYTES", ALC, 0.49, 0.5),
    Case(
        "JAK-X1-LYMPHOCYTES-TOF",
        {ALC: 0.74},
        {ALC: 0.74, "region": "us"},
        (ALC,),
    ),
    _bound("JAK-X1-LYMPHOCYTES-BREPO", ALC, 0.74, 0.75),
    _bound("JAK-X1-HB", HB, 7.9, 8),
    _bound("JAK-X1-HB-TOF", HB, 8.9, 9),
    _bound("JAK-X2", MI, 11.9, 12),
    Case(
        "JAK-X3",
        {"antibody.tif1_gamma.positive": True, "comorbidities.cancer_screen_age_months": 12.1},
        {"antibody.tif1_gamma.positive": True, "comorbidities.cancer_screen_age_months": 12},
    ),
    _yes("JAK-X4", "fulminant_heart"),
    _bound("JAK-X5-EGFR", EGFR, 29.9, 30),
    Case("JAK-X5-LIVER", CIRRHOSIS_C, CIRRHOSIS_B, ("comorbidities.liver_disease",)),
    _bound("JAK-X1-AGE", "demographics.age_years", 65, 64.9),
    _word("JAK-X1-SMOKER", "demographics.smoking", "current", "former"),
    _word("JAK-X1-SMOKER-FORMER", "demographics.smoking", "former", "never"),
    _word("JAK-X1-MACE", "comorbidities.cardiovascular_risk", "raised", "low"),
    _word("JAK-X1-CANCER-RISK", "comorbidities.malignancy", "remission_over_5_years", "none"),
    Case(
        "JAK-X1-CANCER-ANTIBODY",
        {"cancer_tier_valid": True, "antibody.nxp2.positive": True, "demographics.age_years": 40.1},
        {"cancer_tier_valid": True, "antibody.nxp2.positive": True, "demographics.age_years": 40},
        ("cancer_tier_valid", "antibody.nxp2.positive"),
    ),
    _word(
        "JAK-X3-PRIOR-CANCER", "comorbidities.malignancy", "remission_under_5_years", "remission_over_5_years"
    ),
    _bound("JAK-X1-VTE-RISK", VTE, 6, 5.9),
    Case(
        "JAK-X2-FIRST-YEAR",
        {"diagnosis.entity": "dermatomyositis", "diagnosis.disease_duration_months": 11},
        {"diagnosis.entity": "dermatomyositis", "diagnosis.disease_duration_months": 12},
    ),
    _yes("JAK-X4-HEART", "heart_grade>=C2"),
    _bound("JAK-X4-ARTERIAL", MI, 12, 11.9),
    _bound("JAK-X5-BAR-DOSE", EGFR, 60, 60.1),
    Case("JAK-X5-TOF-DOSE", CIRRHOSIS_B, CIRRHOSIS_A, ("comorbidities.child_pugh",)),
    _yes("JAK-X5-DIVERTICULITIS", "comorbidities.diverticulitis"),
    _yes("JAK-X5-COMBINATION", "class.calcineurin_inhibitor.present"),
    _taken("JAK-X5-CYP3A4", "strong_cyp3a4_inhibitor"),
    _no("TX-JAK-ZOSTER", "vaccination.zoster_recombinant"),
)

FURTHER = (
    _yes("PLEX-X1", "heart.haemodynamic_instability"),
    _bound("PLEX-X1-ANTIBODY", "therapy.rituximab.days_since_last_dose", 2, 3),
    _yes("PLEX-RESCUE", "rp_ild"),
    _bound("PLEX-X1-ACCESS", "labs.platelets_per_nl", 49, 50),
    Case("NINT-X1", CIRRHOSIS_B, CIRRHOSIS_A, ("comorbidities.liver_disease",)),
    _yes("NINT-X1-ANTICOAGULATION", "comorbidities.anticoagulation"),
    _bound("NINT-X1-ARTERIAL", MI, 11.9, 12),
    _yes("NINT-X1-PERFORATION", "comorbidities.diverticulitis"),
    _yes("NINT-X1-GUT", "gut.involvement"),
    _bound("TX-PIRF-EGFR", EGFR, 29.9, 30),
    Case("TX-PIRF-LIVER", CIRRHOSIS_C, CIRRHOSIS_B, ("comorbidities.liver_disease",)),
    _yes("TX-EXER-C3", "heart_grade>=C3"),
    _yes("TX-EXER-MYOCARDITIS", "active_myocarditis"),
    _yes("TX-EXER-RPILD", "rp_ild"),
    _word("TX-EXER-PAH", "heart.pulmonary_arterial_hypertension", "proven", "none"),
    Case("TX-TRIAL-INFECTION", {"infection.active": "suspected"}, asked=("infection.active",)),
    _no("TX-TRIAL-SITE", "centre.trial_available"),
)

CASES = SHARED + BASE_THERAPY + ANTIBODIES + SMALL_MOLECULES + FURTHER
