"""The difference between two assessments as text."""

from __future__ import annotations

from escalate.assessment import Assessment
from escalate.report.changes import Changes
from escalate.report.changes_said import Told, told
from escalate.report.head import patient_line
from escalate.report.layout import Page
from escalate.texts import _, in_its_language


@in_its_language
def changes_text(assessment: Assessment, found: Changes, *, width: int = 100, colour: bool = False) -> str:
    """The difference alone: who it is about, then each section."""
    page = Page(width, colour, assessment.patient.file)
    patient = assessment.patient
    page.line(
        _("Patient {id}, assessed on {assessed_on}").format(
            id=patient.id, assessed_on=patient.assessed_on.isoformat()
        )
    )
    page.line(patient_line(assessment))
    write_changes(page, told(found, assessment.library))
    return page.text()


def write_changes(page: Page, said: Told) -> None:
    """The difference as a part of a report."""
    page.heading(said.title)
    if said.lead:
        page.line(said.lead)
    for section in said.sections:
        page.line(f"{section.title}:")
        page.bullets(section.lines, 2)
