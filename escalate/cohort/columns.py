"""The table of facts: one row per patient, one typed column for each fact that the rules read.

| column         | holds                                                                            |
|----------------|----------------------------------------------------------------------------------|
| `patient`      | the patient's id, text, once                                                     |
| `NAME`         | the value of a fact: Boolean, number, word, or list of words; NULL where unknown |
| `NAME:absent`  | TRUE where the fact is known not to apply; every test on it is FALSE             |
| `NAME:low`, `NAME:high` | what bounds an unknown number (a count of failed lines, `> 12000`)      |
| `NAME:missing` | the patient fields that would settle an unknown derived fact; NULL: the fact itself |

Only `patient` is needed: a column that a registry does not have is NULL in every row, which is UNKNOWN and
opens nothing. `:missing` stands beside derived facts only; `:low` and `:high` beside every number, for a
field may be known by its bounds alone (`> 12000`; docs/decisions/0008).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from escalate.engine import RuleBase
from escalate.library.model import FactType, Library
from escalate.library.once import Once

PATIENT = "patient"
# A double tells every decimal of so many digits from its neighbours; no threshold of a rule may have more.
MOST_DIGITS = 12


class Kind(StrEnum):
    """The type of a fact's column."""

    FLAG = "boolean"
    NUMBER = "number"
    WORD = "word"
    WORDS = "words"


_KINDS = {
    "boolean": Kind.FLAG,
    "number": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "enum": Kind.WORD,
    "list": Kind.WORDS,
}


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One fact as columns; the companions are the empty string where the fact has none."""

    name: str
    kind: Kind
    absent: str
    low: str
    high: str
    missing: str

    @property
    def types(self) -> tuple[tuple[str, Kind], ...]:
        """Every column of this fact with its type, the value first."""
        companions = (
            (self.absent, Kind.FLAG),
            (self.low, Kind.NUMBER),
            (self.high, Kind.NUMBER),
            (self.missing, Kind.WORDS),
        )
        return ((self.name, self.kind), *((name, kind) for name, kind in companions if name))


@Once
def rules_of(library: Library) -> RuleBase:
    """The active rules that judge a patient, contradictions apart: what becomes one relation."""
    return RuleBase([rule for rule in library.rules if rule.alert != "contradiction"], library)


@Once
def fact_columns(library: Library) -> tuple[FactColumn, ...]:
    """The facts that the active rules read, by name."""
    rulebase = rules_of(library)
    names = {rulebase.tests[number].name for number in rulebase.fact_tests}
    return tuple(_column(library.facts[name]) for name in sorted(names))


@Once
def further_columns(library: Library) -> tuple[FactColumn, ...]:
    """The other facts that a column can hold, by name: no rule reads them, but a table may have them."""
    read = {column.name for column in fact_columns(library)}
    others = (fact for fact in library.facts.values() if fact.kind in _KINDS and fact.name not in read)
    return tuple(_column(fact) for fact in sorted(others, key=lambda fact: fact.name))


def _column(spec: FactType) -> FactColumn:
    number = spec.kind in ("number", "integer")
    may_be_absent = spec.derived or spec.accepts_never or bool(spec.test or spec.refines)
    return FactColumn(
        name=spec.name,
        kind=_KINDS[spec.kind],
        absent=f"{spec.name}:absent" if may_be_absent else "",
        low=f"{spec.name}:low" if number else "",
        high=f"{spec.name}:high" if number else "",
        missing=f"{spec.name}:missing" if spec.derived else "",
    )


def digits(number: Decimal) -> int:
    """How many digits a decimal is written with, trailing zeros left out."""
    return len(number.normalize().as_tuple().digits)
