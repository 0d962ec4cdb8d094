"""The findings a reader wants to see: grades and yes/no conclusions, with their reasons."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.findings.reasons import Reasons
from escalate.library.model import FindingSpec, Rule
from escalate.texts import _
from escalate.truth import Truth


@dataclass(frozen=True, slots=True)
class Finding:
    """A conclusion. `value` is `true`, `false`, a level, or `unknown`; the bounds are levels."""

    name: str
    title: str
    value: str
    at_least: str | None
    at_most: str | None
    because: tuple[str, ...]
    missing: tuple[str, ...]
    rules: tuple[str, ...]  # ids of the rules that carry the value


def find(reasons: Reasons) -> tuple[Finding, ...]:
    """Every finding marked `shown`, in the order of the knowledge base."""
    return tuple(_find(spec, reasons) for spec in reasons.library.findings.values() if spec.shown)


def _find(spec: FindingSpec, reasons: Reasons) -> Finding:
    return _graded(spec, reasons) if spec.levels else _boolean(spec, reasons)


def head(name: str, level: str) -> str:
    """The name under which `NAME >= LEVEL` stands among the heads of an evaluation."""
    return f"{name}>={level}"


def bounds(spec: FindingSpec, reasons: Reasons) -> tuple[str, str]:
    """The highest level that is certain and the highest that is still possible."""
    at_least = at_most = spec.levels[0]
    for level in spec.levels[1:]:
        value = reasons.heads[head(spec.name, level)]
        if value is Truth.TRUE:
            at_least = level
        if value is not Truth.FALSE:
            at_most = level
    return at_least, at_most


def _graded(spec: FindingSpec, reasons: Reasons) -> Finding:
    at_least, at_most = bounds(spec, reasons)
    carrying = _carrying(spec.name, reasons, at_least if at_least != spec.levels[0] else None)
    decided = at_least == at_most
    missing: tuple[str, ...] = ()
    if not decided:
        missing = reasons.missing_of_finding(spec.name, spec.levels[spec.levels.index(at_least) + 1])
    because = tuple(dict.fromkeys(line for rule in carrying for line in reasons.of(rule).because))
    if decided and not carrying:
        because = (_("no criterion of a higher level is met, and the tests it rests on are known"),)
    return Finding(
        name=spec.name,
        title=spec.title,
        value=at_least if decided else "unknown",
        at_least=at_least,
        at_most=at_most,
        because=because,
        missing=missing,
        rules=tuple(rule.id for rule in carrying),
    )


def _boolean(spec: FindingSpec, reasons: Reasons) -> Finding:
    value = reasons.heads[spec.name]
    carrying = _carrying(spec.name, reasons, None, value) if value is not Truth.UNKNOWN else ()
    return Finding(
        name=spec.name,
        title=spec.title,
        value=value.name.lower(),
        at_least=None,
        at_most=None,
        because=tuple(dict.fromkeys(line for rule in carrying for line in reasons.of(rule).because)),
        missing=reasons.missing_of_finding(spec.name) if value is Truth.UNKNOWN else (),
        rules=tuple(rule.id for rule in carrying) if value is Truth.TRUE else (),
    )


def _carrying(name: str, reasons: Reasons, level: str | None, value: Truth = Truth.TRUE) -> tuple[Rule, ...]:
    """The rules of a finding that have this value; of one level only, where a level is given."""
    return tuple(
        rule
        for rule in reasons.rules_of(name)
        if reasons.values[rule.key] is value and (level is None or rule.level == level)
    )
