"""What a question says beside the field: the suggested entity (ENT-01), the ILD clinic (ILD-02)."""

from __future__ import annotations

import pytest
from helpers_facts import HEAD, TODAY

from escalate import assess, load_knowledge
from escalate.files.yaml_reader import read_text
from escalate.options.model import Question
from escalate.options.soon import _KINDS, APPOINTMENT, ASKING, SAMPLE, UNSTATED, soon
from escalate.patient.fields import fields_of
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.report.sheet_asks import Ask, asks


def question_on(field: str, facts: str) -> Question:
    """The question on one field for a patient of whom only the facts are known."""
    library = load_knowledge()
    patient = read_patient(read_text(HEAD + facts, "p.yaml", PatientRefused), library, today=TODAY)
    proposal = assess(patient, library).proposal
    return next(q for q in proposal.questions if q.fact == field)


def question_on_the_entity(antibody: str) -> Question:
    """The question on the diagnosis for a patient of whom one antibody is known and nothing else."""
    return question_on("diagnosis.entity", f"demographics.age_years: 50\nantibodies: [{antibody}]\n")


@pytest.mark.parametrize(
    ("antibody", "entity"),
    [
        ("PL-7", "antisynthetase syndrome"),
        ("MDA5", "dermatomyositis with MDA5"),
        ("TIF1-gamma", "dermatomyositis"),
        ("HMGCR", "necrotising myopathy"),
    ],
)
def test_a_strong_antibody_suggests_the_entity_beside_the_question(antibody: str, entity: str) -> None:
    """The question stays a question: the suggestion stands behind it, and the clinician confirms."""
    question = question_on_the_entity(f"{{name: {antibody}, strength: strong}}")

    assert question.rank == 1
    assert f"The antibody suggests {entity}" in question.ask
    assert "the clinician confirms" in question.ask


def test_a_weak_band_suggests_no_entity() -> None:
    """A weak unconfirmed band may ask for data, and suggests nothing (AB-07)."""
    question = question_on_the_entity("{name: MDA5, strength: weak, confirmed_by: none}")

    assert "suggests" not in question.ask


def test_a_falling_fvc_sends_to_the_ild_clinic_beside_the_question_on_the_dlco() -> None:
    """Progression is probable with DLCO and HRCT unknown, and the referral does not wait (ILD-02)."""
    facts = "diagnosis.entity: antisynthetase_syndrome\nlung: {ild: true, fvc_relative_change_percent: -10}\n"
    question = question_on("lung.dlco_relative_change_percent", facts)

    assert "progression is probable" in question.ask
    assert "the ILD clinic at once" in question.ask


def test_an_unknown_history_is_asked_for_in_words() -> None:
    """`therapies` is a list and no field with a label of its own; a card shows the question as it stands."""
    question = question_on("therapies", "demographics.age_years: 50\ndiagnosis.entity: dermatomyositis\n")

    assert question.ask.startswith("All earlier and present treatment with dose")


LUNG = """schema: escalate/patient/v1
id: lung
assessed_on: 2026-10-12
demographics: {age_years: 40, sex: female, weight_kg: 60}
diagnosis.entity: antisynthetase_syndrome
"""


def asked(text: str) -> tuple[Ask, ...]:
    """What a page asks for."""
    library = load_knowledge()
    return asks(
        assess(read_patient(read_text(text, "p.yaml", PatientRefused), library, today=TODAY), library)
    )


def test_of_what_decides_alike_the_soonest_is_asked_for_first() -> None:
    """Whether the breath is short is asked today; blood gases are a sample, the HRCT an appointment."""
    facts = [ask.fact for ask in asked(LUNG)]
    alike = ["lung.symptoms_worse", "lung.oxygen_need", "lung.pao2_mmhg"]

    assert [fact for fact in facts if fact in alike] == alike


def test_the_day_of_an_examination_is_no_question_beside_its_result() -> None:
    """One HRCT is one thing to do; a known result without a day is asked for its day alone."""
    both = {ask.fact: ask.text for ask in asked(LUNG)}
    day_alone = {ask.fact for ask in asked(LUNG + "lung.ild: true\nlung.hrct: {pattern: nsip}\n")}

    assert "lung.hrct.date" not in both
    assert both["lung.hrct.pattern"].endswith("; with its date")
    assert "lung.hrct.pattern" not in day_alone
    assert "lung.hrct.date" in day_alone


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ("heart.active_myocarditis", APPOINTMENT),
        ("infection.active", UNSTATED),
        ("heart.a_field_of_tomorrow", UNSTATED),
        ("comorbidities.allergies", ASKING),
        ("antibodies[MDA5]", SAMPLE),
    ],
)
def test_nothing_is_promised_for_today_that_nobody_has_placed(fact: str, kind: str) -> None:
    """Active myocarditis needs ECG, echo and MRI; what is not placed has no promise."""
    assert soon(fact) == kind


def test_every_place_of_a_kind_is_that_of_a_field() -> None:
    """A beginning that no field has any more would be a promise for nothing."""
    known = {*fields_of(load_knowledge()).facts, *load_knowledge().facts}
    known |= {"therapies", "antibodies"}
    starts = [start for kind in _KINDS.values() for start in kind]

    assert [start for start in starts if not any(name.startswith(start) for name in known)] == []
