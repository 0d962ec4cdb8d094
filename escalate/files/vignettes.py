"""Vignette files, and the examples they start from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

from escalate.assessment import Assessment, assess
from escalate.audit.expectations import Assess
from escalate.audit.observe import Observation, observer
from escalate.audit.vignettes import Case, cases
from escalate.files.yaml_reader import read_document
from escalate.library.model import Library
from escalate.nodes import Document, Mapping
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import KnowledgeRefused, PatientRefused, UsageError
from escalate.texts import _

# Vignettes count their intervals from this day unless they say another: a test must not age.
_TODAY = date(2026, 10, 12)


def vignette_cases(place: Path) -> Iterator[Case]:
    """Every case of a file, or of every `*.yaml` of a folder and of those in it, in the order of the names.

    The patients that several cases share stand in a folder `patients` or `examples` beside the files or
    above them.

    Raises: KnowledgeRefused for a file that cannot be read, UsageError for an example that is not there.
    """
    above = (place, *place.resolve().parents)
    shared = [folder / name for folder in above for name in ("patients", "examples")]

    @cache
    def example(name: str) -> Mapping:
        for folder in shared:
            path = folder / f"{name}.yaml"
            if path.exists():
                root = read_document(str(path), KnowledgeRefused).root
                assert isinstance(root, Mapping)
                return root
        raise UsageError(
            _("no patient `{name}` in a folder `patients` or `examples` at or above {place}").format(
                name=name, place=place
            )
        )

    for path in [place] if place.is_file() else sorted(place.rglob("*.yaml")):
        if path.parent.name == "patients":
            continue
        yield from cases(read_document(str(path), KnowledgeRefused), example)


def assessor(library: Library) -> Assess:
    """How a vignette's patient becomes an assessment."""

    def run(patient: Mapping) -> Assessment:
        return assess(_read(patient, library), library)

    return run


def observed(found: Iterable[Case], library: Library) -> Iterator[Observation]:
    """What the rules say of each case; a patient that must be refused shows nothing."""
    observe = observer(library)
    for case in found:
        try:
            patient = _read(case.patient, library)
        except PatientRefused:
            continue
        yield observe(case.name, case.patient, patient)


def _read(patient: Mapping, library: Library) -> Patient:
    return read_patient(Document(patient, (), "", patient.at.file), library, today=_TODAY)
