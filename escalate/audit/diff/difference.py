"""All that `kb diff` found, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.audit.diff.model import (
    CaseChange,
    Direction,
    EntryChange,
    ExposureChange,
    RuleChange,
    Tally,
    TherapyChange,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One side of the comparison."""

    place: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All that there is to say about a change."""

    old: Edition
    new: Edition
    rules: tuple[RuleChange, ...]
    therapies: tuple[TherapyChange, ...]
    entries: tuple[EntryChange, ...]
    exposures: tuple[ExposureChange, ...]
    tallies: tuple[Tally, ...]
    compared: int = 0  # rules that stand on both sides
    assumptions: tuple[str, ...] = ()  # that the proofs may rest on
    notes: tuple[str, ...] = ()

    @property
    def cases(self) -> tuple[CaseChange, ...]:
        return tuple(case for tally in self.tallies for case in tally.changed)

    @property
    def loosens(self) -> bool:
        """Proved, seen on a patient, declared by a parameter, or not excluded by a proof."""
        return self.not_proved or self.seen_to_loosen

    @property
    def tightens(self) -> bool:
        """The same the other way."""
        return self.not_proved or self.seen_to_tighten

    @property
    def not_proved(self) -> bool:
        """Whether something may loosen or tighten that no proof speaks of."""
        return any(one.direction is Direction.NOT_PROVED for one in self.therapies) or any(
            entry.is_unproved for entry in self.entries
        )

    @property
    def seen_to_loosen(self) -> bool:
        """Proved, seen on a patient, declared by a parameter, or an emergency is no longer announced."""
        return (
            any(move.loosens for one in self.therapies for move in one.moves)
            or bool(self.lost_emergencies)
            or any(move.loosens for case in self.cases for move in case.moves)
            or any(entry.stricter is False for entry in self.entries)
        )

    @property
    def lost_emergencies(self) -> tuple[str, ...]:
        """The ids of the emergencies of which somebody is no longer told."""
        return tuple(rule.id for rule in self.rules if rule.loses_emergency)

    @property
    def raised(self) -> tuple[str, ...]:
        """The rules and entries that claim a stronger basis than before and cite nothing new."""
        rules = tuple(rule.id for rule in self.rules if rule.raises_basis)
        return rules + tuple(entry.entry for entry in self.entries if entry.raises_basis)

    @property
    def seen_to_tighten(self) -> bool:
        """The same the other way."""
        return (
            any(move.tightens for one in self.therapies for move in one.moves)
            or any(move.tightens for case in self.cases for move in case.moves)
            or any(entry.stricter is True for entry in self.entries)
        )

    @property
    def means_anything(self) -> bool:
        """Whether anything but words, comments and order changed."""
        return (
            bool(self.therapies or self.cases)
            or any(not rule.is_harmless for rule in self.rules)
            or any(not entry.is_harmless for entry in self.entries)
        )
