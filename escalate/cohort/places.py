"""Whether a run may write where it is asked to: before anything is read, and nothing that somebody needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from escalate.cohort.files import Files, is_folder_of_parts
from escalate.cohort.registry import files_of
from escalate.problems import UsageError
from escalate.texts import _


def check_places(place: Path, files: Files, counts: Sequence[str] = (), mapping: str | None = None) -> None:
    """Hold every file that a run writes against every file that it reads.

    Args:   place, the registry; counts, the files of --attrition, the screen left out.
    Raises: UsageError where one is a file of the registry or the mapping, lies in the folder of the registry
            (the next run would take it for a part of it), is asked for twice, is a folder that no run wrote,
            or, of --attrition, has no folder to stand in.
    """
    read = {path.resolve() for path in files_of(place)}
    if mapping:
        read.add(Path(mapping).resolve())
    inside = place.resolve() if place.is_dir() else None
    taken: set[Path] = set()
    for said, path in _written(files, counts):
        target = path.resolve()
        if target in read:
            raise UsageError(_("{said}: this run reads the file and would write over it").format(said=said))
        if inside is not None and target.is_relative_to(inside):
            message = _("{said} lies in the folder of the registry, {place}; write it somewhere else")
            raise UsageError(message.format(said=said, place=place))
        if target in taken:
            raise UsageError(_("{said}: this run writes the file twice").format(said=said))
        if path.is_dir() and not is_folder_of_parts(path):
            raise UsageError(_("{said} is a folder, and no earlier run wrote it").format(said=said))
        taken.add(target)
    made = files.verdicts.resolve().parent
    for name in counts:
        folder = Path(name).resolve().parent
        if folder != made and not folder.is_dir():
            message = _("--attrition {name}: there is no folder {folder}")
            raise UsageError(message.format(name=name, folder=Path(name).parent))


def _written(files: Files, counts: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """What a run may write, each as it is named to the reader."""
    beside = (files.verdicts, files.patients, files.refused, files.changes, files.exposure)
    yield from ((f"-o {path}", path) for path in beside)
    yield from ((f"--attrition {name}", Path(name)) for name in counts)
