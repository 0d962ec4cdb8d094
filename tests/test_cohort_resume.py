"""A run that dies goes on where it stopped, with the same rows; one that was asked otherwise does not."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers_registry import cohort, knowledge, lines, patient

from escalate import load_knowledge
from escalate.cohort.engines import DuckDB
from escalate.cohort.files import Files
from escalate.cohort.judge import FactsFile, judge
from escalate.cohort.resume import begin, registry_digest
from escalate.problems import UsageError
from tests.conftest import TODAY

PATIENTS = 120


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return knowledge(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients who differ, a refused one among the first and one among the last."""
    people = [patient(f"p{n:03}", demographics={"weight_kg": 60 + n}) for n in range(PATIENTS)]
    place = tmp_path_factory.mktemp("registry") / "registry.jsonl"
    return lines(place, [*people[:1], '{"id": ', *people[1:], '{"id": '])


def rows(out: Path) -> list[dict[str, object]]:
    return pq.read_table(out).to_pylist()


def arguments(registry: Path, out: Path, small: Path) -> list[str]:
    part = ["--part", "2", "--workers", "1", "--knowledge", str(small)]
    return [str(registry), "-o", str(out), "--as-of", "2026-10-12", *part]


def test_a_run_that_was_killed_goes_on_and_gives_the_same_rows(
    registry: Path, small: Path, tmp_path: Path
) -> None:
    """Killed with -9 among its parts: no output, no half file taken for a part, and nothing done twice."""
    out = tmp_path / "out.parquet"
    parts = tmp_path / ".out.parquet.parts"
    command = [sys.executable, "-m", "escalate", "cohort", *arguments(registry, out, small)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
        while len(list(parts.glob("facts-*.parquet"))) < 3 and run.poll() is None:
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
    left = {path: path.stat().st_mtime_ns for path in parts.glob("facts-*.parquet")}

    assert run.returncode == -signal.SIGKILL
    assert 3 <= len(left) < PATIENTS // 2
    assert not out.exists()

    resumed = cohort(*arguments(registry, out, small), "--resume")
    whole = cohort(*arguments(registry, tmp_path / "whole.parquet", small))

    assert f"{len(left)} parts were there already, of 61" in resumed.stderr
    assert (resumed.exit_code, whole.exit_code) == (3, 3)
    assert rows(out) == rows(tmp_path / "whole.parquet")
    assert rows(out.with_name("out.patients.parquet")) == rows(tmp_path / "whole.patients.parquet")
    refused = [tmp_path / f"{name}.refused.csv" for name in ("out", "whole")]
    assert refused[0].read_text() == refused[1].read_text() != ""
    assert not parts.exists()


def test_a_partition_that_was_judged_is_not_judged_again(small: Path, tmp_path: Path) -> None:
    """Each partition of the verdicts is whole or absent; only the absent one is asked for anew."""
    library = load_knowledge(small)
    facts = []
    for number in range(3):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"patient": [f"a{number}", f"b{number}"]}), path)
        facts.append(FactsFile(path, 2))
    engine = DuckDB(threads=1)
    try:
        judge(facts, tmp_path / "work", library, engine, size=2)
        gone = tmp_path / "work" / "verdicts-000001.parquet"
        before = pq.read_table(gone)
        gone.unlink()
        stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir()}
        judged = judge(facts, tmp_path / "work", library, engine, size=2)
    finally:
        engine.close()

    assert [path.name for path in judged.verdicts] == [f"verdicts-{n:06}.parquet" for n in range(3)]
    assert pq.read_table(gone) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


ASKED = {"registry": "r", "knowledge": "k", "--as-of": "2026-10-12", "version": "1"}


@pytest.mark.parametrize(
    ("name", "said"),
    [("registry", "the registry"), ("knowledge", "the knowledge"), ("--as-of", "--as-of")],
)
def test_a_run_that_was_asked_otherwise_does_not_go_on(tmp_path: Path, name: str, said: str) -> None:
    """Changed input, knowledge or options: the message says which, and what was done stays."""
    files = Files.of(str(tmp_path / "out.parquet"))
    begin(files, ASKED, TODAY, resume=False)
    (files.work / "facts-000000.parquet").touch()

    with pytest.raises(
        UsageError, match=rf"--resume: changed since that run began: {said}; without --resume"
    ):
        begin(files, ASKED | {name: "another"}, TODAY, resume=True)
    assert (files.work / "facts-000000.parquet").exists()


def test_a_run_that_goes_on_keeps_the_day_on_which_it_began(tmp_path: Path) -> None:
    """A patient file without a day is assessed on it, in the first part and in the last."""
    files = Files.of(str(tmp_path / "out.parquet"))
    begin(files, ASKED, TODAY, resume=False)

    assert begin(files, ASKED, TODAY.replace(year=TODAY.year + 1), resume=True) == TODAY


def test_without_resume_a_run_begins_anew(tmp_path: Path) -> None:
    """Parts that lie about are of no use to it."""
    files = Files.of(str(tmp_path / "out.parquet"))
    begin(files, ASKED, TODAY, resume=False)
    (files.work / "facts-000000.parquet").touch()
    begin(files, ASKED, TODAY, resume=False)

    assert [path.name for path in files.work.iterdir()] == ["asked.json"]


@pytest.mark.parametrize("change", ["content", "name", "one more"])
def test_a_registry_is_known_by_its_names_and_bytes(tmp_path: Path, change: str) -> None:
    """A value that changed, a file that is called otherwise, a file that came."""
    lines(tmp_path / "a.jsonl", [patient("a")])
    before = registry_digest(tmp_path)
    if change == "content":
        lines(tmp_path / "a.jsonl", [patient("b")])
    elif change == "name":
        (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    else:
        lines(tmp_path / "b.jsonl", [patient("b")])

    assert registry_digest(tmp_path) != before


@pytest.mark.parametrize("plain", [False, True])
def test_progress_is_shown_on_a_terminal_and_not_with_plain(small: Path, tmp_path: Path, plain: bool) -> None:
    """How many were read and judged, on a line that is gone in the end."""
    place = lines(tmp_path / "r.jsonl", [patient("a")])
    master, terminal = pty.openpty()
    out = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "escalate", "cohort", *arguments(place, out, small)]
    try:
        done = subprocess.run([*command, *(["--plain"] if plain else [])], stderr=terminal, check=False)
    finally:
        os.close(terminal)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:
        pass  # the terminal is closed: everything was read
    finally:
        os.close(master)

    assert done.returncode == 0
    assert bool(re.search(rb"read +1", re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", said))) is not plain
    assert out.exists()
