"""Every vignette holds; and a vignette that does not hold says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from escalate.audit.expectations import failures
from escalate.audit.vignettes import Case
from escalate.files.vignettes import assessor, vignette_cases
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused

FOLDER = Path(__file__).parent / "vignettes"


@pytest.mark.parametrize("case", list(vignette_cases(FOLDER)), ids=lambda case: case.name)
def test_the_vignette_holds(case: Case, library: Library):
    """What the dossier expects of this patient is what the report says."""
    assert failures(case, assessor(library)) == []


def one_case(place: Path, more: dict[str, object]) -> Iterator[Case]:
    """The complete refractory example as the one case of a folder of vignettes."""
    folder = place / "tests" / "vignettes"
    (folder / "patients").mkdir(parents=True)
    example = FOLDER.parent.parent / "examples" / "refractory-antisynthetase.yaml"
    (folder / "patients" / "complete.yaml").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "X.yaml").write_text(yaml.safe_dump([{"name": "X", "patient": "complete", **more}]))
    return vignette_cases(folder)


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"teclistamab": "excluded"}, "teclistamab is propose, not excluded"),
        ({"because": ["BCMA-X04"]}, "rule BCMA-X04 does not speak"),
        ({"alerts": ["E1"]}, "alert E1 is missing"),
        ({"findings": {"heart_grade": "C1"}}, "heart_grade is C0, not C1"),
        ({"asks": ["heart.echo.lvef_percent"]}, "heart.echo.lvef_percent is not asked for"),
        ({"findings": {"heart_grade": "C1..C3"}}, "heart_grade is C0, not C1..C3"),
        ({"no_alerts": ["ENT-07"]}, "alert ENT-07 is shown"),
        ({"do": {"ENT-07": ["plasma exchange"]}}, "alert ENT-07 does not call for `plasma exchange`"),
        ({"do_not": {"ENT-07": ["statin"]}}, "alert ENT-07 does not warn of `statin`"),
        ({"order": ["teclistamab", "ivig"]}, "teclistamab stands behind ivig"),
        ({"order": ["ivig", "methotrexate"]}, "methotrexate is no option"),
        ({"equal": ["ivig", "teclistamab"]}, "the ranks of ivig, teclistamab are"),
        ({"step": {"ivig": 5}}, "the step of ivig is 3, not 5"),
        ({"until": {"teclistamab": "2026-11-09"}}, "teclistamab can be looked at again on []"),
        ({"says": {"teclistamab": ["not yet tried: rituximab"]}}, "does not say `not yet tried: rituximab`"),
        ({"never_says": {"teclistamab": ["Off_Label"]}}, "teclistamab says `Off_Label`"),
        ({"doses": {"teclistamab": {"target 1": "2 x 153 mg"}}}, "target 1 of teclistamab is"),
        ({"improvement": {"score": 80}}, "improvement: score is ['none'], not ['80']"),
        ({"rituximab": {"propose": "true"}}, "`rituximab` is a word or a list of words"),
        ({"findings": ["heart_grade"]}, "`findings` is a set of `key: value`"),
        ({"refused": ["out-of-range"]}, "the patient was read, and should be refused"),
    ],
)
def test_a_vignette_that_does_not_hold_fails(
    expect: dict[str, object], said: str, library: Library, tmp_path: Path
):
    """A runner that cannot fail proves nothing."""
    (case,) = one_case(tmp_path, {"expect": expect})

    (line,) = failures(case, assessor(library))
    assert said in line


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("not_looked_at", []),
        ("propose", ["rituximab is not looked at in the scope bcma_safety_only"]),
    ],
)
def test_outside_the_ladder_most_therapies_are_not_looked_at(
    word: str, said: list[str], library: Library, tmp_path: Path
):
    """That is an answer that a vignette can expect, and the run goes on where it does not."""
    change = {"diagnosis.entity": "systemic_sclerosis"}
    (case,) = one_case(tmp_path, {"change": change, "expect": {"rituximab": word}})

    assert failures(case, assessor(library)) == said


@pytest.mark.parametrize(
    ("lvef_percent", "failed"),
    [
        (44, []),
        (45, ["teclistamab does not say `BCMA-X04`"]),
        (None, ["teclistamab does not say `BCMA-X04`"]),
    ],
)
def test_a_reason_that_holds_is_named_by_its_rule(
    lvef_percent: int | None, failed: list[str], library: Library, tmp_path: Path
):
    """`says` proves more than `because`: an open question speaks too, and any therapy may."""
    change = {"heart.echo.lvef_percent": lvef_percent}
    (case,) = one_case(tmp_path, {"change": change, "expect": {"says": {"teclistamab": ["BCMA-X04"]}}})

    assert failures(case, assessor(library)) == failed


def test_a_question_that_a_vignette_does_not_expect_fails(library: Library, tmp_path: Path):
    """An IgG that nobody measured is asked for; a measured one is not."""
    missing = {"change": {"labs.igg_g_per_l": None}, "expect": {"no_asks": ["labs.igg_g_per_l"]}}
    (case,) = one_case(tmp_path / "missing", missing)
    (measured,) = one_case(tmp_path / "measured", {"expect": {"no_asks": ["labs.igg_g_per_l"]}})

    assert failures(case, assessor(library)) == ["labs.igg_g_per_l is asked for"]
    assert failures(measured, assessor(library)) == []


def test_a_misspelt_part_of_a_case_is_refused(tmp_path: Path):
    """An expectation that nobody reads would hold for ever."""
    folder = tmp_path / "tests" / "vignettes"
    folder.mkdir(parents=True)
    (folder / "X.yaml").write_text("- {name: X, facts: {}, expects: {teclistamab: propose}}\n")

    with pytest.raises(KnowledgeRefused, match="expects"):
        list(vignette_cases(folder))


def test_vignettes_may_stand_in_folders(tmp_path: Path):
    """`gates/immunoglobulin.yaml` is read like a file beside it; the shared patients are no vignettes."""
    (case,) = one_case(tmp_path, {"expect": {"teclistamab": "propose"}})
    folder = tmp_path / "tests" / "vignettes"
    (folder / "gates").mkdir()
    (folder / "X.yaml").rename(folder / "gates" / "X.yaml")

    assert [found.name for found in vignette_cases(folder)] == [case.name]
