"""Whether what closes an option can change, in one phrase."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from escalate.findings.reasons import Reason
from escalate.options.model import Option
from escalate.texts import _


def lasting_facts(options: Iterable[Option]) -> frozenset[str]:
    """The facts on which an exclusion stands that no rule calls reversible and no day ends.

    A pacemaker that lasts where it closes one option lasts where it closes the next, whatever that rule says.
    """
    return frozenset(
        sentence
        for option in options
        for reason in option.excluded_by
        if reason.until is None and not reason.rule.reversible
        for sentence in reason.because
    )


def can_change(
    closing: Sequence[Reason],
    written: Callable[[date], str] = date.isoformat,
    lasting: frozenset[str] = frozenset(),
) -> str:
    """Whether what closes an option can end, and the first day to look again where dates alone say it.

    Args: closing, every TRUE hard criterion of the option; written, how a day is written; lasting, the facts
    that count as lasting on this page: an exclusion that stands on nothing else lasts too, a deferral never.
    """
    days = [r.until for r in closing if r.until is not None]
    open_ended = [r for r in closing if r.until is None]
    if any(_lasts(r, lasting) for r in open_ended):
        return _("only with a new result: it counts as lasting")
    if not open_ended:
        return _("yes: not before {day}").format(day=written(max(days)))
    if days:
        return _("yes: once it is over, and not before {day}").format(day=written(max(days)))
    return _("yes: once it is over; no day is set")


def _lasts(reason: Reason, lasting: frozenset[str]) -> bool:
    if not reason.rule.reversible:
        return True
    return reason.rule.kind == "exclude" and bool(reason.because) and lasting.issuperset(reason.because)
