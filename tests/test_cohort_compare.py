"""Whom a change of the knowledge advises otherwise, counted and listed."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from helpers_registry import cohort, knowledge, lines, patient

from escalate.cohort.compare import changes_text, write_changes
from escalate.cohort.engines import DuckDB
from escalate.cohort.judge import Judged
from escalate.library.model import Library


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def done(place: Path) -> Result:
    """A limit that falls from 150 to 100 kg, committed, and three patients on both sides of it."""
    kb = knowledge(place / "kb")
    git = ["git", "-C", str(kb), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "old"]):
        subprocess.run([*git, *command], check=True)
    rules = kb / "rules" / "small.yaml"
    rules.write_text(rules.read_text().replace(">= 150", ">= 100"))
    people = [
        patient("light"),
        patient("between", demographics={"weight_kg": 120}),
        patient("between-with-fever", demographics={"weight_kg": 120}, infection={"fever": True}),
        patient("not-measured", demographics=None, infection=None),
        patient("heavy", demographics={"weight_kg": 160}),
    ]
    registry = lines(place / "r.jsonl", people)
    return cohort(registry, "-o", place / "out.csv", "--knowledge", kb, "--compare", "HEAD", "--workers", 1)


def test_the_patients_whose_verdict_changes_are_listed_with_both_sides(done: Result, place: Path) -> None:
    """Those between the limits, from what to what, by which rules; nobody else."""
    with (place / "out.changes.csv").open(newline="") as table:
        found = [
            (r["patient"], r["therapy"], r["change"], r["old_verdict"], r["new_verdict"], r["new_rules"])
            for r in csv.DictReader(table)
        ]

    assert found == [
        ("between", "ivig", "verdict", "propose", "excluded", "SMALL-WEIGHT"),
        ("between-with-fever", "ivig", "verdict", "deferred", "excluded", "SMALL-WEIGHT"),
    ]


def test_the_changes_are_counted_on_the_screen(done: Result) -> None:
    """In all, and by therapy from what to what."""
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines() == [
        "2 patients get another verdict",
        "0 more the same verdicts for other reasons",
        "0 certainly reach another step of the ladder",
        "  Immunoglobulin IV: deferred -> excluded 1",
        "  Immunoglobulin IV: propose -> excluded 1",
    ]


def test_what_is_neither_folder_nor_revision_is_refused(place: Path, done: Result) -> None:
    """Before anything is read."""
    refused = cohort(
        place / "r.jsonl", "-o", place / "x.csv", "--knowledge", place / "kb", "--compare", "nothing"
    )

    assert "`nothing` is neither a folder with knowledge/ and rules/ nor a git revision" in str(
        refused.exception
    )
    assert not (place / ".x.csv.parts").exists()


def side(folder: Path, verdicts: dict[str, str]) -> Judged:
    """One therapy's verdicts of a run that read these patients."""
    folder.mkdir()
    said = [
        {"patient": who, "therapy": "ivig", "verdict": verdict, "rules": ["R"], "missing": ["f"]}
        for who, verdict in verdicts.items()
    ]
    read = [{"patient": who, "reached_step": 2} for who in verdicts]
    for name, rows in (("verdicts", said), ("patients", read)):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return Judged([folder / "verdicts.parquet"], [folder / "patients.parquet"])


def test_whom_one_side_refused_is_counted_apart_and_gets_no_other_verdict(
    tmp_path: Path, library: Library
) -> None:
    """A patient who could not be read then has no earlier verdict to differ from."""
    old = side(tmp_path / "old", {"both": "propose", "moved": "propose", "old-only": "propose"})
    new = side(
        tmp_path / "new", {"both": "propose", "moved": "excluded", "new-1": "propose", "new-2": "propose"}
    )
    engine = DuckDB(threads=1)
    try:
        found = write_changes(old, new, tmp_path / "work", tmp_path / "c.parquet", engine)
    finally:
        engine.close()

    assert pq.read_table(tmp_path / "c.parquet").column("patient").to_pylist() == ["moved"]
    assert changes_text(found, library).splitlines() == [
        "1 patient gets another verdict",
        "0 more the same verdicts for other reasons",
        "0 certainly reach another step of the ladder",
        "2 were refused by OLD and are not compared",
        "1 was refused by the new knowledge and is not compared",
        "  Immunoglobulin IV: propose -> excluded 1",
    ]
