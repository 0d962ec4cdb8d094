"""A FHIR bulk export as one `Entry` a patient: the lines of NDJSON files, gathered by whose they are.

A resource goes to the patient it names, one that names nobody (a Medication) to every patient whose resources
point at it. What is kept in memory is where each line stands, not the line.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from escalate.cohort.registry import Entry
from escalate.fhir.gather import CLINICAL
from escalate.fhir.whose import identifiers, reference_key, subject_of
from escalate.problems import UsageError
from escalate.texts import _

_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\\]+)"')
_Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a resource stands: the number of its file, its line there, and the offset of its first byte."""

    file: int
    number: int
    offset: int


@dataclass(slots=True)
class _Index:
    """Whose each line is."""

    own: dict[str, list[_Line]] = field(default_factory=lambda: defaultdict(list))  # by `Patient/1`
    shared: dict[str, list[_Line]] = field(default_factory=lambda: defaultdict(list))  # by `Medication/1`
    nobodys: list[_Line] = field(default_factory=list)  # of a kind that has a patient, and names none
    led_to: set[_Line] = field(default_factory=set)
    identified: dict[_Identifier, str] = field(default_factory=dict)
    by_identifier: list[tuple[_Identifier, _Line]] = field(default_factory=list)
    broken: list[tuple[_Line, str]] = field(default_factory=list)


def bulk_entries(files: Sequence[Path], root: Path) -> Iterator[Entry]:
    """The patients of an export, as they are first named; then the lines that are nobody's.

    Args:   files, of one export; root, the folder that their names are told from.
    Raises: UsageError where a file cannot be read.
    """
    names = [path.relative_to(root).as_posix() for path in files]
    index = _Index()
    try:
        for number, path in enumerate(files):
            with path.open("rb") as lines:
                _read(lines, number, index)
        for identifier, line in index.by_identifier:
            owner = index.identified.get(identifier)
            if owner is None:
                index.broken.append((line, _("it is of a patient who is not in the export")))
            else:
                index.own[owner].append(line)
        opened = [path.open("rb") for path in files]
        try:
            for own in index.own.values():
                yield _entry(own, index, opened, names)
        finally:
            for one in opened:
                one.close()
    except OSError as fault:
        raise UsageError(_("{place}: {fault}").format(place=root, fault=fault)) from None
    lost = _("it does not say whose it is, and nothing of a patient leads to it")
    index.broken += [(line, lost) for line in index.nobodys if line not in index.led_to]
    for line, why in sorted(index.broken, key=lambda one: (one[0].file, one[0].number)):
        yield Entry(_place(line, names), None, why)


def _read(lines: BinaryIO, file: int, index: _Index) -> None:
    offset = 0
    for number, raw in enumerate(lines, 1):
        line = _Line(file, number, offset)
        offset += len(raw)
        if not raw.strip():
            continue
        try:
            resource = json.loads(raw)
        except (ValueError, RecursionError) as fault:
            index.broken.append((line, _("this is no JSON: {why}").format(why=fault)))
            continue
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            _place_of(resource, line, index)
        else:
            index.broken.append((line, _("it is no resource")))


def _place_of(resource: dict[str, Any], line: _Line, index: _Index) -> None:
    own = f"{resource['resourceType']}/{resource.get('id')}"
    subject = subject_of(resource)
    if resource["resourceType"] == "Patient":
        index.own[own].append(line)
        index.identified |= dict.fromkeys(identifiers(resource), own)
    elif subject is None:
        index.shared[own].append(line)
        if resource["resourceType"] in CLINICAL:
            index.nobodys.append(line)
    elif isinstance(subject.get("reference"), str):
        index.own[reference_key(subject["reference"])].append(line)
    else:
        one = subject.get("identifier")
        named = (str(one.get("system", "")), str(one.get("value", ""))) if isinstance(one, dict) else ("", "")
        index.by_identifier.append((named, line))


def _entry(lines: list[_Line], index: _Index, opened: Sequence[BinaryIO], names: Sequence[str]) -> Entry:
    """The lines of one patient, and every shared resource that they lead to, each once."""
    taken = {line: _bytes(line, opened) for line in lines}
    waiting = list(taken.values())
    while waiting:
        for reference in _REFERENCE.findall(waiting.pop()):
            # Versions of one resource all come along: which of them holds is seen where they are read.
            for line in index.shared.get(reference_key(reference.decode("utf-8", "replace")), ()):
                if line not in taken:
                    taken[line] = _bytes(line, opened)
                    waiting.append(taken[line])
    index.led_to.update(taken)
    raw = b"\n".join(one.strip() for one in taken.values()) + b"\n"
    return Entry(_place(lines[0], names), raw, places=tuple(_place(line, names) for line in taken))


def _bytes(line: _Line, opened: Sequence[BinaryIO]) -> bytes:
    opened[line.file].seek(line.offset)
    return opened[line.file].readline()


def _place(line: _Line, names: Sequence[str]) -> str:
    return f"{names[line.file]}:{line.number}"
