"""When more is known of one patient than of another, or one fact is worse: the order between their facts."""

from __future__ import annotations

from collections.abc import Iterator

import z3

from escalate.audit.verify.encoding import Encoding
from escalate.audit.verify.rail import NO, Formula, both, either, negation
from escalate.audit.verify.space import Space, Variable
from escalate.problems import InternalFault
from escalate.texts import _

Worse = str | tuple[str, ...]


def same_or_more(less: Encoding, more: Encoding, name: str) -> Iterator[Formula]:
    """What is known of a fact stays as it is; what is unknown may become anything."""
    before, after = less.state(name), more.state(name)
    one, other = less.variable(name), more.variable(name)
    yield z3.Implies(before.present, after.present)
    yield z3.Implies(before.absent, after.absent)
    if one is other:
        return
    for same in _equal(less.space, one, other):
        yield z3.Implies(before.present, same)
    if one.spec.derived:
        # The range of an unknown number only narrows.
        for cut in tuple(sorted({*one.low.cuts, *other.low.cuts})):
            space = less.space
            yield z3.Implies(space.below(other, "low", cut), space.below(one, "low", cut))
            yield z3.Implies(space.below(one, "high", cut), space.below(other, "high", cut))
            # A number of which a bound is known does apply; learning it does not take it away.
            bounded = either((space.below(one, "high", cut), negation(space.below(one, "low", cut))))
            yield z3.Implies(both((negation(before.absent), bounded)), negation(after.absent))


def worse(space: Space, better: Variable, graver: Variable, way: Worse) -> list[Formula]:
    """Both facts are known, and the second value is as bad as the first or worse."""
    stated = [better.known, graver.known]
    if isinstance(way, tuple):
        return [*stated, *_down_the_words(space, better, graver, way)]
    if way in ("yes", "no"):
        first, second = (better.yes, graver.yes) if way == "yes" else (graver.yes, better.yes)
        return [*stated, z3.Not(first), second]
    order: list[Formula] = []
    for cut in tuple(sorted({*better.low.cuts, *graver.low.cuts})):
        one, other = space.below(better, "low", cut), space.below(graver, "low", cut)
        order.append(z3.Implies(one, other) if way == "lower" else z3.Implies(other, one))
    return [*stated, *order]


def _down_the_words(
    space: Space, better: Variable, graver: Variable, words: tuple[str, ...]
) -> Iterator[Formula]:
    for variable in (better, graver):
        yield either(variable.words[word] for word in words)
    for place, word in enumerate(words):
        yield z3.Implies(graver.words[word], either(better.words[milder] for milder in words[:place]))


def _equal(space: Space, one: Variable, other: Variable) -> Iterator[Formula]:
    kind = one.spec.kind
    if kind == "boolean":
        yield one.yes == other.yes
    elif kind in ("enum", "list"):
        for word in sorted({*one.words, *other.words}):
            yield one.words.get(word, NO) == other.words.get(word, NO)
    elif kind in ("number", "integer"):
        for cut in tuple(sorted({*one.low.cuts, *other.low.cuts})):
            yield space.below(one, "low", cut) == space.below(other, "low", cut)
    elif kind not in ("date", "text"):
        raise InternalFault(_("a fact of kind `{kind}` has no order").format(kind=kind))
