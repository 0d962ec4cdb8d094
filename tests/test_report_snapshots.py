"""The reports as they are read, word for word: a change of any of them is reviewed as a diff.

The expected files stand in `tests/golden/reports/`. After an intended change of a report, or of the knowledge
that it prints, `make snapshots` writes them anew; the diff is what a reviewer reads. Left out is what changes
without a reader seeing it: the style, the bytes of the figure, the digest of the knowledge, the version of
the engine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.library.model import Library
from escalate.report.html import html_report, index_page, page_names
from escalate.report.markdown import markdown_report
from escalate.report.text import text_report
from tests.conftest import EXAMPLES, ROOT, TODAY

GOLDEN = Path(__file__).parent / "golden" / "reports"
START = date(2026, 12, 7)
# The complete patient in both languages, the emergency in one: alerts and waiting options stand there.
CASES = [("refractory-antisynthetase", "en"), ("refractory-antisynthetase", "de"), ("mda5-emergency", "en")]
FORMS: dict[str, Callable[[Assessment], str]] = {
    "txt": text_report,
    "md": markdown_report,
    "html": lambda assessment: html_report(assessment, START),
}
_UNSEEN = (
    (re.compile(r"<style>.*?</style>", re.DOTALL), "<style></style>"),
    (re.compile(r'src="data:[^"]*"'), 'src="data:"'),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:"),
    (re.compile(r"durable\\?_rules \d+(\\?\.\d+)+"), "durable_rules"),
)


@pytest.fixture(scope="module")
def libraries(library: Library) -> dict[str, Library]:
    return {"en": library, "de": load_knowledge(language="de")}


def held(name: str, text: str) -> str:
    """The expected text of a report; written where UPDATE_SNAPSHOTS is set."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def seen(text: str) -> str:
    """A report without what no reader sees."""
    for pattern, instead in _UNSEEN:
        text = pattern.sub(instead, text)
    return text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("patient", "language"), CASES)
def test_a_report_reads_as_it_did(
    patient: str, language: str, form: str, libraries: dict[str, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word of it; `make snapshots` after an intended change, and the diff is reviewed."""
    monkeypatch.chdir(ROOT)  # a report names the file by the path that it was given
    library = libraries[language]
    assessment = assess(load_patient(f"examples/{patient}.yaml", library, today=TODAY), library)
    text = seen(FORMS[form](assessment))

    assert text == held(f"{patient}.{language}.{form}", text)


def test_the_list_reads_as_it_did(libraries: dict[str, Library]) -> None:
    """The examples as one conference, the emergency first."""
    library = libraries["en"]
    files = [EXAMPLES / f"{name}.yaml" for name in ("early-dermatomyositis", *dict(CASES))]
    assessments = [assess(load_patient(file, library, today=TODAY), library) for file in files]
    text = seen(index_page(assessments, page_names(assessments, "html"), ["torn.yaml"]))

    assert text == held("index.en.html", text)
