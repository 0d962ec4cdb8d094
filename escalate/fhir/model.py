"""What was understood of a patient's resources, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from escalate.fhir.times import When
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as Fields
from escalate.problems import Span

Resource = Mapping[str, Any]


class Use(StrEnum):
    """What became of an entry."""

    USED = "used"
    IGNORED = "ignored"  # understood, or not a thing that is read; nothing is wrong with it
    REJECTED = "rejected"  # it would have been read, and could not be


@dataclass(frozen=True, slots=True)
class Item:
    """One resource with its path (`entry[3]`), its place, and what it is called where others point at it."""

    resource: Resource
    path: str
    at: Span
    full_url: str = ""
    method: str = ""  # of a transaction: what the entry asks a server to do
    holder: Item | None = None  # the resource that contains it

    @property
    def label(self) -> str:
        """`entry[3] Observation/lvef`; for the report."""
        kind, name = self.resource.get("resourceType"), self.resource.get("id")
        said = [part for part in (kind, name) if isinstance(part, str)]
        return f"{self.path} {'/'.join(said)[:120]}".strip()


@dataclass(frozen=True, slots=True)
class Told:
    """A value as a patient file would write it: a text, bounds (`above`, text), or a list of words."""

    text: str = ""
    bounds: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] | None = None

    @classmethod
    def number(cls, text: str, bound: str) -> Told:
        """A number, or the one bound that is known of it."""
        return cls(bounds=((bound, text),)) if bound else cls(text)

    def node(self, at: Span) -> Node:
        """The value as the patient reader takes it, at the place it comes from."""
        if self.words is not None:
            return Sequence(tuple(Scalar(word, at, False) for word in self.words), at)
        if self.bounds:
            return Fields(tuple((Scalar(key, at), Scalar(end, at, False)) for key, end in self.bounds), at)
        return Scalar(self.text, at, False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that an entry gives to a field; `beside` are fields that go with it (its day, its limit).

    `field` is a field of the patient file, or `antibodies[NAME]`. `note` says what was done to the value.
    `unread` says why the entry cannot be read where it cannot: it then has no value, and competes by its day
    all the same, for the older value that it takes the place of no longer holds. `indirect`: of a test that
    answers the field one way only, where another measures it itself (anti-HCV beside HCV RNA).
    """

    field: str
    told: Told
    when: When | None
    item: Item
    beside: tuple[tuple[str, Told], ...] = ()
    note: str = ""
    unread: str = ""
    indirect: bool = False


@dataclass(frozen=True, slots=True)
class Drug:
    """One line of therapy as a medication resource states it; `parts` are those of `therapies[]`."""

    name: str
    parts: Mapping[str, Told]
    start: When | None
    end: When | None
    item: Item
    kind: str  # statement, request or administration
    co_medication: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """What a record hints at and does not say: shown to the clinician, read by nobody."""

    field: str
    words: tuple[str, ...]
    because: str
    item: Item


@dataclass(frozen=True, slots=True)
class Found:
    """What one entry gave: candidates, drugs and hints, and why the rest of it was not read."""

    candidates: tuple[Candidate, ...] = ()
    drugs: tuple[Drug, ...] = ()
    hints: tuple[Hint, ...] = ()
    ignored: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    shown: str = ""  # free text for the board, never read
    silent: tuple[str, ...] = ()  # fields of which it says that there is no result
    deaths: tuple[str, ...] = ()  # that the record says that the patient has died, and when
    notes: tuple[str, ...] = ()  # what else the report on the patient must say


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the mapping report. `facts` are the fields it filled."""

    path: str
    resource: str  # `Observation/lvef`
    at: Span
    use: Use
    reason: str
    facts: tuple[str, ...] = ()
    shown: str = ""

    def as_plain(self) -> dict[str, object]:
        """For JSON: keys in this order."""
        return {
            "entry": self.path,
            "resource": self.resource,
            "at": str(self.at),
            "use": str(self.use),
            "reason": self.reason,
            "facts": list(self.facts),
            "shown": self.shown,
        }


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the patient document with the entry it comes from; `observed_on` as written there."""

    field: str
    told: Told
    item: Item
    observed_on: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """One patient of the input.

    `patient_document` is what `escalate.patient.reader.read_patient` takes. `facts` are its values with their
    entries, `drugs` what was understood of the medication, which the document holds only where the record
    says that it is the whole history (`whole_history`). `unsettled` are the fields that stay unknown although
    something is stated of them: entries that differ, or a newest one that cannot be read. `deaths` are those
    of the notes that say that the patient has died.
    """

    patient_document: Document
    patient_id: str
    reference: str  # `Patient/123`, or empty where no resource says
    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    lines: tuple[tuple[Fact, ...], ...] = ()
    drugs: tuple[Drug, ...] = ()
    hints: tuple[Hint, ...] = ()
    notes: tuple[str, ...] = ()
    whole_history: bool = False
    unsettled: tuple[str, ...] = ()
    deaths: tuple[str, ...] = ()
    places: Mapping[str, Item] = field(default_factory=dict)  # field -> the entry it comes from
