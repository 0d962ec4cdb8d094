"""The knowledge of a git revision, read without the working tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from escalate.files.git_revision import find_revision, revision_folder, split_range
from escalate.problems import UsageError


def git(place: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Reviewer", "-c", "user.email=reviewer@example.org"]
    command = ["git", "-C", str(place), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of a tiny knowledge base, and an uncommitted edit."""
    place = tmp_path / "repository"
    for folder in ("knowledge", "rules"):
        (place / folder).mkdir(parents=True)
    (place / "knowledge" / "version.yaml").write_text("version: 1\n")
    rule = place / "rules" / "heart.yaml"
    git(place, "init", "-q", "-b", "main")
    for text in ("old", "new"):
        rule.write_text(f"{text}\n")
        git(place, "add", ".")
        git(place, "commit", "-q", "-m", text)
    rule.write_text("uncommitted\n")
    return place


def test_a_revision_is_read_without_the_working_tree(repository: Path) -> None:
    """What was committed, while an edit lies uncommitted beside it and stays there."""
    with revision_folder("HEAD~1", repository) as folder:
        read = (folder / "rules" / "heart.yaml").read_text()

    assert read == "old\n"
    assert (repository / "rules" / "heart.yaml").read_text() == "uncommitted\n"
    assert not folder.exists()


def test_knowledge_in_a_folder_of_the_repository(tmp_path: Path, repository: Path) -> None:
    """The knowledge need not stand at the top."""
    inner = repository / "kb"
    inner.mkdir()
    for folder in ("knowledge", "rules"):
        git(repository, "mv", folder, f"kb/{folder}")
    git(repository, "commit", "-q", "-a", "-m", "moved")

    assert find_revision("HEAD", inner).prefix == "kb/"
    assert find_revision("HEAD~1", inner).prefix == ""


def test_three_dots_are_the_common_ancestor(repository: Path) -> None:
    """What a branch changed since it left main, whatever main has become since."""
    left = git(repository, "rev-parse", "HEAD~1")
    git(repository, "commit", "-q", "-a", "-m", "on main")
    git(repository, "branch", "fix", "HEAD~2")

    assert find_revision("main...fix", repository).commit == left


@pytest.mark.parametrize("text", ["nowhere", "--output=x", "-h", ""])
def test_what_is_no_revision_is_named(text: str, repository: Path) -> None:
    """A wrong name is an error of the user, and never an option of git."""
    with pytest.raises(UsageError, match="neither a folder with knowledge/ and rules/ nor a git revision"):
        find_revision(text, repository)


def test_a_folder_outside_any_repository(tmp_path: Path) -> None:
    """git says that there is none, and so do we."""
    with pytest.raises(UsageError, match="not a git repository"):
        find_revision("HEAD", tmp_path)


def test_a_revision_without_knowledge(repository: Path) -> None:
    """A commit from before the rules were there."""
    git(repository, "rm", "-q", "-r", "--cached", "rules")
    git(repository, "commit", "-q", "-m", "no rules")

    with pytest.raises(UsageError, match="holds no `knowledge/` and `rules/`"):
        find_revision("HEAD", repository)


@pytest.mark.parametrize(
    ("text", "ends"),
    [("a..b", ("a", "b")), ("..b", ("HEAD", "b")), ("a...", ("a...HEAD", "HEAD")), ("a", None)],
)
def test_a_range_has_two_ends(text: str, ends: tuple[str, str] | None) -> None:
    """An end that is left out is HEAD."""
    assert split_range(text) == ends
