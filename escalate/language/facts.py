"""A fact as the rules see it: one name, one value, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from escalate.problems import Span

Value = bool | Decimal | str | frozenset[str] | date


class Status(StrEnum):
    """What is known of a fact."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    # Known not to apply: a test that is not called for, an event that never happened, a detail
    # (`refines`) whose main field speaks for it. Every test on such a fact is FALSE.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about one patient.

    `low` and `high` bound an UNKNOWN number (a count of failed lines, a field given as `{above: 12000}`):
    a comparison on which the whole range agrees is decided, every other one is UNKNOWN.
    `origins` are places in the patient file, `because` says in one sentence how a derived fact
    came about, `missing` names the patient fields that would settle an UNKNOWN.
    `anchor` is the date that a number of days or weeks counts from; with the threshold of a rule
    it gives the first day to look again. `until` is that day where it does not depend on a rule.
    """

    name: str
    value: Value | None = None
    status: Status = Status.UNKNOWN
    low: Decimal | None = None
    high: Decimal | None = None
    origins: tuple[Span, ...] = ()
    because: str = ""
    missing: tuple[str, ...] = ()
    anchor: date | None = None
    until: date | None = None


Facts = Mapping[str, Fact]
"""Every name the rules may use has an entry; a name without one is a fault of ours."""
