"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from escalate.commands.spoken import Command, Option
from escalate.problems import UsageError, nearest
from escalate.texts import LANGUAGES, N_, _, catalogue, speaking

if TYPE_CHECKING:
    from escalate.library.model import Library

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

patients = click.argument("patients", nargs=-1, required=True, metavar="PATIENT...", type=click.Path())
option = partial(click.option, cls=Option)
command = partial(click.command, cls=Command)
knowledge = option(
    "--knowledge",
    metavar="DIR",
    type=click.Path(),
    help=N_("A folder with knowledge/ and rules/ instead of the shipped one."),
)
# Every command takes it; what is recorded in a log is read as it stands there.
knowledge_not_read = option(
    "--knowledge",
    metavar="DIR",
    type=click.Path(),
    expose_value=False,
    help=N_("As on every command; a log is read without a knowledge base."),
)
overlay = option(
    "--overlay",
    metavar="DIR",
    type=click.Path(),
    help=N_("A folder with the centre's own, stricter limits: overlay.yaml and rules/*.yaml."),
)
plain = option("--plain", is_flag=True, help=N_("No colour."))
as_of = option(
    "--as-of", metavar="DATE", help=N_("Assess as of this day (YYYY-MM-DD); facts dated later are hidden.")
)
start = option(
    "--start",
    metavar="DATE",
    help=N_("The day of the first dose (YYYY-MM-DD): the calendars of a page get real days."),
)
output = option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_("Write here instead of to the screen."),
)

output_or_folder = option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help=N_(
        "Write here instead of to the screen; html and pdf of several patients: a folder with an index page."
    ),
)


def _speak(ctx: click.Context, _parameter: click.Parameter, language: str | None) -> None:
    if language is None:
        return  # as the group was told; else English
    # Until the whole command is done: its errors speak the same language.
    ctx.find_root().with_resource(speaking(language))
    try:
        if language != "en":
            catalogue(language)
    except OSError:
        raise UsageError(
            _("--lang {language}: its catalogue is not compiled (`make catalogue`)").format(language=language)
        ) from None


# Nothing of the environment is asked: the same command gives the same bytes on every machine. The command
# reads the language by `spoken_now()`; eager, so that `--lang de --help` is German.
lang = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    is_eager=True,
    callback=_speak,
    help=N_("Language of every text; English where nothing is said."),
)


def day(text: str | None, option: str) -> date | None:
    """A day given on the command line, as a patient file takes it; UsageError for anything else."""
    if text is None:
        return None
    from escalate.patient.scalars import YEARS, calendar_day

    found = calendar_day(text)
    if found is None:
        first, last = YEARS[0], YEARS[-1]
        raise UsageError(
            _("{option} {text}: a date is written YYYY-MM-DD, in the years {first} to {last}").format(
                option=option, text=text, first=first, last=last
            )
        )
    return found


def need_solver() -> None:
    """Raises: UsageError where z3, which the proofs need, is not installed."""
    if find_spec("z3") is None:
        raise UsageError(_("z3 is not installed; it comes with `pip install 'escalate[audit]'`"))


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
    why = _("`{text}` is not a therapy this knowledge base lists").format(text=text)
    help_ = nearest(text, library.therapies)
    if isinstance(found, str):
        known = _("`{text}` is known as a drug of the history, not as a therapy that is assessed")
        why, help_ = known.format(text=text), ""
    elif found.code == "ambiguous-name":
        why, help_ = found.message, found.help
    raise UsageError(f"{lead}{why}" + (f"; {help_}" if help_ else ""))
