"""What kind of statement a field makes, and whether a change of it can change what anybody is advised."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum


class Category(StrEnum):
    """What kind of statement a field makes."""

    CONDITION = "condition"
    ROLE = "role"  # kind, targets, level, status: what the rule does where it holds
    LADDER = "ladder"  # step and order
    ACTION = "action"  # what is done in an emergency, what the conference may decide
    EVIDENCE = "evidence"
    BASIS_RAISED = "basis_raised"  # to a stronger one, and nothing new is cited
    BASIS_LOWERED = "basis_lowered"
    DOSE = "dose"
    SCHEDULE = "schedule"
    MONITORING = "monitoring"
    PARAMETER = "parameter"  # a number that derived facts compute with
    PK = "pk"
    FIELD = "field"  # fields, tests, findings and derived facts as they are declared
    NAMES = "names"
    CODES = "codes"  # of records, and what they and their units mean
    PROOF = "proof"  # invariants, assumptions, the safety lock
    TEXT = "text"
    FIGURE = "figure"  # a text that says another number, or yes instead of no
    TRANSLATION = "translation"
    RECORD = "record"  # since, reviewed, version

    @property
    def is_harmless(self) -> bool:
        """Whether it cannot change what anybody is advised, only how it is said."""
        return self in (Category.TEXT, Category.TRANSLATION, Category.RECORD, Category.BASIS_LOWERED)


def text_category(old: str, new: str) -> Category:
    """A wording, or more than that: `2 deaths in 18` and `no deaths in 18` are not the same said otherwise.

    >>> text_category("2 deaths in 18", "no deaths in 18").value
    'figure'
    >>> text_category("Look again after 2 days", "After 2 days, look again").value
    'text'
    """
    said_before, said_now = (Counter(_SAYS_MORE.findall(text.casefold())) for text in (old, new))
    return Category.TEXT if said_before == said_now else Category.FIGURE


def basis_category(old: str, new: str, *, cites_more: bool) -> Category:
    """What a change of a basis claims, as the files write it; what is no basis is evidence like any other.

    >>> basis_category("unverified", "source", cites_more=False).value
    'basis_raised'
    >>> basis_category("source", "expert_judgement", cites_more=True).value
    'basis_lowered'
    """
    if old not in _BASES or new not in _BASES:
        return Category.EVIDENCE
    if _BASES.index(new) < _BASES.index(old):
        return Category.BASIS_LOWERED
    return Category.EVIDENCE if cites_more else Category.BASIS_RAISED


# From the least claim to the most: a source that nobody looked up, our own judgement, a source.
_BASES = ("unverified", "expert_judgement", "source")
# Numbers, and the words that turn a sentence round.
_SAYS_MORE = re.compile(r"\d+(?:[.,]\d+)*|\b(?:no|not|never|none|nobody|without)\b")
