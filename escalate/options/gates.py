"""Which active rules speak on a therapy, whether it is indicated, and in which scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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


def indicated(of_kind: Mapping[str, Sequence[Rule]], therapy: str, value: Value) -> Truth:
    """Some indication TRUE and nothing against it; some rules hold although the drug failed before.

    Args: of_kind, the rules of the therapy by kind, as `gates_of` gives them.
    """
    against = of_kind.get("against", ())
    past = some(value(r) for r in against if on_the_past(r, therapy))
    other = some(value(r) for r in against if not on_the_past(r, therapy))
    spoken = some(
        value(r) if r.again or r.alert else every((value(r), ~past)) for r in of_kind.get("indicate", ())
    )
    return every((spoken, ~other))


def scope_of(library: Library, value: Value) -> str:
    """`iim`, or what a scope rule says that is TRUE; out of scope goes before all others."""
    scopes = {rule.scope for rule in alerts_of(library).get("scope", ()) if value(rule) is Truth.TRUE}
    return next((s for s in ("out_of_scope", "bcma_safety_only") if s in scopes), "iim")
