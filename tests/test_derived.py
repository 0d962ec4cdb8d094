"""Derived facts: one function per declared name, and the value at each boundary."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from helpers_facts import facts_of, knowledge, shown

from escalate.patient.derived import FAMILIES, SINGLE
from escalate.patient.doses import parse_dose, reaches
from escalate.truth import Truth

DERIVED = Path(__file__).parents[1] / "knowledge" / "derived"


def test_every_declared_fact_has_a_function_and_the_reverse():
    """A name without a function would end an assessment; a function without a name is dead."""
    declared = {name for file in DERIVED.glob("*.yaml") for name in yaml.safe_load(file.read_text("utf-8"))}

    assert declared == set(SINGLE) | set(FAMILIES)


@pytest.mark.parametrize("body", ["", "therapies: []\nantibodies: []\n"])
def test_every_fact_of_the_library_can_be_computed(body):
    """Without any data, and with empty lists, each name has a fact that carries its own name."""
    facts = facts_of(body)

    assert {name: facts[name].name for name in facts} == {name: name for name in facts}


def test_an_unknown_derived_fact_names_what_would_settle_it():
    """Nothing may be unknown without a question that could be asked."""
    facts = facts_of("")
    silent = [n for n in facts if shown(facts[n]) == "unknown" and not facts[n].missing]

    assert silent == []


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("infection: {sars_cov_2_last_on: 2026-07-20}", "infection.sars_cov_2_days_ago", 84),
        ("infection: {sars_cov_2_last_on: 2026-07-21}", "infection.sars_cov_2_days_ago", 83),
        ("infection: {sars_cov_2_last_on: never}", "infection.sars_cov_2_days_ago", "absent"),
        ("", "infection.sars_cov_2_days_ago", "unknown"),
        ("vaccination: {live_vaccine_last_on: 2026-09-14}", "vaccination.live_vaccine_days_ago", 28),
        ("vaccination: {live_vaccine_last_on: 2026-10-12}", "vaccination.live_vaccine_days_ago", 0),
        ("course: {last_dose_on: 2026-10-05}", "course.days_since_last_dose", 7),
        ("course: {last_dose_on: 2026-10-12}", "course.days_since_last_dose", 0),
        ("course: {drug: teclistamab}", "course.days_since_last_dose", "unknown"),
        ("course: {ice_score: 7, ice_baseline: 10}", "course.ice_fall", 3),
        ("course: {ice_score: 8, ice_baseline: 8}", "course.ice_fall", 0),
        ("course: {ice_score: 9, ice_baseline: 8}", "course.ice_fall", 0),
        ("course: {ice_score: 7}", "course.ice_fall", 3),
        ("course: {ice_baseline: 8}", "course.ice_fall", "unknown"),  # nobody knows of no course
        ("therapies: []\ncourse: {ice_baseline: 8}", "course.ice_fall", "absent"),
        ("heart: {echo: {date: 2026-09-14, lvef_percent: 60}}", "heart.echo.age_weeks", 4),
        ("heart: {echo: {date: 2026-07-20, lvef_percent: 60}}", "heart.echo.age_weeks", 12),
        ("heart: {echo: {lvef_percent: 60}}", "heart.echo.age_weeks", "unknown"),
        ("heart: {echo: {date: 2026-07-20}}", "heart.echo.age_weeks", "unknown"),
        ("lung: {fvc_percent_predicted: 80, function_on: 2026-10-05}", "lung.function_age_weeks", 1),
        ("lung: {fvc_percent_predicted: 80}", "lung.function_age_weeks", "absent"),
        ("", "lung.function_age_weeks", "unknown"),
        (
            "comorbidities: {cancer_screen: negative, cancer_screen_on: 2025-10-12}",
            "comorbidities.cancer_screen_age_months",
            12,
        ),
        ("comorbidities: {cancer_screen: negative}", "comorbidities.cancer_screen_age_months", "absent"),
        ("diagnosis: {biopsy: necrotising, biopsy_on: 2025-04-12}", "diagnosis.biopsy_age_months", 18),
    ],
)
def test_times_count_to_the_day_of_assessment(body, name, value):
    """Whole days, weeks of exactly 7 days, calendar months; never is not applicable, no date is unknown."""
    assert shown(facts_of(f"{body}\n")[name]) == value


def test_a_month_without_a_day_gives_a_range():
    """A biopsy of 2025-10 is between 11 and a bit and 12 and a bit months old: 12 is not decided."""
    low, high = shown(
        facts_of("diagnosis: {biopsy: normal, biopsy_on: 2025-10}\n")["diagnosis.biopsy_age_months"]
    )

    assert 11 < low < 12 < high < 13


def test_a_time_remembers_the_day_it_counts_from():
    """With a rule's threshold it gives the first day to look again."""
    fact = facts_of("infection: {sars_cov_2_last_on: 2026-08-17}\n")["infection.sars_cov_2_days_ago"]

    assert fact.anchor == date(2026, 8, 17)
    assert fact.origins[0].line == 4
    assert "2026-08-17" in fact.because


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("muscle: {ck_u_per_l: 2000, ck_uln_u_per_l: 200}", "muscle.ck_ratio_to_uln", 10),
        ("muscle: {ck_u_per_l: 2000}", "muscle.ck_ratio_to_uln", "unknown"),
        ("heart: {troponin_i: {ng_per_l: 16, url_ng_per_l: 16}}", "heart.troponin_i.ratio_to_url", 1),
        ("labs: {alt_u_per_l: 150, alt_uln_u_per_l: 50}", "labs.alt_ratio_to_uln", 3),
        ("comorbidities: {liver_disease: none}", "labs.bilirubin_ratio_to_uln", "absent"),
        ("", "labs.bilirubin_ratio_to_uln", "unknown"),
        ("lung: {fvc_percent_predicted: 80, dlco_percent_predicted: 50}", "lung.fvc_to_dlco_ratio", 1.6),
        (
            "muscle: {vital_capacity_l: 1.6}\ndemographics: {weight_kg: 80}",
            "muscle.vital_capacity_ml_per_kg",
            20,
        ),
        ("muscle: {respiratory_muscle_weakness: false}", "muscle.vital_capacity_ml_per_kg", "absent"),
    ],
)
def test_ratios(body, name, value):
    """The exact quotient; unknown without its limit; not applicable where the value is."""
    assert shown(facts_of(f"{body}\n")[name]) == value


@pytest.mark.parametrize(
    ("troponin", "value"),
    [
        ("rising: true, ng_per_l: 26, url_ng_per_l: 16", True),
        ("rising: true, ng_per_l: 16, url_ng_per_l: 16", False),
        ("rising: true, ng_per_l: 6, url_ng_per_l: 16", False),
        ("ng_per_l: 6, url_ng_per_l: 16", False),
        ("rising: false, ng_per_l: 26", False),
        ("rising: true, ng_per_l: 26", "unknown"),
        ("ng_per_l: 26, url_ng_per_l: 16", "unknown"),
    ],
)
def test_a_rising_troponin_counts_only_above_the_limit(troponin, value):
    """V54: a change inside the normal range is not myocarditis."""
    assert (
        shown(facts_of(f"heart: {{troponin_i: {{{troponin}}}}}\n")["heart.troponin_i.rising_above_url"])
        == value
    )


@pytest.mark.parametrize(
    ("muscle", "value"),
    [
        ("mmt8: 130, mmt8_scale: 150", 130),
        ("mmt8: 78, mmt8_scale: 150", 78),
        ("mmt8: 78, mmt8_scale: 80", "unknown"),
        ("mmt8: 78", "unknown"),
        ("mmt8: 80", "unknown"),
        ("mmt8: 81", 81),
    ],
)
def test_mmt8_is_never_converted(muscle, value):
    """V35: 78 without a scale is no activity; a value above 80 can only be of 150."""
    assert shown(facts_of(f"muscle: {{{muscle}}}\n")["muscle.mmt8_of_150"]) == value


@pytest.mark.parametrize(
    ("person", "pregnant", "either", "potential"),
    [
        ("sex: male", False, False, False),
        ("sex: female", "unknown", "unknown", "unknown"),
        ("sex: female, pregnancy: pregnant", True, True, True),
        ("sex: female, pregnancy: breastfeeding", False, True, "unknown"),
        ("sex: female, pregnancy: not_pregnant, childbearing_potential: true", False, False, True),
        ("sex: female, childbearing_potential: false", False, "unknown", False),
        ("sex: male, pregnancy: pregnant", True, True, True),
    ],
)
def test_pregnancy(person, pregnant, either, potential):
    """What the file states stands; sex and fertility speak only where it states nothing."""
    facts = facts_of(f"demographics: {{{person}}}\n")

    assert shown(facts["patient.pregnant"]) == pregnant
    assert shown(facts["patient.pregnant_or_breastfeeding"]) == either
    assert shown(facts["patient.childbearing_potential"]) == potential


def test_a_contradicted_pregnancy_is_not_denied_by_the_sex():
    """Male and pregnant: which of the two is wrong is not known."""
    facts = facts_of(
        "demographics: {sex: male, pregnancy: pregnant}\n", frozenset({"demographics.pregnancy"})
    )

    assert shown(facts["patient.pregnant"]) == "unknown"


@pytest.mark.parametrize(
    ("person", "value"),
    [
        ("conception_planned_within_6_months: true", True),
        ("sex: male", False),
        ("childbearing_potential: false", False),
        ("wish_for_children: false", False),
        ("contraception: true", "absent"),
        ("wish_for_children: true", "absent"),
        ("sex: female", "unknown"),
    ],
)
def test_planned_conception(person, value):
    """A detail of the wish for children."""
    assert shown(facts_of(f"demographics: {{{person}}}\n")["patient.conception_planned"]) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("diagnosis: {age_at_onset_years: 40}\ndemographics: {age_years: 60}", 40),
        ("diagnosis: {disease_duration_months: 24}\ndemographics: {age_years: 60}", 58),
        ("demographics: {age_years: 60}", "unknown"),
    ],
)
def test_age_at_onset(body, value):
    """As stated, else age minus disease duration."""
    assert shown(facts_of(f"{body}\n")["diagnosis.onset_age_years"]) == value


@pytest.mark.parametrize(
    ("body", "positive", "selects"),
    [
        ("antibodies: [{name: MDA5, strength: strong}]", True, True),
        ("antibodies: [{name: MDA5, strength: moderate}]", True, True),
        ("antibodies: [{name: MDA5, strength: weak, confirmed_by: none}]", True, False),
        ("antibodies: [{name: MDA5, strength: weak, confirmed_by: immunoprecipitation}]", True, True),
        ("antibodies: [{name: MDA5, strength: weak}]", True, "unknown"),
        ("antibodies: [{name: MDA5}]", True, "unknown"),
        ("antibodies: [{name: MDA5, result: negative}]", False, False),
        ("antibodies: [{name: MDA5, result: borderline}]", "unknown", "unknown"),
        ("antibodies: []", "unknown", "unknown"),
        ("antibodies: []\nantibody_panel: [MDA5]", False, False),
        ("", "unknown", "unknown"),
        ("antibodies: [{name: MDA5}, {name: MDA5, result: negative}]", "unknown", "unknown"),
    ],
)
def test_an_antibody(body, positive, selects):
    """AB-07: a weak unconfirmed band selects no pathway; what was not tested is not negative."""
    facts = facts_of(f"{body}\n")

    assert shown(facts["antibody.mda5.positive"]) == positive
    assert shown(facts["antibody.mda5.selects_pathway"]) == selects


_PANEL = "[Jo-1, PL-7, PL-12, EJ, OJ, MDA5, TIF1-gamma, NXP2, SAE, Mi-2, SRP, HMGCR]"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("antibodies: []", True),
        (f"antibodies: []\nantibody_panel: {_PANEL}", True),
        ("antibodies: []\nantibody_panel: [Jo-1, SRP]", "unknown"),
        (f"antibodies: [{{name: Ku}}]\nantibody_panel: {_PANEL}", True),
        (f"antibodies: [{{name: KS, result: borderline}}]\nantibody_panel: {_PANEL}", "unknown"),
        ("antibodies: [{name: SRP}]", False),
        ("", "unknown"),
    ],
)
def test_seronegative(body, value):
    """Only after a search for the common myositis-specific antibodies; associated ones do not count."""
    assert shown(facts_of(f"{body}\n")["antibody.seronegative"]) == value


def test_groups_of_antibodies():
    """Jo-1 strong is an antisynthetase antibody; what was not tested widens the count (AB-06)."""
    facts = facts_of("antibodies: [{name: Jo-1, strength: strong}, {name: SRP, strength: weak}]\n")

    assert shown(facts["antibody.synthetase.positive"]) is True
    assert shown(facts["antibody.synthetase.selects_pathway"]) is True
    assert shown(facts["antibody.msa_positive_count"]) == (2, 15)
    assert shown(facts["antibody.seronegative"]) is False


_WASHED_OUT = [
    ("drug: methotrexate, stopped_on: 2026-09-28", False),  # 14 days
    ("drug: methotrexate, stopped_on: 2026-09-29", True),
    ("drug: methotrexate, status: ongoing", True),
    ("drug: methotrexate, response: none", "unknown"),
    ("drug: methotrexate, stopped_on: 2026-09", "unknown"),
    ("drug: methotrexate, stopped_on: 2026-08", False),
    ("drug: methotrexate, status: planned", False),
    ("drug: cyclophosphamide, last_dose_on: 2026-09-14, stopped_on: 2026-09-20", False),  # 28 days
    ("drug: cyclophosphamide, last_dose_on: 2026-09-15, stopped_on: 2026-09-20", True),
    ("drug: cd19_car_t, stopped_on: 2026-07-12", False),  # 92 days
    ("drug: cd19_car_t, stopped_on: 2026-07-13", True),
    ("drug: rituximab, stopped_on: 2026-10-11", False),
    ("drug: rituximab, status: ongoing", True),
    ("drug: prednisolone, status: ongoing", False),
    ("drug: hydroxychloroquine, status: ongoing", False),
    ("drug: infliximab, stopped_on: 2026-07-12", False),  # no row of its own: the longest, 92 days
    ("drug: infliximab, stopped_on: 2026-07-13", True),
    ("drug: obinutuzumab, stopped_on: 2026-07-13", True),
    ("drug: filgotinib, stopped_on: 2026-09-28", False),  # its class is printed
    ("drug: leflunomide, stopped_on: 2026-06-01", "unknown"),
    ("drug: leflunomide, stopped_on: 2010-01-01", "unknown"),  # no number of days stands for the procedure
    ("drug: leflunomide, stopped_on: 2010-01-01, elimination_procedure: no", True),
    ("drug: leflunomide, stopped_on: 2026-10-01, elimination_procedure: yes", False),
    ("drug: leflunomide, status: past, elimination_procedure: yes", False),
    ("drug: leflunomide, status: ongoing, elimination_procedure: yes", True),
    ("drug: leflunomide, elimination_procedure: yes", "unknown"),
    ("drug: leflunomide, elimination_procedure: no", True),
    ("drug: leflunomide, status: planned", False),
]


@pytest.mark.parametrize(("entry", "value"), _WASHED_OUT)
def test_washout_before_an_engager(entry, value):
    """The day on which the washout is complete no longer counts as incomplete."""
    assert shown(facts_of(f"therapies: [{{{entry}}}]\n")["washout.engager_incomplete"]) == value


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("status: past", ("therapies[1].elimination_procedure",)),
        ("dose: 20 mg/day", ("therapies[1].status", "therapies[1].elimination_procedure")),
        ("elimination_procedure: true", ("therapies[1].status",)),
    ],
)
def test_the_elimination_procedure_is_asked_for(entry, missing):
    """Only the procedure settles leflunomide, so the entry's own field is named."""
    facts = facts_of(f"therapies: [{{drug: MTX, status: planned}}, {{drug: LEF, {entry}}}]\n")

    assert facts["washout.engager_incomplete"].missing == missing
    assert facts["washout.car_t_incomplete"].missing == missing


def test_a_drug_without_a_printed_washout_takes_the_longest_and_says_so():
    """Nothing is read into the silence of the dossier, and the reader learns that it is judgement."""
    rows = knowledge().parameters["washouts"]
    days = {drug: int(row["days"]) for drug, row in rows.items() if "days" in row}
    unprinted = facts_of("therapies: [{drug: infliximab, stopped_on: 2026-10-05}]\n")
    printed = facts_of("therapies: [{drug: MTX, stopped_on: 2026-10-05}]\n")

    assert days.pop("other_immunosuppressant") == max(days.values())
    assert "by judgement the longest washout" in unprinted["washout.engager_incomplete"].because
    assert "judgement" not in printed["washout.engager_incomplete"].because


def test_a_washout_says_when_it_is_over():
    """The last of the drugs decides; with one still being given there is no such day."""
    facts = facts_of(
        "therapies: [{drug: MTX, stopped_on: 2026-10-05}, {drug: CYC, stopped_on: 2026-10-01}]\n"
    )
    fact = facts["washout.engager_incomplete"]
    running = facts_of("therapies: [{drug: MTX, stopped_on: 2026-10-05}, {drug: MMF, status: ongoing}]\n")

    assert fact.until == date(2026, 10, 29)
    assert "7 days since the last dose, 14 needed" in fact.because
    assert running["washout.engager_incomplete"].until is None


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("drug: efgartigimod, stopped_on: 2026-09-28", False),
        ("drug: efgartigimod, stopped_on: 2026-09-29", True),
        ("drug: efgartigimod, status: ongoing", True),
        ("drug: methotrexate, status: ongoing", False),
    ],
)
def test_washout_of_an_fcrn_blocker(entry, value):
    """Two weeks before any IgG drug."""
    assert shown(facts_of(f"therapies: [{{{entry}}}]\n")["washout.fcrn_blocker_incomplete"]) == value


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("drug: rituximab, status: past, last_dose_on: 2026-04-12", 183),
        ("drug: rituximab, last_dose_on: 2026-04-12", (0, 183)),  # it may still be going on
        ("drug: rituximab, stopped_on: 2026-04-12", 183),
        ("drug: rituximab, status: ongoing", 0),
        ("drug: rituximab, status: planned", "absent"),
        ("drug: methotrexate, stopped_on: 2026-04-12", "absent"),
        ("drug: rituximab, stopped_on: 2026-04", (165, 194)),
        ("drug: rituximab, response: none, started_on: 2026-10-02", (0, 10)),
        ("drug: rituximab, response: none", (0, None)),
    ],
)
def test_days_since_the_last_dose(entry, value):
    """Bounded by what is known; a drug that was never given has no last dose."""
    facts = facts_of(f"therapies: [{{{entry}}}]\n")

    assert shown(facts["therapy.rituximab.days_since_last_dose"]) == value
    assert shown(facts["class.cd20_antibody.days_since_last_dose"]) == value


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("dose: 2 g/kg/4 weeks, status: ongoing, last_dose_on: 2026-09-14", 28),
        ("dose: 0.4 g/kg/4 weeks, status: ongoing, last_dose_on: 2026-09-14", "absent"),
        ("dose: 2 g/kg/4 weeks, status: ongoing", 0),
        ("status: past, last_dose_on: 2026-09-14", (28, None)),
    ],
)
def test_days_since_high_dose_immunoglobulin(entry, value):
    """The last infusion counts also while the cycles go on; a replacement dose does not count at all."""
    facts = facts_of(f"therapies: [{{drug: IVIG, {entry}}}]\n")

    assert shown(facts["therapy.ivig.high_dose_days_ago"]) == value


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("drug: prednisolone, status: ongoing, prednisolone_equivalent_mg_per_day: 7.5", 7.5),
        ("drug: prednisolone, status: ongoing, dose: 7.5 mg/day", 7.5),
        ("drug: prednisolone, status: ongoing, dose: 5 mg bid", 10),
        ("drug: Dexamethason, status: ongoing, dose: 16 mg/day", 107),
        ("drug: Methylprednisolon, status: ongoing, dose: 16 mg/day", (0, None)),
        ("drug: prednisolone, status: ongoing", (0, None)),
        ("drug: prednisolone, response: none", 0),
        ("drug: prednisolone", (0, None)),
        ("drug: methotrexate, status: ongoing", 0),
    ],
)
def test_present_prednisolone_dose(entry, value):
    """0 when none is being taken; unknown for a drug whose equivalent is not laid down."""
    facts = facts_of(f"therapies: [{{{entry}}}]\n")

    assert shown(facts["therapy.glucocorticoids.prednisolone_mg_per_day"]) == value


def test_cumulative_cyclophosphamide():
    """Courses add up; an entry without a dose leaves only a lower bound."""
    known = "therapies: [{drug: CYC, cumulative_dose_g: 6}, {drug: CYC, cumulative_dose_g: 4.5}]\n"
    partly = "therapies: [{drug: CYC, cumulative_dose_g: 6}, {drug: CYC}]\n"
    name = "therapy.cyclophosphamide.cumulative_dose_g"

    assert shown(facts_of(known)[name]) == 10.5
    assert shown(facts_of(partly)[name]) == (6, None)
    assert shown(facts_of("therapies: []\n")[name]) == 0


def test_allergies():
    """Of the drug, or of a member of the class; unknown while allergies are."""
    facts = facts_of("comorbidities: {allergies: [rituximab]}\n")

    assert shown(facts["therapy.rituximab.allergy"]) is True
    assert shown(facts["class.cd20_antibody.allergy"]) is True
    assert shown(facts["therapy.teclistamab.allergy"]) is False
    assert shown(facts_of("")["therapy.teclistamab.allergy"]) == "unknown"


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("infection: {active: none}", "infection.fever_now", "absent"),
        ("infection: {active: none, fever: true}", "infection.fever_now", True),
        ("infection: {fever: false}", "infection.fever_now", False),
        ("", "infection.fever_now", "unknown"),
        ("infection: {tuberculosis: latent_untreated}", "infection.tuberculosis_active", False),
        ("infection: {sars_cov_2_pcr: positive}", "infection.sars_cov_2_positive_now", True),
        ("heart: {active_myocarditis: false, myocarditis: suspected}", "heart.myocarditis_active", "unknown"),
        ("heart: {active_myocarditis: false}", "heart.myocarditis_active", False),
        ("heart: {myocarditis: resolved}", "heart.myocarditis_active", False),
        ("diagnosis: {biopsy: rimmed_vacuoles}", "diagnosis.ibm_sign", True),
        ("diagnosis: {biopsy: normal, biopsy_findings: [rimmed_vacuoles]}", "diagnosis.ibm_sign", True),
        ("diagnosis: {finger_flexor_weakness: true}", "diagnosis.ibm_sign", True),
        (
            "diagnosis: {biopsy: normal, finger_flexor_weakness: false}\nantibody_panel: [cN1A]",
            "diagnosis.ibm_sign",
            False,
        ),
        (
            "diagnosis: {overlap_with: []}\nantibodies: [{name: cN1A, result: positive, strength: strong}]",
            "diagnosis.ibm_sign",
            True,
        ),
        (
            "diagnosis: {overlap_with: [sjogren_disease]}\nantibodies: [{name: cN1A, strength: strong}]",
            "diagnosis.ibm_sign",
            "absent",
        ),
        ("antibodies: [{name: cN1A, result: positive, strength: strong}]", "diagnosis.ibm_sign", "unknown"),
        ("diagnosis: {biopsy: normal}", "diagnosis.ibm_sign", "absent"),
        ("heart: {myocarditis: active}", "heart.myocarditis_active", True),
        ("demographics: {sex: male}", "patient.oestrogen_therapy", "absent"),
    ],
)
def test_details_of_a_statement(body, name, value):
    """What is stated counts; what is not stated is spoken for by the main statement, or unknown."""
    assert shown(facts_of(f"{body}\n")[name]) == value


def test_the_scan_and_the_change():
    """An HRCT of 3 weeks ago is older than a worsening of 2 weeks, and not older than one of 3."""
    scan = "lung: {{hrct: {{date: 2026-09-21, pattern: normal}}, symptoms_worsening_weeks: {}}}\n"

    assert shown(facts_of(scan.format(2))["lung.hrct.before_symptom_change"]) is True
    assert shown(facts_of(scan.format(3))["lung.hrct.before_symptom_change"]) is False


@pytest.mark.parametrize(
    "text",
    ["60 mg/day, tapered", "about 20 mg/week", "> 2 g/day", "1.000 mg/day", "1,000 mg/day", "x", "20 IE/day"],
)
def test_a_dose_that_is_not_understood_as_a_whole_is_no_dose(text):
    """Neither a part of it nor a guess is used."""
    assert parse_dose(text) is None


@pytest.mark.parametrize(
    ("text", "minimum", "weight", "value"),
    [
        ("5 mg bid", "10 mg/day", None, Truth.TRUE),
        ("5 mg 1-0-1", "10 mg/day", None, Truth.TRUE),
        ("2 x 1 g", "2 g/day", None, Truth.TRUE),
        ("0,5 g/kg wöchentlich", "2 g/kg/4 weeks", None, Truth.TRUE),
        ("2 x 10 mg/week", "15 mg/week", None, Truth.UNKNOWN),
        ("2.5 mg/day", "15 mg/week", None, Truth.TRUE),
        ("35 mg/day", "0.5 mg/kg/day", 70, Truth.TRUE),
        ("34.9 mg/day", "0.5 mg/kg/day", 70, Truth.FALSE),
        ("1 g day 1 and day 15", "2 x 1 g", None, Truth.TRUE),
        ("750 mg", "500 mg/m2", 80, Truth.UNKNOWN),
    ],
)
def test_doses_are_compared_exactly(text, minimum, weight, value):
    """Intervals and body weight are products of exact decimals; no body surface is guessed."""
    assert reaches(parse_dose(text), (parse_dose(minimum),), weight) is value


def test_parameters_of_every_drug_name_known_drugs():
    """A misspelt drug in the parameters would silently have no minimum and no washout."""
    library = knowledge()
    rows = set(library.parameters["adequate_trials"])
    rows |= set(library.parameters["washouts"]) - {"exempt_classes", "other_immunosuppressant"}
    for key, words in library.parameters["counted_agents"].items():
        rows |= set(words) if key not in ("basis", "source") else set()

    assert rows <= set(library.drugs.labels)
