"""What click says of a command that was used wrongly, in the language that the command line asks for.

click puts its sentences together in English before anybody can translate them. Here each is recognised by
click's own wording and said again from our catalogue; one that is not recognised stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from escalate.texts import LANGUAGES, N_, _

# What follows a sentence stands before it, and every `{message}` is a sentence again.
_SENTENCES = (
    N_("{message} Did you mean {possibility}?"),
    N_("{message} (Did you mean one of: {possibilities}?)"),
    N_("{message} Choose from:{choices}"),
    N_("Invalid value: {message}"),
    N_("Invalid value for {parameter}: {message}"),
    N_("No such option {name}."),
    N_("No such command {name}."),
    N_("Missing command."),
    N_("Missing argument {name}."),
    N_("Missing option {name}."),
    N_("Missing parameter {name}."),
    N_("Got unexpected extra argument ({args})"),
    N_("Got unexpected extra arguments ({args})"),
    N_("Option {name} does not take a value."),
    N_("Option {name} requires an argument."),
    N_("Option {name} requires {count} arguments."),
    N_("Argument {name} takes {count} values."),
    N_("{value} is not one of {choices}."),
    N_("{value} is not a valid integer."),
    N_("{value} is not a valid integer range."),
    N_("{value} is not a valid float."),
    N_("{value} is not in the range {range}."),
    N_("File {name} is a directory."),
    N_("Directory {name} is a file."),
    N_("File {name} is not readable."),
    N_("Directory {name} is not readable."),
    N_("Path {name} is not readable."),
    N_("{value} is not {choice}."),
)


def language_asked_for(arguments: Sequence[str]) -> str:
    """The language that `--lang` names on a command line that click may not have read to its end."""
    asked = "en"
    for place, word in enumerate(arguments):
        if word == "--":
            break
        name, given, value = word.partition("=")
        if name == "--lang":
            following = arguments[place + 1] if place + 1 < len(arguments) else ""
            said = value if given else following
            asked = said if said in LANGUAGES else asked
    return asked


def complaint(error: click.ClickException) -> str:
    """The lines for standard error: how the command is used, where help is, and what is wrong."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()  # the help itself
    lines = []
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        lines.append(context.get_usage())
        if context.command.get_help_option(context) is not None:
            option = max(context.command.get_help_option_names(context), key=len)
            hint = _("Try '{command} {option}' for help.")
            lines.append(hint.format(command=context.command_path, option=option))
        lines.append("")
    lines.append(_("Error: {message}").format(message=said_again(error.format_message())))
    return "\n".join(lines)


def said_again(message: str) -> str:
    """A sentence of click in the language that is spoken; itself where it is not among ours."""
    for sentence in _SENTENCES:
        found = _pattern(sentence).fullmatch(message)
        if found is not None:
            parts = {name: said_again(t) if name == "message" else t for name, t in found.groupdict().items()}
            return _(sentence).format(**parts)
    return message


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", sentence)
    parts = [f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)]
    return re.compile("".join(parts), re.DOTALL)
