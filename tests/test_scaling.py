"""docs/scaling.md: the questions of the page, asked of the files of a run."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from helpers_registry import ROOT, cohort, knowledge, lines, patient
from pages import blocks

FINDINGS = """\
- id: SMALL-REFRACTORY
  title: Refractory
  kind: finding
  for: refractory
  when: diagnosis.rechecked
  because: B
  basis: expert_judgement
  de: {title: T, because: B}
- id: SMALL-HEART
  title: Heart
  kind: finding
  for: heart_grade
  level: C1
  when: heart.echo.lvef_percent < 50
  because: B
  basis: expert_judgement
  de: {title: T, because: B}
- id: SMALL-TRIAL
  title: Trial
  kind: indicate
  for: clinical_trial
  when: refractory
  because: B
  step: 5
  order: 1
  pathway: P
  basis: expert_judgement
  de: {title: T, because: B}
"""
REFRACTORY = {"diagnosis": {"entity": "dermatomyositis", "rechecked": True}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry judged under a limit of 100 kg, and compared with one of 150 kg."""
    place = tmp_path_factory.mktemp("scaling")
    old = knowledge(place / "old", more=FINDINGS)
    new = knowledge(place / "new", limit=100, more=FINDINGS)
    people = [
        patient("not-graded", **REFRACTORY),
        patient("graded", **REFRACTORY, heart={"echo": {"lvef_percent": 60}}),
        patient("not-refractory", diagnosis={"entity": "dermatomyositis", "rechecked": False}),
        patient(
            "between", **REFRACTORY, demographics={"weight_kg": 120}, heart={"echo": {"lvef_percent": 60}}
        ),
    ]
    done = cohort(
        lines(place / "r.jsonl", people), "-o", place / "out.parquet", "--knowledge", new, "--compare", old,
        "--workers", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return place


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (0, [("between", "ivig", "propose", "excluded", ["SMALL-WEIGHT"])]),
        (1, [("not-graded", "propose")]),
    ],
    ids=["whom the new rule advises otherwise", "refractory, heart not graded, a trial is open"],
)
def test_a_question_of_the_page_is_one_query_over_the_files(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int, found: list[tuple[object, ...]]
) -> None:
    """Run as it stands on the page, in the folder of the run."""
    monkeypatch.chdir(place)
    query = blocks(ROOT / "docs" / "scaling.md", "sql")[number]

    assert duckdb.sql(query).fetchall() == found
