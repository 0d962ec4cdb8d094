"""What a check found: proved, failed with witnesses, or not proved because the time ran out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.prover import Prover
from escalate.audit.verify.rail import Formula
from escalate.audit.verify.witness import Watch, Witness, Witnesses
from escalate.problems import Span

Step = Callable[[int, int], None]
"""How many subjects of a check are done, and how many there are."""


class Outcome(StrEnum):
    PROVED = "proved"
    FAILED = "failed"
    NOT_PROVED = "not proved"
    SEARCHED = "searched"


@dataclass(frozen=True, slots=True)
class Failure:
    """One subject that breaks a check: what was found, where the rule or statement stands, and for whom."""

    subject: str
    message: str
    at: Span | None
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One check over all patients. `used` names the assumptions that its proofs rest on; `cut_short`: it was
    a search, and ended before its end without finding anything."""

    check: str
    title: str
    subjects: int
    failures: tuple[Failure, ...]
    undecided: tuple[str, ...]
    used: tuple[str, ...]
    notes: tuple[str, ...] = ()
    cut_short: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.failures:
            return Outcome.FAILED
        if self.undecided:
            return Outcome.NOT_PROVED
        return Outcome.SEARCHED if self.cut_short else Outcome.PROVED

    @property
    def holds(self) -> bool:
        """Whether nothing is left to look at."""
        return self.outcome in (Outcome.PROVED, Outcome.SEARCHED)


@dataclass(slots=True)
class Tally:
    """The subjects of one check while they are asked about."""

    prover: Prover
    witnesses: Witnesses
    subjects: int = 0
    failures: list[Failure] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def never(
        self,
        subject: str,
        message: str,
        at: Span | None,
        question: Sequence[Formula],
        watch: Watch,
        *patients: Encoding,
    ) -> None:
        """The question holds for nobody; else a failure with the smallest patient (or one per encoding)."""
        answer = self.prover.ask(*question)
        self.used |= answer.used
        if answer.found:
            shown = self.witnesses.of(question, watch, *patients)
            self.failures.append(Failure(subject, message, at, shown))
        elif answer.undecided:
            self.undecided.append(subject)

    def proved(self, *question: Formula) -> bool:
        """The question holds for nobody; nothing is said of it where that is not proved."""
        answer = self.prover.ask(*question)
        self.used |= answer.used
        return answer.impossible

    def possible(self, subject: str, message: str, at: Span | None, question: Sequence[Formula]) -> None:
        """The question holds for somebody; else a failure, for which nobody can be shown."""
        answer = self.prover.ask(*question)
        if answer.impossible:
            self.used |= answer.used
            self.failures.append(Failure(subject, message, at))
        elif answer.undecided:
            self.undecided.append(subject)

    def result(self, check: str, title: str) -> Result:
        return Result(
            check,
            title,
            self.subjects,
            tuple(self.failures),
            tuple(self.undecided),
            tuple(sorted(self.used)),
            tuple(self.notes),
        )
