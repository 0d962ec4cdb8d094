"""`escalate log key` and `escalate log sign`: the end of a log, signed, to be kept somewhere else."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.texts import N_, _, ngettext


@options.command(
    "key",
    short_help=N_("Make a key that signs heads of logs."),
    help=N_(
        "Make an Ed25519 key: the private one in FILE, readable by its owner alone, the public one in "
        "FILE.pub. A file that is there is never overwritten."
    ),
)
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False))
@options.knowledge_not_read
@options.plain
@options.lang
def key(file: str, plain: bool) -> None:
    """Make a key that signs heads of logs."""
    from escalate.files.decision_log.signing import make_key

    fingerprint = make_key(Path(file))
    click.echo(
        _("private key {file} (keep it away from the log), public key {file}.pub; fingerprint {key}").format(
            file=file, key=fingerprint
        )
    )


@options.command(
    "sign",
    short_help=N_("Sign the head of a log, to be kept elsewhere."),
    help=N_(
        "Sign the head of LOG, after every entry was checked: with it `escalate log verify --signed` finds "
        "an end that was cut off and a past that was rewritten. Keep the file away from the log."
    ),
)
@click.argument("log", metavar="LOG")
@options.option(
    "--key", "key_file", metavar="FILE", required=True, help=N_("The private key, of `escalate log key`.")
)
@options.output
@options.knowledge_not_read
@options.plain
@options.lang
def sign(log: str, key_file: str, output: str | None, plain: bool) -> None:
    """Sign the head of a log."""
    from escalate.files.decision_log.signing import head_text
    from escalate.files.decision_log.signing import sign as signed
    from escalate.files.decision_log.source import stored_rows
    from escalate.files.decision_log.verify import in_words, tamperings

    found, head = tamperings(stored_rows(log))
    if found:
        # A signature would say that this is the log that was written.
        for one in found:
            click.echo(in_words(one), err=True)
        click.echo(_("escalate: nothing was signed: the log was tampered with"), err=True)
        sys.exit(1)
    emit(head_text(signed(head, Path(key_file), datetime.now(UTC))), output)
    if output is not None:
        told = ngettext(
            "escalate: signed the head of {count} entry: {head}",
            "escalate: signed the head of {count} entries: {head}",
            head.count,
        )
        click.echo(told.format(count=head.count, head=head), err=True)
