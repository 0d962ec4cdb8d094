"""`escalate new`: a commented patient file to fill in."""

from __future__ import annotations

from datetime import date

import click

from escalate.commands import options
from escalate.texts import N_, spoken_now


@options.command(
    "new",
    short_help=N_("Print a commented patient file to fill in."),
    help=N_(
        "Print a patient file with every field in it: what it is, and the unit or the words it takes.\n\n"
        "ENTITY is a diagnosis in any spelling the knowledge base knows (`escalate new IMNM`)."
    ),
)
@click.argument("entity", required=False)
@options.knowledge
@options.plain
@options.lang
def command(entity: str | None, knowledge: str | None, plain: bool) -> None:
    """Print a patient file with every field in it: what it is, and the unit or the words it takes."""
    from escalate.files.knowledge_base import load_knowledge
    from escalate.patient.template import template

    click.echo(template(load_knowledge(knowledge, spoken_now()), entity, date.today()), nl=False)
