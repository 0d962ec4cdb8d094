"""`escalate log page`: a recorded decision as one page, for the record or in plain words for the patient."""

from __future__ import annotations

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.texts import N_, spoken_now


@options.command(
    "page",
    short_help=N_("A decision as one page, for the record or for the patient."),
    help=N_(
        "Print the decision that stands in LOG under --entry as one page of A4: for the record, or in plain "
        "words for the patient. Plain words are those that the conference wrote (`log decide --file`); what "
        "it did not write is left blank."
    ),
)
@click.argument("log", metavar="LOG")
@options.option(
    "--entry", type=click.IntRange(1), required=True, help=N_("The number of the decision in the log.")
)
@options.option(
    "--for", "whom", type=click.Choice(("record", "patient")), default="record", show_default=True
)
@options.option(
    "--patient", metavar="PSEUDONYM", help=N_("Print this pseudonym; the log holds its digest alone.")
)
@options.option(
    "--format", "fmt", type=click.Choice(("html", "markdown")), default="markdown", show_default=True
)
@options.output
@options.knowledge
@options.plain
@options.lang
def page(
    log: str,
    entry: int,
    whom: str,
    patient: str | None,
    fmt: str,
    output: str | None,
    knowledge: str | None,
    plain: bool,
) -> None:
    """A decision as one page."""
    from escalate.files.decision_log.decided import decided
    from escalate.files.knowledge_base import load_knowledge
    from escalate.report.decision import patient_page, record_page

    found = decided(log, entry, patient)
    library = load_knowledge(knowledge, spoken_now())
    if whom == "record":
        made = record_page(found.decision, found.assessed, library, hash=found.hash, patient=patient)
    else:
        made = patient_page(found.decision, library, patient=patient)
    if fmt == "html":
        from escalate.report.html.decision_page import decision_html

        emit(decision_html(made), output)
    else:
        from escalate.report.decision_markdown import decision_markdown

        emit(decision_markdown(made), output)
