"""What an earlier conference decided: shown beside what it concerns, it changes no verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalate.patient.model import Patient


@dataclass(frozen=True, slots=True)
class Override:
    """One recorded decision; `lapsed` when its end lies before the day of the assessment."""

    rule: str
    therapy: str
    by: str
    on_date: date | None
    reason: str
    until: date | None
    lapsed: bool

    def as_plain(self) -> dict[str, object]:
        return {
            "by": self.by,
            "on_date": self.on_date.isoformat() if self.on_date else None,
            "reason": self.reason,
            "until": self.until.isoformat() if self.until else None,
            "lapsed": self.lapsed,
        }


def overrides_of(patient: Patient, therapy: str) -> tuple[Override, ...]:
    """The overrides that name a therapy, in the order of the file."""
    return tuple(
        Override(
            rule=o.rule,
            therapy=o.therapy,
            by=o.by or "",
            on_date=o.on_date,
            reason=o.reason or "",
            until=o.until,
            lapsed=o.until is not None and o.until <= patient.assessed_on,
        )
        for o in patient.overrides
        if o.therapy == therapy
    )
