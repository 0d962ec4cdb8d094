"""A patient file, opened and read."""

from __future__ import annotations

import re
from datetime import date
from os import PathLike, fspath
from pathlib import Path

from escalate.files.safe_bytes import read_bytes
from escalate.files.yaml_reader import read_raw
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Problem
from escalate.texts import speaking

_FIRST = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\{")
RECORD_LIMIT = 50_000_000
"""Bytes of a FHIR record; what is no record is refused above `safe_bytes.SIZE_LIMIT` when it is read."""


def is_fhir(raw: bytes) -> bool:
    """Whether bytes are FHIR JSON rather than a patient file: an object in which a resource stands."""
    return _FIRST.match(raw) is not None and b'"resourceType"' in raw and b"escalate/patient/v1" not in raw


def load_patient(
    path: str | PathLike[str], library: Library, *, as_of: date | None = None, today: date | None = None
) -> Patient:
    """One patient file, YAML or JSON.

    Args:    as_of, the day to assess on: what is dated later is hidden;
             today, what `assessed_on` is where the file does not say (default: the clock).
    Raises:  PatientRefused with every problem, sorted by place, in the library's language.
    """
    with speaking(library.language):
        return patient_of(patient_bytes(path), fspath(path), library, as_of=as_of, today=today)


def patient_bytes(path: str | PathLike[str]) -> bytes:
    """The bytes of one patient file, read once. Raises: PatientRefused."""
    raw = read_bytes(Path(path), fspath(path), limit=RECORD_LIMIT)
    if isinstance(raw, Problem):
        raise PatientRefused([raw])
    return raw


def patient_of(
    raw: bytes, name: str, library: Library, *, as_of: date | None = None, today: date | None = None
) -> Patient:
    """The patient of a file's bytes; `name` is how the file is called, and says whether it is JSON.

    FHIR is recognised by what it holds: a Bundle, a CDS Hooks prefetch or NDJSON of one patient.

    Raises: PatientRefused as `load_patient`.
    """
    with speaking(library.language):
        day = today or date.today()
        return read_patient(document_of(raw, name, library, as_of or day), library, today=day, as_of=as_of)


def document_of(raw: bytes, name: str, library: Library, day: date) -> Document:
    """A patient file as it stands; of FHIR what was understood of it. Raises: PatientRefused.

    Args: day, of the assessment: ages of a FHIR record are counted to it.
    """
    if is_fhir(raw):
        from escalate.files.fhir_file import understood_of

        return understood_of(raw, name, library, day).patient_document
    return read_raw(raw, name, PatientRefused)
