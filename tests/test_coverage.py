"""`kb coverage`: what counts as firing a rule, as just not firing it, as a clause and as a boundary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from escalate.audit.coverage import Boundary, Coverage, RuleCoverage, coverage
from escalate.audit.reads import fields_read
from escalate.commands.kb import command
from escalate.files.vignettes import observed, vignette_cases
from escalate.library.model import Library

EXAMPLE = "refractory-antisynthetase"


def folder_with(place: Path, *changes: str) -> Path:
    """A folder of vignettes: the complete refractory example, each time with these changes."""
    source = Path(__file__).parent.parent / "examples" / f"{EXAMPLE}.yaml"
    folder = place / "tests" / "vignettes"
    (folder / "patients").mkdir(parents=True)
    (folder / "patients" / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    cases = [f"- {{name: '{c}', patient: {EXAMPLE}, change: {{{c}}}, expect: {{}}}}\n" for c in changes]
    (folder / "X.yaml").write_text("".join(cases), encoding="utf-8")
    return folder


def reached(place: Path, library: Library, *changes: str) -> Coverage:
    return coverage(library, list(observed(vignette_cases(folder_with(place, *changes)), library)))


def of(found: Coverage, name: str) -> RuleCoverage:
    return next(rule for rule in found.rules if rule.id == name)


def boundary(found: Coverage, text: str) -> Boundary:
    return next(b for b in found.boundaries if b.text == text)


def test_a_rule_is_covered_by_the_same_patient_on_either_side(tmp_path: Path, library: Library) -> None:
    """IgG 3.8 defers the engager, 4.0 does not, and nothing else differs."""
    rule = of(reached(tmp_path, library, "labs.igg_g_per_l: 3.8", "labs.igg_g_per_l: 4.0"), "BCMA-X24a")

    assert rule.covered
    assert rule.fires == "labs.igg_g_per_l: 3.8"
    assert rule.just_not == ("labs.igg_g_per_l: 3.8", "labs.igg_g_per_l: 4.0")


def test_another_patient_is_no_case_that_just_does_not_fire(tmp_path: Path, library: Library) -> None:
    """A field that the rule does not read differs, too: it might be what turned it."""
    changes = "labs.igg_g_per_l: 3.8, labs.platelets_per_nl: 120", "labs.igg_g_per_l: 4.0"
    rule = of(reached(tmp_path, library, *changes), "BCMA-X24a")

    assert rule.fires
    assert not rule.covered


def test_undecided_is_not_false(tmp_path: Path, library: Library) -> None:
    """A value that is taken away leaves the rule open; that shows nothing of where it ends."""
    rule = of(reached(tmp_path, library, "labs.igg_g_per_l: 3.8", "labs.igg_g_per_l: null"), "BCMA-X24a")

    assert rule.unknown
    assert not rule.covered


def test_a_rule_that_never_fires_is_not_covered(tmp_path: Path, library: Library) -> None:
    """However often it does not."""
    rule = of(reached(tmp_path, library, "labs.igg_g_per_l: 5", "labs.igg_g_per_l: 4.0"), "BCMA-X24a")

    assert (rule.fires, rule.just_not, rule.covered) == ("", None, False)


def test_a_field_behind_a_finding_counts_as_read(tmp_path: Path, library: Library) -> None:
    """The gate reads the grade of the heart, the grade reads the ejection fraction."""
    changes = "heart.echo.lvef_percent: 44", "heart.echo.lvef_percent: 45"

    assert "heart.echo.lvef_percent" in fields_read(library)["BCMA-X01"]
    assert of(reached(tmp_path, library, *changes), "BCMA-X01").covered


def test_one_instance_of_a_rule_for_each_therapy_is_enough(tmp_path: Path, library: Library) -> None:
    """An allergy to one drug and to none: the rule that stands once per therapy is held."""
    instances = [rule for rule in library.rules if rule.id == "ALLERGY-01"]
    changes = "comorbidities.allergies: [rituximab]", "comorbidities.allergies: []"

    assert len(instances) > 1
    assert of(reached(tmp_path, library, *changes), "ALLERGY-01").covered


def test_a_clause_is_held_on_both_sides(tmp_path: Path, library: Library) -> None:
    """Each leaf of a condition TRUE in one case and FALSE in another, whatever the rule is."""
    rule = of(reached(tmp_path, library, "infection.sars_cov_2_last_on: 2026-09-01"), "BCMA-X07")
    window, heart = rule.clauses

    assert (window.text, window.true, window.false) == ("infection.sars_cov_2_days_ago < 84", True, False)
    assert (heart.true, heart.false) == (False, True)


@pytest.mark.parametrize(
    ("values", "at", "beyond"),
    [
        (("45",), True, False),
        (("45", "44"), True, True),
        (("46", "44.5"), False, True),
        (("46", "43"), False, False),
    ],
)
def test_a_boundary_is_met_exactly_and_missed_by_a_step(
    values: tuple[str, ...], at: bool, beyond: bool, tmp_path: Path, library: Library
) -> None:
    """LVEF below 45: 45 itself, and a value of at least 44 on the other side."""
    found = reached(tmp_path, library, *(f"heart.echo.lvef_percent: {value}" for value in values))
    held = boundary(found, "heart.echo.lvef_percent < 45")

    assert (held.at, held.beyond) == (at, beyond)
    assert "CARD-C3-LVEF" in held.rules


def test_nothing_lies_beyond_the_end_of_a_range(tmp_path: Path, library: Library) -> None:
    """`>= 0` asks whether there was an infarction at all; the other side of it is `never`."""
    found = reached(tmp_path, library, "heart.myocardial_infarction_or_stroke_months_ago: 0")
    held = boundary(found, "heart.myocardial_infarction_or_stroke_months_ago >= 0")

    assert (held.at, held.beyond) == (True, True)


def test_every_active_rule_is_covered_by_the_shipped_vignettes(library: Library) -> None:
    """One vignette fires it and one just does not; the places of those that are not covered."""
    vignettes = Path(__file__).parent / "vignettes"
    found = coverage(library, list(observed(vignette_cases(vignettes), library)))

    assert [f"{rule.at}: {rule.id}" for rule in found.rules if not rule.covered] == []


def test_the_command_counts_and_names_what_is_not_covered(tmp_path: Path) -> None:
    """Exit status 1 while an active rule is not covered; the place of each is said."""
    folder = folder_with(tmp_path, "labs.igg_g_per_l: 3.8", "labs.igg_g_per_l: 4.0")
    text = CliRunner().invoke(command, ["coverage", str(folder), "--plain"])
    told = CliRunner().invoke(command, ["coverage", str(folder), "--plain", "--format", "json"])
    document = json.loads(told.stdout)

    assert text.exit_code == told.exit_code == 1
    assert "BCMA-X25a: never fires" in text.stdout
    assert "BCMA-X24a: never fires" not in text.stdout
    assert document["summary"]["cases"] == 2
    assert document["complete"] is False
