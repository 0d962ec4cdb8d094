"""What to measure next: what it decides, how soon it can be had, and what may stand in its place."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import Question
from escalate.options.soon import APPOINTMENT, ASKING, BEDSIDE, SAMPLE, SWAB, UNSTATED, soon
from escalate.texts import N_, _

QUESTIONS_SHOWN = 5
_NAMES_SHOWN = 6
_SOON = {
    ASKING: N_("by asking, today"),
    BEDSIDE: N_("at the bedside, today"),
    SWAB: N_("a swab"),
    SAMPLE: N_("a blood sample"),
    APPOINTMENT: N_("an examination by appointment"),
    UNSTATED: N_("how soon depends on the case"),
}
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
    """Every question in the order of what it decides; a page shows QUESTIONS_SHOWN of them.

    The day of an examination is no question of its own where its result is asked for.
    """
    before: tuple[str, ...] = ()
    dates = _with_their_result(assessment)
    found: list[Ask] = []
    for question in assessment.proposal.questions:
        if question.fact in dates:
            continue
        with_date = question.fact in dates.values()
        as_before = bool(before) and question.decides == before
        found.append(_ask(len(found) + 1, question, as_before, with_date, assessment))
        before = question.decides
    return tuple(found)


def _with_their_result(assessment: Assessment) -> dict[str, str]:
    """Dates that are asked for beside a result of their day that decides no less: by date, the result."""
    facts = assessment.library.facts
    decides = {question.fact: set(question.decides) for question in assessment.proposal.questions}
    found: dict[str, str] = {}
    for question in assessment.proposal.questions:
        day = facts[question.fact].dated_by if question.fact in facts else ""
        if day in decides and decides[day] <= decides[question.fact]:
            found.setdefault(day, question.fact)
    return found


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


def _ask(rank: int, question: Question, as_before: bool, with_date: bool, assessment: Assessment) -> Ask:
    names = tuple(assessment.library.therapies[t].name for t in question.decides)
    text = _text(question, assessment)
    return Ask(
        rank=rank,
        fact=question.fact,
        text=_("{question}; with its date").format(question=text.rstrip(".")) if with_date else text,
        decides=names[:_NAMES_SHOWN],
        more=max(0, len(names) - _NAMES_SHOWN),
        soon=_(_SOON[soon(question.fact)]),
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
