"""What a question says beside the field: the suggested entity (ENT-01), the ILD clinic (ILD-02)."""

from __future__ import annotations

import pytest
from helpers_facts import HEAD, TODAY

from escalate import assess, load_knowledge
from escalate.files.yaml_reader import read_text
from escalate.options.model import Question
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused


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
