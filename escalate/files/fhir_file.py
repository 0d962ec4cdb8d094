"""FHIR from files: a Bundle, a prefetch or a resource as JSON, a bulk export as NDJSON, or a folder of it."""

from __future__ import annotations

import hashlib
from datetime import date
from os import PathLike, fspath
from pathlib import Path

from escalate.fhir.gather import Gathered, gather
from escalate.fhir.model import Item, Understood
from escalate.fhir.read import read_bundle, read_patients
from escalate.files.fhir_json import parsed, places, text_of
from escalate.files.patient_file import RECORD_LIMIT
from escalate.files.safe_bytes import read_bytes
from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _, speaking

_PROBLEMS = 100


def understood_of(raw: bytes, name: str, library: Library, today: date) -> Understood:
    """The one patient of a file's bytes. Raises: PatientRefused."""
    with speaking(library.language):
        digest = hashlib.sha256(raw).hexdigest()
        text = text_of(raw, name)
        if _is_lines(text):
            gathered = Gathered()
            _take_lines(gathered, text, name, "")
            found = read_patients(gathered, library, today=today, name=name, sha256=digest)
            return _only(found, name)
        value = parsed(text, name)
        return read_bundle(value, library, today=today, name=name, sha256=digest, places=places(text, name))


def patient_from(
    understood: Understood, library: Library, *, today: date, as_of: date | None = None
) -> Patient:
    """The patient of what was understood, read and checked as a patient file is. Raises: PatientRefused."""
    with speaking(library.language):
        return read_patient(understood.patient_document, library, today=today, as_of=as_of)


def understood_in(path: str | PathLike[str], library: Library, today: date) -> tuple[Understood, ...]:
    """Every patient of a file (JSON or NDJSON), or of a folder of NDJSON files.

    Raises: PatientRefused with every problem.
    """
    with speaking(library.language):
        root, name = Path(path), fspath(path)
        files = sorted(root.glob("*.ndjson")) if root.is_dir() else [root]
        if not files:
            message = _("the folder holds no file that ends in .ndjson")
            raise PatientRefused([Problem(Span(name, 1, 1), "no-such-file", message)])
        gathered, digest = Gathered(), hashlib.sha256()
        for file in files:
            raw = _bytes(file)
            digest.update(hashlib.sha256(raw).digest() if len(files) > 1 else raw)
            text = text_of(raw, fspath(file))
            if root.is_dir() or _is_lines(text):
                _take_lines(gathered, text, fspath(file), f"{file.name} " if root.is_dir() else "")
            else:
                value = parsed(text, fspath(file))
                gathered = gather(value, name, places(text, name))
        return read_patients(gathered, library, today=today, name=name, sha256=digest.hexdigest())


def _bytes(path: Path) -> bytes:
    raw = read_bytes(path, fspath(path), limit=RECORD_LIMIT)
    if isinstance(raw, Problem):
        raise PatientRefused([raw])
    return raw


def _is_lines(text: str) -> bool:
    """NDJSON: a first line that is a whole object, and more after it."""
    first, _end, rest = text.strip().partition("\n")
    return bool(rest.strip()) and first.rstrip().endswith("}") and rest.lstrip().startswith("{")


def _take_lines(gathered: Gathered, text: str, name: str, lead: str) -> None:
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = parsed(line, name, number)
        except PatientRefused as refusal:
            problems += refusal.problems
            if len(problems) >= _PROBLEMS:
                break
            continue
        at = Span(name, number, 1)
        path = _("{file}line {number}").format(file=lead, number=number)
        if not isinstance(value, dict):
            gathered.refused.append((Item({}, path, at), _("it is no resource"), True))
            continue
        kind, own = value.get("resourceType"), value.get("id")
        full = f"{kind}/{own}" if isinstance(kind, str) and isinstance(own, str) else ""
        gathered.items.append(Item(value, path, at, full))
    if problems:
        raise PatientRefused(problems)


def _only(found: tuple[Understood, ...], name: str) -> Understood:
    if len(found) == 1:
        return found[0]
    message = _("the input is of {count} patients").format(count=len(found))
    help_ = _("an assessment is of one; `escalate import` writes a file for each")
    raise PatientRefused([Problem(Span(name, 1, 1), "several-patients", message, help_)])
