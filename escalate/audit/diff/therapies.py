"""LOOSENS or TIGHTENS: which way the whole change moved each therapy, over all patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escalate.audit.diff.model import Direction, Move, Shown, TherapyChange
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
    rules: Mapping[str, Sequence[str]],
    shown: Sequence[Shown],
) -> tuple[TherapyChange, ...]:
    """Each touched therapy with its direction.

    Args: rules, by id of an edited rule the therapies it reaches; shown, what its rules show already.
    """
    found: list[TherapyChange] = []
    seen = [move for one in shown for move in one.moves]
    for therapy in touched:
        moves = list(both.moves(therapy))
        possible = tuple(sorted({m for m in moves if m is not None}, key=lambda m: (m.old, m.new)))
        direction = _direction(possible, undecided=None in moves)
        causes = tuple(id for id, reached in rules.items() if therapy in reached)
        own: list[Shown] = []
        for is_so, question, already in (
            (direction.may_loosen, both.looser, [m.loosens for m in seen if m.therapy == therapy]),
            (direction.may_tighten, both.tighter, [m.tightens for m in seen if m.therapy == therapy]),
        ):
            if is_so and not any(already) and both.prover.ask(question(therapy)).found:
                one = shower.show((question(therapy),), [therapy])
                own.append(one)
                seen += one.moves
        name = next(
            lib.therapies[therapy].name for lib in reversed(both.libraries) if therapy in lib.therapies
        )
        found.append(TherapyChange(therapy, name, direction, possible, causes, tuple(own)))
    return tuple(found)


def _direction(moves: Sequence[Move], *, undecided: bool) -> Direction:
    looser, tighter = any(m.loosens for m in moves), any(m.tightens for m in moves)
    if looser and tighter:
        return Direction.BOTH
    if undecided:
        return Direction.NOT_PROVED
    if looser or tighter:
        return Direction.LOOSENS if looser else Direction.TIGHTENS
    return Direction.SHIFTS if moves else Direction.SAME
