"""`escalate kb`: the knowledge base looked at by whoever reviews it."""

from __future__ import annotations

import sys

import click

from escalate.commands import options


@click.group("kb", short_help="The knowledge base: check it.")
def command() -> None:
    """Look at the knowledge base."""


@command.command("check")
@options.knowledge
@options.plain
def check_command(knowledge: str | None, plain: bool) -> None:
    """Load the knowledge base and name every problem, sorted by place; exit status 1 if there is one."""
    from escalate.audit.check import check
    from escalate.files.knowledge_base import read_knowledge

    library, problems = check(read_knowledge(knowledge))
    for problem in problems:
        click.echo(problem.render(), err=True)
    if problems or library is None:
        sys.exit(1)
    rules = [rule for rule in library.rules if rule.status == "active"]
    ids = {rule.id for rule in rules}
    click.echo(
        f"knowledge {library.version}, {library.digest}: {len(ids)} rules, "
        f"{len(library.therapies)} therapies, no problem"
    )
