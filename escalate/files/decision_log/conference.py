"""What a conference says beside its decision: who sat there, what would stop it, when it is reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from escalate.problems import UsageError, nearest
from escalate.texts import _

Outcome = Literal["chosen", "declined", "postponed"]
DECISIONS: tuple[Outcome, ...] = get_args(Outcome)
# What a conference may decide about besides a therapy, as the report lists it under every patient.
Way = Literal["stay", "diagnostic_review", "taper", "rehabilitation", "trial", "referral"]
WAYS: tuple[Way, ...] = get_args(Way)
# Verdicts whose choice departs from the list: the conference says why, or nothing is recorded.
DEPARTS = frozenset(("caution_high", "data_needed", "deferred", "excluded", "not_indicated"))
TEXT_LIMIT = 2000
LIST_LIMIT = 30


@dataclass(frozen=True, slots=True)
class ForPatient:
    """The conference's own plain words for the page that the patient takes home; None is left blank."""

    treatment: str | None = None
    why: str | None = None
    next: tuple[str, ...] = ()
    call_if: tuple[str, ...] = ()
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Conference:
    """`present` are roles, not names; `stop_if` is what would end it; words are kept as they are."""

    held_on: date | None = None
    present: tuple[str, ...] = ()
    stop_if: tuple[str, ...] = ()
    review_on: date | None = None
    for_patient: ForPatient = ForPatient()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about: a therapy of the list, or one of WAYS; exactly one of them."""

    therapy: str | None = None
    way: str | None = None


def subject(therapy: str | None, way: str | None) -> Subject:
    """Raises: UsageError for neither, both, or a way that is none."""
    if (therapy is None) == (way is None):
        raise UsageError(_("a decision is about a `therapy` or about a `way`: say one of them"))
    if way is not None and way not in WAYS:
        said = _("`{way}` is not one of {accepted}").format(
            way=way[:60], accepted=", ".join(f"`{word}`" for word in WAYS)
        )
        raise UsageError("; ".join(part for part in (said, nearest(way, WAYS)) if part))
    return Subject(therapy, way)


def departs(verdict: str, decision: str) -> bool:
    """Whether a decision does other than the list: an option was chosen that is not simply open."""
    return decision == "chosen" and verdict in DEPARTS


def conference_plain(said: Conference) -> dict[str, object]:
    """What an entry holds of it; what was not said is null or empty.

    Raises: UsageError for a text that is too long, too many of them, or a review before the conference.
    """
    if said.review_on is not None and said.held_on is not None and said.review_on <= said.held_on:
        raise UsageError(
            _("the review on {review} does not lie behind the conference on {day}").format(
                review=said.review_on.isoformat(), day=said.held_on.isoformat()
            )
        )
    patient = said.for_patient
    return {
        "held_on": said.held_on.isoformat() if said.held_on else None,
        "present": _texts("present", said.present),
        "stop_if": _texts("stop_if", said.stop_if),
        "review_on": said.review_on.isoformat() if said.review_on else None,
        "for_patient": {
            "treatment": _text("for_patient.treatment", patient.treatment),
            "why": _text("for_patient.why", patient.why),
            "next": _texts("for_patient.next", patient.next),
            "call_if": _texts("for_patient.call_if", patient.call_if),
            "contact": _text("for_patient.contact", patient.contact),
        },
    }


def _texts(name: str, texts: tuple[str, ...]) -> list[str]:
    if len(texts) > LIST_LIMIT:
        raise UsageError(_("`{name}` has more than {limit} entries").format(name=name, limit=LIST_LIMIT))
    return [kept for text in texts if (kept := _text(name, text))]


def _text(name: str, text: str | None) -> str | None:
    if text is not None and len(text) > TEXT_LIMIT:
        raise UsageError(_("`{name}` has more than {limit} characters").format(name=name, limit=TEXT_LIMIT))
    return text.strip() or None if text is not None else None
