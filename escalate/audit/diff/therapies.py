"""LOOSENS or TIGHTENS: which way the whole change moved each therapy, over all patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from escalate.audit.diff.model import (
    Direction,
    Move,
    RuleChange,
    Shown,
    TherapyChange,
    direction_of,
    openness,
)
from escalate.audit.diff.prove import Both
from escalate.audit.diff.witness import Shower
from escalate.audit.verify.rail import NO


def touched_therapies(both: Both) -> tuple[str, ...]:
    """The therapies whose verdict differs for some patient, or for which that is not proved."""
    differing = [t for t in both.names if not both.differs(t).eq(NO)]
    return tuple(t for t in differing if not both.prover.ask(both.differs(t)).impossible)


def therapy_changes(
    both: Both,
    shower: Shower,
    touched: Sequence[str],
    reaches: Mapping[str, Sequence[str]],
    rules: Sequence[RuleChange],
) -> tuple[TherapyChange, ...]:
    """Each touched therapy with its direction.

    Args: reaches, by id of an edited rule the therapies it reaches; rules, with the patients they show:
          what is shown for one therapy of a rule is not shown again for the next.
    """
    found: list[TherapyChange] = []
    seen = [(rule.id, move) for rule in rules for one in rule.shown for move in one.moves]
    for therapy in touched:
        moves = list(both.moves(therapy))
        possible = tuple(sorted({m for m in moves if m is not None}, key=lambda m: (m.old, m.new)))
        direction = _direction(possible, undecided=None in moves)
        causes = tuple(id for id, reached in reaches.items() if therapy in reached) or (therapy,)
        own: list[Shown] = []
        near = [move for id, move in seen if id in causes]
        for question, is_so in ((both.looser, _loosens), (both.tighter, _tightens)):
            if any(map(is_so, possible)) and not any(map(is_so, near)):
                one = shower.show((question(therapy),), [therapy])
                own.append(one)
                seen += [(id, move) for move in one.moves for id in causes]
        name = next(lib.therapies[therapy].name for lib in both.libraries[::-1] if therapy in lib.therapies)
        named = tuple(id for id in causes if id != therapy)
        found.append(TherapyChange(therapy, name, direction, possible, named, tuple(own)))
    whole = _opened(both, shower, found, [move for _, move in seen])
    return tuple(replace(one, shown=(*one.shown, whole[one.id])) if one.id in whole else one for one in found)


def _direction(moves: Sequence[Move], *, undecided: bool) -> Direction:
    direction = direction_of(moves)
    return Direction.NOT_PROVED if undecided and direction is not Direction.BOTH else direction


def _opened(
    both: Both, shower: Shower, found: Sequence[TherapyChange], seen: Sequence[Move]
) -> dict[str, Shown]:
    """A whole patient for whom something opens, and one for whom something closes, where only patients who
    lack data were shown so far: by therapy."""
    more: dict[str, Shown] = {}
    for wanted in (_opens, _closes):
        if any(wanted(move) for move in seen):
            continue
        # The widest step: from excluded to open without a caution.
        moves = [move for one in found for move in one.moves if wanted(move) and one.id not in more]
        move = max(moves, key=lambda m: abs(openness(m.new) - openness(m.old)), default=None)
        if move is not None:
            question = (
                both.is_word(move.therapy, move.old, old=True),
                both.is_word(move.therapy, move.new, old=False),
            )
            more[move.therapy] = shower.show(question, [one.id for one in found])
    return more


def _opens(move: Move) -> bool:
    return move.opens


def _closes(move: Move) -> bool:
    return move.closes


def _loosens(move: Move) -> bool:
    return move.loosens


def _tightens(move: Move) -> bool:
    return move.tightens
