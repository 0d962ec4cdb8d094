"""Where the knowledge is found, and how it is read: from YAML, or from what an earlier run made of it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from escalate.files.yaml_reader import read_document
from escalate.library.build import build_library
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused, Problem, Span

_FOLDERS = ("knowledge", "rules")


def load_knowledge(folder: str | PathLike[str] | None = None) -> Library:
    """The knowledge base of a folder that holds `knowledge/` and `rules/`; by default the shipped one.

    Raises: KnowledgeRefused with every problem, sorted by place.
    """
    return build_library(read_knowledge(folder))


def read_knowledge(folder: str | PathLike[str] | None = None) -> Mapping[str, Document]:
    """Every knowledge file by its relative path (`rules/findings/heart.yaml`), unjudged but for its form.

    Raises: KnowledgeRefused where the folder or a file cannot be read.
    """
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for name, path in find_files(folder).items():
        try:
            documents[name] = read_document(path, KnowledgeRefused)
        except KnowledgeRefused as fault:
            problems += fault.problems
    if problems:
        raise KnowledgeRefused(problems)
    return documents


def find_files(folder: str | PathLike[str] | None = None) -> dict[str, Path]:
    """Relative path -> file, sorted. Raises: KnowledgeRefused where there is no knowledge base."""
    root = Path(folder) if folder is not None else shipped()
    missing = [name for name in _FOLDERS if not (root / name).is_dir()]
    if missing:
        raise KnowledgeRefused(
            [
                Problem(
                    Span(str(root / name), 1, 1), "missing-folder", f"there is no folder `{name}` in {root}"
                )
                for name in missing
            ]
        )
    return {
        path.relative_to(root).as_posix(): path
        for name in _FOLDERS
        for path in sorted((root / name).rglob("*.yaml"))
        if path.is_file()
    }


def shipped() -> Path:
    """The folder of the knowledge base that came with the package: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent
