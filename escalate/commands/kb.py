"""`escalate kb`: the knowledge base looked at by whoever reviews it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from escalate.commands import (
    kb_check,
    kb_coverage,
    kb_diff,
    kb_docs,
    kb_fmt,
    kb_mutate,
    kb_trace,
    kb_verify,
    options,
)
from escalate.commands.spoken import Command, Group
from escalate.problems import UsageError
from escalate.texts import N_, _


@click.group(
    "kb",
    cls=Group,
    short_help=N_("The knowledge base: check it, run its vignettes."),
    help=N_("Look at the knowledge base."),
)
def command() -> None:
    """Look at the knowledge base."""


@command.command(
    "test",
    cls=Command,
    help=N_("Run the vignettes of FOLDER (default: beside the knowledge); exit status 1 if one fails."),
)
@click.argument("folder", required=False, type=click.Path())
@options.knowledge
@options.plain
@options.lang
def test_command(folder: str | None, knowledge: str | None, plain: bool) -> None:
    """Run the vignettes of FOLDER (default: beside the knowledge); exit status 1 if one fails."""
    from escalate.audit.expectations import failures
    from escalate.files.knowledge_base import load_knowledge, shipped_folder
    from escalate.files.vignettes import assessor, vignette_cases

    beside = Path(knowledge) if knowledge else shipped_folder()
    place = Path(folder) if folder else beside / "tests" / "vignettes"
    assess = assessor(load_knowledge(knowledge))
    run = failed = 0
    for case in vignette_cases(place):
        run += 1
        found = failures(case, assess)
        failed += bool(found)
        for line in found:
            click.echo(f"{case.at}: {case.name}: {line}", err=True)
    if not run:
        raise UsageError(_("{place}: no vignettes found").format(place=place))
    click.echo(_("{good} of {count} cases hold").format(good=run - failed, count=run))
    if failed:
        sys.exit(1)


command.add_command(kb_check.command)
command.add_command(kb_coverage.command)
command.add_command(kb_diff.command)
command.add_command(kb_docs.command)
command.add_command(kb_fmt.command)
command.add_command(kb_mutate.command)
command.add_command(kb_trace.command)
command.add_command(kb_verify.command)
