"""What is offered in place of a word that a field does not take: never its opposite."""

from __future__ import annotations

from datetime import date

import pytest

from escalate.files.what_if import WhatIfRefused, patient_with
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.patient.offers import may_turn_round
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Problem
from escalate.texts import speaking

HEAD = "schema: escalate/patient/v1\nid: x\n"
TODAY = date(2026, 10, 12)


def refusal(body: str, library: Library) -> Problem:
    """The one problem of a file that must be refused."""
    with pytest.raises(PatientRefused) as refused:
        read_patient(read_text(HEAD + body + "\n", "p.yaml", PatientRefused), library, today=TODAY)
    (problem,) = refused.value.problems
    return problem


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("infection.tuberculosis: negative", "none, latent_untreated, latent_treated, active"),
        ("infection.active: inactive", "none, suspected, active"),
        ("heart.myocarditis: inactive", "none, suspected, active, resolved"),
        ("heart.heart_failure: uncompensated", "none, compensated, decompensated"),
        ("heart.pulmonary_arterial_hypertension: unproven", "none, suspected, proven"),
        ("labs.tpmt: abnormal", "normal, intermediate, deficient"),
        ("comorbidities.cancer_screen: done", "not_done, negative, pending, suspicious"),
        ("infection.hcv_rna: not positive", "negative, positive"),
        ("comorbidities.cardiovascular_risk: not raised", "low, raised"),
        (
            "therapies: [{drug: MTX, stopped_for: efficacy}]",
            "inefficacy, intolerance, contraindication, completed, patient_choice",
        ),
        (
            "therapies: [{drug: MTX, response: minor}]",
            "major, moderate, minimal, none, worsening, relapse_after_response",
        ),
    ],
)
def test_the_opposite_is_not_offered(body: str, accepted: str, library: Library) -> None:
    """All words of the field are listed, and none of them stands in front."""
    problem = refusal(body, library)

    assert problem.code == "unknown-value"
    assert problem.help == f"accepted: {accepted}"


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("inactive", "active"),
        ("done", "not_done"),
        ("absent", "present"),
        ("uncompensated", "decompensated"),
        ("nonreactive", "reaktive"),
        ("kein Verdacht", "Verdachtt"),
        ("latent_treatd", "latent_untreated"),
    ],
)
def test_words_that_may_say_the_opposite(written: str, offered: str) -> None:
    """One inside the other, or a prefix or a word that says no in one of them alone; either way round."""
    assert may_turn_round(written, offered)
    assert may_turn_round(offered, written)


def test_a_slip_of_the_pen_is_named_before_the_list(library: Library) -> None:
    """The nearest word, where it cannot turn round what was written; the others all the same."""
    problem = refusal("infection.tuberculosis: latent_treatd", library)

    assert problem.help == (
        "did you mean `latent_treated`? accepted: none, latent_untreated, latent_treated, active"
    )


def test_a_german_reader_reads_what_each_word_means(library: Library) -> None:
    """The words of the file with their German in brackets; a German word leads to that of the file."""
    with speaking("de"):
        listed = refusal("infection.tuberculosis: negative", library)
        led = refusal("antibodies: [{name: Jo-1, result: negativ}]", library)

    assert listed.help == (
        "zulässig: none (nicht vorhanden), latent_untreated (latent, unbehandelt), "
        "latent_treated (latent, behandelt), active (aktiv)"
    )
    assert led.help.startswith("gemeint: `negative`? zulässig: positive (positiv), negative (negativ)")


@pytest.mark.parametrize("word", ["none", "None", "keine", "no", "nein"])
@pytest.mark.parametrize("field", ["comorbidities.allergies", "comorbidities.co_medication", "therapies"])
def test_none_in_a_list_is_written_as_the_empty_list(field: str, word: str, library: Library) -> None:
    """No drug is offered for it."""
    problem = refusal(f"{field}: [{word}]", library)

    assert problem.help == "write [] in place of the list where it was looked for and there is none"


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("Latex", "names and their synonyms are listed in knowledge/"),
        ("keine Azathioprin", "names and their synonyms are listed in knowledge/"),
        ("Rituxmab", "did you mean `rituximab`"),
        ("Cotrim forte", "did you mean `cotrimoxazole` or `cotrimoxazole_full_dose`?"),
    ],
)
def test_what_is_no_drug_is_near_none(written: str, help: str, library: Library) -> None:
    """A word that shares some letters with a brand is no slip of the pen; a brand inside a name is."""
    problem = refusal(f"comorbidities.allergies: [{written}]", library)

    assert problem.help.startswith(help)


@pytest.mark.parametrize(
    ("change", "help"),
    [
        (("infection.active", "inactive"), "accepted: none, suspected, active"),
        (("comorbidities.allergies", "[none]"), "write [] in place of the list"),
    ],
)
def test_a_what_if_offers_the_same(change: tuple[str, str], help: str, library: Library) -> None:
    """The opposite is offered there neither."""
    with pytest.raises(WhatIfRefused) as refused:
        patient_with(HEAD.encode(), "x.yaml", library, [change], today=TODAY)

    assert refused.value.problems[0].help.startswith(help)
