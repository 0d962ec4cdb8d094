"""The Dockerfile: linted, and it copies what is there; no engine that builds it is at hand here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "Dockerfile"


def test_hadolint_finds_nothing() -> None:
    """Its rules hold, but for pinned Debian packages: a pin would break with every security update."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(hadolint), str(DOCKERFILE)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_not_ignored() -> None:
    """A renamed folder would break the build where nobody looks."""
    copied = [
        name
        for line in re.findall(
            r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE
        )
        for name in line.split()
    ]
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert copied
    assert [name for name in copied if not (ROOT / name).exists() or f"!{name}" not in let_in] == []


def test_the_service_does_not_run_as_root() -> None:
    """The last user named is not root, and comes before the command."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert lines.index("USER 10001") < next(
        n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT")
    )
