"""What the engine must never do (dossier 1.1), each prohibition with a violation that its test catches.

A guard says what is wrong with a knowledge base. It must find nothing in the shipped one, and something in
each copy with a planted fault: a guard that cannot fail proves nothing. NEV-01, NEV-05 and NEV-10 are read
off the page too, by `kb check` (escalate/audit/prohibitions.py); so their faults are planted in texts.

| prohibition | guard |
|---|---|
| NEV-01 no order, no dose as an instruction | `orders_or_doses` |
| NEV-02 nothing open while the minimum data set of 9.3 is not there | `open_without_a_datum` |
| NEV-03 a hard exclusion stays hard, however good the rest looks | `softened`, and the override below |
| NEV-04 no immunosuppression in inclusion body myositis | `suppressed_inclusion_body_myositis` |
| NEV-05 counts of the series, no cause, no risk | `causes_or_risks` |
| NEV-06 a weak band is no antibody | `chosen_by_a_weak_band` |
| NEV-07 no ladder for SLE, SSc, UCTD, IgG4-RD | `other_diseases_on_the_ladder` |
| NEV-08 emergencies wait for nothing | `silent_emergencies` |
| NEV-09 a case report does not stand above a licensed agent | `case_level_above_licensed` |
| NEV-10 no approval that is not there, a status for every option | `approvals_claimed` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from planted import changed, planted, stated

from escalate.audit.prohibitions import prohibited
from escalate.library.model import Library
from escalate.report.document import document
from escalate.truth import Truth

Guard = Callable[[Library], list[str]]
STEP_5 = ("teclistamab", "cd19_car_t")
ENGAGER = "rules/gates/bcma_t_cell_engager.yaml"


def rule(**keys: str) -> str:
    """One rule more, by judgement."""
    body = {"title": "Planted", "because": "Planted.", "basis": "expert_judgement", "status": "active"} | keys
    body["since"] = '"1.0.0"'
    german = "{title: Gesetzt, because: Gesetzt., advise: Gesetzt.}" if "advise" in keys else None
    body["de"] = german or "{title: Gesetzt, because: Gesetzt.}"
    return "- " + "\n  ".join(f"{key.rstrip('_')}: {value}" for key, value in body.items()) + "\n"


# -- NEV-01, NEV-05, NEV-10 on the page ----------------------------------------------------------


def on_the_page(library: Library, *codes: str) -> list[str]:
    return [problem.message for problem in prohibited(library) if problem.code in codes]


def orders_or_doses(library: Library) -> list[str]:
    wrong = on_the_page(library, "order", "dose-as-order")
    for therapy in library.therapies.values():
        for regimen in therapy.regimens:
            if "usual published dose" not in regimen.note.lower() and regimen is therapy.regimens[0]:
                wrong.append(f"the regimen of {therapy.id} does not say that it is the usual published one")
    return wrong


def causes_or_risks(library: Library) -> list[str]:
    return on_the_page(library, "cause-from-series")


# Every approval for myositis that dossier 7.1 prints; glucocorticoids as a class.
APPROVED = {
    ("ivig", "eu"): {"dermatomyositis"},
    ("ivig", "us"): {"dermatomyositis"},
    ("azathioprine", "eu"): {"dermatomyositis", "polymyositis_unspecified"},
    ("brepocitinib", "us"): {"dermatomyositis"},
}
GLUCOCORTICOIDS = ("glucocorticoids", "glucocorticoid_pulse")


def approvals_claimed(library: Library) -> list[str]:
    wrong = on_the_page(library, "status-missing", "approval-claimed")
    for therapy in library.therapies.values():
        for entity in library.entities.labels if therapy.id not in GLUCOCORTICOIDS else ():
            for place, word in therapy.status_in(entity).items():
                if word == "approved" and entity not in APPROVED.get((therapy.id, place), ()):
                    wrong.append(f"{therapy.id} is called approved in {place} for {entity}")
    options = document(changed(library))["options"]
    assert isinstance(options, list)
    wrong += [f"{o['therapy']} is printed without its status" for o in options if not has_status(o)]
    return wrong


def has_status(option: dict[str, object]) -> bool:
    status = option["status"]
    return isinstance(status, dict) and {"eu", "us", "verified_on"} <= status.keys()


# -- what the rules do with a patient ------------------------------------------------------------

# The minimum data set of 9.3 as fields of the patient file. Beside the option, and not before it, are asked:
# the ICE score before the first dose and the name for the night (docs/knowledge-notes.md).
MINIMUM = (
    "demographics.weight_kg", "infection.sars_cov_2_pcr", "infection.sars_cov_2_last_on", "infection.active",
    "labs.neutrophils_per_nl", "labs.platelets_per_nl", "labs.haemoglobin_g_per_dl", "labs.igg_g_per_l",
    "labs.egfr_ml_per_min", "infection.hbsag", "infection.anti_hbc", "infection.hcv_rna", "infection.hiv",
    "infection.tuberculosis", "demographics.pregnancy", "heart.troponin_i", "heart.nt_probnp", "heart.ecg",
    "heart.echo", "lung.fvc_percent_predicted", "lung.dlco_percent_predicted", "lung.spo2_rest_percent",
    "lung.hrct", "comorbidities.malignancy", "comorbidities.cancer_screen", "therapies",
    "vaccination.live_vaccine_last_on", "demographics.ecog", "consent.documented",
    "centre.immune_effector_experience", "centre.inpatient_observation_48h", "centre.icu_and_tocilizumab",
    "centre.haematology_partner", "infection.pml_history", "comorbidities.liver_disease",
    "comorbidities.diverticulitis", "comorbidities.allergies",
    "heart.myocardial_infarction_or_stroke_months_ago",
)  # fmt: skip


def open_without_a_datum(library: Library) -> list[str]:
    return [
        f"teclistamab is open without {field}"
        for field in MINIMUM
        if changed(library, f"{{{field}: null}}").option("teclistamab").verdict.is_open
    ]


# One hard criterion each in a patient in whom everything else looks good, and whom it closes.
HARD = {
    "{heart.nt_probnp.pg_per_ml: 1000}": STEP_5,
    "{heart.mri.t2_oedema: focal}": STEP_5,
    "{heart.pulmonary_arterial_hypertension: proven}": STEP_5,
    "{lung.spo2_rest_percent: 91}": STEP_5,
    "{labs.egfr_ml_per_min: 29}": STEP_5,
    "{demographics.pregnancy: pregnant, demographics.childbearing_potential: true}": STEP_5,
    "{comorbidities.malignancy: active}": STEP_5,
    "{infection.tuberculosis: active}": ("teclistamab", "tofacitinib"),
    "{infection.pml_history: true}": ("teclistamab",),
    "{comorbidities.immunoglobulin_anaphylaxis: true}": ("ivig",),
    "{comorbidities.venous_thromboembolism_months_ago: 5}": ("tofacitinib", "baricitinib"),
}
PERFECT = (
    "demographics.age_years: 30, demographics.ecog: 0, labs.igg_g_per_l: 12, lung.dlco_percent_predicted: 95"
)


def softened(library: Library) -> list[str]:
    wrong = []
    for criterion, closed in HARD.items():
        for rest in ("{}", f"{{{PERFECT}}}"):
            more = f"{{{criterion[1:-1]}, {rest[1:-1]}}}" if rest != "{}" else criterion
            assessment = changed(library, more)
            wrong += [
                f"{therapy} is {assessment.option(therapy).verdict} with {more}"
                for therapy in closed
                if assessment.option(therapy).verdict.is_open
            ]
    return wrong


IBM = (
    "diagnosis.entity: inclusion_body_myositis, antibodies: [{name: cN1A}], skin.signs: [], lung.ild: false, "
    "joints.active_arthritis: false, lung.hrct: {date: 2026-10-01, pattern: normal}, therapies: []"
)
SPARED = ("exercise", "clinical_trial")


def suppressed_inclusion_body_myositis(library: Library) -> list[str]:
    wrong = []
    for why in (
        "muscle.ck_u_per_l: 2400",
        "diagnosis.biopsy_findings: [endomysial_infiltrate, rimmed_vacuoles]",
        "muscle.ck_u_per_l: 2400, muscle.mri_oedema: severe, muscle.mmt8: 110",
    ):
        for option in changed(library, f"{{{IBM}, {why}}}").proposal.options:
            if option.therapy.id not in SPARED and option.verdict.is_open:
                wrong.append(f"{option.therapy.id} is {option.verdict} with {why}")
    return wrong


def chosen_by_a_weak_band(library: Library) -> list[str]:
    """Indications that hold with a weak, unconfirmed band and not without it, in lungs without disease."""
    wrong = []
    normal = (
        "lung.ild: false, lung.hrct: {date: 2026-10-10, pattern: normal}, therapies: [], muscle.mmt8: 130"
    )
    for entity in ("amyopathic_dermatomyositis", "immune_mediated_necrotising_myopathy"):
        base = (
            f"diagnosis.entity: {entity}, {normal}, skin.cdasi_activity: 20, skin.rash: heliotrope_or_gottron"
        )
        without = indications(library, f"{{{base}, antibodies: []}}")
        for name in ("MDA5", "HMGCR", "SRP", "Jo-1", "TIF1-gamma", "Mi-2"):
            band = f"antibodies: [{{name: {name}, strength: weak, confirmed_by: none}}]"
            more = indications(library, f"{{{base}, {band}}}") - without
            wrong += [f"a weak {name} selects {key} in {entity}" for key in sorted(more)]
    return wrong


def indications(library: Library, changes: str) -> set[str]:
    values = changed(library, changes).proposal.values
    kinds = {rule.key for rule in library.rules if rule.kind == "indicate"}
    return {key for key, value in values.items() if key in kinds and value is Truth.TRUE}


OTHER_DISEASES = (
    "systemic_sclerosis", "systemic_lupus_erythematosus", "undifferentiated_connective_tissue_disease",
    "igg4_related_disease",
)  # fmt: skip


def other_diseases_on_the_ladder(library: Library) -> list[str]:
    engagers = library.classes["bcma_t_cell_engager"]
    wrong = []
    for entity in OTHER_DISEASES:
        proposal = changed(library, f"{{diagnosis.entity: {entity}}}").proposal
        if proposal.ladder is not None:
            wrong.append(f"{entity} stands on the ladder")
        wrong += [f"{o.therapy.id} in {entity}" for o in proposal.options if o.therapy.id not in engagers]
    return wrong


# The trigger of each emergency, and nothing else of the patient.
TRIGGERS = {
    "E1": "antibodies: [{name: MDA5}]\nlung: {symptoms_worse: true, spo2_rest_percent: 90}\n",
    "E2": "lung: {ild: true, rapidly_progressive: true}\n",
    "E3": "muscle: {mip_cmh2o: -25}\n",
    "E4": "swallowing: {aspiration: true}\n",
    "E5": "heart: {holter: {sustained_vt: true}}\n",
    "E6": "muscle: {ck_u_per_l: 12000, dark_urine: true}\n",
    "E7": "course: {drug: teclistamab, last_dose_on: 2026-10-10, temperature_c: 38.6}\n",
    "E8": "course: {drug: teclistamab, first_dose_on: 2026-09-24, dyspnoea: true, temperature_c: 36.8, "
    "hypotension: no_vasopressor}\n",
    "E9": "infection: {fever: true}\nlabs: {neutrophils_per_nl: 0.3}\n",
    "E10": "comorbidities: {oncological_emergency: true}\n",
    "EM11": "kidney: {renal_crisis_suspected: true}\n",
    "EM12": "infection: {hlh_suspected: true}\n",
    "EM13": "diagnosis: {checkpoint_inhibitor_last_12_months: true}\n",
    "EM14": "diagnosis: {entity: dermatomyositis}\nmuscle: {sudden_deep_pain: true}\n"
    "labs: {haemoglobin_fall_g_per_dl: 3}\n",
}


def silent_emergencies(library: Library) -> list[str]:
    known = {rule.id for rule in library.rules if rule.alert == "emergency" and rule.status == "active"}
    wrong = [f"{name} is an emergency without a trigger here" for name in sorted(known - TRIGGERS.keys())]
    for name, body in TRIGGERS.items():
        if name not in {alert.id for alert in stated(library, body).proposal.alerts}:
            wrong.append(f"{name} is silent beside its trigger")
    return wrong


CASE_LEVEL = ("case_reports", "case_series")
SKIN = "skin.rash: heliotrope_or_gottron, skin.signs: [], skin.cdasi_activity: 22"
LUNGS = (
    "joints.active_arthritis: false, lung.ild: false, lung.hrct: {date: 2026-10-10, pattern: normal}, "
    "lung.dlco_percent_predicted: 90"
)


def case_level_above_licensed(library: Library) -> list[str]:
    """Open options with cases only that stand before one that is licensed for this disease and region."""
    wrong = []
    none = "{drug: %s, adequate: true, response: none}"
    failed = [none % drug for drug in ("prednisolone", "methotrexate")]
    refractory = [*failed, *(none % drug for drug in ("rituximab", "tacrolimus"))]
    for therapies in ([], failed, refractory):
        for region in ("eu", "us"):
            what = f"diagnosis.entity: dermatomyositis, antibodies: [{{name: Mi-2}}], {SKIN}, {LUNGS}"
            assessment = changed(
                library, f"{{{what}, region: {region}, therapies: [{', '.join(therapies)}]}}"
            )
            ranked = [option for option in assessment.proposal.options if option.rank is not None]
            seen: list[str] = []
            for option in ranked:
                licensed = assessment.status(option)[region] == "approved"
                if licensed:
                    wrong += [f"{first} before {option.therapy.id} in {region}" for first in seen]
                elif option.therapy.evidence_level in CASE_LEVEL and not option.cautions:
                    seen.append(option.therapy.id)
    # Refractory, and the licensed agent was never tried (REF-05).
    untried = changed(
        library, "{diagnosis.entity: dermatomyositis, antibodies: [{name: Mi-2, strength: strong}]}"
    )
    free = [name for name in STEP_5 if untried.option(name).verdict in ("propose", "caution")]
    return wrong + [
        f"{name} passes over immunoglobulin" for name in free if untried.option("ivig").verdict.is_open
    ]


# -- the table -----------------------------------------------------------------------------------


def in_dm(step: int, therapy: str) -> str:
    return rule(
        id="PLANTED", kind="indicate", for_=therapy, step=str(step), order="0", pathway="P-PLANTED",
        when="diagnosis.entity == dermatomyositis",
    )  # fmt: skip


def violations() -> Iterator[tuple[str, Guard, Callable[[], Library]]]:
    """Each prohibition with its guard, and a copy of the knowledge that breaks it."""
    caution = {"kind": "caution", "for_": "teclistamab", "when": "labs.igg_g_per_l < 5"}
    series = {"source": "[{ref: S2, at: Results, supports: caution}]"}
    yield (
        "NEV-01",
        orders_or_doses,
        lambda: planted(rules=rule(id="PLANTED", advise="Give 60 mg prednisolone a day.", **caution)),
    )
    yield (
        "NEV-01",
        orders_or_doses,
        lambda: planted(
            rules=rule(id="PLANTED", advise="Dexamethasone 16 mg once before the dose.", **caution)
        ),
    )
    yield (
        "NEV-01",
        orders_or_doses,
        lambda: planted(("knowledge/therapies/abatacept.yaml", "Usual published dose: 125 mg", "125 mg")),
    )
    yield (
        "NEV-02",
        open_without_a_datum,
        lambda: planted(
            (
                ENGAGER,
                "IgG below 4.0 g/L before the start\n  kind: defer",
                "IgG below 4.0 g/L before the start\n  kind: caution",
            )
        ),
    )
    yield (
        "NEV-03",
        softened,
        lambda: planted(
            (
                ENGAGER,
                "  when: heart_grade >= C3\n",
                "  when: {all: [heart_grade >= C3, demographics.ecog > 1]}\n",
            )
        ),
    )
    yield "NEV-04", suppressed_inclusion_body_myositis, lambda: planted(
        (
            "rules/against.yaml",
            "hydroxychloroquine]\n  when: diagnosis.entity == inclusion_body_myositis\n",
            "hydroxychloroquine]\n  when: {all: [diagnosis.entity == inclusion_body_myositis, "
            "muscle.ck_ratio_to_uln < 3]}\n",
        ),
        rules=rule(
            id="PLANTED", kind="indicate", for_="rituximab", step="2", order="1", pathway="P-PLANTED",
            when="{all: [diagnosis.entity == inclusion_body_myositis, muscle.ck_ratio_to_uln >= 3]}",
        ),
    )  # fmt: skip
    yield (
        "NEV-05",
        causes_or_risks,
        lambda: planted(
            rules=rule(id="PLANTED", **series | caution | {"because": "Teclistamab caused both deaths."})
        ),
    )
    yield (
        "NEV-05",
        causes_or_risks,
        lambda: planted(
            rules=rule(id="PLANTED", **series | caution | {"because": "The risk of death with it is 11 %."})
        ),
    )
    yield "NEV-06", chosen_by_a_weak_band, lambda: planted(
        rules=rule(
            id="PLANTED", kind="indicate", for_="tacrolimus", step="1", order="1", pathway="P-PLANTED",
            when="antibody.mda5.positive",
        )
    )  # fmt: skip
    yield (
        "NEV-07",
        other_diseases_on_the_ladder,
        lambda: planted(
            (
                "rules/scope.yaml",
                "- diagnosis.entity in [systemic_sclerosis, systemic_lupus_erythematosus, undiff",
                "- diagnosis.entity in [systemic_sclerosis, undiff",
            )
        ),
    )
    yield (
        "NEV-08",
        silent_emergencies,
        lambda: planted(
            (
                "rules/emergencies.yaml",
                "      - swallowing.aspiration\n      - all:",
                "      - all: [swallowing.aspiration, infection.active == none]\n      - all:",
            )
        ),
    )
    yield (
        "NEV-09",
        case_level_above_licensed,
        lambda: planted(
            (
                "rules/against.yaml",
                "kind: caution_high\n  for: [car_t, bcma_t_cell_engager]",
                "kind: caution_high\n  for: car_t",
            )
        ),
    )
    yield "NEV-09", case_level_above_licensed, lambda: planted(rules=in_dm(1, "baricitinib"))
    yield (
        "NEV-10",
        approvals_claimed,
        lambda: planted(
            (
                "knowledge/therapies/teclistamab.yaml",
                "status: {eu: off_label, us: off_label",
                "status: {eu: approved, us: off_label",
            )
        ),
    )
    yield (
        "NEV-10",
        approvals_claimed,
        lambda: planted(
            rules=rule(id="PLANTED", **caution | {"because": "Licensed in antisynthetase syndrome."})
        ),
    )


TABLE = list(violations())
GUARDS = {name: guard for name, guard, _ in TABLE}


def test_every_prohibition_has_a_guard() -> None:
    """NEV-01 to NEV-10, none left out."""
    assert list(GUARDS) == [f"NEV-{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("name", GUARDS)
def test_the_shipped_knowledge_keeps_the_prohibition(name: str, library: Library) -> None:
    """The guard finds nothing."""
    assert GUARDS[name](library) == []


@pytest.mark.parametrize(("guard", "plant"), [(g, p) for _, g, p in TABLE], ids=[n for n, _, _ in TABLE])
def test_a_planted_violation_is_caught(guard: Guard, plant: Callable[[], Library]) -> None:
    """The same guard finds the fault in a copy of the knowledge that breaks the prohibition."""
    assert guard(plant()) != []


def test_an_override_is_recorded_and_changes_no_verdict(library: Library) -> None:
    """It is a human act with name, day and reason (NEV-03): the report shows it beside the closed option."""
    entry = (
        "overrides: [{rule: BCMA-X01, therapy: teclistamab, by: Conference, on_date: 2026-10-12, "
        "reason: no other way}]"
    )
    assessment = changed(library, f"{{heart.nt_probnp.pg_per_ml: 1000, {entry}}}")
    options = document(assessment)["options"]
    assert isinstance(options, list)
    (option,) = (o for o in options if o["therapy"] == "teclistamab")

    assert option["verdict"] == "excluded"
    assert "no other way" in str(option)
