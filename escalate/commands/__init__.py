"""The command line: one file per subcommand, imported only when it is called.

This module imports click and nothing else of weight, so that `escalate --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from escalate._version import VERSION
from escalate.problems import EscalateError, InternalFault

# One BLAS thread: the matrices are tiny, and the thread pool costs more than they do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_COMMANDS = {
    "assess": ("escalate.commands.assess", "Lay out the options for one or more patients."),
    "check": ("escalate.commands.check", "Read and check patient files only."),
    "explain": (
        "escalate.commands.explain",
        "Why a therapy is open, closed or undecided: the whole clause tree.",
    ),
    "kb": ("escalate.commands.kb", "The knowledge base: check it."),
    "pk": ("escalate.commands.pk", "The exposure of any regimen: table, JSON, CSV, figure."),
    "new": ("escalate.commands.new", "Print a commented patient file to fill in."),
    "schema": ("escalate.commands.schema", "Print a JSON Schema for editors and clients."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table above: importing every command for its help line would load everything.
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="escalate")
def cli() -> None:
    """Decision support for myositis that does not respond.

    Lays out the next steps for one patient, up to a BCMA T-cell engager, what closes an option,
    and what nobody has measured yet. Start with: escalate new > patient.yaml, then
    escalate assess patient.yaml.
    """


def main() -> None:
    """Run the command line; every deliberate error ends in its exit status, never in a traceback."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (head, less) has gone; point stdout elsewhere so that Python's own flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except EscalateError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)
    except Exception as error:
        # A fault of ours: say so in one line; the trace only where a developer asks for it.
        if os.environ.get("ESCALATE_TRACE"):
            raise
        click.echo(
            f"escalate: internal-fault: {type(error).__name__}; nothing is advised. "
            "Set ESCALATE_TRACE=1 for the trace and report it.",
            err=True,
        )
        sys.exit(InternalFault.exit_status)
