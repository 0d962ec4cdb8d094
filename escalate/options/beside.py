"""What stands beside the drugs: outcomes that are no therapy, and where sources disagree about one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from escalate.findings.reasons import Reasons
from escalate.library.model import Rule
from escalate.options.gates import alerts_of
from escalate.options.model import Option, Outcome
from escalate.options.verdict import Verdict
from escalate.truth import Truth

_ORDER = ("diagnostic_review", "stay", "rehabilitation")


def outcomes(reasons: Reasons) -> tuple[Outcome, ...]:
    """What else the conference may decide for this patient, the diagnosis first."""
    speaking = [rule for rule in _true(reasons, "outcome", "warning") if rule.outcome]
    found = [Outcome(rule.outcome, reasons.of(rule)) for rule in speaking]
    return tuple(sorted(found, key=lambda o: (_ORDER.index(o.outcome), o.reason.rule.id)))


def with_disagreements(options: Sequence[Option], reasons: Reasons) -> list[Option]:
    """Each option that is not closed, with the disagreements that bear on it here."""
    disputed = _true(reasons, "disagreement")
    closed = (Verdict.EXCLUDED, Verdict.DEFERRED)
    return [
        option
        if option.verdict in closed
        else replace(option, disagreements=tuple(r for r in disputed if option.therapy.id in r.targets))
        for option in options
    ]


def _true(reasons: Reasons, *alerts: str) -> list[Rule]:
    by_word = alerts_of(reasons.library)
    return [r for word in alerts for r in by_word.get(word, ()) if reasons.values[r.key] is Truth.TRUE]
