"""What the README shows is what the program prints, and its example file reads."""

from __future__ import annotations

import re
from pathlib import Path

from escalate import assess, load_patient
from escalate.library.model import Library
from escalate.report.text import text_report

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_excerpt_is_printed(library: Library):
    """Every line of the excerpt stands in the report of the example, in this order."""
    patient = load_patient("examples/refractory-antisynthetase.yaml", library)
    printed = iter(text_report(assess(patient, library)).splitlines())

    for line in block("text").splitlines():
        assert line == "[...]" or any(line == other for other in printed), line


def test_the_short_patient_file_is_assessed(library: Library, tmp_path: Path):
    """The file that a newcomer copies gets an answer and questions, and opens nothing at step 5."""
    path = tmp_path / "patient.yaml"
    path.write_text(block("yaml"), encoding="utf-8")
    assessment = assess(load_patient(path, library), library)

    assert assessment.proposal.questions
    assert not any(o.verdict.is_open and o.step == 5 for o in assessment.proposal.options)


def test_every_command_is_named():
    """A command that the README does not name is one that nobody finds."""
    from escalate.commands import _COMMANDS

    for name in _COMMANDS:
        assert f"escalate {name}" in README, name
