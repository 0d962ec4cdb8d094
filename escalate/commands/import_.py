"""`escalate import`: FHIR to a patient file for a human to complete, with what became of every entry."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.fhir.model import Understood
    from escalate.library.model import Library


@options.command(
    "import",
    short_help=N_("FHIR to a patient file, with a report of what was used, ignored and rejected."),
    help=N_(
        "Write a patient file of what BUNDLE says: a FHIR R4 Bundle, a CDS Hooks prefetch, a bulk export "
        "as NDJSON, or a folder of it. Nothing is guessed: what is not understood is named in the report "
        "and stays unknown.\n\n"
        "Of several patients a file is written for each into the folder that -o names. Exit status 3 when "
        "the input is refused."
    ),
)
@click.argument("bundle", type=click.Path())
@options.output
@options.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=N_("The report on every entry goes here (as JSON where the name ends in .json), not to the screen."),
)
@options.as_of
@options.knowledge
@options.plain
@options.lang
def command(
    bundle: str, output: str | None, report: str | None, as_of: str | None, knowledge: str | None, plain: bool
) -> None:
    """Write a patient file of what BUNDLE says."""
    from escalate.fhir.patient_file import patient_file
    from escalate.files.fhir_file import understood_in
    from escalate.files.knowledge_base import load_knowledge

    day = options.day(as_of, "--as-of") or date.today()
    library = load_knowledge(knowledge, spoken_now())
    found = understood_in(bundle, library, day)
    if len(found) == 1:
        emit(patient_file(found[0], library, day), output)
    else:
        _write_each(found, library, day, output)
    _tell(found, report)


def _write_each(found: tuple[Understood, ...], library: Library, day: date, output: str | None) -> None:
    """A file for each patient, named by its number: an id is no file name."""
    from escalate.fhir.patient_file import patient_file

    if output is None:
        raise UsageError(
            _("the input is of {count} patients: -o FOLDER takes a file for each").format(count=len(found))
        )
    folder = Path(output)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"-o {output}: {error.strerror}") from None
    width = len(str(len(found)))
    for number, one in enumerate(found, 1):
        emit(patient_file(one, library, day), os.fspath(folder / f"patient-{number:0{width}}.yaml"))


def _tell(found: tuple[Understood, ...], report: str | None) -> None:
    from escalate.fhir.mapping_report import mapping_document, mapping_report

    if report is None:
        for one in found:
            click.echo(mapping_report(one), err=True, nl=False)
    elif report.lower().endswith(".json"):
        from escalate.files.json_text import dumps

        documents = [mapping_document(one) for one in found]
        emit(dumps(documents if len(found) > 1 else documents[0]), report)
    else:
        emit("\n".join(map(mapping_report, found)), report)
