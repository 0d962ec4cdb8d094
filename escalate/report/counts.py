"""How many options are open, waiting and closed. What needs a documented override is not counted as open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Counts:
    """`override`, open only with a recorded override; `closed`, excluded or deferred."""

    open: int
    override: int
    waiting: int
    closed: int

    def behind(self) -> str:
        """What stands behind the number of those that are open."""
        rest = {"override": self.override, "waiting": self.waiting, "closed": self.closed}
        if self.override:
            said = _("open, {override} only with an override, {waiting} waiting for data, {closed} closed")
        else:
            said = _("open, {waiting} waiting for data, {closed} closed")
        return said.format(**rest)


def counted(options: Iterable[Option]) -> Counts:
    """The options of one proposal; what is not indicated is none."""
    verdicts = [option.verdict for option in options]
    override = verdicts.count(Verdict.CAUTION_HIGH)
    return Counts(
        open=sum(verdict.is_open for verdict in verdicts) - override,
        override=override,
        waiting=verdicts.count(Verdict.DATA_NEEDED),
        closed=verdicts.count(Verdict.EXCLUDED) + verdicts.count(Verdict.DEFERRED),
    )
