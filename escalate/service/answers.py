"""What is computed for a request: from bytes to bytes, so that it can be done in another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from escalate.assessment import Assessment, assess
from escalate.fhir.model import Understood
from escalate.files.decision_log.entries import Given, assessment_entry
from escalate.files.json_text import dumps
from escalate.files.patient_file import is_fhir, patient_of
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.report.document import document
from escalate.report.explain import explanation
from escalate.texts import _, speaking


@dataclass(frozen=True, slots=True)
class Sent:
    """One patient as he was sent: `form` is yaml, json or fhir; without `as_of` the file says the day."""

    raw: bytes
    form: str
    today: date
    as_of: date | None = None

    @property
    def name(self) -> str:
        """What the file is called; a FHIR record is told by what it holds."""
        return "patient.yaml" if self.form == "yaml" else "patient.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """What the decision log keeps of an assessment."""

    keep_input: bool = False
    overlay_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer, and the entry for the decision log where there is one."""

    body: bytes
    entry: Mapping[str, object] | None = None


def assessed(
    library: Library, sent: Sent, therapy: str | None, recording: Recording | None, *, fhir: bool = False
) -> Answer:
    """The bytes that `escalate assess` prints, as JSON or as a FHIR Bundle. Raises: PatientRefused."""
    with speaking(library.language):
        _known(library, therapy)
        understood = _understood(library, sent)
        assessment = _assessment(library, sent, understood)
        body = (_written(assessment, understood, therapy, fhir=fhir) + "\n").encode()
        return Answer(body, _entry(assessment, sent, recording))


def explained(library: Library, sent: Sent, therapy: str) -> bytes:
    """The text that `escalate explain` prints. Raises: PatientRefused, UsageError."""
    with speaking(library.language):
        _known(library, therapy)
        text = explanation(_assessment(library, sent), therapy)
        return (text if text.endswith("\n") else text + "\n").encode()


def exposure(library: Library, model: str, asked: Mapping[str, Any], today: date) -> bytes:
    """The bytes that `escalate pk --format json` prints. Raises: UsageError."""
    from escalate.files.pk_question import question
    from escalate.pk.document import answer

    with speaking(library.language):
        try:
            one = question(library, model, asked, today)
            if not one.model.is_linear and one.persons > _MOST_NONLINEAR:
                said = _("{id} takes at most {count} virtual patients here")
                raise UsageError(said.format(id=one.model.id, count=_MOST_NONLINEAR))
            return (dumps(answer(one)) + "\n").encode()
        except ValueError as error:
            raise UsageError(f"pk: {error}") from error


_MOST_NONLINEAR = 50  # each of them takes a fifth of a second


def _understood(library: Library, sent: Sent) -> Understood | None:
    """What is understood of a FHIR record; None of a patient file. Raises: PatientRefused."""
    if not is_fhir(sent.raw):
        return None
    from escalate.files.fhir_file import understood_of

    return understood_of(sent.raw, sent.name, library, sent.as_of or sent.today)


def _assessment(library: Library, sent: Sent, understood: Understood | None = None) -> Assessment:
    if understood is None:
        patient = patient_of(sent.raw, sent.name, library, as_of=sent.as_of, today=sent.today)
    else:
        from escalate.files.fhir_file import patient_from

        patient = patient_from(understood, library, as_of=sent.as_of, today=sent.today)
    return assess(patient, library)


def _written(
    assessment: Assessment, understood: Understood | None, therapy: str | None, *, fhir: bool
) -> str:
    if fhir:
        from escalate.report.fhir import fhir_bundle

        return dumps(fhir_bundle(assessment, understood))
    if understood is None:
        return dumps(document(assessment, therapy))
    from escalate.fhir.mapping_report import mapping_document

    mapped = mapping_document(understood)
    # Whoever sends a record learns here what was not read of it; a command line says it beside its answer.
    return dumps(
        {**document(assessment, therapy), "record": {key: mapped[key] for key in ("entries", "notes")}}
    )


def _known(library: Library, therapy: str | None) -> None:
    if therapy is not None and therapy not in library.therapies:
        from escalate.problems import nearest

        said = _("`{text}` is not a therapy this knowledge base lists").format(text=therapy)
        help_ = nearest(therapy, library.therapies)
        raise UsageError(f"{said}; {help_}" if help_ else said)


def _entry(assessment: Assessment, sent: Sent, recording: Recording | None) -> Mapping[str, object] | None:
    if recording is None:
        return None
    text = sent.raw.decode("utf-8") if recording.keep_input else None
    given = Given(sent.as_of, recording.overlay_digest, text, "yaml" if sent.form == "yaml" else "json")
    return assessment_entry(assessment, given, datetime.now(UTC))
