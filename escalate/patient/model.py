"""One patient as read: typed values by field, each with its place in the file; nothing is concluded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, SkipValidation

from escalate.language.facts import Value
from escalate.problems import Span

WHAT_IF = "what-if"
"""The file of a value that stands in no file, but was put in to see what would change."""


@dataclass(frozen=True, slots=True)
class PatientValue:
    """The value of one field in the field's own unit; `given` is the text of the file.

    `never`: the event is known not to have happened; `value` is then None. `latest` is the last
    day a year-month may mean, where `value` is its first; for a full date both are the same.
    `low` and `high` bound a number that was not measured exactly (`> 12000`); `value` is then None.
    """

    value: Value | None
    at: Span
    given: str
    never: bool = False
    latest: date | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day, or a month of which the day is not known: the first and the last day it may be."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        return self.first == self.last

    def __str__(self) -> str:
        return self.first.isoformat() if self.exact else self.first.isoformat()[:7]


@dataclass(frozen=True, slots=True)
class AntibodyResult:
    """One entry of `antibodies`; None is unknown. `places` holds each given part's own position."""

    name: str
    result: str | None
    strength: str | None
    confirmed_by: str | None
    at: Span
    places: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TherapyLine:
    """One entry of `therapies`; None is unknown. `entry` counts from 0 in the file.

    A line without `status` is past where `stopped_on`, `stopped_for` or `response` is given, else
    its status is unknown and asked for. `written` is the drug as the file spells it: a milligram of
    `Dexamethason` is not one of `Prednisolon`, and both are glucocorticoids.
    """

    entry: int
    drug: str
    status: str | None
    at: Span
    written: str | None = None
    started_on: PartialDate | None = None
    stopped_on: PartialDate | None = None
    last_dose_on: PartialDate | None = None
    elimination_procedure: bool | None = None
    weeks: Decimal | None = None
    dose: str | None = None
    cumulative_dose_g: Decimal | None = None
    courses: int | None = None
    adequate: bool | None = None
    trough_ng_per_ml: Decimal | None = None
    adherence: str | None = None
    response: str | None = None
    stopped_for: str | None = None
    prednisolone_equivalent_mg_per_day: Decimal | None = None
    note: str | None = None
    places: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Override:
    """What an earlier conference decided; it is shown and changes no verdict."""

    rule: str
    therapy: str | None
    by: str | None
    on_date: date | None
    reason: str | None
    until: date | None
    at: Span


class Patient(BaseModel):
    """A patient file that was read without a problem.

    `values` holds the scalar fields, words and lists of words by field path; a field that is
    unknown has no entry. Of the lists None is unknown and () is looked for and none. `lines` are
    the lines of the file, for excerpts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str
    sha256: str
    file: str
    assessed_on: date
    region: str
    defaults_used: tuple[str, ...] = ()
    # Built by the reader from checked parts; a second validation of every span would cost time only.
    values: SkipValidation[Mapping[str, PatientValue]] = {}
    antibodies: SkipValidation[tuple[AntibodyResult, ...] | None] = None
    antibody_panel: tuple[str, ...] | None = None
    therapies: SkipValidation[tuple[TherapyLine, ...] | None] = None
    overrides: SkipValidation[tuple[Override, ...]] = ()
    note: str | None = None
    lines: SkipValidation[tuple[str, ...]] = ()
    places: SkipValidation[Mapping[str, Span]] = {}  # of id, note and the lists that are given

    def value(self, name: str) -> Any:
        """The value of a field, None where it is unknown (or never happened)."""
        found = self.values.get(name)
        return None if found is None else found.value
