"""The condition tree: one type per connective, one leaf type per test of `engine.md` 2."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from escalate.problems import Span


@dataclass(frozen=True, slots=True)
class Flag:
    """`FACT` (a yes/no fact) or `FINDING` (a Boolean finding)."""

    name: str
    finding: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """`FACT == WORD`, `FACT in [WORD, ...]`; on a list: one of the words is in it."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """`FACT op NUMBER`, op in < <= > >=; `between` is two of them under All."""

    name: str
    op: str
    number: Decimal


@dataclass(frozen=True, slots=True)
class AtLevel:
    """`GRADE >= LEVEL`; `<` is its negation, `==` is `>= LEVEL` and not `>= next level`."""

    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Known:
    """`NAME is known`; only in rules of kind `ask`, since it is not monotone."""

    name: str


Test = Flag | OneOf | Compare | AtLevel | Known


@dataclass(frozen=True, slots=True)
class Leaf:
    """One criterion, `text` as written (canonical spacing), `negated` for a leading `not` or `!=`."""

    test: Test
    negated: bool
    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """`none:` - no part is TRUE; the negation of Any."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    count: int
    parts: tuple[Condition, ...]


Condition = Leaf | All | Any | Nothing | AtLeast
