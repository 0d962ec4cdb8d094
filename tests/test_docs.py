"""The pages of docs/: their commands run and print what stands there, examples read, the site builds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import blocks, commands, runs

from escalate import load_knowledge, load_patient
from escalate.library.model import Library

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ELSEWHERE = {"reviewing-rules.md"}  # runs in a repository of its own: test_reviewing_rules.py
PAGES = sorted(p for p in DOCS.rglob("*.md") if p.name not in ELSEWHERE and any(commands(p)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as a reader has it: the examples, the knowledge, and a first patient of one's own."""
    for name in ("examples", "knowledge", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    first = blocks(DOCS / "quick-start.md", "yaml")[0]
    (tmp_path / "first.yaml").write_text(first, encoding="utf-8")
    shutil.copy(ROOT / "examples" / "refractory-antisynthetase.yaml", tmp_path / "patient.yaml")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_commands_of_a_page_do_what_it_says(page: Path, place: Path) -> None:
    """Each command with its output and its exit status, one after another in one folder."""
    runs(page, place)


@pytest.mark.parametrize("number", range(len(blocks(DOCS / "patient-file.md", "yaml"))))
def test_the_parts_of_a_patient_file_read(library: Library, tmp_path: Path, number: int) -> None:
    """Each example of the page on patient files is accepted as it stands."""
    path = tmp_path / "patient.yaml"
    part = blocks(DOCS / "patient-file.md", "yaml")[number]
    path.write_text(f"schema: escalate/patient/v1\nid: example\n{part}", encoding="utf-8")

    assert load_patient(path, library).id == "example"


def test_the_example_of_a_rule_loads(place: Path) -> None:
    """The rule that an author copies is one that the knowledge base accepts."""
    (place / "rules" / "example.yaml").write_text(
        blocks(DOCS / "rule-authors.md", "yaml")[0], encoding="utf-8"
    )

    assert "EXAMPLE-PLATELETS" in {rule.id for rule in load_knowledge(place).rules}


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Every link between pages leads somewhere, and every page stands in the contents."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            str(DOCS),
            str(tmp_path / "site"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix()
)
def test_the_tests_that_a_page_names_are_there(page: Path) -> None:
    """A page that says `held by tests/x.py::test_y` names a file, and a test in it."""
    gone = []
    for name, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8")):
        file = ROOT / name
        if not file.is_file() or (test and f"def {test}(" not in file.read_text(encoding="utf-8")):
            gone.append(f"{name}::{test}")

    assert gone == []


def test_every_benchmark_is_part_of_the_suite() -> None:
    """`make bench` runs them all, and the page tells of each."""
    known = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - {"suite"}
    suite = (ROOT / "benchmarks" / "suite.py").read_text(encoding="utf-8")
    parts = re.findall(r'^    "(\w+)": "', suite, re.MULTILINE)

    assert set(parts) == known
