"""Every vignette holds; and a vignette that does not hold says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from escalate.audit.vignettes import Case, failures
from escalate.files.vignettes import assessor, vignette_cases
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused

FOLDER = Path(__file__).parent / "vignettes"


@pytest.mark.parametrize("case", list(vignette_cases(FOLDER)), ids=lambda case: case.name)
def test_the_vignette_holds(case: Case, library: Library):
    """What the dossier expects of this patient is what the report says."""
    assert failures(case, assessor(library)) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"teclistamab": "excluded"}, "teclistamab is propose, not excluded"),
        ({"because": ["BCMA-X04"]}, "rule BCMA-X04 does not speak"),
        ({"alerts": ["E1"]}, "alert E1 is missing"),
        ({"findings": {"heart_grade": "C1"}}, "heart_grade is C0, not C1"),
        ({"asks": ["heart.echo.lvef_percent"]}, "heart.echo.lvef_percent is not asked for"),
        ({"refused": ["out-of-range"]}, "the patient was read, and should be refused"),
    ],
)
def test_a_vignette_that_does_not_hold_fails(
    expect: dict[str, object], said: str, library: Library, tmp_path: Path
):
    """A runner that cannot fail proves nothing."""
    folder = tmp_path / "tests" / "vignettes"
    (folder / "patients").mkdir(parents=True)
    example = FOLDER.parent.parent / "examples" / "refractory-antisynthetase.yaml"
    (folder / "patients" / "complete.yaml").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "X.yaml").write_text(yaml.safe_dump([{"name": "X", "patient": "complete", "expect": expect}]))
    (case,) = vignette_cases(folder)

    (line,) = failures(case, assessor(library))
    assert said in line


def test_a_misspelt_part_of_a_case_is_refused(tmp_path: Path):
    """An expectation that nobody reads would hold for ever."""
    folder = tmp_path / "tests" / "vignettes"
    folder.mkdir(parents=True)
    (folder / "X.yaml").write_text("- {name: X, facts: {}, expects: {teclistamab: propose}}\n")

    with pytest.raises(KnowledgeRefused, match="expects"):
        list(vignette_cases(folder))
