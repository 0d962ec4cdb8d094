"""Which active rules speak on a therapy, and which of them only say that it was given before."""

from __future__ import annotations

from escalate.language.tree import Flag, Leaf
from escalate.library.model import Library, Rule

Gates = dict[str, dict[str, list[Rule]]]


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


def on_the_past(rule: Rule, therapy: str) -> bool:
    """Whether a rule says only that the drug failed or is being given, which `again` sets aside."""
    return isinstance(rule.when, Leaf) and rule.when.test == Flag(f"therapy.{therapy}.not_again")
