"""The command as a shell sees it: where the answer goes, and what a misspelt call says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from escalate.options.ask import ask_for
from escalate.report.layout import Page

ROOT = Path(__file__).parent.parent
HEAD = "schema: escalate/patient/v1\nid: case-1\nassessed_on: 2026-10-12\n"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "escalate", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which `escalate` is the command; the status is that of the first in a pipe."""
    script = f'escalate() {{ "{sys.executable}" -m escalate "$@"; }}; {line}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", script],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good patient file and a refused one."""
    (tmp_path / "p.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(HEAD + "lung: {ild: maybe}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("escalate new > /dev/full", 2, "could not be written: No space left"),
        ("escalate new >&-", 2, "standard output is closed"),
        ("escalate check bad.yaml 2> /dev/full", 2, ""),
        ("escalate schema patient | true", 141, ""),
        ("escalate new -o x", 2, "No such option"),
        ("escalate assess p.yaml -o ''", 2, "empty"),
        ("escalate assess p.yaml -o none/report.txt", 2, "No such file or directory"),
        ("escalate assess p.yaml -o /dev/full", 2, "No space left"),
    ],
)
def test_an_answer_that_cannot_be_written_is_no_fault_of_the_rules(
    folder: Path, line: str, status: int, said: str
) -> None:
    """A full disk, a closed screen and a reader that has gone are said in a line, or not at all."""
    done = shell(line, folder)

    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr
    assert "internal-fault" not in done.stderr


def test_an_output_file_is_replaced_whole_and_a_link_or_device_stays_what_it_is(folder: Path) -> None:
    """A link keeps pointing where it did, a file keeps who may read it, nothing half is left."""
    (folder / "real.txt").write_text("old", encoding="utf-8")
    (folder / "real.txt").chmod(0o640)
    (folder / "link.txt").symlink_to("real.txt")
    before = set(os.listdir(folder))

    assert run("assess", "p.yaml", "-o", "link.txt", cwd=folder).returncode == 0
    assert shell("escalate assess p.yaml -o /dev/stdout | cat", folder).stdout.startswith("escalate")

    assert (folder / "link.txt").is_symlink()
    assert (folder / "real.txt").read_text(encoding="utf-8").startswith("escalate")
    assert stat.S_IMODE((folder / "real.txt").stat().st_mode) == 0o640
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)
    assert set(os.listdir(folder)) == before


@pytest.mark.parametrize("spelling", ["ivig", "IVIG", "Tecvayli", "Tofacitinib"])
def test_a_therapy_is_asked_for_as_a_file_writes_it(folder: Path, spelling: str) -> None:
    """Its id, an abbreviation or a brand name."""
    assert run("explain", "p.yaml", spelling, cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("spelling", "said"),
    [
        ("CTX", "cyclophosphamide or"),
        ("teclistimab", "did you mean `teclistamab`"),
        ("leflunomide", "a drug of the history"),
    ],
)
def test_a_therapy_that_is_not_one_is_wrong_use(folder: Path, spelling: str, said: str) -> None:
    """With what was meant, where that can be told."""
    for arguments in (("explain", "p.yaml", spelling), ("assess", "p.yaml", "--option", spelling)):
        done = run(*arguments, cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr


@pytest.mark.parametrize("day", ["2026-02-30", "20260101", "2026-W01-1", "0001-01-01", "9999-12-31", "", "x"])
def test_as_of_takes_the_days_that_a_file_takes(folder: Path, day: str) -> None:
    """One spelling, in years that are no typing error."""
    done = run("check", "p.yaml", "--as-of", day, cwd=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert "YYYY-MM-DD" in done.stderr


def test_a_check_counts_what_it_read_and_names_overrides_that_concern_nothing(folder: Path) -> None:
    """A list that fell out of the file is seen, and so is a rule id with a typing error."""
    (folder / "p.yaml").write_text(
        HEAD + "antibodies: [{name: Jo-1}]\ntherapies: []\nlung: {ild: yes}\n"
        'overrides: [{rule: "\\e[1mX99", therapy: teclistamab}, {rule: BCMA-X04}]\n',
        encoding="utf-8",
    )
    done = run("check", "p.yaml", cwd=folder)

    assert "1 field, 1 antibody, 0 lines of therapy" in done.stdout
    assert "overrides[0] concerns nothing: `\\x1b[1mX99` is no rule" in done.stdout
    assert "overrides[1] concerns nothing: its therapy is not given" in done.stdout


def test_notes_are_shown_and_harmless(folder: Path) -> None:
    """In text and JSON, with what a terminal would obey written out; `explain` keeps the id as it is."""
    (folder / "p.yaml").write_text(
        HEAD + 'note: "seen \\e[31m<b>twice"\n'
        "therapies: [{drug: MTX, started_on: 2026-06-01, note: hidden_by_the_day},\n"
        '  {drug: MMF, started_on: 2026-01-01, note: "from \\u202Eletter"}]\n',
        encoding="utf-8",
    )
    for fmt in ("text", "json"):
        done = run("assess", "p.yaml", "--format", fmt, "--as-of", "2026-03-01", cwd=folder)
        shown = done.stdout.replace("\\\\", "\\")
        assert "hidden_by_the_day" not in shown
        assert "seen \\x1b[31m<b>twice" in shown
        assert "from \\u202eletter" in shown
    assert "Patient case-1," in run("explain", "p.yaml", "ivig", cwd=folder).stdout


def test_a_place_keeps_its_line_whatever_the_file_is_called() -> None:
    """Only the name before a place is left out, not the same letters inside one."""
    page = Page(file="3")
    page.line("value (3:13:5, 3:3:53), ratio 3:1, at 13:5")

    assert page.text() == "value (13:5, 3:53), ratio 3:1, at 13:5\n"


def test_an_antibody_that_is_missing_is_asked_for_in_words() -> None:
    """`antibodies[MDA5]` is no field that a clinician knows; an entry of the list keeps its path."""
    assert ask_for("antibodies[MDA5]", {}) == "Antibody test: MDA5, positive or negative"
    assert ask_for("antibodies[0].strength", {}) == "antibodies[0].strength"
