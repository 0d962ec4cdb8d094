"""The command line: one file per subcommand, imported only when it is called.

This module imports click and nothing else of weight, so that `escalate --help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from escalate._version import VERSION
from escalate.commands import options
from escalate.commands.spoken import Group, Option
from escalate.problems import EscalateError, InternalFault, UsageError, printable
from escalate.texts import N_, _, speaking

# One BLAS thread: the matrices are tiny, and the thread pool costs more than they do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_COMMANDS = {
    "assess": ("escalate.commands.assess", N_("Lay out the options for one or more patients.")),
    "calendar": (
        "escalate.commands.calendar",
        N_("Put dates to an open option: doses, hospital, checks, prophylaxis."),
    ),
    "check": ("escalate.commands.check", N_("Read and check patient files only.")),
    "cohort": (
        "escalate.commands.cohort",
        N_("Many patients at once, as one query: DuckDB here, or a Spark cluster."),
    ),
    "explain": (
        "escalate.commands.explain",
        N_("Why a therapy is open, closed or undecided: the whole clause tree."),
    ),
    "import": (
        "escalate.commands.import_",
        N_("FHIR to a patient file, with a report of what was used, ignored and rejected."),
    ),
    "kb": ("escalate.commands.kb", N_("The knowledge base: check it, run its vignettes.")),
    "pk": ("escalate.commands.pk", N_("The exposure of any regimen: table, JSON, CSV, figure.")),
    "log": ("escalate.commands.log", N_("The decision log: show, verify and export it.")),
    "new": ("escalate.commands.new", N_("Print a commented patient file to fill in.")),
    "replay": ("escalate.commands.replay", N_("Recorded assessments again: who changes, and why.")),
    "schema": ("escalate.commands.schema", N_("Print a JSON Schema for editors and clients.")),
    "serve": ("escalate.commands.serve", N_("The page of a conference, CDS Hooks and the HTTP API.")),
    "tis": ("escalate.commands.tis", N_("ACR/EULAR 2016 Total Improvement Score.")),
}

_BROKEN_PIPE = 141  # what a shell reports for SIGPIPE


class _Lazy(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name][0]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader (head, less) has gone. click would exit with 1: that a check found something.
            _mute_stdout()
            sys.exit(_BROKEN_PIPE)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table above: importing every command for its help line would load everything.
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (_module, text) in _COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_(
        "Decision support for myositis that does not respond.\n\n"
        "Lays out the next steps for one patient, up to a BCMA T-cell engager, what closes an option, "
        "and what nobody has measured yet. Start with: escalate new > patient.yaml, then "
        "escalate assess patient.yaml."
    ),
)
@click.version_option(VERSION, prog_name="escalate", help=N_("Show the version and exit."), cls=Option)
@options.lang
def cli() -> None:
    """The group; its commands do the work."""


def main() -> None:
    """Run the command line; every deliberate error ends in its exit status, never in a traceback."""
    # A command lives for a fraction of a second: walking thousands of frozen rules for garbage, of
    # which there is none, would be a tenth of it.
    gc.disable()
    try:
        if sys.stdout is None:  # closed by the shell: print would fall silent and report success
            raise UsageError(_("standard output is closed: there is nowhere to write the answer"))
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        from escalate.commands.click_errors import complaint, language_asked_for

        # click stops at the first fault, perhaps before it has come to `--lang`.
        with speaking(language_asked_for(sys.argv[1:])):
            _complain(complaint(error))
        sys.exit(error.exit_code)
    except UsageError as error:
        # It quotes the command line, which may hold what a terminal would obey.
        _complain(printable(str(error)))
        sys.exit(error.exit_status)
    except EscalateError as error:
        _complain(str(error))
        sys.exit(error.exit_status)
    except OSError as error:
        # Files are opened where their own errors are raised: what is left is the output (a full disk).
        if os.environ.get("ESCALATE_TRACE"):
            raise
        _mute_stdout()
        _complain(
            _("escalate: the answer could not be written: {why}").format(
                why=error.strerror or type(error).__name__
            )
        )
        sys.exit(UsageError.exit_status)
    except Exception as error:
        # A fault of ours: say so in one line; the trace only where a developer asks for it.
        if os.environ.get("ESCALATE_TRACE"):
            raise
        _complain(
            _(
                "escalate: internal-fault: {fault}; nothing is advised. Set ESCALATE_TRACE=1 for the "
                "trace and report it."
            ).format(fault=type(error).__name__)
        )
        sys.exit(InternalFault.exit_status)


def _complain(text: str) -> None:
    """A message on standard error, where there is one: the exit status says it in any case."""
    with suppress(OSError):
        click.echo(text, err=True)


def _mute_stdout() -> None:
    """Point standard output elsewhere, so that Python's own last flush does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
