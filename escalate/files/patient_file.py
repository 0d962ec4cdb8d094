"""A patient file, opened and read."""

from __future__ import annotations

from datetime import date
from os import PathLike, fspath

from escalate.files.yaml_reader import read_document
from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.texts import speaking


def load_patient(
    path: str | PathLike[str], library: Library, *, as_of: date | None = None, today: date | None = None
) -> Patient:
    """One patient file, YAML or JSON.

    Args:    as_of, the day to assess on: what is dated later is hidden;
             today, what `assessed_on` is where the file does not say (default: the clock).
    Raises:  PatientRefused with every problem, sorted by place, in the library's language.
    """
    with speaking(library.language):
        document = read_document(fspath(path), PatientRefused)
        return read_patient(document, library, today=today or date.today(), as_of=as_of)
