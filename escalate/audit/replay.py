"""Recorded assessments again under this knowledge: bit for bit the same verdicts, or who changed and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from escalate.assessment import assess
from escalate.audit.diff.model import NOT_LISTED
from escalate.library.model import Library
from escalate.patient.model import Patient
from escalate.problems import PatientRefused
from escalate.report.record import Decided, verdict_record

_ABSENT = Decided(NOT_LISTED, ())


@dataclass(frozen=True, slots=True)
class Recorded:
    """One assessment as it was recorded.

    `text` is the patient file, None where it was not kept; `whole` says that every therapy was recorded;
    `unusable`, why it cannot be replayed, else empty.
    """

    name: str
    patient: str  # SHA-256 of the pseudonym
    text: bytes | None
    form: str  # yaml or json
    assessed_on: date
    as_of: date | None
    knowledge: str  # digest
    version: str
    overlay: bool
    verdicts: Mapping[str, Decided]
    whole: bool = True
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """One change that is meant: `patient` is a pseudonym, its SHA-256, or the name of an entry."""

    patient: str
    therapy: str
    old: str
    new: str
    at: str


@dataclass(frozen=True, slots=True)
class Change:
    """One therapy whose verdict, or the rules that it follows from, are others now."""

    therapy: str
    old: Decided
    new: Decided
    expected: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one recorded assessment. `refused`: the patient file is not taken any more."""

    recorded: Recorded
    patient: str = ""  # the pseudonym
    changes: tuple[Change, ...] = ()
    refused: str = ""
    same_knowledge: bool = False

    @property
    def skipped(self) -> str:
        """Why it was not replayed, else empty."""
        return self.recorded.unusable

    @property
    def unexpected(self) -> bool:
        return bool(self.refused) or any(not change.expected for change in self.changes)


@dataclass
class Expectations:
    """The changes that are meant, and which of them were met."""

    all: Sequence[Expected] = ()
    met: set[Expected] = field(default_factory=set)

    def take(self, names: Iterable[str], therapy: str, old: Decided, new: Decided) -> bool:
        """Whether a change is meant; it counts as met from then on."""
        known = set(names)
        hits = [
            one
            for one in self.all
            if one.patient in known and (one.therapy, one.old, one.new) == (therapy, old.verdict, new.verdict)
        ]
        self.met.update(hits)
        return bool(hits)

    @property
    def unmet(self) -> tuple[Expected, ...]:
        return tuple(one for one in self.all if one not in self.met)


def replay(
    recorded: Recorded,
    library: Library,
    read: Callable[[Recorded, Library], Patient],
    expectations: Expectations,
) -> Replayed:
    """Assess one recorded input again.

    A change under the very knowledge of the record is never expected: the same files give the same answer.
    Raises: EnginesDisagree.
    """
    if recorded.unusable:
        return Replayed(recorded)
    same = recorded.knowledge == library.digest
    try:
        patient = read(recorded, library)
    except PatientRefused as refusal:
        return Replayed(recorded, refused=str(refusal), same_knowledge=same)
    now = verdict_record(assess(patient, library))
    names = (patient.id, recorded.patient, recorded.name)
    changes = tuple(
        Change(therapy, old, new, expected=not same and expectations.take(names, therapy, old, new))
        for therapy, old, new in _different(recorded, now)
    )
    return Replayed(recorded, patient.id, changes, same_knowledge=same)


def _different(recorded: Recorded, now: Mapping[str, Decided]) -> Iterator[tuple[str, Decided, Decided]]:
    before = recorded.verdicts
    for therapy in sorted({*before, *now} if recorded.whole else before):
        old, new = before.get(therapy, _ABSENT), now.get(therapy, _ABSENT)
        if old.verdict != new.verdict or (old.rules is not None and old.rules != new.rules):
            yield therapy, old, new
