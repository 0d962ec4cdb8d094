"""Names of diagnoses, antibodies and drugs: many spellings, no guess."""

from __future__ import annotations

import pytest
from helpers_patient import read, refusal


@pytest.mark.parametrize(
    ("spelling", "entity"),
    [
        ("antisynthetase_syndrome", "antisynthetase_syndrome"),
        ("ASyS", "antisynthetase_syndrome"),
        ("Antisynthetase-Syndrom", "antisynthetase_syndrome"),
        ("Einschlusskörpermyositis", "inclusion_body_myositis"),
        ("EINSCHLUSSKOERPERMYOSITIS", "inclusion_body_myositis"),
        ("IBM", "inclusion_body_myositis"),
    ],
)
def test_diagnoses_in_their_spellings(spelling: str, entity: str) -> None:
    """Abbreviations and German names."""
    assert read(f"diagnosis.entity: {spelling}\n").value("diagnosis.entity") == entity


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Jo-1", "Jo-1"),
        ("anti Jo 1", "Jo-1"),
        ("Anti-Jo1-Antikörper", "Jo-1"),
        ("TIF1-γ", "TIF1-gamma"),
        ("ro 52", "Ro52"),
    ],
)
def test_antibodies_in_their_spellings(spelling: str, name: str) -> None:
    """Hyphens, spaces, a leading `anti` and Greek letters make no difference."""
    (entry,) = read(f"antibodies: [{{name: {spelling}}}]\n").antibodies or ()

    assert entry.name == name


@pytest.mark.parametrize(
    ("spelling", "drug"),
    [
        ("CsA", "ciclosporin"),
        ("CYC", "cyclophosphamide"),
        ("TAC", "tacrolimus"),
        ("TOC", "tocilizumab"),
        ("TOF", "tofacitinib"),
        ("MabThera", "rituximab"),
        ("Prednisolon", "glucocorticoids"),
    ],
)
def test_look_alike_drugs_stay_apart(spelling: str, drug: str) -> None:
    """One letter is another drug."""
    (line,) = read(f"therapies: [{{drug: {spelling}}}]\n").therapies or ()

    assert (line.drug, line.written) == (drug, spelling)


@pytest.mark.parametrize(
    ("body", "code", "help"),
    [
        ("antibodies: [{name: Jo-l}]", "unknown-name", "did you mean `Jo-1`?"),
        ("therapies: [{drug: CTX}]", "ambiguous-name", "write cyclophosphamide, ceftriaxone or cetuximab"),
        ("therapies: [{drug: rituximap}]", "unknown-name", "did you mean `rituximab`?"),
        ("antibody_panel: [Jo-1, PL7, XYZ]", "unknown-name", None),
        ("diagnosis.entity: systemic sclerosiss", "unknown-name", None),
    ],
)
def test_an_unknown_name_is_refused_never_guessed(body: str, code: str, help: str | None) -> None:
    """With the nearest known names where there are any."""
    (problem,) = refusal(body + "\n")

    assert problem.code == code
    assert help is None or problem.help == help
