"""Therapies that may be options and lack what an option needs, and rules that indicate others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from escalate.audit.checks.rules import GATE, active
from escalate.library.model import Library, Rule, Therapy
from escalate.problems import Problem, Span
from escalate.texts import _


def rules_for_unlisted(library: Library) -> Iterator[Problem]:
    """An indication that reaches nobody who can be an option."""
    for rule in library.rules:
        if rule.kind != "indicate":
            continue
        for target in rule.targets:
            if not library.therapies[target].listed:
                message = _("`{rule}` indicates `{target}`, which is not listed").format(
                    rule=rule.id, target=target
                )
                yield Problem(
                    rule.at, "unlisted-therapy", message, _("an option needs a dose, evidence and a gate")
                )
        if not rule.targets:
            yield Problem(
                rule.at, "unlisted-therapy", _("`{rule}` reaches no listed therapy").format(rule=rule.id)
            )


def listed_without_gate(library: Library) -> Iterator[Problem]:
    """A therapy that rules indicate and none can close is not safe to list."""
    closed = Counter(t for r in active(library) if r.kind in GATE for t in _own(r, library))
    for therapy in library.therapies.values():
        if not therapy.listed:
            continue
        indicated = any(therapy.id in r.targets for r in active(library) if r.kind == "indicate")
        at = therapy.at or Span("knowledge", 1, 1)
        if indicated and not closed[therapy.id]:
            message = _("`{therapy}` is listed and has no gate of its own").format(therapy=therapy.id)
            yield Problem(at, "no-gate", message, _("list it when its gate is written"))
        for missing in _unfilled(therapy):
            yield Problem(
                at,
                "incomplete-therapy",
                _("`{therapy}` is listed and has no `{missing}`").format(therapy=therapy.id, missing=missing),
            )


def _own(rule: Rule, library: Library) -> tuple[str, ...]:
    # What closes every therapy alike (an infection) is no gate of one of them.
    listed = sum(t.listed for t in library.therapies.values())
    return rule.targets if len(rule.targets) < listed else ()


def _unfilled(therapy: Therapy) -> Iterator[str]:
    for key in ("dose", "evidence", "evidence_level", "status"):
        if not getattr(therapy, key):
            yield key
