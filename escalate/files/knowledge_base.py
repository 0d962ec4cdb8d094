"""Where the knowledge is found, and how it is read: from YAML, or from what an earlier run made of it.

Places in the knowledge are named relative to its folder (`rules/findings/heart.yaml:28:26`), so that a
checkout and an installed wheel say the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from escalate.files import knowledge_cache
from escalate.files.safe_bytes import read_bytes
from escalate.library.digest import digest
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused, Problem, Span
from escalate.texts import _

if TYPE_CHECKING:
    from os import PathLike

_FOLDERS = ("knowledge", "rules")


def load_knowledge(
    folder: str | PathLike[str] | None = None,
    language: str = "en",
    overlay: str | PathLike[str] | None = None,
) -> Library:
    """The knowledge base of a folder that holds `knowledge/` and `rules/`; by default the shipped one.

    Its texts for people are in `language`, one of `escalate.texts.LANGUAGES`; `overlay` is a folder with a
    centre's own stricter limits (escalate/library/overlay.py).

    Raises: KnowledgeRefused with every problem, sorted by place.
    """
    files = _read_files(folder)
    if overlay is not None:
        files |= _read_overlay(overlay)
    known = knowledge_cache.load(
        digest({name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}), language
    )
    if known is not None:
        return known
    from escalate.library.build import build_library

    library = build_library(_documents(files), language)
    knowledge_cache.save(library)
    return library


def overlay_digest(folder: str | PathLike[str]) -> str:
    """`sha256:...` of an overlay alone, over its own files; raises KnowledgeRefused as `load_knowledge`."""
    return digest({name: hashlib.sha256(raw).hexdigest() for name, raw in _read_overlay(folder).items()})


def read_knowledge(folder: str | PathLike[str] | None = None) -> Mapping[str, Document]:
    """Every knowledge file by its relative path, unjudged but for its form.

    Raises: KnowledgeRefused where the folder or a file cannot be read.
    """
    return _documents(_read_files(folder))


def differing_documents(
    old: str | PathLike[str], new: str | PathLike[str]
) -> tuple[dict[str, Document], dict[str, Document]]:
    """The files of two knowledge bases that are not byte for byte the same, by relative path.

    Raises: KnowledgeRefused where a folder or one of these files cannot be read.
    """
    before, after = _read_files(old), _read_files(new)
    same = {name for name in before if before[name] == after.get(name)}
    return (
        _documents({name: raw for name, raw in before.items() if name not in same}),
        _documents({name: raw for name, raw in after.items() if name not in same}),
    )


def documents_named(folder: str | PathLike[str] | None, names: Iterable[str]) -> dict[str, Document]:
    """Single files of a knowledge base, as far as they are there."""
    files = _read_files(folder)
    return _documents({name: files[name] for name in names if name in files})


def _read_files(folder: str | PathLike[str] | None) -> dict[str, bytes]:
    """The bytes of each file by its relative path, sorted."""
    root = Path(folder) if folder is not None else shipped_folder()
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in _FOLDERS:
        if not (root / name).is_dir():
            message = _("`{root}` holds no folder `{name}`").format(root=root, name=name)
            problems.append(Problem(Span(name, 1, 1), "missing-folder", message))
    for relative in sorted(_paths(root)):
        raw = read_bytes(root / relative, relative)
        if isinstance(raw, Problem):
            problems.append(raw)
        else:
            files[relative] = raw
    if problems:
        raise KnowledgeRefused(problems)
    return files


def _read_overlay(folder: str | PathLike[str]) -> dict[str, bytes]:
    """The files of an overlay, below `overlay/`; raises KnowledgeRefused where they cannot be read."""
    root = Path(folder)
    if not (root / "overlay.yaml").is_file():
        at = Span(str(folder), 1, 1)
        help_ = _("an overlay is a folder with `overlay.yaml` and, for rules of its own, `rules/*.yaml`")
        message = _("`{folder}` holds no `overlay.yaml`").format(folder=folder)
        raise KnowledgeRefused([Problem(at, "missing-file", message, help_)])
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for relative in ["overlay.yaml", *sorted(_paths(root, ("rules",)))]:
        raw = read_bytes(root / relative, str(root / relative))
        if isinstance(raw, Problem):
            problems.append(raw)
        else:
            files[f"overlay/{relative}"] = raw
    if problems:
        raise KnowledgeRefused(problems)
    return files


def _paths(root: Path, folders: tuple[str, ...] = _FOLDERS) -> list[str]:
    found: list[str] = []
    for name in folders:
        for folder, _folders, names in os.walk(root / name):
            inside = Path(folder).relative_to(root).as_posix()
            found += [f"{inside}/{one}" for one in names if one.endswith(".yaml")]
    return found


def _documents(files: Mapping[str, bytes]) -> dict[str, Document]:
    from escalate.files.yaml_reader import read_raw

    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for name, raw in files.items():
        try:
            documents[name] = read_raw(raw, name, KnowledgeRefused)
        except KnowledgeRefused as fault:
            problems += fault.problems
    if problems:
        raise KnowledgeRefused(problems)
    return documents


def shipped_folder() -> Path:
    """The folder of the knowledge base that came with the package: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent
