"""`escalate tis`: the Total Improvement Score between the baseline and the day of assessment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from escalate.commands import options
from escalate.commands.output import emit, width_and_colour
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.library.model import Library
    from escalate.patient.model import Patient
    from escalate.report.improvement import Scored


@options.command(
    "tis",
    short_help=N_("ACR/EULAR 2016 Total Improvement Score."),
    help=N_(
        "Print the ACR/EULAR 2016 Total Improvement Score of PATIENT, from `activity.baseline` to now.\n\n"
        "A missing measure makes it not computable: it is named, with the partial maximum. Both forms of "
        "IMACS worsening from `activity.best_response` stand below it. Exit status 0 whatever the score."
    ),
)
@click.argument("patient", metavar="PATIENT", type=click.Path())
@options.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@options.output
@options.as_of
@options.knowledge
@options.plain
@options.lang
def command(
    patient: str, fmt: str, output: str | None, as_of: str | None, knowledge: str | None, plain: bool
) -> None:
    """Print the ACR/EULAR 2016 Total Improvement Score of PATIENT, from `activity.baseline` to now."""
    from escalate.files.knowledge_base import load_knowledge
    from escalate.files.patient_file import load_patient
    from escalate.report.improvement import improvement_document, improvement_text

    library = load_knowledge(knowledge, spoken_now())
    day = options.day(as_of, "--as-of")
    scored = score_patient(load_patient(patient, library, as_of=day, today=date.today()), library)
    if fmt == "json":
        from escalate.files.json_text import dumps

        emit(dumps(improvement_document(scored)), output)
        return
    width, colour = width_and_colour(plain, output)
    emit(improvement_text(scored, width=width, colour=colour), output)


def score_patient(patient: Patient, library: Library) -> Scored:
    """The score and both forms of worsening of one patient; what a contradiction concerns is unknown."""
    from escalate.patient.contradictions import find_contradictions
    from escalate.patient.core_set import BASELINE, BEST, limits_of, visit_of
    from escalate.patient.improvement import not_applicable, total_improvement_score
    from escalate.patient.improvement_criteria import criteria_of
    from escalate.patient.worsening import worsening
    from escalate.report.improvement import Scored

    criteria = criteria_of(library)
    contradictions = find_contradictions(patient, library)
    blanked = frozenset(field for c in contradictions for field in c.makes_unknown)
    now, baseline, best = (visit_of(patient, group, criteria, blanked) for group in ("", BASELINE, BEST))
    limits = limits_of(patient, criteria, blanked)
    why = not_applicable(patient, criteria, blanked)
    liver = patient.value("labs.liver_cause_of_transaminases") is True
    score = total_improvement_score(baseline, now, limits, criteria, liver_explains=liver)
    return Scored(
        patient,
        library,
        criteria,
        None if why else score,
        worsening(best, now, baseline, limits, criteria),
        why,
        tuple(_notes(patient, library, [f"{c.title}: {c.because}" for c in contradictions])),
    )


def _notes(patient: Patient, library: Library, contradictions: list[str]) -> list[str]:
    notes = list(contradictions)
    entity = patient.value("diagnosis.entity")
    if entity is None:
        notes.append(
            _("The diagnosis is not stated; the score is not validated for inclusion body myositis.")
        )
    if entity == "amyopathic_dermatomyositis":
        notes.append(
            _(
                "Strength carries a large part of the points: without muscle disease a major response is "
                "hardly reached. The activity of the skin (CDASI) says more here (TIS-05)."
            )
        )
    if patient.value("muscle.involvement") is False and patient.value("skin.involvement") is None:
        notes.append(_("If the lung or the heart alone is affected, the score does not apply (TIS-04)."))
    return notes
