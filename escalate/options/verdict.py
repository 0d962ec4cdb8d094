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
    if indicated is Truth.FALSE:
        return Verdict.NOT_INDICATED
    if exclude is Truth.TRUE:
        return Verdict.EXCLUDED
    if defer is Truth.TRUE:
        return Verdict.DEFERRED
    undecided = Truth.UNKNOWN in (indicated, exclude, defer) or ask is not Truth.FALSE
    if undecided:
        return Verdict.DATA_NEEDED
    if caution_high is Truth.TRUE:
        return Verdict.CAUTION_HIGH
    if caution is Truth.TRUE or Truth.UNKNOWN in (caution, caution_high):
        return Verdict.CAUTION
    return Verdict.PROPOSE
