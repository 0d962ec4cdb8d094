"""Help in the language that is spoken: `--lang de --help`. What click says of an error: `click_errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from escalate.texts import N_, _

_HELP = N_("Show this message and exit.")
# As click writes them into the first line of the help.
_PIECES = (N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))


class Option(click.Option):
    """An option whose help stands in the catalogue."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Its names, and what it does."""
        with _translated(self):
            record = super().get_help_record(ctx)
        if record is None:
            return None
        default = _("default")
        return record[0], record[1].replace("[default: ", f"[{default}: ")


class Command(click.Command):
    """A command whose help stands in the catalogue."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line of the help."""
        pieces = " ".join(_(piece) for piece in self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        with _translated(self):
            super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of the options."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        records = [record for one in options if (record := one.get_help_record(ctx)) is not None]
        with formatter.section(_("Options")):
            formatter.write_dl([(name, _(text) if text == _HELP else text) for name, text in records])


class Group(Command, click.Group):
    """A group of commands; each is shown with its short help."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of the options, then that of the commands."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of the commands."""
        rows = []
        for name in self.list_commands(ctx):
            one = self.get_command(ctx, name)
            text = one.short_help or one.help if one is not None else None
            if text:
                rows.append((name, _(text)))
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


@contextmanager
def _translated(what: Any) -> Iterator[None]:
    english = what.help
    what.help = _(english) if english else english
    try:
        yield
    finally:
        what.help = english
