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
    report/       Assessment -> text, JSON, HTML, Markdown, explanation; computes nothing
    audit/        the knowledge base under review
    site/         the knowledge base as pages that a clinician reads
    files/        the only place that reads YAML, JSON and folders
    commands/     one file per subcommand

`knowledge/` and `rules/` beside this package are YAML that clinicians review.

As a library:

    >>> from escalate import assess, load_knowledge, load_patient       # doctest: +SKIP
    >>> assessment = assess(load_patient("patient.yaml"), load_knowledge())  # doctest: +SKIP
    >>> assessment.option("teclistamab").verdict                        # doctest: +SKIP
    <Verdict.PROPOSE: 'propose'>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate._version import VERSION as __version__

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from escalate.assessment import Assessment
    from escalate.library.model import Library
    from escalate.patient.model import Patient

__all__ = ["__version__", "assess", "load_knowledge", "load_patient"]

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


def assess(patient: Patient, library: Library) -> Assessment:
    """What is open, closed and unknown for one patient, and why.

    Raises: EnginesDisagree when the two readings of the rules differ; nothing is advised then.
    """
    from escalate.assessment import assess as run

    return run(patient, library)
