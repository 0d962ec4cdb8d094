"""What an option is: a therapy, its verdict, and every reason that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from escalate.findings.reasons import Reason
from escalate.library.model import Rule, Therapy
from escalate.options.verdict import Verdict
from escalate.truth import Truth


@dataclass(frozen=True, slots=True)
class Missing:
    """A patient field nobody has filled in, and the rules that wait for it."""

    fact: str
    for_rules: tuple[str, ...]
    ask: str


@dataclass(frozen=True, slots=True)
class Option:
    """One therapy as the conference sees it.

    `unsettled` holds the rules whose value is still open: an UNKNOWN indication or hard criterion,
    an `ask` that is not FALSE. `cautions` holds the TRUE ones and those that could not be checked.
    `indicated_by` is what speaks for it, less what is set aside because the drug failed before; `against` is
    what ends its indication, in a listed option what set one aside.
    """

    therapy: Therapy
    verdict: Verdict
    step: int | None
    order: int
    rank: int | None
    indicated: Truth
    indicated_by: tuple[Reason, ...]
    against: tuple[Reason, ...]
    excluded_by: tuple[Reason, ...]
    deferred_by: tuple[Reason, ...]
    cautions: tuple[Reason, ...]
    unsettled: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    notes: tuple[str, ...] = ()
    disagreements: tuple[Rule, ...] = ()  # where sources disagree about it in a patient like this one

    @property
    def waits_for(self) -> tuple[Reason, ...]:
        """What it waits for although every fact of it is known: a test that is too old, or has to be done."""
        return tuple(reason for reason in self.unsettled if reason.truth is Truth.TRUE)


@dataclass(frozen=True, slots=True)
class NotIndicated:
    """A therapy that nothing speaks for here, or whose evidence is negative."""

    therapy: Therapy
    because: tuple[str, ...]
    rules: tuple[str, ...]
    verdict: Verdict = Verdict.NOT_INDICATED


@dataclass(frozen=True, slots=True)
class Alert:
    """What stands beside the verdicts: an emergency, a contradiction, a scope note or a warning."""

    kind: str
    id: str
    title: str
    because: tuple[str, ...]
    do: tuple[str, ...]
    do_not: tuple[str, ...]
    evidence: tuple[str, ...]
    basis: str = "source"
    makes_unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the conference may decide besides a therapy: stay, look at the diagnosis again, rehabilitate."""

    outcome: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Question:
    """A missing fact over all options: whom it decides, and how early it should be measured."""

    fact: str
    ask: str
    decides: tuple[str, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class NextStep:
    step: int
    content: str
    open: bool
    why: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where the patient stands, and at least the next two steps with the reason why not (yet)."""

    reached_step: int
    possible_step: int
    next_steps: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything the rules say about one patient."""

    scope: str
    alerts: tuple[Alert, ...]
    options: tuple[Option, ...]
    not_indicated: tuple[NotIndicated, ...]
    questions: tuple[Question, ...]
    ladder: Ladder | None
    values: Mapping[str, Truth]
    outcomes: tuple[Outcome, ...] = ()
