"""What must hold for every patient, and what may be taken for granted of one: for `escalate kb verify`.

Read by `escalate.library.read_statements` from rules/invariants.yaml and rules/assumptions.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from escalate.language.tree import Condition
from escalate.library.model import Citation
from escalate.problems import Span


@dataclass(frozen=True, slots=True)
class About:
    """What every statement says of itself."""

    id: str
    title: str
    because: str
    at: Span
    sources: tuple[Citation, ...] = ()
    basis: str = "source"


@dataclass(frozen=True, slots=True)
class Invariant:
    """Nothing of `targets` has one of `verdicts` while the condition is TRUE (or, with `unknown_too`, is not
    FALSE). Without targets: the condition is TRUE for nobody."""

    about: About
    when: Condition
    targets: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    unknown_too: bool = False


@dataclass(frozen=True, slots=True)
class Harm:
    """Which way a fact is worse: `lower`, `higher`, `yes`, `no`, or its words from mild to grave."""

    about: About
    facts: tuple[str, ...]
    worse: str | tuple[str, ...]
    targets: tuple[str, ...] = ()
    except_through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoGap:
    """While the condition is TRUE, something of `targets` is indicated, or a reason is given."""

    about: About
    when: Condition
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """Rules that only speak where another rule of their kind speaks too, and are kept on purpose."""

    about: About
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaysUnknown:
    """Rules and findings that are UNKNOWN although every value of a field would make them TRUE: there not to
    have stated one is no answer."""

    about: About
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is taken for granted: conditions that no patient meets, facts that always apply, and numbers of
    which there is never a range: known or not known."""

    about: About
    never: tuple[Condition, ...] = ()
    always_applies: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that the two files say; `typical` is what a witness shows where there is a choice."""

    invariants: tuple[Invariant, ...] = ()
    harms: tuple[Harm, ...] = ()
    gaps: tuple[NoGap, ...] = ()
    covered: tuple[Covered, ...] = ()
    stays_unknown: tuple[StaysUnknown, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    typical: Mapping[str, Decimal] = field(default_factory=dict)
