"""What a witness is like where the question leaves a choice: usual numbers, empty lists, times within a life.

Nothing here is assumed by a proof. A patient who is found is a patient, however unusual; of two of them the
one is shown whom a reader could meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from escalate.audit.verify.rail import Formula, both, negation
from escalate.audit.verify.space import Variable
from escalate.library.model import FactType

# Round numbers that lie within any adult's life: the middle of a range in days would be a dose before birth.
_WITHIN_A_LIFE = {
    "days": Decimal(365),
    "weeks": Decimal(52),
    "months": Decimal(12),
    "years": Decimal(50),
}


def usual_number(spec: FactType, typical: Mapping[str, Decimal]) -> Decimal:
    """The number that a witness shows if it may: what the knowledge base calls typical, else the middle of
    the range, and of a time no more than lies within a life.

    Args: typical, by fact, in the unit of the fact.
    """
    named = typical.get(spec.name)
    if named is None:
        low = spec.low if spec.low is not None else Decimal(0)
        high = spec.high if spec.high is not None else low + 1000
        named = (low + high) / 2
        if spec.unit in _WITHIN_A_LIFE:
            named = max(low, min(named, _WITHIN_A_LIFE[spec.unit]))
    return named.to_integral_value() if spec.kind == "integer" else named


def usual_value(variable: Variable, typical: Mapping[str, Decimal]) -> Formula | None:
    """That a number lies where the usual one does, or that a list is empty; None where nothing is usual."""
    spec = variable.spec
    if spec.kind == "list":
        return both(negation(word) for word in variable.words.values())
    # Of a number that is neither typical nor a time the knowledge base does not say which one is usual.
    if spec.kind in ("number", "integer") and (spec.name in typical or spec.unit in _WITHIN_A_LIFE):
        return both(_around(variable, usual_number(spec, typical)))
    return None


def _around(variable: Variable, number: Decimal) -> Iterator[Formula]:
    chain = variable.low
    for (cut, inclusive), below in zip(chain.cuts, chain.below, strict=True):
        yield below if number < cut or (inclusive and number == cut) else negation(below)
