"""The form of a patient file, its text, and what comes of either."""

from __future__ import annotations

from escalate.fhir.mapping_report import mapping_report
from escalate.fhir.patient_file import patient_file
from escalate.files.fhir_file import understood_of
from escalate.files.patient_file import patient_of
from escalate.files.yaml_reader import read_raw
from escalate.library.model import Library
from escalate.problems import PatientRefused, Problem
from escalate.service.page.asked import Asked, Made
from escalate.service.page.controls import form, names_of
from escalate.service.page.given import NONE, Given, given_in, places_in, text_of
from escalate.service.page.posted import PatientFile
from escalate.service.page.render import as_it_is, html
from escalate.service.page.views import refused, shown_text
from escalate.texts import _, speaking


def blank(library: Library, asked: Asked, entity: str) -> Made:
    """An empty form, or one for a diagnosis."""
    with speaking(library.language):
        values = {"id": "case-1", "assessed_on": asked.today.isoformat()}
        if entity in library.facts["diagnosis.entity"].values:
            values["diagnosis.entity"] = entity
        return _form(library, asked, Given(values), (), (), 200)


def edit(library: Library, asked: Asked) -> Made:
    """A file in the form: as it was read, or as it is being filled in."""
    with speaking(library.language):
        if asked.given is not None:
            return _form(library, asked, asked.given, (), (), 200)
        try:
            document = read_raw(asked.file.raw, asked.file.name, PatientRefused)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        given, left_out = given_in(document, library)
        return _form(library, asked, given, (), left_out, 200)


def file_of(library: Library, given: Given) -> PatientFile:
    """The file that a form makes, whatever is wrong with it."""
    return PatientFile(text_of(given, library).encode(errors="replace"), "patient.yaml")


def filled_in(library: Library, asked: Asked) -> tuple[PatientFile, Made | None]:
    """The file that a form makes; and the form with its problems, where it cannot be read."""
    given = asked.given or Given()
    with speaking(library.language):
        file = file_of(library, given)
        try:
            patient_of(file.raw, file.name, library, today=asked.today)
        except PatientRefused as refusal:
            return file, _form(library, asked, given, refusal.problems, (), 422)
    return file, None


def imported(library: Library, asked: Asked) -> Made:
    """A FHIR record as a patient file to check and to complete, with what became of each of its entries."""
    with speaking(library.language):
        try:
            found = understood_of(asked.file.raw, asked.file.name, library, asked.today)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        stem = asked.file.name.rpartition(".")[0] or "patient"
        file = PatientFile(patient_file(found, library, asked.today).encode(errors="replace"), f"{stem}.yaml")
        return _text(library, asked, file, mapping_report(found))


def text(library: Library, asked: Asked) -> Made:
    """The text of a file, to be edited as it is."""
    with speaking(library.language):
        return _text(library, asked, asked.file, "")


def _text(library: Library, asked: Asked, file: PatientFile, mapped: str) -> Made:
    context = {
        "title": _("What was understood of the record") if mapped else _("The text of the patient file"),
        "library": library,
        "asked": asked,
        "file": file,
        "problems": (),
        "mapped": as_it_is(mapped),
        "text": as_it_is(shown_text(file.raw)),
    }
    return Made(html("refused.html", asked.root, library.language, context))


def _form(
    library: Library,
    asked: Asked,
    given: Given,
    problems: tuple[Problem, ...],
    left_out: tuple[str, ...],
    status: int,
) -> Made:
    beside = _beside(given, library, problems) if problems else {}
    context = {
        "title": _("Fill in a patient file"),
        "library": library,
        "asked": asked,
        "file": asked.file,
        "sections": form(given, library, beside, asked.row_for),
        "names": names_of(library),
        "problems": problems,
        "left_out": left_out,
        "none_of": NONE,
    }
    return Made(html("form.html", asked.root, library.language, context), status)


def _beside(given: Given, library: Library, problems: tuple[Problem, ...]) -> dict[str, str]:
    """What is wrong, by the control in which it stands: a problem names a place in the text of the form."""
    found: dict[str, str] = {}
    try:
        document = read_raw(text_of(given, library).encode(errors="replace"), "patient.yaml", PatientRefused)
    except PatientRefused:  # a character that no file may hold: the list of problems says where
        return found
    for path, line in places_in(document, library):
        for problem in problems:
            if problem.at.line == line:
                found.setdefault(path, problem.message)
    return found
