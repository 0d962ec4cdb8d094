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


def disputed_jo_1() -> list[str]:
    """The reports of a patient whose anti-Jo-1 is stated as positive and as negative."""
    library = load_knowledge()
    entries = (
        "{name: Jo-1, strength: weak}, {name: Jo-1, result: negative}, {name: Mi-2, confirmed_by: elisa}"
    )
    raw = f"{{schema: escalate/patient/v1, id: a, antibodies: [{entries}]}}".encode()
    assessment = assess(patient_of(raw, "patient.yaml", library, today=TODAY), library)
    forms = text_report(assessment, width=10_000), markdown_report(assessment), html_report(assessment)
    return [re.sub(r"\\(.)", r"\1", html.unescape(form)) for form in forms]


def test_a_disputed_antibody_is_neither_positive_nor_advised_about() -> None:
    """It counts as unknown: the head says so, and only the other one has its guidance."""
    told = load_knowledge().antibodies.guidance

    for report in disputed_jo_1():
        assert "positive: Mi-2; disputed: Jo-1" in report
        assert told["Jo-1"]["escalation"] not in report
        assert told["Mi-2"]["escalation"] in report
        assert "disputed: nothing is advised until it is settled" in report


def test_the_results_of_a_disputed_antibody_stand_side_by_side() -> None:
    """In HTML and in Markdown, with words in place of the name of the field."""
    _text, markdown, page = disputed_jo_1()

    assert "Jo-1: positive, weak ↔ Jo-1: negative" in markdown
    for what, value in (("Jo-1", "positive, weak"), ("Jo-1", "negative")):
        assert f"<dt>{what}</dt><dd>{value}</dd>" in page
    for report in (markdown, page):
        assert "counts as unknown until settled: antibody Jo-1" in report
        assert "antibodies[" not in report.partition("Defaults used")[0]


def test_the_sources_of_an_antibody_are_numbered_like_every_other() -> None:
    """No id of the register stands on a page; the text names ids, and lists what they are."""
    (ref, *_further) = load_knowledge().antibodies.guidance["Jo-1"]["source"].split(", ")
    citation = load_knowledge().evidence[ref].citation
    text, markdown, page = reports("Jo-1", "positive", "en")

    assert f"anti-Jo-1 ({ref}" in text
    assert f"{ref}: {citation}" in text
    assert "**anti-Jo-1** (unverified) [1, 2, 3]" in markdown
    assert '<strong>anti-Jo-1</strong> <em class="basis">(unverified)</em><sup class="cite">' in page
    for form in (markdown, page):
        assert ref not in form
        assert citation in form
