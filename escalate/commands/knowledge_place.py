"""A knowledge base named on the command line: a folder, or a git revision that is laid out for the while."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from escalate.problems import UsageError
from escalate.texts import _


def knowledge_folder(text: str, inside: Path, stack: ExitStack) -> Path:
    """The folder that a text names; a folder with knowledge goes before a revision of that name.

    Args:   inside, a folder of the repository; stack, at whose end what was laid out is gone.
    Raises: UsageError where the text names neither.
    """
    from escalate.files.git_revision import find_revision, lay_out, temporary_folder

    if text and is_knowledge(Path(text)):
        return Path(text)
    try:
        revision = find_revision(text, inside)
    except UsageError:
        if text and Path(text).is_dir():
            raise UsageError(_("`{folder}` holds no `knowledge/` and `rules/`").format(folder=text)) from None
        raise
    place = stack.enter_context(temporary_folder())
    lay_out(revision, place)
    return place


def is_knowledge(folder: Path) -> bool:
    """Whether a folder holds a knowledge base."""
    return (folder / "knowledge").is_dir() and (folder / "rules").is_dir()
