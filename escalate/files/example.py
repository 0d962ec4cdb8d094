"""The invented patient that comes with the package, so that a page has something to open."""

from __future__ import annotations

from escalate.files.knowledge_base import shipped_folder

NAME = "refractory-antisynthetase.yaml"


def example_bytes() -> bytes | None:
    """The file, as in `examples/`; None where it was not shipped."""
    path = shipped_folder() / "examples" / NAME
    return path.read_bytes() if path.is_file() else None
