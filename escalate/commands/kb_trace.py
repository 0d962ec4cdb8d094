"""`escalate kb trace`: from each id of the clinical dossier to the rules, the knowledge and the tests."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.texts import N_, _, spoken_now


@options.command(
    "trace",
    short_help=N_("Where each id of the clinical dossier is held."),
    help=N_(
        "Write docs/traceability.md of this checkout: each id of the clinical dossier with the rules, the "
        "knowledge and the tests that hold it, or the reason why there is none.\n\n"
        "With --check nothing is written. Exit status 1 for an id without a home or a reason; with --check "
        "also when the page is not up to date."
    ),
)
@options.option("--check", is_flag=True, help=N_("Write nothing; only say whether the page is up to date."))
@options.knowledge
@options.plain
@options.lang
def command(check: bool, knowledge: str | None, plain: bool) -> None:
    """Write docs/traceability.md, or check it."""
    from escalate.audit.trace_page import page
    from escalate.files.knowledge_base import load_knowledge, shipped_folder
    from escalate.files.trace import PAGE, trace_repository

    root = Path(knowledge) if knowledge else shipped_folder()
    rows = trace_repository(root, load_knowledge(knowledge, spoken_now()))
    problems = [problem for row in rows for problem in row.problems]
    for problem in problems:
        click.echo(problem, err=True)
    made, place = page(rows), root / PAGE
    stale = _read(place) != made
    if stale and check:
        click.echo(_("{file} is not up to date; `escalate kb trace` writes it").format(file=PAGE), err=True)
    elif stale:
        emit(made, str(place))
    click.echo(
        _("{count} ids, {problems} without a home or a reason").format(
            count=len(rows), problems=len(problems)
        )
    )
    if problems or (stale and check):
        sys.exit(1)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
