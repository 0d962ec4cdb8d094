"""`escalate assess`: the report for one or more patients."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from escalate.commands import compare, options, recording
from escalate.commands.fhir_records import fhir_text, tell_mapping
from escalate.commands.output import emit, width_and_colour
from escalate.commands.pages import PAGES, check_pages, rendered_pages, write_pages
from escalate.problems import PatientRefused
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.report.changes import Changes

_FORMATS = ("text", "json", "html", "pdf", "markdown", "fhir")


@options.command(
    "assess",
    short_help=N_("Lay out the options for one or more patients."),
    help=N_(
        "Lay out, for each PATIENT file: what is open, what is closed and by which fact, what to measure "
        "next.\n\n"
        "Exit status 0 whatever the verdicts; 3 when a patient file is refused (the others are "
        "assessed)."
    ),
)
@options.patients
@options.option("--format", "fmt", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.output_or_folder
@options.start
@options.option("--option", "therapy", metavar="THERAPY", help=N_("Only this therapy, explained in full."))
@options.as_of
@compare.what_if
@compare.since
@options.knowledge
@options.overlay
@recording.log
@recording.log_input
@options.option(
    "--stamp",
    is_flag=True,
    help=N_("Say in the report when it was made; the same files no longer give the same bytes."),
)
@options.plain
@options.lang
def command(
    patients: tuple[str, ...],
    fmt: str,
    output: str | None,
    start: str | None,
    therapy: str | None,
    as_of: str | None,
    what_if: tuple[str, ...],
    since: str | None,
    knowledge: str | None,
    overlay: str | None,
    log_url: str | None,
    log_input: bool,
    stamp: bool,
    plain: bool,
) -> None:
    """Lay out, for each PATIENT file."""
    from escalate.assessment import assess
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import patient_bytes, patient_of

    first_dose = options.day(start, "--start")
    check_pages(fmt, patients, therapy, output, first_dose)
    day = options.day(as_of, "--as-of")
    library = load_knowledge(knowledge, spoken_now(), overlay)
    if therapy is not None:
        therapy = options.therapy_id(therapy, library, "--option: ")
    comparison = compare.Comparison(what_if, since, log_url)
    log = recording.Recording(log_url, log_input, day, overlay)
    done, differs, read, refused, unread = [], [], [], [], []
    today = date.today()
    made = datetime.now(UTC) if stamp else None
    for path in patients:
        try:
            raw = patient_bytes(path)
            stated = patient_of(raw, path, library, as_of=day, today=today)
            patient = comparison.patient(stated, raw, path, library, day, today)
        except PatientRefused as refusal:
            refused.append(refusal)
            unread.append(path)
            continue
        done.append(replace(assess(patient, library), stamp=made))
        differs.append(comparison.changes(stated, done[-1], therapy))
        read.append((path, raw))
        tell_mapping(raw, path, library, day or today)
    for error in refused:
        click.echo(str(error), err=True)
    if done:
        entries = [(assessment, *file) for assessment, file in zip(done, read, strict=True)]
        if fmt in PAGES and output:
            pages = rendered_pages(done, fmt, output, first_dose, len(patients), unread, differs)
            log.record(entries)
            write_pages(pages, output)
        else:
            if fmt == "fhir":
                outcomes = refused if output else []
                said = fhir_text(done, [r for _p, r in read], library, day or today, outcomes)
            else:
                said = _rendered(done, differs, fmt, therapy, plain, output, len(patients))
            log.record(entries)
            emit(said, output)
    elif fmt == "fhir" and output:
        emit(fhir_text([], [], library, day or today, refused), output)
    if done and "kleene" in done[0].engine:
        click.echo(_("escalate: durable_rules is not available; the evaluator alone decided"), err=True)
    if refused:
        sys.exit(max(refusal.exit_status for refusal in refused))


def _rendered(
    done: list[Assessment],
    differs: list[Changes | None],
    fmt: str,
    therapy: str | None,
    plain: bool,
    output: str | None,
    asked: int,
) -> str:
    """One report; JSON of several files is an array, also when only one of them could be read."""
    if fmt == "json":
        from escalate.files.json_text import dumps
        from escalate.report.document import document

        documents = [document(a, therapy, since=c) for a, c in zip(done, differs, strict=True)]
        return dumps(documents if asked > 1 else documents[0])
    if fmt == "markdown":
        from escalate.report.markdown import markdown_report

        return "\n\n".join(markdown_report(a, since=c) for a, c in zip(done, differs, strict=True))
    from escalate.report.text import text_report

    width, colour = width_and_colour(plain, output)
    pairs = list(zip(done, differs, strict=True))
    if any(changes is not None and changes.what_if for changes in differs):
        from escalate.report.changes_text import changes_text

        return "\n\n".join(changes_text(a, c, width=width, colour=colour) for a, c in pairs if c is not None)
    return "\n\n".join(text_report(a, therapy, since=c, width=width, colour=colour) for a, c in pairs)
