"""What `kb diff` finds, piece by piece, as values; the reports only lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from escalate.audit.diff.category import Category
from escalate.options.verdict import Verdict
from escalate.problems import Span

NOT_LISTED = "not_listed"

# How open an option is: a patient for whom it rises is a loosening, one for whom it falls a tightening.
# `excluded` and `not_indicated` are closed alike; a deferral says when to look again.
_OPENNESS: Mapping[str, int] = {
    NOT_LISTED: 0,
    Verdict.NOT_INDICATED: 0,
    Verdict.EXCLUDED: 0,
    Verdict.DEFERRED: 1,
    Verdict.DATA_NEEDED: 2,
    Verdict.CAUTION_HIGH: 3,
    Verdict.CAUTION: 4,
    Verdict.PROPOSE: 5,
}
MOST_OPEN = max(_OPENNESS.values())
_OPEN_FROM = _OPENNESS[Verdict.CAUTION_HIGH]


def openness(word: str) -> int:
    """From 0, closed, to 5, open without a caution.

    >>> openness("excluded"), openness("data_needed"), openness("propose")
    (0, 2, 5)
    """
    return _OPENNESS[word]


class Direction(StrEnum):
    """What the whole change does to one therapy, over all patients."""

    LOOSENS = "loosens"
    TIGHTENS = "tightens"
    BOTH = "both"
    SHIFTS = "shifts"  # another word for a closed option, as open as before
    SAME = "same"
    NOT_PROVED = "not_proved"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, old and new, in words; empty where it is not there."""

    name: str
    old: str
    new: str
    category: Category


@dataclass(frozen=True, slots=True)
class Move:
    """One therapy of one patient, from one verdict to another."""

    therapy: str
    old: str
    new: str

    @property
    def opens(self) -> bool:
        return openness(self.old) < _OPEN_FROM <= openness(self.new)

    @property
    def closes(self) -> bool:
        return openness(self.new) < _OPEN_FROM <= openness(self.old)

    @property
    def loosens(self) -> bool:
        return openness(self.new) > openness(self.old)

    @property
    def tightens(self) -> bool:
        return openness(self.new) < openness(self.old)


def direction_of(moves: Sequence[Move]) -> Direction:
    """Which way these moves go together."""
    looser, tighter = any(m.loosens for m in moves), any(m.tightens for m in moves)
    if looser and tighter:
        return Direction.BOTH
    if looser or tighter:
        return Direction.LOOSENS if looser else Direction.TIGHTENS
    return Direction.SHIFTS if moves else Direction.SAME


@dataclass(frozen=True, slots=True)
class Shown:
    """One patient for whom it matters. `way`: boundary, missing or combination. `rule` is the rule's value
    before and after. `file` is a patient file, empty where `no_file` says why; `differs` is empty where both
    engines, under both knowledge bases, say what the proof says."""

    way: str
    rule: tuple[str, str]
    facts: tuple[str, ...]
    moves: tuple[Move, ...]
    file: str = ""
    no_file: str = ""
    differs: str = ""


class Meaning(StrEnum):
    """What became of a rule's meaning."""

    EQUAL = "equal"  # proved: the same value for every patient, and the same role
    CHANGED = "changed"  # somebody is advised otherwise
    HIDDEN = "hidden"  # its value changes and no verdict does: other rules say the same, or it is no gate
    NOT_PROVED = "not_proved"


# What an emergency is no longer one without.
_ROLES = ("kind", "alert", "status")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule. `what`: added, removed, changed or renamed (then `was` is its old id)."""

    id: str
    title: str
    what: str
    kind: str
    at: Span
    fields: tuple[FieldChange, ...]
    meaning: Meaning
    was: str = ""
    shown: tuple[Shown, ...] = ()
    emergency: bool = False  # it announced one under the old rules

    @property
    def loses_emergency(self) -> bool:
        """Whether somebody is no longer told of an emergency, whatever becomes of the options."""
        role = any(field.name in _ROLES for field in self.fields)
        silent = any(
            before == "TRUE" and after != "TRUE" for before, after in (one.rule for one in self.shown)
        )
        return self.emergency and (self.what == "removed" or role or silent)

    @property
    def raises_basis(self) -> bool:
        """Whether it claims a stronger basis than before and cites nothing new."""
        return any(field.category is Category.BASIS_RAISED for field in self.fields)

    @property
    def direction(self) -> Direction:
        """Which way patients move for whom this rule says another thing than before."""
        if self.meaning is Meaning.NOT_PROVED:
            return Direction.NOT_PROVED
        if self.meaning is not Meaning.CHANGED:
            return Direction.SAME
        return direction_of([move for one in self.shown for move in one.moves])

    @property
    def is_harmless(self) -> bool:
        """Proved equal, and nothing but words changed."""
        said = (f.category for f in self.fields if f.category not in (Category.CONDITION, Category.ROLE))
        return self.meaning is Meaning.EQUAL and all(category.is_harmless for category in said)


@dataclass(frozen=True, slots=True)
class TherapyChange:
    """One therapy over all patients. `moves` are all changes of verdict that are possible, `rules` the edited
    rules that can reach it; `shown` is there where no rule shows the direction already."""

    id: str
    name: str
    direction: Direction
    moves: tuple[Move, ...]
    rules: tuple[str, ...]
    shown: tuple[Shown, ...] = ()


# What lies below the facts that rules read.
UNPROVED = (Category.PARAMETER, Category.FIELD, Category.ROLE, Category.CODES)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry of a knowledge file: a therapy, a regimen, a parameter, a source. `stricter` is True or False
    where knowledge/parameters/overlayable.yaml says which way a number is stricter."""

    file: str
    entry: str
    at: Span
    fields: tuple[FieldChange, ...]
    stricter: bool | None = None

    @property
    def is_harmless(self) -> bool:
        return all(field.category.is_harmless for field in self.fields)

    @property
    def raises_basis(self) -> bool:
        """Whether it claims a stronger basis than before and cites nothing new."""
        return any(field.category is Category.BASIS_RAISED for field in self.fields)

    @property
    def is_unproved(self) -> bool:
        """Whether facts come out otherwise by it, and nobody says which way is stricter: no proof reaches
        below the facts that the rules read. What class a drug is of is one of these facts, too."""
        return self.stricter is None and any(field.category in UNPROVED for field in self.fields)


@dataclass(frozen=True, slots=True)
class ExposureChange:
    """Exposure of one regimen for the typical patient of one weight; None where it cannot be computed."""

    therapy: str
    regimen: str
    weight_kg: int
    measures: tuple[tuple[str, float | None, float | None], ...]
    cumulative_mg_per_kg: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One patient of a vignette, a cohort or a log whose verdicts change."""

    name: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class NotRead:
    """One patient whose file is refused: its name, the place and the code of the first fault. `side`: `old`
    or `new` where only that knowledge refuses it, empty where both do."""

    name: str
    at: Span
    code: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One collection of patients: how many were read, which could not be, and whose verdicts change."""

    source: str
    read: int
    not_read: tuple[NotRead, ...]
    changed: tuple[CaseChange, ...]
