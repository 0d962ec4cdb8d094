"""The ids of the clinical dossier and the texts of a repository that may hold them."""

from __future__ import annotations

from pathlib import Path

from escalate.audit.trace import Entry, Row, read_entries, trace
from escalate.files.yaml_reader import read_document
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused, UsageError
from escalate.texts import _

IDS = Path("tests/traceability/ids.yaml")
PAGE = Path("docs/traceability.md")
_KINDS = (
    "rules/**/*.yaml",
    "knowledge/**/*.yaml",
    "escalate/**/*.py",
    "tests/*.py",
    "tests/vignettes/**/*.yaml",
)
# What looks at the knowledge, and its tests, name ids as examples.
_NO_HOME = (
    "escalate/_shipped/",
    "escalate/audit/",
    "tests/test_coverage",
    "tests/test_traceability",
    "tests/test_vignettes",
)
_HOME_AFTER_ALL = "escalate/audit/prohibitions.py"


def trace_repository(root: Path, library: Library) -> tuple[Row, ...]:
    """The rows of a checkout.

    Raises: UsageError for a folder without the ids, KnowledgeRefused for ids that cannot be read.
    """
    if not (root / IDS).is_file():
        raise UsageError(
            _("{root} holds no {file}: the trace is made in a checkout of the project").format(
                root=root, file=IDS
            )
        )
    return trace(_entries(root), library, _texts(root))


def _entries(root: Path) -> tuple[Entry, ...]:
    return read_entries(read_document(root / IDS, KnowledgeRefused))


def _texts(root: Path) -> dict[str, str]:
    paths = [path for kind in _KINDS for path in root.glob(kind)]
    paths.append(root / "docs" / "knowledge-notes.md")
    named = {path.relative_to(root).as_posix(): path for path in sorted(paths)}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in named.items()
        if not name.startswith(_NO_HOME) or name == _HOME_AFTER_ALL
    }
