"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from escalate.problems import UsageError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

patients = click.argument("patients", nargs=-1, required=True, metavar="PATIENT...", type=click.Path())
knowledge = click.option(
    "--knowledge",
    metavar="DIR",
    type=click.Path(),
    help="A folder with knowledge/ and rules/ instead of the shipped one.",
)
plain = click.option("--plain", is_flag=True, help="No colour.")
as_of = click.option(
    "--as-of", metavar="DATE", help="Assess as of this day (YYYY-MM-DD); facts dated later are hidden."
)
output = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write here instead of to the screen.",
)


def day(text: str | None, option: str) -> date | None:
    """An ISO date given on the command line; UsageError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: a date is written YYYY-MM-DD") from None
