"""docs/reviewing-rules.md: every command runs in a repository of its own and prints what stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from pages import run, runs

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reviewing-rules.md"
# One file of vignettes stands for all: the page names one of its cases, and the others only cost time.
VIGNETTES = ("tests/vignettes/V31.yaml", "tests/vignettes/patients")


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


def test_the_page_does_what_it_says(repository: Path) -> None:
    """From branch to verdict, each command with its output and its exit status."""
    runs(PAGE, repository)


@pytest.mark.parametrize("name", ["github.yml", "gitlab-ci.yml"])
def test_the_workflows_call_commands_that_are_there(name: str) -> None:
    """They are YAML, and each `escalate` line in them is one that the command line takes."""
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    called = set(re.findall(r"escalate (kb \w+)((?: --[\w-]+)*)", text))

    assert yaml.safe_load(text)
    assert {"kb check", "kb diff"} == {command for command, _ in called}
    assert "--fail-on loosens" in text
    assert "--format markdown" in text
