"""What to measure next: what it decides, how soon it can be had, and what may stand in its place."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import Question
from escalate.texts import N_, _

QUESTIONS_SHOWN = 5
_NAMES_SHOWN = 6
# By the beginning of the field's name, the first that fits: how a missing fact is come by.
_SOON = (
    ("heart.troponin", N_("a blood sample")),
    ("heart.nt_probnp", N_("a blood sample")),
    ("heart.ecg", N_("at the bedside, today")),
    ("heart.nyha", N_("at the bedside, today")),
    ("heart.echo", N_("an examination by appointment")),
    ("heart.holter", N_("an examination by appointment")),
    ("heart.mri_not_possible", N_("by asking, today")),
    ("heart.mri", N_("an examination by appointment")),
    ("heart.pulmonary_arterial_hypertension", N_("an examination by appointment")),
    ("heart.right_heart_catheter", N_("an examination by appointment")),
    ("lung.hrct", N_("an examination by appointment")),
    ("lung.fvc", N_("an examination by appointment")),
    ("lung.dlco", N_("an examination by appointment")),
    ("lung.kco", N_("an examination by appointment")),
    ("lung.spo2", N_("at the bedside, today")),
    ("lung.exertional", N_("at the bedside, today")),
    ("lung.pao2", N_("a blood sample")),
    ("muscle.ck", N_("a blood sample")),
    ("muscle.aldolase", N_("a blood sample")),
    ("muscle.mri", N_("an examination by appointment")),
    ("muscle.fatty", N_("an examination by appointment")),
    ("muscle.", N_("at the bedside, today")),
    ("skin.", N_("at the bedside, today")),
    ("activity.", N_("at the bedside, today")),
    ("demographics.weight", N_("at the bedside, today")),
    ("demographics.height", N_("at the bedside, today")),
    ("comorbidities.cancer_screen", N_("an examination by appointment")),
    ("diagnosis.biopsy", N_("an examination by appointment")),
    ("infection.sars_cov_2_pcr", N_("a swab")),
    ("infection.hbsag", N_("a blood sample")),
    ("infection.anti_hb", N_("a blood sample")),
    ("infection.hbv_dna", N_("a blood sample")),
    ("infection.hcv", N_("a blood sample")),
    ("infection.hiv", N_("a blood sample")),
    ("infection.tuberculosis", N_("a blood sample")),
    ("antibodies", N_("a blood sample")),
    ("labs.", N_("a blood sample")),
    ("", N_("by asking, today")),
)
# What a conference may be told in place of a result, and the field that then names what stands in its place.
_INSTEAD = {"heart.mri.": ("heart.mri_not_possible", "heart.mri_substitute.method")}


@dataclass(frozen=True, slots=True)
class Ask:
    """A missing fact, the options it decides (`more` further ones), and how it is come by.

    `as_before`: it decides what the question before it decides.
    """

    rank: int
    fact: str
    text: str
    decides: tuple[str, ...]
    more: int
    soon: str
    instead: str
    as_before: bool


def asks(assessment: Assessment) -> tuple[Ask, ...]:
    """Every question in the order of what it decides; a page shows QUESTIONS_SHOWN of them."""
    before: tuple[str, ...] = ()
    found = []
    for question in assessment.proposal.questions:
        found.append(_ask(question, bool(before) and question.decides == before, assessment))
        before = question.decides
    return tuple(found)


def cannot_be_done(assessment: Assessment) -> tuple[str, ...]:
    """What the file says cannot be done, with what may stand in its place."""
    facts = assessment.reasons.facts
    found = []
    for reason, method in _INSTEAD.values():
        if facts[reason].value is not None:
            said = _("{what}: {why}. In its place: {alternatives}.")
            spec = assessment.library.facts[reason]
            found.append(
                said.format(
                    what=spec.label or reason,
                    why=say(facts[reason].value),
                    alternatives=_words(method, assessment),
                )
            )
    return tuple(found)


def _ask(question: Question, as_before: bool, assessment: Assessment) -> Ask:
    names = tuple(assessment.library.therapies[t].name for t in question.decides)
    soon = next(text for start, text in _SOON if question.fact.startswith(start))
    return Ask(
        rank=question.rank,
        fact=question.fact,
        text=_text(question, assessment),
        decides=names[:_NAMES_SHOWN],
        more=max(0, len(names) - _NAMES_SHOWN),
        soon=_(soon),
        instead=_instead(question.fact, assessment),
        as_before=as_before,
    )


def _text(question: Question, assessment: Assessment) -> str:
    """The question; where the file says that the examination cannot be done, the one in its place."""
    facts = assessment.reasons.facts
    for start, (reason, method) in _INSTEAD.items():
        if question.fact.startswith(start) and facts[reason].value is not None:
            return f"{assessment.library.facts[method].ask} ({_words(method, assessment)})"
    return question.ask


def _instead(fact: str, assessment: Assessment) -> str:
    for start, (reason, method) in _INSTEAD.items():
        if fact.startswith(start) and assessment.reasons.facts[reason].value is None:
            said = _('"Cannot be done" is an answer ({reasons}); in its place: {alternatives}.')
            return said.format(reasons=_words(reason, assessment), alternatives=_words(method, assessment))
    return ""


def _words(field: str, assessment: Assessment) -> str:
    return ", ".join(map(say, assessment.library.facts[field].values))
