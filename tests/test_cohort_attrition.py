"""Attrition: how many patients are where, closed by what, lacking what, as text, table and picture."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result
from helpers_registry import cohort, knowledge, lines, patient


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attrition")


@pytest.fixture(scope="module")
def done(place: Path) -> Result:
    """Two open, one deferred, one waiting, one excluded, one that is no patient."""
    registry = lines(
        place / "registry.jsonl",
        [
            patient("open-1"),
            patient("open-2"),
            patient("fever", infection={"fever": True}),
            patient("not-asked", infection=None),
            patient("heavy", demographics={"weight_kg": 160}),
            '{"id": ',
        ],
    )
    forms = [f"--attrition={place / name}" for name in ("a.csv", "a.svg", "a.txt")]
    return cohort(
        registry, "-o", place / "out.parquet", "--knowledge", knowledge(place / "kb"), "--workers", 1,
        "--attrition", "-", *forms,
    )  # fmt: skip


def counts(path: Path) -> dict[tuple[str, str, str], int]:
    with path.open(newline="") as table:
        return {(r["about"], r["therapy"], r["what"]): int(r["patients"]) for r in csv.DictReader(table)}


def test_the_table_counts_each_verdict_what_closes_and_what_is_missing(done: Result, place: Path) -> None:
    """Each number can be counted off the registry by hand."""
    found = counts(place / "a.csv")

    assert {key: n for key, n in found.items() if key[1] == "ivig"} == {
        ("closed_by", "ivig", "SMALL-FEVER"): 1,
        ("closed_by", "ivig", "SMALL-WEIGHT"): 1,
        ("missing", "ivig", "infection.fever"): 1,
        ("verdict", "ivig", "propose"): 2,
        ("verdict", "ivig", "data_needed"): 1,
        ("verdict", "ivig", "deferred"): 1,
        ("verdict", "ivig", "excluded"): 1,
    }


def test_the_verdicts_of_a_therapy_add_up_to_the_patients(done: Result, place: Path) -> None:
    """Nobody is lost on the way, and nobody stands twice."""
    found = counts(place / "a.csv")
    therapies = {therapy for about, therapy, _what in found if about == "verdict"}
    sums = {sum(n for (a, t, _w), n in found.items() if (a, t) == ("verdict", one)) for one in therapies}

    assert sums == {5}
    assert sum(n for (about, _t, _w), n in found.items() if about == "step") == 5


def test_the_text_says_the_same_on_the_screen_and_in_the_file(done: Result, place: Path) -> None:
    """With the refused row, the therapy's name, and its reasons beneath it."""
    text = (place / "a.txt").read_text()

    assert done.exit_code == 3
    assert done.stdout == text
    assert text.startswith("5 patients\n1 row was refused\n")
    assert "  propose 2, data_needed 1, deferred 1, excluded 1\n" in text
    assert "  closed by: SMALL-FEVER 1, SMALL-WEIGHT 1\n  waits for: infection.fever 1\n" in text


def test_the_picture_is_svg_with_a_bar_for_each_verdict(done: Result, place: Path) -> None:
    """Readable as XML, and its legend names the verdicts that occur."""
    texts = {one.text for one in ElementTree.parse(place / "a.svg").iter() if one.tag.endswith("}text")}

    assert {"propose", "deferred", "excluded", "data_needed", "5 patients"} <= texts


def test_an_ending_that_is_no_form_is_refused_before_anything_runs(place: Path) -> None:
    """With the endings that are accepted."""
    refused = cohort(place, "-o", place / "x.parquet", "--attrition", "a.pdf")

    assert refused.exit_code != 0
    assert "--attrition a.pdf: the name ends in one of .txt, .csv, .svg, .png, or is -" in str(
        refused.exception
    )
    assert not (place / ".x.parquet.parts").exists()
