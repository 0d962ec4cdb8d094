"""`escalate assess`: the report for one or more patients."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands import options, recording
from escalate.commands.output import emit, width_and_colour
from escalate.problems import PatientRefused, UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.assessment import Assessment

_FORMATS = ("text", "json", "html", "markdown")


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
@options.output
@options.option("--option", "therapy", metavar="THERAPY", help=N_("Only this therapy, explained in full."))
@options.as_of
@options.knowledge
@options.overlay
@recording.log
@recording.log_input
@options.plain
@options.lang
def command(
    patients: tuple[str, ...],
    fmt: str,
    output: str | None,
    therapy: str | None,
    as_of: str | None,
    knowledge: str | None,
    overlay: str | None,
    log_url: str | None,
    log_input: bool,
    plain: bool,
) -> None:
    """Lay out, for each PATIENT file."""
    from escalate.assessment import assess
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import patient_bytes, patient_of

    _check_page(fmt, patients, therapy, output)
    day = options.day(as_of, "--as-of")
    library = load_knowledge(knowledge, spoken_now(), overlay)
    if therapy is not None:
        therapy = options.therapy_id(therapy, library, "--option: ")
    log = recording.Recording(log_url, log_input, day, overlay)
    done, read, refused = [], [], []
    for path in patients:
        try:
            raw = patient_bytes(path)
            done.append(assess(patient_of(raw, path, library, as_of=day, today=date.today()), library))
            read.append((path, raw))
        except PatientRefused as refusal:
            refused.append(refusal)
    for error in refused:
        click.echo(str(error), err=True)
    if done:
        said = _rendered(done, fmt, therapy, plain, output, len(patients))
        log.record([(assessment, *file) for assessment, file in zip(done, read, strict=True)])
        emit(said, output)
    if done and "kleene" in done[0].engine:
        click.echo(_("escalate: durable_rules is not available; the evaluator alone decided"), err=True)
    if refused:
        sys.exit(PatientRefused.exit_status)


def _check_page(fmt: str, patients: tuple[str, ...], therapy: str | None, output: str | None) -> None:
    """A page is of one patient and of all options. Raises: UsageError."""
    if fmt in ("text", "json"):
        return
    if therapy is not None:
        raise UsageError(_("--option goes with the formats text and json; a page shows every option"))
    if fmt == "html" and len(patients) > 1:
        raise UsageError(
            _(
                "--format html: a page is of one patient, {count} files are given; call it once for each"
            ).format(count=len(patients))
        )
    if fmt == "html" and output is None:
        raise UsageError(_("--format html: -o FILE names the file to write"))


def _rendered(
    done: list[Assessment], fmt: str, therapy: str | None, plain: bool, output: str | None, asked: int
) -> str:
    """One report; JSON of several files is an array, also when only one of them could be read."""
    if fmt == "json":
        from escalate.files.json_text import dumps
        from escalate.report.document import document

        documents = [document(a, therapy) for a in done]
        return dumps(documents if asked > 1 else documents[0])
    if fmt == "html":
        from escalate.report.html import html_report

        return html_report(done[0])
    if fmt == "markdown":
        from escalate.report.markdown import markdown_report

        return "\n\n".join(map(markdown_report, done))
    from escalate.report.text import text_report

    width, colour = width_and_colour(plain, output)
    return "\n\n".join(text_report(a, therapy, width=width, colour=colour) for a in done)
