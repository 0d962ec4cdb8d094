"""`escalate calendar`: an open option with real dates, as text, JSON or a file for calendar programs."""

from __future__ import annotations

from datetime import date

import click

from escalate.commands import options
from escalate.commands.output import emit, width_and_colour
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now


@options.command(
    "calendar",
    short_help=N_("Put dates to an open option: doses, hospital, checks, prophylaxis."),
    help=N_(
        "Put dates to THERAPY for PATIENT: doses, days in hospital, laboratory and heart checks, IgG, "
        "prophylaxis, each from the published regimen and the lines of the knowledge.\n\n"
        "What has no interval there is listed without a date. An option that is not open has no calendar."
    ),
)
@click.argument("patient", metavar="PATIENT", type=click.Path())
@click.argument("therapy", metavar="THERAPY")
@options.option(
    "--start", metavar="DATE", required=True, help=N_("The day of the first, or the next, dose (YYYY-MM-DD).")
)
@options.option("--regimen", metavar="ID", help=N_("One of the published regimens; the first by default."))
@options.option(
    "--weeks",
    type=click.IntRange(1, 520),
    default=26,
    show_default=True,
    help=N_("How far ahead checks are placed that have no end."),
)
@options.option(
    "--format", "fmt", type=click.Choice(("text", "ics", "json")), default="text", show_default=True
)
@options.output
@options.as_of
@options.knowledge
@options.overlay
@options.plain
@options.lang
def command(
    patient: str,
    therapy: str,
    start: str,
    regimen: str | None,
    weeks: int,
    fmt: str,
    output: str | None,
    as_of: str | None,
    knowledge: str | None,
    overlay: str | None,
    plain: bool,
) -> None:
    """Put dates to THERAPY for PATIENT."""
    from escalate.assessment import assess
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import load_patient
    from escalate.report.calendar import calendar_document, calendar_text
    from escalate.start_day import dated

    first = options.day(start, "--start")
    assert first is not None
    library = load_knowledge(knowledge, spoken_now(), overlay)
    chosen = options.therapy_id(therapy, library)
    day = options.day(as_of, "--as-of")
    assessment = assess(load_patient(patient, library, as_of=day, today=date.today()), library)
    option = assessment.option(chosen)
    events = dated(assessment, option, first, regimen=regimen, weeks=weeks)
    if fmt == "json":
        emit(dumps(calendar_document(assessment, option, events, first)), output)
    elif fmt == "ics":
        try:
            from escalate.report.ics import ics
        except ImportError:
            raise UsageError(
                _("icalendar is not installed; it comes with `pip install 'escalate[calendar]'`")
            ) from None
        emit(ics(assessment, option, events), output)
    else:
        width, colour = width_and_colour(plain, output)
        emit(calendar_text(assessment, option, events, width=width, colour=colour), output)
