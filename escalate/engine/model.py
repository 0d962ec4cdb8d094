"""What a run of the rules yields: a value for every rule and finding, and proofs of the definite ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from escalate.truth import Truth

Proof = frozenset[tuple[str, bool]]
"""Tests with the values they had, which together settle a rule: `("heart.nyha_class >= 3", True)`."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`rules` by key, `heads` by name (`refractory`, `heart_grade>=C2`), `proofs` by rule key.

    A definite rule has one proof for each alternative that holds; an UNKNOWN one has none. The
    evaluator gives no proofs. `software` names what decided.
    """

    rules: Mapping[str, Truth]
    heads: Mapping[str, Truth]
    proofs: Mapping[str, tuple[Proof, ...]]
    software: str
