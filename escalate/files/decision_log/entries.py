"""What an entry holds: digests and verdicts of an assessment, or what the conference decided about it.

A pseudonym stands as its SHA-256. Whoever knows the pseudonyms can find a patient's entries; nobody can read
a pseudonym off the log, unless pseudonyms are so few or so regular that they can be tried out.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.files.decision_log.conference import (
    DECISIONS as DECISIONS,
)
from escalate.files.decision_log.conference import (
    Conference,
    Subject,
    conference_plain,
    departs,
)
from escalate.problems import UsageError, nearest
from escalate.report.record import Decided, verdict_record
from escalate.texts import _

SCHEMA = "escalate/log/v1"
Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Given:
    """What an assessment was given beside the patient: the day asked for, the overlay, the text to keep."""

    as_of: date | None = None
    overlay_digest: str | None = None
    text: str | None = None  # only with --log-input
    form: str = "yaml"  # or json: how the text is read again


def pseudonym_digest(pseudonym: str) -> str:
    """SHA-256 of a patient's pseudonym, in hex.

    >>> pseudonym_digest("case-7")[:8]
    'a82bb97b'
    """
    return hashlib.sha256(f"escalate/patient\n{pseudonym}".encode()).hexdigest()


def assessment_entry(assessment: Assessment, given: Given, now: datetime) -> Entry:
    """The entry of one assessment. Args: now, with its time zone."""
    patient, library = assessment.patient, assessment.library
    kept = {} if given.text is None else {"form": given.form, "text": given.text}
    overlay = library.overlay
    return {
        "schema": SCHEMA,
        "kind": "assessment",
        "recorded_at": _stamp(now),
        "patient": pseudonym_digest(patient.id),
        "input": {"sha256": patient.sha256, **kept},
        "assessed_on": patient.assessed_on.isoformat(),
        "as_of": given.as_of.isoformat() if given.as_of else None,
        "knowledge": {"version": library.version, "digest": library.digest},
        "overlay": {"name": overlay.name, "digest": given.overlay_digest} if overlay else None,
        "software": {
            "escalate": VERSION,
            "engine": assessment.engine,
            "python": ".".join(map(str, sys.version_info[:3])),
        },
        "scope": assessment.proposal.scope,
        "verdicts": verdicts_plain(verdict_record(assessment)),
    }


def verdicts_plain(record: Mapping[str, Decided]) -> dict[str, object]:
    """Verdicts as an entry holds them."""
    return {
        therapy: {"verdict": decided.verdict, "rules": list(decided.rules or ())}
        for therapy, decided in record.items()
    }


def decision_entry(
    about: int,
    assessed: Mapping[str, object],
    assessed_hash: str,
    *,
    subject: Subject,
    decision: str,
    reason: str,
    now: datetime,
    conference: Conference | None = None,
) -> Entry:
    """What the conference decided about an assessment that the log holds.

    Args:   about, assessed and assessed_hash, number, entry and hash of that assessment; subject, the therapy
            or the other way that was decided about; decision, one of DECISIONS; reason, the conference's own
            words, kept as they are; conference, what else it said.
    Raises: UsageError where the entry is no assessment, did not look at the therapy, the decision departs
            from its verdict without a reason, or the conference lies before the assessment.
    """
    verdicts = assessed.get("verdicts")
    if assessed.get("kind") != "assessment" or not isinstance(verdicts, dict):
        raise UsageError(_("entry {number} is no assessment").format(number=about))
    if decision not in DECISIONS:
        raise UsageError(
            _("`{decision}` is not one of {accepted}").format(
                decision=decision, accepted=", ".join(f"`{word}`" for word in DECISIONS)
            )
        )
    verdict = None if subject.therapy is None else _verdict(subject.therapy, verdicts, about)
    departing = verdict is not None and departs(str(verdict["verdict"]), decision)
    if verdict is not None and departing and not reason.strip():
        said = _("`{therapy}` is `{verdict}` on the list: choosing it departs from that and needs a reason")
        raise UsageError(said.format(therapy=subject.therapy, verdict=verdict["verdict"]))
    held_on = conference.held_on if conference is not None else None
    if held_on is not None and held_on.isoformat() < str(assessed["assessed_on"]):
        said = _("the conference on {day} lies before the assessment that it decides about ({assessed_on})")
        raise UsageError(said.format(day=held_on.isoformat(), assessed_on=assessed["assessed_on"]))
    return {
        "schema": SCHEMA,
        "kind": "decision",
        "recorded_at": _stamp(now),
        "patient": assessed["patient"],
        "about": {"number": about, "hash": assessed_hash},
        "therapy": subject.therapy,
        "way": subject.way,
        "verdict": verdict,
        "decision": decision,
        "departs": departing,
        "reason": reason,
        **conference_plain(conference or Conference()),
    }


def _verdict(therapy: str, verdicts: Mapping[str, Mapping[str, object]], number: int) -> Mapping[str, object]:
    if therapy not in verdicts:
        said = _("entry {number} does not look at `{therapy}`").format(number=number, therapy=therapy)
        raise UsageError("; ".join(part for part in (said, nearest(therapy, verdicts)) if part))
    return verdicts[therapy]


def feedback_entry(
    service: str,
    card: str,
    outcome: str,
    *,
    accepted: Sequence[str],
    reason: Mapping[str, str] | None,
    comment: str | None,
    outcome_at: datetime,
    now: datetime,
) -> Entry:
    """What a user of a record system did with a card of a CDS service.

    Args: card and accepted, uuids of the card and of suggestions; outcome, accepted or overridden; reason, a
          code with its system; comment, the user's own words, kept as they are.
    """
    return {
        "schema": SCHEMA,
        "kind": "feedback",
        "recorded_at": _stamp(now),
        "service": service,
        "card": card,
        "outcome": outcome,
        "accepted": list(accepted),
        "reason": dict(reason) if reason else None,
        "comment": comment,
        "outcome_at": outcome_at.isoformat(),
    }


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
