"""What `escalate assess` does more where a patient is a FHIR record, or the answer is to be FHIR."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.texts import _

if TYPE_CHECKING:
    from escalate.assessment import Assessment
    from escalate.library.model import Library
    from escalate.problems import PatientRefused


def tell_mapping(raw: bytes, path: str, library: Library, day: date) -> None:
    """On standard error how much of a FHIR record was read, and what shows the rest."""
    from escalate.files.patient_file import is_fhir

    if not is_fhir(raw):
        return
    from escalate.fhir.mapping_report import summary
    from escalate.files.fhir_file import understood_of

    understood = understood_of(raw, path, library, day)
    said = _("{summary}; `escalate import` names each of them with the reason")
    click.echo(said.format(summary=summary(understood)), err=True)
    if understood.drugs and not understood.whole_history:
        why = _("the record does not say that its medication is the whole history, which stays unknown")
        click.echo(f"  {why}", err=True)


def fhir_text(
    done: Sequence[Assessment],
    raws: Sequence[bytes],
    library: Library,
    day: date,
    refused: Sequence[PatientRefused] = (),
) -> str:
    """A Bundle for each patient, an OperationOutcome for each refused file; of several one Bundle of them.

    Args: refused, only where the answer goes to a file: an outcome quotes the input, and standard output says
    nothing about a patient who was refused.
    """
    from escalate.files.fhir_file import understood_of
    from escalate.files.json_text import dumps
    from escalate.files.patient_file import is_fhir
    from escalate.report.fhir import fhir_bundle, fhir_bundle_of, operation_outcome

    resources = [
        fhir_bundle(
            assessment,
            understood_of(raw, assessment.patient.file, library, day) if is_fhir(raw) else None,
        )
        for assessment, raw in zip(done, raws, strict=True)
    ]
    resources += [operation_outcome(refusal.problems) for refusal in refused]
    return dumps(fhir_bundle_of(resources) if len(resources) > 1 else resources[0])
