"""A dose that cannot be right makes no adequate trial: it is named, and its line counts for nothing."""

from __future__ import annotations

from datetime import date

import pytest

from escalate import assess
from escalate.files.knowledge_base import load_knowledge
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.patient.contradictions import find_contradictions
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.texts import speaking
from escalate.truth import Truth

HEAD = "schema: escalate/patient/v1\nid: x\nassessed_on: 2026-10-12\ndemographics: {weight_kg: 70}\n"


def patient_of(body: str, library: Library) -> Patient:
    return read_patient(
        read_text(f"{HEAD}{body}\n", "p.yaml", PatientRefused), library, today=date(2026, 10, 12)
    )


def on(drug: str, dose: str, library: Library, more: str = "") -> Patient:
    """A patient with one trial of a drug, long enough and without effect."""
    line = f"{{drug: {drug}, dose: {dose}, weeks: 30, courses: 6, response: none{more}}}"
    return patient_of(f"therapies: [{line}]", library)


@pytest.fixture(scope="module")
def german() -> Library:
    return load_knowledge(None, "de")


@pytest.mark.parametrize(
    ("drug", "dose", "meant"),
    [
        ("MTX", "20 mg/d", "; is it meant by the week?"),
        ("MTX", "20 mg 1-0-0", "; is it meant by the week?"),
        ("MTX", "15 g/week", "; is mg meant?"),
        ("MTX", "150 mg/week", "(15 mg/week) or more"),
        ("MMF", "2000 g/day", "; is mg meant?"),
        ("prednisolone", "60 g/day", "; is mg meant?"),
        ("azathioprine", "150 mg/kg/day", "; is it meant without /kg?"),
        ("rituximab", "2 x 1000 g", "; is mg meant?"),
        ("IVIG", "1 g/kg/day", "(2 g/kg/4 weeks) or more"),
    ],
)
def test_a_dose_that_cannot_be_right_is_a_contradiction(
    drug: str, dose: str, meant: str, library: Library
) -> None:
    """With its place, the dose as written, and what may have been meant; the line is no failed trial."""
    patient = on(drug, dose, library)
    (found,) = find_contradictions(patient, library)
    (line,) = assess(patient, library).lines or ()

    assert (found.id, found.makes_unknown) == ("LINE-DOSE", ("therapies[0].dose",))
    assert f"`{dose}`" in found.because
    assert found.because.endswith(meant)
    assert [(at.line, at.column) for at in found.at] == [(5, len(f"therapies: [{{drug: {drug}, dose: ") + 1)]
    assert (line.counts_as, line.failed, line.tried_adequately) == ("unknown", Truth.UNKNOWN, Truth.UNKNOWN)
    assert line.because.endswith(f"not counted, because its dose `{dose}` cannot be right")


@pytest.mark.parametrize(
    ("drug", "dose"),
    [
        ("MTX", "20 mg/week"),
        ("MTX", "149 mg/week"),
        ("MTX", "10 mg twice weekly"),
        ("MMF", "19.9 g/day"),
        ("MMF", "1000 mg bid"),
        ("prednisolone", "80 mg/day"),
        ("azathioprine", "150 mg/day"),
        ("IVIG", "2 g/kg/4 weeks"),
        ("IVIG", "1 g/kg/day x 2 days"),
        ("IVIG", "0.4 g/kg/day x 5 days"),
        ("rituximab", "2 x 1 g"),
        ("cyclophosphamide", "750 mg/m2 every 4 weeks"),
    ],
)
def test_a_usual_dose_is_believed(drug: str, dose: str, library: Library) -> None:
    """What is written every day, and what lies just below ten times the adequate dose."""
    patient = on(drug, dose, library)
    (line,) = assess(patient, library).lines or ()

    assert find_contradictions(patient, library) == ()
    assert line.failed is Truth.TRUE


def test_a_stated_adequate_trial_does_not_stand_beside_such_a_dose(library: Library) -> None:
    """One of the two statements is wrong, and nobody knows which."""
    patient = on("MTX", "20 mg/d", library, ", adequate: true")
    (found,) = find_contradictions(patient, library)
    (line,) = assess(patient, library).lines or ()

    assert found.makes_unknown == ("therapies[0].dose", "therapies[0].adequate")
    assert (line.failed, line.tried_adequately) == (Truth.UNKNOWN, Truth.UNKNOWN)


def test_no_step_is_climbed_on_such_a_dose(library: Library) -> None:
    """With 20 mg a week step 4 is reached; with 20 mg a day it stays shut."""
    body = """diagnosis: {{entity: DM}}
muscle: {{mmt8: 110, ck_u_per_l: 3000}}
lung: {{ild: false}}
therapies:
  - {{drug: prednisolone, dose: 60 mg/day, weeks: 8, response: none}}
  - {{drug: IVIG, dose: 2 g/kg/4 weeks, courses: 6, weeks: 24, response: none}}
  - {{drug: MTX, dose: {dose}, weeks: 26, response: none}}
"""
    reached, shut = (
        assess(patient_of(body.format(dose=dose), library), library).proposal.ladder.reached_step
        for dose in ("20 mg/week", "20 mg/d")
    )

    assert (reached, shut) == (4, 3)


def test_the_dose_of_a_glucocorticoid_that_cannot_be_right_is_not_counted(library: Library) -> None:
    """60 g a day is no 60000 mg of prednisolone today."""
    patient = patient_of("therapies: [{drug: prednisolone, dose: 60 g/day, status: ongoing}]", library)
    facts = assess(patient, library).reasons.facts

    assert facts["therapy.glucocorticoids.prednisolone_mg_per_day"].value is None


def test_it_is_said_in_german(german: Library) -> None:
    """With the words of the German reader."""
    with speaking("de"):
        (found,) = find_contradictions(on("MTX", "20 mg/d", german), german)

    assert found.title == "Die Dosis einer Therapielinie kann nicht stimmen"
    assert found.because == (
        "therapies[0], Methotrexat: `20 mg/d` ist eine Tagesdosis, und dieses Arzneimittel wird "
        "einmal wöchentlich gegeben; je Woche gemeint?"
    )
