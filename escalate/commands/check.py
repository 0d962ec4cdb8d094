"""`escalate check`: read patient files, say what is wrong, advise nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.problems import PatientRefused, printable
from escalate.texts import N_, spoken_now

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
        click.echo(f"{printable(click.format_filename(path))}: reads well, {_given(patient)}")
        for found in find_contradictions(patient):
            click.echo(f"  contradiction {found.id}: {printable(found.because)}")
        for note in _idle_overrides(patient, library):
            click.echo(f"  {printable(note)}")
    if refused:
        sys.exit(PatientRefused.exit_status)


def _given(patient: Patient) -> str:
    """What was read, counted, so that a list that fell out of the file is seen."""
    counts = [_count(len(patient.values), "field", "fields")]
    if patient.antibodies is not None:
        counts.append(_count(len(patient.antibodies), "antibody", "antibodies"))
    if patient.therapies is not None:
        counts.append(_count(len(patient.therapies), "line of therapy", "lines of therapy"))
    return ", ".join(counts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _idle_overrides(patient: Patient, library: Library) -> Iterable[str]:
    """Overrides that stand beside nothing: a report would not show them."""
    rules = {rule.id for rule in library.rules}
    for number, override in enumerate(patient.overrides):
        if override.rule not in rules:
            yield f"overrides[{number}] concerns nothing: `{override.rule}` is no rule of this knowledge base"
        elif not override.therapy:
            yield f"overrides[{number}] concerns nothing: its therapy is not given"
