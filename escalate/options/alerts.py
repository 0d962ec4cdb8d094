"""Alerts: emergencies, contradictions, scope and warnings. They stand beside the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from escalate.findings.reasons import Reason, Reasons
from escalate.library.model import Action, Rule
from escalate.options.gates import alerts_of
from escalate.options.model import Alert
from escalate.texts import _
from escalate.truth import Truth

_ORDER = ("emergency", "contradiction", "scope", "warning")
_RULED = ("emergency", "scope", "warning")  # contradictions come first, and are handed in


def alerts(
    reasons: Reasons, contradictions: Iterable[Alert], closed_by: Callable[[str], Reason | None]
) -> tuple[Alert, ...]:
    """The alerts of this patient, emergencies first; `closed_by` gives a therapy's TRUE hard criterion."""
    by_word = alerts_of(reasons.library)
    found = [
        _alert(rule, reasons, closed_by)
        for word in _RULED
        for rule in by_word.get(word, ())
        if reasons.values[rule.key] is Truth.TRUE
    ]
    return tuple(sorted([*found, *contradictions], key=lambda a: (_ORDER.index(a.kind), a.id)))


def _alert(rule: Rule, reasons: Reasons, closed_by: Callable[[str], Reason | None]) -> Alert:
    do, withheld = _what_to_start(rule.do, reasons, closed_by)
    return Alert(
        kind=rule.alert,
        id=rule.id,
        title=rule.title,
        because=(*reasons.of(rule).because, rule.because),
        do=do,
        do_not=(*rule.do_not, *withheld),
        evidence=tuple(source.ref for source in rule.sources),
        basis=rule.basis,
    )


def _what_to_start(
    actions: Iterable[Action], reasons: Reasons, closed_by: Callable[[str], Reason | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is started now, less what a TRUE hard criterion forbids; the latter with its reason."""
    do: list[str] = []
    withheld: dict[str, str] = {}
    for action in actions:
        closed = {therapy: closed_by(therapy) for therapy in action.therapies}
        for therapy, reason in closed.items():
            if reason is not None:
                name = reasons.library.therapies[therapy].name
                withheld[therapy] = _("{name}: closed by {id}, {title}").format(
                    name=name, id=reason.rule.id, title=reason.rule.title
                )
        left = [therapy for therapy, reason in closed.items() if reason is None]
        if action.therapies and not left:
            continue
        gone = [reasons.library.therapies[t].name for t, reason in closed.items() if reason is not None]
        do.append(
            _("{text} (not: {gone}, see below)").format(text=action.text, gone=", ".join(gone))
            if gone
            else action.text
        )
    return tuple(do), tuple(withheld.values())
