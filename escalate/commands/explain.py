"""`escalate explain`: the clause tree behind one verdict."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit, width_and_colour
from escalate.texts import N_, spoken_now

if TYPE_CHECKING:
    from escalate.assessment import Assessment


@options.command(
    "explain",
    short_help=N_("Why a therapy is open, closed or undecided."),
    help=N_(
        "Print every rule on THERAPY for PATIENT: clauses with values, proofs, and what would settle it.\n\n"
        "--exact asks a solver for each missing fact whether any answer to it can still change the verdict; "
        "it needs `pip install escalate[audit]`, and takes some seconds."
    ),
)
@click.argument("patient", metavar="PATIENT", type=click.Path())
@click.argument("therapy")
@options.option("--exact", is_flag=True, help=N_("Which missing facts can still change the verdict, proved."))
@options.output
@options.as_of
@options.knowledge
@options.overlay
@options.plain
@options.lang
def command(
    patient: str,
    therapy: str,
    exact: bool,
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
    said = explanation(assessment, therapy, width=width, colour=colour)
    if exact:
        said += "\n" + _exactly(assessment, therapy, knowledge, overlay, width, colour)
    emit(said, output)


def _exactly(
    assessment: Assessment, therapy: str, knowledge: str | None, overlay: str | None, width: int, colour: bool
) -> str:
    """The section on what each missing fact decides. Raises: UsageError where there is no solver."""
    options.need_solver()
    from escalate.audit.exact import matters
    from escalate.files.knowledge_base import read_knowledge
    from escalate.library.read_statements import statements_of
    from escalate.options.model import Option
    from escalate.report.explain import exact_section

    option = assessment.option(therapy)
    if not isinstance(option, Option) or not option.missing:
        return exact_section((), width=width, colour=colour)
    statements = statements_of(read_knowledge(knowledge), assessment.library)
    found = [(one.field, one.decides) for one in matters(assessment, option, statements)]
    return exact_section(found, width=width, colour=colour)
