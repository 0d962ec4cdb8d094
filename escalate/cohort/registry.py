"""The documents of a registry: patient files of a folder, or the lines of JSON Lines."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from escalate.files.patient_file import patient_bytes
from escalate.problems import PatientRefused, Problem, Span, UsageError
from escalate.texts import _

PATIENT_FILES = (".yaml", ".yml", ".json")
_LINES = (".jsonl", ".jsonl.gz")
BULK = ".ndjson"  # a FHIR bulk export


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient document. `row` says where it stands: the file, or the file and its line.

    `raw` is None where the file could not even be read; `problem` says why then. `places` says of each
    line of `raw` where it comes from, if it was gathered from several.
    """

    row: str
    raw: bytes | None
    problem: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not in the table, and why."""

    row: str
    reason: str


def files_of(place: Path) -> list[Path]:
    """The files of a registry by name; what is hidden, or lies in a hidden folder, is none of them."""
    if not place.is_dir():
        return [place]
    files = (path for path in place.rglob("*") if path.is_file())
    return sorted(p for p in files if not any(n.startswith(".") for n in p.relative_to(place).parts))


def is_document(path: Path) -> bool:
    """Whether a file holds patients as documents: a patient file, JSON Lines, or a bulk export."""
    return is_lines(path) or path.suffix.lower() in (*PATIENT_FILES, BULK)


def entries(place: Path) -> Iterator[Entry]:
    """Every patient document, files in the order of their names, lines in theirs.

    A FHIR bulk export (`.ndjson`) comes last: whose a resource is is known when all of them were seen.

    Args:   place, a folder of `.yaml`, `.json`, `.jsonl[.gz]` and `.ndjson` files, or one of the latter two.
    Raises: UsageError where there is nothing of that kind.
    """
    from escalate.cohort.bulk import bulk_entries

    if place.is_dir():
        files = [path for path in files_of(place) if is_document(path)]
        exported = [path for path in files if path.suffix.lower() == BULK]
        readable = [path for path in files if path.suffix.lower() != BULK]
        if not readable and not exported:
            message = _("{place} holds no patient file (.yaml, .json, .jsonl, .ndjson)")
            raise UsageError(message.format(place=place))
        for path in readable:
            name = path.relative_to(place).as_posix()
            yield from _lines(path, name) if is_lines(path) else (_file(path, name),)
        yield from bulk_entries(exported, place)
    elif place.suffix.lower() == BULK:
        yield from bulk_entries([place], place.parent)
    elif is_lines(place):
        yield from _lines(place, place.name)
    else:
        raise UsageError(_("{place} is neither a folder nor JSON Lines").format(place=place))


def is_lines(path: Path) -> bool:
    """Whether a file holds one patient per line."""
    return path.name.lower().endswith(_LINES)


def _file(path: Path, name: str) -> Entry:
    try:
        return Entry(name, patient_bytes(path))
    except PatientRefused as refused:
        return Entry(name, None, reason_of(refused))


def _lines(path: Path, name: str) -> Iterator[Entry]:
    try:
        with path.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if path.suffix.lower() == ".gz" else raw
            for number, line in enumerate(io.BufferedReader(packed), start=1):
                if line.strip():
                    yield Entry(f"{name}:{number}", line)
    except (OSError, EOFError, zlib.error) as fault:
        raise UsageError(_("{place}: {fault}").format(place=path, fault=fault)) from None


def reason_of(refused: PatientRefused, places: Sequence[str] = ()) -> str:
    """Why a document was refused, in one line: every problem with its code and place."""
    return "; ".join(_said(problem, places) for problem in refused.problems)


def _said(problem: Problem, places: Sequence[str]) -> str:
    at: Span = problem.at
    line = places[at.line - 1] if 0 < at.line <= len(places) else str(at.line)
    return f"{line}:{at.column}: {problem.code}: {problem.message}"
