"""`escalate check`: read patient files, say what is wrong, advise nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.problems import PatientRefused, printable
from escalate.texts import N_, _, ngettext, spoken_now

if TYPE_CHECKING:
    from escalate.library.model import Library
    from escalate.patient.model import Patient


@options.command(
    "check",
    short_help=N_("Read and check patient files only."),
    help=N_("Read each PATIENT file and name every problem in it. Exit status 3 if one is refused."),
)
@options.patients
@options.as_of
@options.knowledge
@options.plain
@options.lang
def command(patients: tuple[str, ...], as_of: str | None, knowledge: str | None, plain: bool) -> None:
    """Read each PATIENT file and name every problem in it. Exit status 3 if one is refused."""
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import load_patient
    from escalate.patient.contradictions import find_contradictions
    from escalate.patient.unread_doses import accepted_doses, unread_doses

    day = options.day(as_of, "--as-of")
    library = load_knowledge(knowledge, spoken_now())
    refused = False
    for path in patients:
        try:
            patient = load_patient(path, library, as_of=day, today=date.today())
        except PatientRefused as problem:
            refused = True
            click.echo(str(problem), err=True)
            continue
        click.echo(
            _("{file}: reads well, {given}").format(
                file=printable(click.format_filename(path)), given=_given(patient)
            )
        )
        for found in find_contradictions(patient, library):
            click.echo(
                _("  {place}: contradiction {id}: {because}").format(
                    place=printable(str(found.at[0])), id=found.id, because=printable(found.because)
                )
            )
        unread = list(unread_doses(patient, library))
        for dose in unread:
            click.echo(f"  {printable(f'{dose.at}: {dose.why}')}")
        if unread:
            click.echo(f"  {accepted_doses()}")
        for note in _idle_overrides(patient, library):
            click.echo(f"  {printable(note)}")
    if refused:
        sys.exit(PatientRefused.exit_status)


def _given(patient: Patient) -> str:
    """What was read, counted, so that a list that fell out of the file is seen."""
    count = len(patient.values)
    counts = [ngettext("{count} field", "{count} fields", count).format(count=count)]
    if patient.antibodies is not None:
        count = len(patient.antibodies)
        counts.append(ngettext("{count} antibody", "{count} antibodies", count).format(count=count))
    if patient.therapies is not None:
        count = len(patient.therapies)
        counts.append(
            ngettext("{count} line of therapy", "{count} lines of therapy", count).format(count=count)
        )
    return ", ".join(counts)


def _idle_overrides(patient: Patient, library: Library) -> Iterable[str]:
    """Overrides that stand beside nothing: a report would not show them."""
    rules = {rule.id for rule in library.rules}
    for number, override in enumerate(patient.overrides):
        if override.rule not in rules:
            yield _(
                "overrides[{number}] concerns nothing: `{rule}` is no rule of this knowledge base"
            ).format(number=number, rule=override.rule)
        elif not override.therapy:
            yield _("overrides[{number}] concerns nothing: its therapy is not given").format(number=number)
