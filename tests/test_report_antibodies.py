"""What the dossier says of an antibody stands in the report of whoever has it (dossier 3.2)."""

from __future__ import annotations

import html
import re

import pytest

from escalate import assess, load_knowledge
from escalate.files.patient_file import patient_of
from escalate.report.html import html_report
from escalate.report.markdown import markdown_report
from escalate.report.text import text_report
from tests.conftest import TODAY

NAMES = sorted(load_knowledge().antibodies.guidance)
FILE = "{{schema: escalate/patient/v1, id: a, antibodies: [{{name: '{name}', result: {result}}}]}}"


def reports(name: str, result: str, language: str) -> list[str]:
    """Text, Markdown and HTML of a patient with this one antibody, without the signs of the form."""
    library = load_knowledge(language=language)
    raw = FILE.format(name=name, result=result).encode()
    assessment = assess(patient_of(raw, "patient.yaml", library, today=TODAY), library)
    forms = text_report(assessment, width=10_000), markdown_report(assessment), html_report(assessment)
    return [re.sub(r"\\(.)", r"\1", html.unescape(form)) for form in forms]


def test_every_row_of_the_dossier_is_there() -> None:
    """Those of the table of risks that the table of guidance names."""
    assert len(NAMES) == 25


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_positive_antibody_brings_its_guidance(name: str, language: str) -> None:
    """Both sentences, in each form of the report."""
    told = load_knowledge(language=language).antibodies.guidance[name]
    sentences = [told[key] for key in ("escalation", "negative_guidance") if told[key]]

    assert sentences
    for report in reports(name, "positive", language):
        assert [sentence for sentence in sentences if sentence not in report] == []


def test_a_negative_antibody_brings_none() -> None:
    """Nor the heading."""
    for report in reports("TIF1-gamma", "negative", "en"):
        assert "What the antibodies say" not in report
        assert "WHAT THE ANTIBODIES SAY" not in report
