"""docs/reviewing-rules.md: every command runs in a repository of its own and prints what stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reviewing-rules.md"
# One file of vignettes stands for all: the page names one of its cases, and the others only cost time.
VIGNETTES = ("tests/vignettes/V31.yaml", "tests/vignettes/patients")
_LEFT_OUT = "..."
_STATUS = re.compile(r"\[exit status (\d+)\]")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The shipped knowledge as the first commit of `main`."""
    for name in ("knowledge", "rules", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in VIGNETTES:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target)
        else:
            shutil.copy(ROOT / name, target)
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    for line in (
        "git init --quiet --initial-branch main",
        "git config user.name Reviewer",
        "git config user.email reviewer@example.org",
        "git add .",
        "git commit --quiet --message 'The rules as they are'",
    ):
        run(line, tmp_path)
    return tmp_path


def run(line: str, place: Path) -> tuple[int, list[str]]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of the page, with the lines that are printed under it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *printed = command.splitlines()
            yield line, printed


def first_missing(expected: list[str], printed: list[str]) -> str | None:
    """The first expected line that does not follow; lines may only be left out where the page says so."""
    place, gap = 0, False
    for line in expected:
        if line == _LEFT_OUT:
            gap = True
            continue
        if gap and line in printed[place:]:
            place = printed.index(line, place)
        if place >= len(printed) or printed[place] != line:
            return line
        place, gap = place + 1, False
    return None


def test_the_page_does_what_it_says(repository: Path) -> None:
    """From branch to verdict, each command with its output and its exit status."""
    for line, expected in commands():
        status = next((int(hit[1]) for text in expected if (hit := _STATUS.fullmatch(text))), 0)
        code, printed = run(line, repository)
        missing = first_missing([text for text in expected if not _STATUS.fullmatch(text)], printed)

        assert (line, code, missing) == (line, status, None), "\n".join(printed)


@pytest.mark.parametrize("name", ["github.yml", "gitlab-ci.yml"])
def test_the_workflows_call_commands_that_are_there(name: str) -> None:
    """They are YAML, and each `escalate` line in them is one that the command line takes."""
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    called = set(re.findall(r"escalate (kb \w+)((?: --[\w-]+)*)", text))

    assert yaml.safe_load(text)
    assert {"kb check", "kb diff"} == {command for command, _ in called}
    assert "--fail-on loosens" in text
    assert "--format markdown" in text
