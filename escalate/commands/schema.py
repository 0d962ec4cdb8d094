"""`escalate schema`: JSON Schemas for editors and clients."""

from __future__ import annotations

import click

from escalate.commands import options
from escalate.texts import N_, spoken_now


@options.command(
    "schema",
    short_help=N_("Print a JSON Schema for editors and clients."),
    help=N_("Print the JSON Schema of a patient file, made from the same table the reader uses."),
)
@click.argument("what", type=click.Choice(["patient"]))
@options.knowledge
@options.plain
@options.lang
def command(what: str, knowledge: str | None, plain: bool) -> None:
    """Print the JSON Schema of a patient file, made from the same table the reader uses."""
    from escalate.files.json_text import dumps
    from escalate.files.knowledge_base import load_knowledge
    from escalate.patient.schema import patient_schema

    click.echo(dumps(patient_schema(load_knowledge(knowledge, spoken_now()))))
