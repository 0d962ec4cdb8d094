"""The verdict on every therapy for all patients at once: what options/verdict.py says, one bit each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from escalate.audit.mutate.planes import Plane, every, some
from escalate.library.model import Library, Rule
from escalate.options.gates import on_the_past
from escalate.options.verdict import Verdict

Value = Callable[[Rule], Plane]
Speaking = dict[str, list[tuple[str, Rule]]]


def speaks(rule: Rule) -> tuple[str, tuple[str, ...]]:
    """As what a rule speaks on which therapies; an emergency indicates what it starts."""
    if rule.alert == "emergency":
        return "indicate", tuple(dict.fromkeys(t for action in rule.do for t in action.therapies))
    return rule.kind, rule.targets


def speaking(library: Library) -> Speaking:
    """The active rules of each therapy with their kind, findings left out."""
    found: Speaking = {therapy: [] for therapy in library.therapies}
    for rule in library.rules:
        if rule.status == "active" and rule.kind != "finding":
            kind, targets = speaks(rule)
            for therapy in targets:
                found[therapy].append((kind, rule))
    return found


def verdicts(
    therapy: str, rules: Iterable[tuple[str, Rule]], value: Value, all_: int, *, listed: bool
) -> Mapping[Verdict, int]:
    """Who has which verdict on one therapy."""
    of: dict[str, list[Rule]] = {}
    for kind, rule in rules:
        of.setdefault(kind, []).append(rule)

    def joined(kind: str) -> Plane:
        return some((value(rule) for rule in of.get(kind, ())), all_)

    indicated = _indicated(therapy, of, value, all_) if listed else Plane(0, all_)
    exclude, defer, ask = joined("exclude"), joined("defer"), joined("ask")
    high, low = joined("caution_high"), joined("caution")
    undecided = _unknown(indicated) | _unknown(exclude) | _unknown(defer) | ~ask.false
    found: dict[Verdict, int] = {}
    left = all_
    for verdict, who in (
        (Verdict.NOT_INDICATED, indicated.false),
        (Verdict.EXCLUDED, exclude.true),
        (Verdict.DEFERRED, defer.true),
        (Verdict.DATA_NEEDED, undecided),
        (Verdict.CAUTION_HIGH, high.true),
        (Verdict.CAUTION, low.true | ~(low.true | low.false) | ~(high.true | high.false)),
        (Verdict.PROPOSE, all_),
    ):
        found[verdict] = left & who
        left &= ~who
    return found


def _indicated(therapy: str, of: Mapping[str, list[Rule]], value: Value, all_: int) -> Plane:
    against = of.get("against", ())
    past = some((value(r) for r in against if on_the_past(r, therapy)), all_)
    other = some((value(r) for r in against if not on_the_past(r, therapy)), all_)
    spoken = some(
        (value(r) if r.again or r.alert else every((value(r), ~past), all_) for r in of.get("indicate", ())),
        all_,
    )
    return every((spoken, ~other), all_)


def _unknown(plane: Plane) -> int:
    return ~(plane.true | plane.false)
