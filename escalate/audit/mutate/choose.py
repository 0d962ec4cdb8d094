"""Which mutants are looked at: those of some rules, or a sample that is the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from escalate.audit.mutate.mutants import Mutant


def of_rules(all_: Iterable[Mutant], ids: Sequence[str]) -> list[Mutant]:
    """The mutants of these rules (all, where none is named)."""
    return [mutant for mutant in all_ if not ids or mutant.rule in ids]


def sample(all_: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` of them, in their order.

    The lot of a mutant hangs on its name, not on its place: a rule that is added moves no other mutant.
    """
    drawn = sorted(range(len(all_)), key=lambda place: (_lot(all_[place], seed), place))[:count]
    return [all_[place] for place in sorted(drawn)]


def _lot(mutant: Mutant, seed: int) -> bytes:
    return sha256(f"{seed} {mutant.name}".encode()).digest()
