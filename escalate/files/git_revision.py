"""The knowledge of a git revision as a folder of its own; the working tree is neither touched nor looked at.

with revision_folder("main", Path.cwd()) as folder:
    library = load_knowledge(folder)
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from escalate.problems import UsageError
from escalate.texts import _

# What of a revision is laid out, as far as it is there: the knowledge, and what is run against it.
_PARTS = ("knowledge", "rules", "examples", "tests/vignettes", "tests/cohort")
_NEEDED = _PARTS[:2]


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit of one repository, and the folder inside it that holds `knowledge/` and `rules/`."""

    text: str  # as it was asked for: `main`, `HEAD~1`
    commit: str  # its full name
    repository: Path
    prefix: str  # `` or `path/inside/`


def split_range(text: str) -> tuple[str, str] | None:
    """The two ends of `OLD..NEW` and `OLD...NEW`; an end that is left out is HEAD. None for anything else.

    `OLD...NEW` is what NEW changed since it left OLD, as on the page of a pull request: its first end comes
    back as `OLD...NEW` and stands for the common ancestor.

    >>> split_range("main..HEAD"), split_range("main.."), split_range("main...fix"), split_range("main")
    (('main', 'HEAD'), ('main', 'HEAD'), ('main...fix', 'fix'), None)
    """
    for dots in ("...", ".."):
        old, found, new = text.partition(dots)
        if found and not os.path.isdir(text):
            old, new = old or "HEAD", new or "HEAD"
            return (f"{old}...{new}" if dots == "..." else old), new
    return None


def find_revision(text: str, inside: Path) -> Revision:
    """The commit that a text names in the repository around `inside`.

    Args:   text, anything `git rev-parse` takes for a commit, or `A...B` for their common ancestor;
            inside, a folder of the repository; the knowledge of the revision stands there, else at the top.
    Raises: UsageError where there is no repository, no such revision, or no knowledge in it.
    """
    top = Path(_git(inside, "rev-parse", "--show-toplevel"))
    left, dots, right = text.partition("...")
    if dots:
        commit = _git(inside, "merge-base", "--end-of-options", left, right, naming=text)
    else:
        # The mark ends the options: a revision cannot pass for one.
        commit = _git(
            inside, "rev-parse", "--verify", "--end-of-options", f"{text}^{{commit}}", naming=text
        ).splitlines()[-1]
    here = _git(inside, "rev-parse", "--show-prefix")
    for prefix in dict.fromkeys((here, "")):
        names = _git(top, "ls-tree", "--name-only", commit, *(f"{prefix}{name}" for name in _NEEDED))
        if len(names.splitlines()) == len(_NEEDED):
            return Revision(text, commit, top, prefix)
    raise UsageError(
        _("`{revision}` holds no `knowledge/` and `rules/` in {place}").format(
            revision=text, place=here or top
        )
    )


@contextmanager
def revision_folder(text: str, inside: Path) -> Iterator[Path]:
    """A temporary folder with `knowledge/` and `rules/` of a revision, and its vignettes, examples and
    reference cohort where it has them; gone at the end of the block.

    Raises: UsageError as `find_revision`.
    """
    with temporary_folder() as place:
        lay_out(find_revision(text, inside), place)
        yield place


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder that is gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="escalate-") as place:
        yield Path(place)


def lay_out(revision: Revision, place: Path) -> None:
    """Write the parts of a revision below `place`; only plain files, whatever the archive says."""
    tree = f"{revision.commit}:{revision.prefix}"
    held = _git(revision.repository, "ls-tree", "-r", "--name-only", "-z", tree).split("\0")
    parts = [part for part in _PARTS if any(name.startswith(f"{part}/") for name in held)]
    packed = _run(revision.repository, "archive", "--format=tar", tree, *parts)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            target = place / member.name
            if not member.isfile() or not target.resolve().is_relative_to(place.resolve()):
                continue
            content = archive.extractfile(member)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read() if content is not None else b"")


def _git(inside: Path, *arguments: str, naming: str | None = None) -> str:
    return _run(inside, *arguments, naming=naming).decode("utf-8", "replace").strip()


def _run(inside: Path, *arguments: str, naming: str | None = None) -> bytes:
    """The output of one git command; raises UsageError with what git said."""
    try:
        done = subprocess.run(
            ["git", "-C", str(inside), *arguments],
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError as fault:
        raise UsageError(_("git cannot be run: {why}").format(why=fault.strerror)) from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    why = said[0].removeprefix("fatal: ") if said else ""
    if naming is not None:
        raise UsageError(
            _(
                "`{revision}` is neither a folder with knowledge/ and rules/ nor a git revision: {why} (a "
                "shallow clone holds few revisions: fetch more of the history)"
            ).format(revision=naming, why=why or _("no common ancestor"))
        )
    raise UsageError(_("git in {folder}: {why}").format(folder=inside, why=why))
