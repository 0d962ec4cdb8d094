"""`escalate schema`: JSON Schemas for editors and clients."""

from __future__ import annotations

import click

from escalate.commands import options
from escalate.texts import N_, spoken_now


@options.command(
    "schema",
    short_help=N_("Print a JSON Schema for editors and clients."),
    help=N_(
        "Print the JSON Schema of a patient file, of a file of rules, or of the JSON that `assess` prints, "
        "with the names of the knowledge base."
    ),
)
@click.argument("what", type=click.Choice(["patient", "rules", "assessment"]))
@options.knowledge
@options.plain
@options.lang
def command(what: str, knowledge: str | None, plain: bool) -> None:
    """Print the JSON Schema of a patient file, of a file of rules, or of an assessment."""
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import load_knowledge
    from escalate.library.schema import rules_schema
    from escalate.patient.schema import patient_schema
    from escalate.report.schema import assessment_schema

    made = {"patient": patient_schema, "rules": rules_schema, "assessment": assessment_schema}[what]
    click.echo(dumps(made(load_knowledge(knowledge, spoken_now()))))
