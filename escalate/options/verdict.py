"""The verdict on an option: one table, used by every reading of the rules (contract/assessment.md).

| verdict       | holds when (the first that holds wins)                                     |
|---------------|----------------------------------------------------------------------------|
| not_indicated | indication FALSE                                                           |
| excluded      | an `exclude` rule TRUE                                                     |
| deferred      | a `defer` rule TRUE                                                        |
| data_needed   | indication, an `exclude` or a `defer` rule UNKNOWN, or an `ask` not FALSE  |
| caution_high  | a `caution_high` rule TRUE                                                 |
| caution       | a `caution` rule TRUE, or a caution of either kind UNKNOWN                 |
| propose       | nothing above                                                              |
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from escalate.truth import Truth


class Verdict(StrEnum):
    """In the order in which a report lists them."""

    PROPOSE = "propose"
    CAUTION = "caution"
    CAUTION_HIGH = "caution_high"
    DATA_NEEDED = "data_needed"
    DEFERRED = "deferred"
    EXCLUDED = "excluded"
    NOT_INDICATED = "not_indicated"

    @property
    def is_open(self) -> bool:
        """Whether the conference may choose it (caution_high only with a recorded override)."""
        return self in (Verdict.PROPOSE, Verdict.CAUTION, Verdict.CAUTION_HIGH)


_UNKNOWN, _TRUE = (Truth.UNKNOWN,), (Truth.TRUE,)

KINDS = ("exclude", "defer", "ask", "caution_high", "caution")
"""The kinds of rules that are joined beside the indication, each the greatest of its rules."""

# A row holds when one of its inputs has one of the values beside it; the first row that holds wins. As data,
# so that the relational reading is made of the same rows.
TABLE: tuple[tuple[Verdict, Mapping[str, tuple[Truth, ...]]], ...] = (
    (Verdict.NOT_INDICATED, {"indicated": (Truth.FALSE,)}),
    (Verdict.EXCLUDED, {"exclude": _TRUE}),
    (Verdict.DEFERRED, {"defer": _TRUE}),
    (
        Verdict.DATA_NEEDED,
        {"indicated": _UNKNOWN, "exclude": _UNKNOWN, "defer": _UNKNOWN, "ask": (*_UNKNOWN, *_TRUE)},
    ),
    (Verdict.CAUTION_HIGH, {"caution_high": _TRUE}),
    (Verdict.CAUTION, {"caution": (*_UNKNOWN, *_TRUE), "caution_high": _UNKNOWN}),
)


def verdict(
    indicated: Truth,
    *,
    exclude: Truth,
    defer: Truth,
    ask: Truth,
    caution_high: Truth,
    caution: Truth,
) -> Verdict:
    """The verdict for the joined values of an option's rules (each the greatest of its kind)."""
    given = {
        "indicated": indicated,
        "exclude": exclude,
        "defer": defer,
        "ask": ask,
        "caution_high": caution_high,
        "caution": caution,
    }
    for word, holding in TABLE:
        if any(given[kind] in values for kind, values in holding.items()):
            return word
    return Verdict.PROPOSE
