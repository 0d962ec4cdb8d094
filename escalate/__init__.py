"""escalate: what next, and what must not be done, when myositis does not respond.

The way through, one direction, no room asks back:

    patient.yaml - files -> Patient - derive -> facts - engine -> findings -> options -> plan -> report
                                                  ^ rules + knowledge = Library (frozen, digest)

    truth.py      Kleene FALSE < UNKNOWN < TRUE            problems.py   what is wrong, where, what helps
    nodes.py      a document as texts with positions       units.py      accepted units, exact conversion
    language/     condition text -> typed tree -> Truth: the reference meaning
    library/      knowledge/ and rules/ -> one frozen Library with its digest
    patient/      the Patient, contradictions, derived facts, lines of therapy
    engine/       durable_rules (dual rail) and the evaluator; both run, and they must agree
    findings/     grades and conclusions with the facts they stand on
    options/      verdict, reasons, ladder, alerts, what to ask
    pk/  plan/    exposure of a regimen; doses in milligrams and vials
    assessment.py the way through, in one function
    near_miss.py  values just beside a line, and what the other side of it would say
    report/       Assessment -> text, JSON, HTML, Markdown, FHIR, explanation; computes nothing
    audit/        the knowledge base under review
    site/         the knowledge base as pages that a clinician reads
    fhir/         FHIR R4 records in: what a patient file can hold of them, every entry accounted for
    files/        the only place that reads YAML, JSON and folders
    commands/     one file per subcommand

`knowledge/` and `rules/` beside this package are YAML that clinicians review.

As a library (docs/embedding.md):

    >>> from escalate import assess, load_knowledge, load_patient       # doctest: +SKIP
    >>> assessment = assess(load_patient("patient.yaml"), load_knowledge())  # doctest: +SKIP
    >>> assessment.option("teclistamab").verdict                        # doctest: +SKIP
    <Verdict.PROPOSE: 'propose'>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate._version import VERSION as __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from os import PathLike
    from typing import Any, Literal

    from escalate.assessment import Assessment
    from escalate.fhir.model import Understood
    from escalate.library.model import Library
    from escalate.nodes import Document
    from escalate.options.model import NotIndicated, Option
    from escalate.options.verdict import Verdict
    from escalate.patient.model import Patient
    from escalate.problems import (
        EnginesDisagree,
        EscalateError,
        KnowledgeRefused,
        PatientRefused,
        Problem,
        UsageError,
    )

__all__ = [
    "Assessment",
    "Document",
    "EnginesDisagree",
    "EscalateError",
    "KnowledgeRefused",
    "Library",
    "NotIndicated",
    "Option",
    "Patient",
    "PatientRefused",
    "Problem",
    "Understood",
    "UsageError",
    "Verdict",
    "__version__",
    "as_document",
    "assess",
    "fhir_bundle",
    "load_knowledge",
    "load_patient",
    "read_bundle",
    "read_patient",
    "render",
]

_HOMES = {
    "Assessment": "assessment",
    "Document": "nodes",
    "Library": "library.model",
    "NotIndicated": "options.model",
    "Option": "options.model",
    "Patient": "patient.model",
    "Understood": "fhir.model",
    "Verdict": "options.verdict",
} | dict.fromkeys(
    ("EnginesDisagree", "EscalateError", "KnowledgeRefused", "PatientRefused", "Problem", "UsageError"),
    "problems",
)


def __getattr__(name: str) -> object:
    """The public classes, each from its room when it is first asked for: `import escalate` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module `escalate` has no attribute `{name}`")
    from importlib import import_module

    return getattr(import_module(f"escalate.{_HOMES[name]}"), name)


# Each function imports what it needs when it is called: `import escalate` stays light.


def load_knowledge(
    folder: str | PathLike[str] | None = None,
    language: str = "en",
    overlay: str | PathLike[str] | None = None,
) -> Library:
    """The knowledge base: the shipped one, or a folder that holds `knowledge/` and `rules/`.

    Every text for people that comes of it, and of an assessment under it, is in `language`, `en` or `de`.
    `overlay` is a folder with a centre's own limits, which may only be stricter.

    Raises: KnowledgeRefused with every problem, sorted by place.
    """
    from escalate.files.knowledge_base import load_knowledge as load

    return load(folder, language, overlay)


def load_patient(
    path: str | PathLike[str],
    library: Library | None = None,
    *,
    as_of: date | None = None,
    today: date | None = None,
) -> Patient:
    """One patient file (YAML or JSON, schema escalate/patient/v1).

    Args:    library, whose names and units the file may use (default: the shipped one);
             as_of, assess as of that day and hide facts dated later;
             today, what `assessed_on` means where the file does not say (default: the clock).
    Raises:  PatientRefused with every problem, sorted by place.
    """
    from datetime import date as calendar

    from escalate.files.patient_file import load_patient as load

    return load(path, library or load_knowledge(), as_of=as_of, today=today or calendar.today())


def read_patient(
    text: str | bytes | Document,
    library: Library | None = None,
    *,
    name: str = "patient.yaml",
    as_of: date | None = None,
    today: date | None = None,
) -> Patient:
    """A patient file that is held in memory; nothing is written anywhere.

    Args:    text, YAML, or JSON where `name` ends with `.json`, or the `patient_document` of `read_bundle`;
             name, how problems call the file; library, as_of and today, as of `load_patient`.
    Raises:  PatientRefused with every problem, sorted by place; UsageError for anything else than these.
    """
    from datetime import date as calendar

    from escalate.files.patient_file import patient_of
    from escalate.nodes import Document
    from escalate.patient.reader import read_patient as read
    from escalate.texts import _, speaking

    known, day = library or load_knowledge(), today or calendar.today()
    if isinstance(text, Document):
        with speaking(known.language):
            return read(text, known, today=day, as_of=as_of)
    if not isinstance(text, str | bytes):
        from escalate.problems import UsageError

        said = _("`read_patient` takes a text, bytes or `understood.patient_document`, not {kind}")
        raise UsageError(said.format(kind=type(text).__name__))
    raw = text.encode("utf-8") if isinstance(text, str) else text
    return patient_of(raw, name, known, as_of=as_of, today=day)


def read_bundle(
    resource: Mapping[str, Any], library: Library | None = None, *, today: date | None = None
) -> Understood:
    """What is understood of one patient's FHIR R4 resources; nothing is written anywhere.

    Args:    resource, a Bundle, a CDS Hooks prefetch or a single resource, as plain values of JSON;
             library, whose codes are read (default: the shipped one);
             today, the day of the assessment, to which age counts (default: the clock).
    Returns: `patient_document` is for `read_patient`; `entries` and `notes` say what became of the record.
    Raises:  PatientRefused for what is no such input, and where it is not of exactly one patient.
    """
    from datetime import date as calendar

    from escalate.fhir.read import read_bundle as read

    return read(resource, library or load_knowledge(), today=today or calendar.today())


def assess(patient: Patient, library: Library) -> Assessment:
    """What is open, closed and unknown for one patient, and why.

    Raises: EnginesDisagree when the two readings of the rules differ; nothing is advised then.
    """
    from escalate.assessment import assess as run

    return run(patient, library)


def as_document(assessment: Assessment) -> Mapping[str, Any]:
    """The assessment in JSON's own types, schema escalate/assessment/v1: what `render` writes as JSON."""
    from escalate.files.json_text import plain
    from escalate.report.document import document

    said: Mapping[str, Any] = plain(document(assessment))
    return said


def fhir_bundle(assessment: Assessment, understood: Understood | None = None) -> dict[str, Any]:
    """The assessment as a FHIR R4 Bundle, what `escalate assess --format fhir` prints, in JSON's own types.

    Args: understood, what `read_bundle` gave, whose subject and resources are then referred to.
    """
    from escalate.files.json_text import plain
    from escalate.report.fhir import fhir_bundle as bundle

    said: dict[str, Any] = plain(bundle(assessment, understood))
    return said


def render(assessment: Assessment, form: Literal["text", "json", "markdown", "html"] = "text") -> str:
    """A report, the same bytes as `escalate assess --format` prints, in the language of the library.

    Raises: UsageError for another form.
    """
    if form == "text":
        from escalate.report.text import text_report

        return text_report(assessment)
    if form == "json":
        from escalate.files.json_text import dumps
        from escalate.report.document import document

        return dumps(document(assessment))
    if form == "markdown":
        from escalate.report.markdown import markdown_report

        return markdown_report(assessment)
    if form == "html":
        from escalate.report.html import html_report

        return html_report(assessment)
    from escalate.problems import UsageError
    from escalate.texts import _

    raise UsageError(_("`{form}` is not a form of report: text, json, markdown, html").format(form=form))
