"""`escalate check`: read patient files, say what is wrong, advise nothing."""

from __future__ import annotations

import sys
from datetime import date

import click

from escalate.commands import options
from escalate.problems import PatientRefused


@click.command("check", short_help="Read and check patient files only.")
@options.patients
@options.as_of
@options.knowledge
@options.plain
def command(patients: tuple[str, ...], as_of: str | None, knowledge: str | None, plain: bool) -> None:
    """Read each PATIENT file and name every problem in it. Exit status 3 if one is refused."""
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import load_patient
    from escalate.patient.contradictions import find_contradictions

    day = options.day(as_of, "--as-of")
    library = load_knowledge(knowledge)
    refused = False
    for path in patients:
        try:
            patient = load_patient(path, library, as_of=day, today=date.today())
        except PatientRefused as problem:
            refused = True
            click.echo(str(problem), err=True)
            continue
        click.echo(f"{click.format_filename(path)}: reads well, {len(patient.values)} fields given")
        for found in find_contradictions(patient):
            click.echo(f"  contradiction {found.id}: {found.because}")
    if refused:
        sys.exit(PatientRefused.exit_status)
