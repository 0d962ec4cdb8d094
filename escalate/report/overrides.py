"""What an earlier conference decided: shown beside what it concerns, it changes no verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from escalate.options.model import Option
from escalate.texts import _

if TYPE_CHECKING:
    from escalate.patient.model import Override as Stated
    from escalate.patient.model import Patient


@dataclass(frozen=True, slots=True)
class Override:
    """One recorded decision; `lapsed` when its end lies before the day of the assessment."""

    rule: str
    therapy: str | None
    by: str
    on_date: date | None
    reason: str
    until: date | None
    lapsed: bool

    def sentence(self, say_day: Callable[[date], str] = date.isoformat) -> str:
        """The decision in one line: its state, reason, who and when, its days as a report says them."""
        end = ends(say_day(self.until) if self.until else None, lapsed=self.lapsed)
        who = ", ".join(part for part in (self.by, say_day(self.on_date) if self.on_date else "") if part)
        reason = self.reason or _("no reason is recorded")
        said = f"{reason} ({who})" if who else reason
        return _("earlier conference ({end}): {said}; the verdict stays").format(end=end, said=said)

    def as_plain(self) -> dict[str, object]:
        """The decision as the report's JSON holds it, beside the entry that it names."""
        return {
            "by": self.by,
            "on_date": self.on_date.isoformat() if self.on_date else None,
            "reason": self.reason,
            "until": self.until.isoformat() if self.until else None,
            "lapsed": self.lapsed,
        }


def ends(until: str | None, *, lapsed: bool) -> str:
    """When a decision ends or has ended, in words."""
    if until is None:
        return _("no end is recorded")
    return (_("lapsed on {until}") if lapsed else _("until {until}")).format(until=until)


def overrides_of(patient: Patient, therapy: str) -> tuple[Override, ...]:
    """The overrides that name a therapy, in the order of the file."""
    return tuple(_override(o, patient.assessed_on) for o in patient.overrides if o.therapy == therapy)


def beside(
    patient: Patient,
    option: Option,
    printed: Collection[str] = (),
    say_day: Callable[[date], str] = date.isoformat,
) -> tuple[str, ...]:
    """What was decided about rules of an option that are not printed there, each with its rule.

    A closed option does not list its cautions: a decision about one would be lost with it.
    Args: printed, the rules that a report lists at the option together with what was decided about them.
    """
    stated = overrides_of(patient, option.therapy.id)
    titles = {
        reason.rule.id: reason.rule.title
        for reason in (*option.excluded_by, *option.deferred_by, *option.cautions)
        if reason.rule.id not in printed
    }
    return tuple(f"{titles[o.rule]} ({o.rule}): {o.sentence(say_day)}" for o in stated if o.rule in titles)


def unmatched(patient: Patient, options: Iterable[Option]) -> tuple[Override, ...]:
    """The overrides that meet no entry today: the rule does not speak, or nobody knows it any more."""
    entries = {
        (option.therapy.id, reason.rule.id)
        for option in options
        for reason in (*option.excluded_by, *option.deferred_by, *option.cautions)
    }
    return tuple(
        _override(o, patient.assessed_on) for o in patient.overrides if (o.therapy, o.rule) not in entries
    )


def _override(stated: Stated, on: date) -> Override:
    return Override(
        rule=stated.rule,
        therapy=stated.therapy,
        by=stated.by or "",
        on_date=stated.on_date,
        reason=stated.reason or "",
        until=stated.until,
        lapsed=stated.until is not None and stated.until <= on,
    )
