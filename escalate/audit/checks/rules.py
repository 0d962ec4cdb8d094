"""Rules that load and cannot be meant: a constant threshold, the same said twice, nothing to ask for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from escalate.language.evaluate import leaves_of
from escalate.language.names import plain
from escalate.language.tree import Compare
from escalate.library.model import Library, Rule
from escalate.problems import Problem
from escalate.texts import _

GATE = ("exclude", "defer", "caution", "caution_high")


def active(library: Library) -> Iterator[Rule]:
    """The rules that fire."""
    return (rule for rule in library.rules if rule.status == "active")


def constant_thresholds(library: Library) -> Iterator[Problem]:
    """A comparison at the very end of the range is always or never true."""
    for rule in library.rules:
        for leaf in leaves_of(rule.when):
            test = leaf.test
            if not isinstance(test, Compare):
                continue
            fact = library.facts[test.name]
            if fact.accepts_never or fact.refines or fact.test:
                continue  # it may be absent, and `>= 0` then asks whether there is one at all
            always = (test.op, test.number) in ((">=", fact.low), ("<=", fact.high))
            never = (test.op, test.number) in (("<", fact.low), (">", fact.high))
            if always or never:
                holds = (
                    _("`{leaf}` always holds in the range of `{fact}`")
                    if always
                    else _("`{leaf}` never holds in the range of `{fact}`")
                )
                message = holds.format(leaf=leaf.text, fact=test.name)
                yield Problem(leaf.at, "constant-test", message, _range(fact.low, fact.high))


def _range(low: Decimal | None, high: Decimal | None) -> str:
    return _("it takes {low} to {high}").format(low=plain(low), high=plain(high))


def repeated_rules(library: Library) -> Iterator[Problem]:
    """Two active rules that say the same of the same therapies."""
    seen: dict[object, Rule] = {}
    for rule in library.rules:
        if rule.status != "active" or rule.kind == "alert":
            continue
        said = (rule.kind, rule.targets, rule.level, _shape(rule))
        first = seen.setdefault(said, rule)
        if first.id != rule.id:
            yield Problem(
                rule.at,
                "repeated-rule",
                _("`{rule}` says the same as `{first}` at {at}").format(
                    rule=rule.id, first=first.id, at=first.at
                ),
            )


def _shape(rule: Rule) -> tuple[object, ...]:
    return tuple(sorted(leaf.text for leaf in leaves_of(rule.when))), type(rule.when).__name__


def repeated_numbers(library: Library) -> Iterator[Problem]:
    """A number has one home: two gate rules of one kind with the same threshold for the same therapy.

    Whoever moves one of them leaves the other behind, and the option still closes at the old number.
    """
    homes: dict[object, Rule] = {}
    for rule in active(library):
        if rule.kind not in GATE:
            continue
        for leaf in leaves_of(rule.when):
            if not isinstance(leaf.test, Compare):
                continue
            said = [(rule.kind, target, leaf.negated, leaf.test) for target in rule.targets]
            first = next((homes[one] for one in said if one in homes), rule)
            homes.update((one, rule) for one in said if one not in homes)
            if first.id != rule.id:
                yield Problem(
                    leaf.at,
                    "repeated-number",
                    _("`{leaf}` stands in `{first}` too, at {at}").format(
                        leaf=leaf.text, first=first.id, at=first.at
                    ),
                    _("make the criterion a finding that both rules read"),
                )


def fields_without_ask(library: Library) -> Iterator[Problem]:
    """A fact that a rule reads and nobody can ask for."""
    used = {leaf.test.name for rule in active(library) for leaf in leaves_of(rule.when)}
    for name in sorted(used - library.findings.keys()):
        fact = library.facts[name]
        if not fact.ask:
            rule = next(r for r in active(library) if any(x.test.name == name for x in leaves_of(r.when)))
            yield Problem(
                rule.at,
                "nothing-to-ask",
                _("`{name}` is read by `{rule}` and has no `ask`").format(name=name, rule=rule.id),
            )
