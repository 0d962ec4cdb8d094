"""`escalate explain`: the clause tree behind one verdict."""

from __future__ import annotations

from datetime import date

import click

from escalate.commands import options
from escalate.commands.output import emit, width_and_colour
from escalate.texts import N_, spoken_now


@options.command(
    "explain",
    short_help=N_("Why a therapy is open, closed or undecided."),
    help=N_(
        "Print every rule on THERAPY for PATIENT: clauses with values, proofs, and what would settle it."
    ),
)
@click.argument("patient", metavar="PATIENT", type=click.Path())
@click.argument("therapy")
@options.output
@options.as_of
@options.knowledge
@options.overlay
@options.plain
@options.lang
def command(
    patient: str,
    therapy: str,
    output: str | None,
    as_of: str | None,
    knowledge: str | None,
    overlay: str | None,
    plain: bool,
) -> None:
    """Print every rule on THERAPY for PATIENT: clauses with values, proofs, and what would settle it."""
    from escalate.assessment import assess
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import load_patient
    from escalate.report.explain import explanation

    library = load_knowledge(knowledge, spoken_now(), overlay)
    therapy = options.therapy_id(therapy, library)
    day = options.day(as_of, "--as-of")
    assessment = assess(load_patient(patient, library, as_of=day, today=date.today()), library)
    width, colour = width_and_colour(plain, output)
    emit(explanation(assessment, therapy, width=width, colour=colour), output)
