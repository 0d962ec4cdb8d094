"""`--what-if` and `--since`: an assessment beside another one of the same patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands.options import option
from escalate.problems import UsageError, printable
from escalate.texts import N_, _

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.library.model import Library
    from escalate.patient.model import Patient
    from escalate.report.changes import Changes

what_if = option(
    "--what-if",
    "what_if",
    metavar="FIELD=VALUE",
    multiple=True,
    help=N_("Show what would change if this field held another value (repeatable); nothing is recorded."),
)
since = option(
    "--since",
    metavar="OLD.json",
    type=str,
    help=N_("Show what is new since this earlier output of `assess --format json`."),
)


def _asked(what_if: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if not what_if:
        return ()
    from escalate.files.what_if import change_of

    return tuple(change_of(text) for text in what_if)


class Comparison:
    """What one run of a command compares with; without either option nothing."""

    def __init__(self, what_if: Sequence[str], since: str | None, log_url: str | None) -> None:
        """Raises: UsageError before anything is assessed."""
        self.asked = _asked(what_if)
        if self.asked and log_url is not None:
            # A log says what was said of a patient; nobody has these values.
            raise UsageError(_("--what-if is a question, not an assessment: it does not go with --log"))
        if self.asked and since is not None:
            raise UsageError(_("--what-if and --since: one comparison at a time"))
        self._since = since
        self._earlier = None
        if since is not None:
            from escalate.files.earlier import read_earlier

            self._earlier = read_earlier(since)

    def __bool__(self) -> bool:
        return bool(self.asked) or self._earlier is not None

    def patient(
        self, stated: Patient, raw: bytes, path: str, library: Library, as_of: date | None, today: date
    ) -> Patient:
        """The patient to assess: as stated, or with what is asked. Raises: WhatIfRefused."""
        if not self.asked:
            return stated
        from escalate.files.what_if import patient_with

        return patient_with(raw, path, library, self.asked, as_of=as_of, today=today)

    def changes(self, stated: Patient, assessment: Assessment, only: str | None) -> Changes | None:
        """What differs, of one therapy alone where `only` is given; None where nothing is compared.

        Args:   stated, the patient as the file has it.
        Raises: UsageError where the earlier file is about somebody else.
        """
        if not self:
            return None
        from escalate.assessment import assess
        from escalate.report.changes import changes
        from escalate.report.document import document

        if self._earlier is not None:
            from escalate.files.earlier import earlier_of

            id = assessment.patient.id
            if len(self._earlier) > 1 and id not in self._earlier:
                # A list of a conference, and somebody who was not on it.
                said = _("escalate: {file} holds no earlier assessment of patient {id}")
                click.echo(printable(said.format(file=self._since, id=id)), err=True)
                return None
            old = earlier_of(self._earlier, id, self._since or "")
        else:
            old = document(assess(stated, assessment.library), planned=False)
        found = changes(old, document(assessment, planned=False), what_if=self.asked)
        if only is None:
            return found
        return replace(
            found,
            verdicts=tuple(row for row in found.verdicts if row.therapy == only),
            reasons=tuple(row for row in found.reasons if row.therapy == only),
        )
