"""`--log`: an assessment is in the decision log before anybody reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from escalate.commands.options import option
from escalate.problems import UsageError
from escalate.texts import N_, _, ngettext

if TYPE_CHECKING:
    from escalate.assessment import Assessment

log = option(
    "--log",
    "log_url",
    metavar="URL",
    help=N_(
        "Record each assessment in this decision log before it is shown: sqlite:///FILE or "
        "postgresql+psycopg://USER@HOST/DATABASE."
    ),
)
log_input = option(
    "--log-input",
    is_flag=True,
    help=N_("Keep the patient file itself in the log, so that it can be replayed."),
)


class Recording:
    """The log of one run of a command; without a URL nothing is recorded."""

    def __init__(self, url: str | None, keep_input: bool, as_of: date | None, overlay: str | None) -> None:
        """Raises: UsageError before anything is assessed, where the log's address is wrong."""
        if keep_input and url is None:
            raise UsageError(_("--log-input needs --log URL"))
        self._url, self._keep_input, self._as_of = url, keep_input, as_of
        self._overlay_digest = None
        if url is not None:
            from escalate.files.decision_log.source import open_log
            from escalate.files.knowledge_base import overlay_digest

            open_log(url)
            self._overlay_digest = overlay_digest(overlay) if overlay is not None else None

    def record(self, assessed: Sequence[tuple[Assessment, str, bytes]]) -> None:
        """Record assessments, each with the name and the bytes of its file; it is done when this returns.

        Raises: LogFailed; then nothing may be shown.
        """
        if self._url is None or not assessed:
            return
        from escalate.files.decision_log.entries import Given, assessment_entry
        from escalate.files.decision_log.source import record

        now = datetime.now(UTC)
        entries = []
        for assessment, name, raw in assessed:
            text = raw.decode("utf-8") if self._keep_input else None
            form = "json" if name.lower().endswith(".json") else "yaml"
            given = Given(self._as_of, self._overlay_digest, text, form)
            entries.append(assessment_entry(assessment, given, now))
        head = record(self._url, entries)
        said = ngettext(
            "escalate: recorded {count} assessment in the decision log; its head is {head}",
            "escalate: recorded {count} assessments in the decision log; its head is {head}",
            len(entries),
        )
        click.echo(said.format(count=len(entries), head=head), err=True)
