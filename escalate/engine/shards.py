"""Rules cut into rulesets small enough for durable_rules, and the limits past which it hangs or crashes.

Its C code loops for ever at 513 distinct tests and dies at 256 rules that share one (engine.md 4), so
every ruleset is measured before it is handed over. Small rulesets cost nothing: one of 100 literals
compiles and runs as fast per rule as one of 350.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escalate.language.normal import MOST_DISJUNCTS, MOST_LITERALS
from escalate.library.model import Rails, Rule
from escalate.problems import InternalFault, KnowledgeRefused, Problem
from escalate.texts import _

MOST_TESTS = 500
MOST_USES = 250
# About so many literals fill a shard.
SHARD_LITERALS = 100


@dataclass(frozen=True, slots=True)
class Shard:
    """Some rules of one stratum, and the literals they listen to."""

    rules: tuple[Rule, ...]
    literals: frozenset[int]


def cut(rules: Sequence[Rule], rails: Rails, most: int = SHARD_LITERALS) -> tuple[Shard, ...]:
    """The rules in their order, each whole in one shard; neighbours, which share literals, stay together.

    Raises: KnowledgeRefused for a rule that no ruleset can hold, with its place.
    """
    shards: list[Shard] = []
    kept: list[Rule] = []
    literals: set[int] = set()
    uses: Counter[int] = Counter()
    for rule in rules:
        own = _guarded_uses(rule, rails)
        crowded = len(literals | own.keys()) > most or any(uses[i] + n > MOST_USES for i, n in own.items())
        if kept and crowded:
            shards.append(Shard(tuple(kept), frozenset(literals)))
            kept, literals, uses = [], set(), Counter()
        kept.append(rule)
        literals.update(own)
        uses.update(own)
    if kept:
        shards.append(Shard(tuple(kept), frozenset(literals)))
    return tuple(shards)


def _guarded_uses(rule: Rule, rails: Rails) -> dict[int, int]:
    """How often the rule uses each literal. Raises KnowledgeRefused past a limit."""
    true, false = rails.true[rule.key], rails.false[rule.key]
    uses: dict[int, int] = {}
    widest = 0
    for disjunct in (*true, *false):
        widest = max(widest, len(disjunct))
        for literal in disjunct:
            uses[literal] = uses.get(literal, 0) + 1
    most = max(len(true), len(false))
    for count, limit, what in (
        (widest, MOST_LITERALS, _("criteria at once")),
        (most, MOST_DISJUNCTS, _("alternatives")),
        (len(uses), MOST_TESTS, _("different criteria")),
        (max(uses.values(), default=0), MOST_USES, _("uses of one criterion")),
    ):
        if count > limit:
            message = _("rule `{rule}`: {count} {what}; durable_rules holds at most {limit}").format(
                rule=rule.id, count=count, what=what, limit=limit
            )
            raise KnowledgeRefused(
                [Problem(rule.at, "too-wide", message, _("make a part of it a finding of its own"))]
            )
    return uses


def token(literal: int) -> str:
    """The text of a literal in durable_rules: never a bare number, which it would compare as one."""
    return f"L{literal >> 1}={'F' if literal & 1 else 'T'}"


def literal_of(text: str) -> int:
    """The literal behind a token."""
    return 2 * int(text[1:-2]) + (text[-1] == "F")


def check_hashes(texts: Iterable[str]) -> None:
    """durable_rules tells texts apart by a 32-bit FNV-1a hash in places; two with one hash would be one."""
    seen: dict[int, str] = {}
    for text in texts:
        value = fnv_1a(text)
        if seen.setdefault(value, text) != text:
            raise InternalFault(
                _("the texts {seen} and {text} have the same hash").format(seen=seen[value], text=text)
            )


def fnv_1a(text: str) -> int:
    """The 32-bit FNV-1a hash of a text."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
