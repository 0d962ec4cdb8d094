"""Which active rules speak on a therapy, whether it is indicated, and in which scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from escalate.language.tree import Flag, Leaf
from escalate.library.model import Library, Rule
from escalate.library.once import Once
from escalate.truth import Truth, every, some

Gates = dict[str, dict[str, list[Rule]]]
Value = Callable[[Rule], Truth]


@Once
def gates_of(library: Library) -> Gates:
    """The active rules by therapy and kind, findings left out; an emergency indicates what it starts."""
    gates: Gates = {}
    for rule in library.rules:
        if rule.status != "active" or rule.kind == "finding":
            continue
        kind, targets = rule.kind, rule.targets
        if rule.alert == "emergency":
            kind, targets = "indicate", tuple(dict.fromkeys(t for a in rule.do for t in a.therapies))
        for therapy in targets:
            gates.setdefault(therapy, {}).setdefault(kind, []).append(rule)
    return gates


@Once
def alerts_of(library: Library) -> dict[str, list[Rule]]:
    """The active alerts by their word: emergency, contradiction, scope, warning, outcome, disagreement."""
    alerts: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.kind == "alert" and rule.status == "active":
            alerts.setdefault(rule.alert, []).append(rule)
    return alerts


def on_the_past(rule: Rule, therapy: str) -> bool:
    """Whether a rule says only that the drug failed or is being given, which `again` sets aside."""
    return isinstance(rule.when, Leaf) and rule.when.test == Flag(f"therapy.{therapy}.not_again")


def holds_anyway(rule: Rule) -> bool:
    """Whether an indication stands although the drug failed before: it says so, or is an emergency."""
    return rule.again or bool(rule.alert)


def indicated(of_kind: Mapping[str, Sequence[Rule]], therapy: str, value: Value) -> Truth:
    """Some indication TRUE and nothing against it; some rules hold although the drug failed before.

    Args: of_kind, the rules of the therapy by kind, as `gates_of` gives them.
    """
    _history, other = _against(of_kind, therapy)
    return every((some(_weights(of_kind, therapy, value)), ~some(value(r) for r in other)))


@dataclass(frozen=True, slots=True)
class Grounds:
    """On which rules the indication of a therapy rests, and for which it waits.

    `by` holds the indications that are TRUE and not set aside; where there is none, those that are TRUE and
    wait for the history alone; else those that are UNKNOWN. `waiting` holds the UNKNOWN rules, for and
    against, whose answer can still change the value of the indication. `set_aside_by` is what the past says
    against the drug, where that sets an indication aside.
    """

    by: tuple[Rule, ...]
    waiting: tuple[Rule, ...]
    set_aside_by: tuple[Rule, ...]


def grounds(of_kind: Mapping[str, Sequence[Rule]], therapy: str, value: Value) -> Grounds:
    """The rules behind what `indicated` says of the same therapy."""
    history, other = _against(of_kind, therapy)
    spoken = of_kind.get("indicate", ())
    weights = list(zip(spoken, _weights(of_kind, therapy, value), strict=True))
    certain = [rule for rule, weight in weights if weight is Truth.TRUE]
    standing = certain or [rule for rule, weight in weights if weight is Truth.UNKNOWN]
    likely = [rule for rule in standing if value(rule) is Truth.TRUE]
    if likely and not certain:
        # They wait for the history alone, and so would any further one that it can set aside.
        standing = [*likely, *(rule for rule in standing if holds_anyway(rule))]
    asked = [*standing, *other]
    if not all(holds_anyway(rule) for rule in standing):
        asked += history
    defeated = any(value(rule) is not Truth.FALSE and not holds_anyway(rule) for rule in spoken)
    return Grounds(
        by=tuple(likely or standing),
        waiting=tuple(rule for rule in asked if value(rule) is Truth.UNKNOWN),
        set_aside_by=tuple(rule for rule in history if defeated and value(rule) is Truth.TRUE),
    )


def _against(of_kind: Mapping[str, Sequence[Rule]], therapy: str) -> tuple[list[Rule], list[Rule]]:
    """What the history alone says against a therapy, and what else does."""
    against = of_kind.get("against", ())
    history = [rule for rule in against if on_the_past(rule, therapy)]
    return history, [rule for rule in against if not on_the_past(rule, therapy)]


def _weights(of_kind: Mapping[str, Sequence[Rule]], therapy: str, value: Value) -> list[Truth]:
    """Each indication with the value that counts: one that the history can set aside, with the history."""
    history, _other = _against(of_kind, therapy)
    past = some(value(rule) for rule in history)
    return [
        value(rule) if holds_anyway(rule) else every((value(rule), ~past))
        for rule in of_kind.get("indicate", ())
    ]


def scope_of(library: Library, value: Value) -> str:
    """`iim`, or what a scope rule says that is TRUE; out of scope goes before all others."""
    scopes = {rule.scope for rule in alerts_of(library).get("scope", ()) if value(rule) is Truth.TRUE}
    return next((s for s in ("out_of_scope", "bcma_safety_only") if s in scopes), "iim")
