"""What stands beside the drugs, laid out: outcomes that are no therapy, and where sources disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from escalate.library.model import Rule
from escalate.options.model import Option, Outcome
from escalate.report.basis import basis_document, support
from escalate.report.layout import Page
from escalate.texts import _


def write_outcomes(page: Page, outcomes: tuple[Outcome, ...]) -> None:
    """The section of the text report; nothing where no outcome speaks for itself."""
    if not outcomes:
        return
    page.heading(_("Also to choose from, without a further drug"))
    for outcome in outcomes:
        rule = outcome.reason.rule
        page.line(f"{rule.title} ({rule.id}{support(rule)})", first="- ")
        page.bullets(outcome.reason.brief, 3, _("because "))
        page.bullets((action.text for action in rule.do), 3, _("do: "))


def disagreement_lines(option: Option) -> Iterator[str]:
    """One line per disagreement that bears on an option."""
    for rule in option.disagreements:
        positions = " / ".join(position.rstrip(".") for position in rule.positions)
        yield f"{rule.title}: {positions}. {rule.because} ({rule.id}{support(rule)})"


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    rule = outcome.reason.rule
    return {
        "outcome": outcome.outcome,
        "rule": rule.id,
        "title": rule.title,
        "because": [*outcome.reason.because, rule.because],
        "do": [action.text for action in rule.do],
        "evidence": [source.ref for source in rule.sources],
        **basis_document(rule.basis),
    }


def disagreement_document(rule: Rule) -> dict[str, Any]:
    """A disagreement between sources as JSON."""
    return {
        "rule": rule.id,
        "title": rule.title,
        "positions": list(rule.positions),
        "because": rule.because,
        "evidence": [source.ref for source in rule.sources],
        **basis_document(rule.basis),
    }
