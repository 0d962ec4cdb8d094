"""What the pages about one file show, computed and rendered off the event loop; a function is a page."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from escalate.assessment import Assessment, assess
from escalate.files.example import NAME, example_bytes
from escalate.files.patient_file import patient_of
from escalate.files.what_if import WhatIfRefused, patient_with
from escalate.library.model import Library
from escalate.problems import PatientRefused, Problem
from escalate.report.html import html_parts
from escalate.service.page.asked import Asked, Made, Rows
from escalate.service.page.differ import difference
from escalate.service.page.posted import PatientFile
from escalate.service.page.render import as_it_is, html
from escalate.service.page.sides import compared, glances, side
from escalate.service.page.what_if_rows import field_names, meant, rows
from escalate.texts import _, speaking

_MISSING_SHOWN = 3


def start(library: Library, root: str) -> Made:
    """Where a patient file is opened."""
    with speaking(library.language):
        labels = library.entities.labels
        values, example = library.facts["diagnosis.entity"].values, example_bytes()
        context = {
            "title": _("Open a patient file"),
            "library": library,
            "entities": [(word, labels.get(word, word)) for word in values],
            "example": PatientFile(example, NAME) if example is not None else None,
        }
        return Made(html("start.html", root, library.language, context))


def report(library: Library, asked: Asked) -> Made:
    """The report of a file; with changes, what they do to it."""
    with speaking(library.language):
        try:
            base = assessed(library, asked)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        changes = meant(asked.a, library)
        context = _context(library, asked, base)
        try:
            changed = assessed(library, asked, changes) if changes else base
        except WhatIfRefused as refusal:
            context |= {"problems": refusal.problems, "body": _body(base, asked)}
            return Made(html("report_page.html", asked.root, library.language, context), 422)
        if not changes:
            context["body"] = _body(base, asked)
        else:
            found = difference(base, changed, changes)
            context |= {"difference": found, "side": side("", changed, changes)}
            if asked.whole:
                context["body"] = _body(changed, asked, found.was)
        return Made(html("report_page.html", asked.root, library.language, context))


def _body(assessment: Assessment, asked: Asked, was: Mapping[str, str] | None = None) -> Markup:
    return Markup(html_parts(assessment, changes=was, start=asked.start).body)


def compare(library: Library, asked: Asked) -> Made:
    """Two variants side by side, beside the file as it stands."""
    with speaking(library.language):
        try:
            base = assessed(library, asked)
        except PatientRefused as refusal:
            return refused(library, asked, refusal)
        context = _context(library, asked, base) | {"title": _("Two variants side by side")}
        columns, shown = [side(_("The file as it stands"), base, ())], [base]
        problems: list[Problem] = []
        for letter, changes in (("A", meant(asked.a, library)), ("B", meant(asked.b, library))):
            if changes:
                try:
                    one = assessed(library, asked, changes)
                except WhatIfRefused as refusal:
                    problems += refusal.problems
                else:
                    columns.append(side(_("Variant {letter}").format(letter=letter), one, changes))
                    shown.append(one)
        differing, alike = compared(shown) if len(shown) > 1 else ((), ())
        context |= {"columns": columns, "glances": glances(columns), "problems": problems}
        context |= {"differing": differing, "alike": alike}
        return Made(html("compare.html", asked.root, library.language, context), 422 if problems else 200)


def assessed(library: Library, asked: Asked, changes: Rows = ()) -> Assessment:
    """The file, or the file with changes. Raises: PatientRefused, WhatIfRefused, EnginesDisagree."""
    file = asked.file
    if not changes:
        return assess(patient_of(file.raw, file.name, library, today=asked.today), library)
    return assess(patient_with(file.raw, file.name, library, changes, today=asked.today), library)


def _context(library: Library, asked: Asked, base: Assessment) -> dict[str, object]:
    """What every page about an assessed file shows."""
    proposal, patient = base.proposal, base.patient
    missing = [question.fact for question in proposal.questions]
    known = dict(field_names(library, missing))
    return {
        "title": _("{id} – case conference").format(id=patient.id),
        "library": library,
        "asked": asked,
        "file": asked.file,
        "patient": patient,
        "rows": {
            "a": rows(asked.a, patient, library, asked.more),
            "b": rows(asked.b, patient, library, asked.more),
        },
        "fields": tuple(known.items()),
        "missing": [(fact, known[fact]) for fact in missing if fact in known][:_MISSING_SHOWN],
        "problems": (),
        "difference": None,
        "side": None,
        "opened": [(o.therapy.id, o.therapy.name) for o in proposal.options if o.verdict.is_open],
        "body": None,
    }


def refused(library: Library, asked: Asked, refusal: PatientRefused) -> Made:
    """Every problem of a file, with line and column, and the text to mend it in."""
    context = {
        "title": _("The patient file cannot be read safely"),
        "library": library,
        "asked": asked,
        "file": asked.file,
        "problems": refusal.problems,
        "mapped": "",
        "text": as_it_is(shown_text(asked.file.raw)),
    }
    return Made(html("refused.html", asked.root, library.language, context), 422)


_TEXT_SHOWN = 400_000


def shown_text(raw: bytes) -> str:
    """The text of a file for an editing box; empty where it is none, or too long for one."""
    try:
        return raw.decode("utf-8-sig") if len(raw) <= _TEXT_SHOWN else ""
    except UnicodeDecodeError:
        return ""
