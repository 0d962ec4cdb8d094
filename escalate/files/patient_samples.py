"""Patients to look at one by one: vignettes, a folder of patient files, or JSON Lines (gzip or not)."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from escalate.audit.diff.samples import Sample
from escalate.files.vignettes import vignette_cases
from escalate.files.yaml_reader import read_document, read_text
from escalate.library.model import Library
from escalate.nodes import Document, Mapping, Scalar
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, UsageError
from escalate.texts import _

# What `assessed_on` is where a patient does not say: a comparison must not age.
_TODAY = date(2026, 10, 12)
_PATIENT_FILES = (".yaml", ".yml", ".json")


def vignette_samples(folder: Path) -> Iterator[Sample]:
    """The patient of every case, `and_if` unfolded, under the name of the case."""
    for case in vignette_cases(folder):
        yield Sample(case.name, _reader(Document(case.patient, (), "", case.patient.at.file)))


def cohort_samples(place: Path) -> Iterator[Sample]:
    """The patients of a folder (files in the order of their names), or of a `.jsonl` or `.jsonl.gz`.

    Raises: UsageError where there is nothing to read.
    """
    if place.is_dir():
        files = sorted(path for path in place.rglob("*") if path.is_file())
        lines = [path for path in files if ".jsonl" in path.suffixes]
        for path in files:
            if path in lines:
                yield from _lines(path)
            elif path.suffix in _PATIENT_FILES:
                yield Sample(path.relative_to(place).as_posix(), _file(path))
        return
    yield from _lines(place)


def holds_patients(place: Path) -> bool:
    """Whether a folder has anything that `cohort_samples` reads."""
    return place.is_dir() and any(
        ".jsonl" in path.suffixes or path.suffix in _PATIENT_FILES for path in place.rglob("*")
    )


def _lines(path: Path) -> Iterator[Sample]:
    try:
        with path.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
            lines = io.TextIOWrapper(packed, encoding="utf-8")
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _line(line, f"{path.name}:{number}")
    except OSError as fault:
        raise UsageError(f"{path}: {fault.strerror or fault}") from None
    except (UnicodeDecodeError, EOFError, zlib.error):
        raise UsageError(_("{file}: not JSON Lines in UTF-8").format(file=path)) from None


def _line(line: str, place: str) -> Sample:
    """One patient; a line that cannot be read is one refused patient and no more."""
    try:
        document = read_text(line, f"{place}.json", PatientRefused)
    except PatientRefused as fault:
        return Sample(place, _refusing(fault))
    id = document.root.get("id") if isinstance(document.root, Mapping) else None
    return Sample(id.text if isinstance(id, Scalar) else place, _reader(document))


def _refusing(fault: PatientRefused) -> Callable[[Library], Patient]:
    def read(_library: Library) -> Patient:
        raise fault

    return read


def _file(path: Path) -> Callable[[Library], Patient]:
    return lambda library: _reader(read_document(path, PatientRefused))(library)


def _reader(document: Document) -> Callable[[Library], Patient]:
    return lambda library: read_patient(document, library, today=_TODAY)
