"""A decision in a log with the assessment it concerns, both as they were written, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from escalate.files.decision_log.chain import Row, plain
from escalate.files.decision_log.entries import pseudonym_digest
from escalate.files.decision_log.source import stored_rows
from escalate.files.decision_log.verify import tamperings
from escalate.problems import UsageError
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Decided:
    """The two entries, and the hash of the decision."""

    decision: Mapping[str, Any]
    assessed: Mapping[str, Any]
    hash: str


def decided(source: str, number: int, patient: str | None = None) -> Decided:
    """The decision under a number. Args: patient, the pseudonym it must be about, where one is given.

    Raises: UsageError where there is none, either entry was tampered with, or it is about somebody else.
    """
    rows = list(stored_rows(source))
    at = {row.place: row for row in rows}
    decision = _entry(at.get(number), number)
    if decision.get("kind") != "decision":
        raise UsageError(_("entry {number} is no decision").format(number=number))
    about = decision["about"]["number"]
    assessed = _entry(at.get(about), about)
    spoiled = {found.number for found in tamperings(rows)[0]} & {number, about}
    if spoiled or at[about].hash != decision["about"]["hash"]:
        raise UsageError(_("entry {number} was altered").format(number=min(spoiled, default=about)))
    if patient is not None and pseudonym_digest(patient) != decision["patient"]:
        raise UsageError(_("entry {number} is not about patient {id}").format(number=number, id=patient))
    return Decided(decision, assessed, at[number].hash)


def _entry(row: Row | None, number: int) -> Mapping[str, Any]:
    held = plain(row.text) if row is not None else None
    if held is None:
        raise UsageError(_("there is no entry {number} that can be read").format(number=number))
    return held
