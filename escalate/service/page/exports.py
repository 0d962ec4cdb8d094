"""What a page hands out: the patient file, and the report in the forms that a record or an archive takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from escalate.assessment import Assessment
from escalate.files.json_text import dumps
from escalate.files.what_if import changed_bytes
from escalate.library.model import Library
from escalate.problems import PatientRefused, UsageError
from escalate.report.document import document
from escalate.report.html import html_report
from escalate.report.markdown import markdown_report
from escalate.service.details import Refusal
from escalate.service.page.asked import Asked, Made
from escalate.service.page.posted import PatientFile
from escalate.service.page.views import assessed, refused
from escalate.service.page.what_if_rows import meant
from escalate.start_day import dated
from escalate.texts import _, speaking

_STRANGE = re.compile(r"[^A-Za-z0-9]+")
_TEXT = "; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to keep; `name` holds letters, digits, hyphens and one full stop alone."""

    name: str
    media_type: str
    content: bytes


def kept(library: Library, asked: Asked) -> PatientFile:
    """The file with the changes of variant A put in. Raises: PatientRefused, WhatIfRefused."""
    with speaking(library.language):
        changes = meant(asked.a, library)
        if not changes:
            return asked.file
        assessed(library, asked, changes)  # a change that is refused stays a question
        raw = changed_bytes(asked.file.raw, asked.file.name, library, changes)
        return PatientFile(raw, asked.file.name.rpartition(".")[0] + ".yaml")


def exported(library: Library, asked: Asked, kind: str, therapy: str) -> Exported | Made:
    """The file or the report, with the changes of variant A; a page where the file is refused.

    Args:   kind, one of patient, json, html, markdown, pdf, ics; therapy, whose calendar is meant with ics.
    Raises: WhatIfRefused; Refusal where there is no such kind; UsageError where an extra is not installed,
            or the therapy is not open.
    """
    with speaking(library.language):
        try:
            changes = meant(asked.a, library)
            assessment = assessed(library, asked, changes)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        stem = _STRANGE.sub("-", assessment.patient.id).strip("-")[:60] or "patient"
        stem += "-what-if" if changes else ""
        if kind == "patient":
            if not changes:
                ending = "json" if asked.file.name.lower().endswith(".json") else "yaml"
                return Exported(f"{stem}.{ending}", "text/plain" + _TEXT, asked.file.raw)
            raw = changed_bytes(asked.file.raw, asked.file.name, library, changes)
            return Exported(f"{stem}.yaml", "text/plain" + _TEXT, raw)
        if kind == "ics":
            if asked.start is None:
                raise Refusal(422, "no-day", _("a calendar needs the day of the first dose"))
            option = assessment.option(therapy)
            events = dated(assessment, option, asked.start)
            try:
                from escalate.report.ics import ics  # icalendar, only where a calendar is asked for
            except ImportError:
                raise UsageError(
                    _("icalendar is not installed; it comes with `pip install 'escalate[calendar]'`")
                ) from None

            name = f"{stem}-{_STRANGE.sub('-', option.therapy.id)}.ics"
            return Exported(name, "text/calendar" + _TEXT, ics(assessment, option, events).encode())
        if kind not in _FORMS:
            raise Refusal(404, "no-such-form", _("there is no such form of a report"))
        ending, media_type, write = _FORMS[kind]
        return Exported(f"{stem}.{ending}", media_type, write(assessment, asked.start))


def _json(assessment: Assessment, _start: date | None) -> bytes:
    return (dumps(document(assessment)) + "\n").encode()


def _html(assessment: Assessment, start: date | None) -> bytes:
    return html_report(assessment, start).encode()


def _markdown(assessment: Assessment, _start: date | None) -> bytes:
    return markdown_report(assessment).encode()


def _pdf(assessment: Assessment, start: date | None) -> bytes:
    from escalate.report.pdf import pdf_report  # WeasyPrint, only where a PDF is asked for

    return pdf_report(assessment, start)


_FORMS: dict[str, tuple[str, str, Callable[[Assessment, date | None], bytes]]] = {
    "json": ("json", "application/json", _json),
    "html": ("html", "text/html" + _TEXT, _html),
    "markdown": ("md", "text/markdown" + _TEXT, _markdown),
    "pdf": ("pdf", "application/pdf", _pdf),
}
