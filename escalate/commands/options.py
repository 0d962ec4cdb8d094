"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from escalate.problems import UsageError, nearest

if TYPE_CHECKING:
    from escalate.library.model import Library

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
    """A day given on the command line, as a patient file takes it; UsageError for anything else."""
    if text is None:
        return None
    from escalate.patient.scalars import YEARS, calendar_day

    found = calendar_day(text)
    if found is None:
        first, last = YEARS[0], YEARS[-1]
        raise UsageError(f"{option} {text}: a date is written YYYY-MM-DD, in the years {first} to {last}")
    return found


def therapy_id(text: str, library: Library, lead: str = "") -> str:
    """The id of a listed therapy, from its id or any spelling the knowledge base knows (`IVIG`).

    Raises: UsageError, beginning with `lead`, for what names no therapy, or might name two.
    """
    if text in library.therapies:
        return text
    from escalate.patient.vocabulary import resolve

    found = resolve(text, library.drugs, "therapy")
    if isinstance(found, str) and found in library.therapies:
        return found
    why = f"`{text}` is not a therapy this knowledge base lists"
    help_ = nearest(text, library.therapies)
    if isinstance(found, str):
        why, help_ = f"`{text}` is known as a drug of the history, not as a therapy that is assessed", ""
    elif found.code == "ambiguous-name":
        why, help_ = found.message, found.help
    raise UsageError(f"{lead}{why}" + (f"; {help_}" if help_ else ""))
