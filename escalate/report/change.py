"""Whether what closes an option can change, in one phrase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from escalate.findings.reasons import Reason
from escalate.texts import _


def can_change(closing: Sequence[Reason], written: Callable[[date], str] = date.isoformat) -> str:
    """Whether what closes an option can end, and the first day to look again where dates alone say it.

    Args: closing, every TRUE hard criterion of the option; written, how a day is written.
    """
    days = [r.until for r in closing if r.until is not None]
    open_ended = [r for r in closing if r.until is None]
    if any(not r.rule.reversible for r in open_ended):
        return _("only with a new result: it counts as lasting")
    if not open_ended:
        return _("yes: not before {day}").format(day=written(max(days)))
    if days:
        return _("yes: once it is over, and not before {day}").format(day=written(max(days)))
    return _("yes: once it is over; no day is set")
